//! Who may bring messages: the connector's ways to authenticate, and its signature.

use std::fmt;

use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::hmac;

/// The header of the connector's signature.
const SIGNATURE: &str = "x-descope-webhook-s256";

/// How the connector authenticates, as configured in the project.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// `Authorization: Basic …`.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: String,
    },
    /// A header of its own.
    ApiKey {
        /// Name of the header.
        header: String,
        /// Its value.
        token: String,
    },
}

/// Shows the way, never the secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::Bearer(_) => "Bearer",
            Credentials::Basic { .. } => "Basic",
            Credentials::ApiKey { .. } => "ApiKey",
        })
    }
}

/// What a message must bring to be believed.
#[derive(Clone, Default)]
pub struct Access {
    /// How the connector authenticates.
    pub credentials: Credentials,
    /// The secret it signs payloads with, where one is configured.
    pub hmac_secret: Option<String>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("credentials", &self.credentials)
            .field("signed", &self.hmac_secret.is_some())
            .finish()
    }
}

impl Access {
    /// # Errors
    /// What is missing or wrong, in words without secrets.
    pub(super) fn check(&self, headers: &HeaderMap, payload: &[u8]) -> Result<(), &'static str> {
        self.check_credentials(headers)?;
        match &self.hmac_secret {
            None => Ok(()),
            Some(secret) => check_signature(secret, headers, payload),
        }
    }

    fn check_credentials(&self, headers: &HeaderMap) -> Result<(), &'static str> {
        let right = match &self.credentials {
            Credentials::None => return Ok(()),
            Credentials::Bearer(token) => same(authorization(headers, "bearer"), token),
            Credentials::Basic { username, password } => same(
                authorization(headers, "basic"),
                &BASE64_STANDARD.encode(format!("{username}:{password}")),
            ),
            Credentials::ApiKey { header, token } => same(text(headers, header), token),
        };
        let wrong = match &self.credentials {
            Credentials::ApiKey { .. } => "its API key is missing or wrong",
            Credentials::Basic { .. } => "its user name or password is missing or wrong",
            _ => "its bearer token is missing or wrong",
        };
        right.then_some(()).ok_or(wrong)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The value behind the scheme, whose case does not matter.
fn authorization<'h>(headers: &'h HeaderMap, scheme: &str) -> &'h str {
    let header = text(headers, "authorization");
    header
        .split_once(' ')
        .filter(|(given, _)| given.eq_ignore_ascii_case(scheme))
        .map_or("", |(_, value)| value.trim())
}

/// Compares in constant time, by way of tags under a key of this comparison alone.
fn same(given: &str, expected: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, expected.as_bytes());
    hmac::verify(&key, given.as_bytes(), hmac::sign(&key, expected.as_bytes()).as_ref()).is_ok()
}

/// HMAC-SHA256 over the base64 form of the payload. The documents leave open how the tag itself is written, so both
/// usual forms are read.
fn check_signature(secret: &str, headers: &HeaderMap, payload: &[u8]) -> Result<(), &'static str> {
    let given = text(headers, SIGNATURE);
    if given.is_empty() {
        return Err("its signature (x-descope-webhook-s256) is missing");
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signed = BASE64_STANDARD.encode(payload);
    let unpadded = given.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let tags = [hex(given), BASE64_URL_SAFE_NO_PAD.decode(unpadded).ok()];
    let right = tags.into_iter().flatten().any(|tag| hmac::verify(&key, signed.as_bytes(), &tag).is_ok());
    right
        .then_some(())
        .ok_or("its signature (x-descope-webhook-s256) does not fit the payload and the secret")
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pairs =
        text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect()
}
