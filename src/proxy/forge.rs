//! Session tokens that a client must refuse, or must not: made from real ones, signed by a key of our own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD as BASE64, BASE64_URL_SAFE_NO_PAD as BASE64URL};
use ring::hmac;
use ring::rsa::PublicKeyComponents;
use ring::signature::RsaKeyPair;
use serde_json::{Value, json};

use crate::exchange::TokenTampering;
use crate::trial::{FORGER, forge};

/// Its name among the published keys.
const KID: &str = "otp-conformance-proxy";

/// Makes tokens, and knows which real ones they stand for.
#[derive(Default)]
pub(super) struct TokenForge {
    /// The time by which tokens are made, in seconds; `None` is the machine's own.
    moment: Option<i64>,
    originals: Mutex<HashMap<String, String>>,
}

impl TokenForge {
    pub(super) fn at(moment: Option<i64>) -> TokenForge {
        TokenForge { moment, ..TokenForge::default() }
    }

    /// The token with this trick played on it; `None` if it is no JWT.
    pub(super) fn forge(&self, token: &str, trick: TokenTampering) -> Option<String> {
        let head = crate::drive::header(token)?;
        let mut claims: Value =
            serde_json::from_slice(&BASE64URL.decode(token.split('.').nth(1)?).ok()?).ok()?;
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let now = self.moment.or_else(|| i64::try_from(machine).ok())?;
        let life = claims["exp"].as_i64()? - claims["iat"].as_i64()?;
        let mut issue_at = |moment: i64| {
            claims["iat"] = moment.into();
            claims["exp"] = (moment + life).into();
        };
        match trick {
            TokenTampering::Expired => issue_at(now - 60 - life),
            TokenTampering::JustExpired => issue_at(now - 3 - life),
            TokenTampering::SlightlyAhead => issue_at(now + 3),
            TokenTampering::FarAhead => issue_at(now + 60),
            TokenTampering::OtherProject => claims["iss"] = "P2SomebodyElsesProject000000".into(),
            TokenTampering::NoExpiry => drop(claims.as_object_mut()?.remove("exp")),
            TokenTampering::Unsigned
            | TokenTampering::UnknownKey
            | TokenTampering::WrongSignature
            | TokenTampering::KeyAsSecret
            | TokenTampering::OwnKey
            | TokenTampering::Rotated => {}
        }
        let kid = match trick {
            TokenTampering::UnknownKey => "never-published".into(),
            TokenTampering::WrongSignature => head["kid"].clone(),
            _ => Value::from(KID),
        };
        let forged = match trick {
            TokenTampering::Unsigned => {
                signed(&json!({ "alg": "none", "typ": "JWT", "kid": head["kid"] }), &claims, |_| {
                    Some(Vec::new())
                })
            }
            TokenTampering::KeyAsSecret => {
                let secret = public_key()?;
                signed(&json!({ "alg": "HS256", "typ": "JWT", "kid": KID }), &claims, |text| {
                    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                    Some(hmac::sign(&key, text).as_ref().to_vec())
                })
            }
            // Source: RFC 7515, 4.1.3.
            TokenTampering::OwnKey => {
                let head = json!({ "alg": "RS256", "typ": "JWT", "kid": "its-own", "jwk": jwk("its-own")? });
                signed(&head, &claims, forge)
            }
            _ => signed(&json!({ "alg": "RS256", "typ": "JWT", "kid": kid }), &claims, forge),
        }?;
        self.originals().insert(forged.clone(), token.to_owned());
        Some(forged)
    }

    /// A header in which every forged token is the real one again, so that the upstream knows it.
    pub(super) fn undo(&self, header: &str) -> Option<String> {
        let originals = self.originals();
        let (forged, original) = originals.iter().find(|(forged, _)| header.contains(forged.as_str()))?;
        Some(header.replace(forged, original))
    }

    /// The published keys with ours among them.
    pub(super) fn publish(keys: &mut Value) {
        let Some(jwk) = jwk(KID) else { return };
        let list = if keys.is_array() { Some(keys) } else { keys.get_mut("keys") };
        if let Some(Value::Array(list)) = list {
            list.push(jwk);
        }
    }

    fn originals(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.originals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signed(head: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<String> {
    let text = format!("{}.{}", BASE64URL.encode(head.to_string()), BASE64URL.encode(claims.to_string()));
    let signature = sign(text.as_bytes())?;
    Some(format!("{text}.{}", BASE64URL.encode(signature)))
}

/// Our key as it is published, under this name.
fn jwk(kid: &str) -> Option<Value> {
    let pair = RsaKeyPair::from_der(FORGER).ok()?;
    let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
    Some(json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
        "n": BASE64URL.encode(public.n), "e": BASE64URL.encode(public.e) }))
}

/// The published key in the form in which programs keep it: PEM. Source: RFC 5280, 4.1 (the frame), RFC 8017, A.1.1.
fn public_key() -> Option<String> {
    const FRAME: [u8; 24] = [
        0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
        0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
    ];
    let key = RsaKeyPair::from_der(FORGER).ok()?;
    let text = BASE64.encode([&FRAME, key.public().as_ref()].concat());
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    Some(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drive::KeyRing;
    use crate::exchange::Signature;

    fn token() -> String {
        let claims = json!({ "iat": 1_000, "exp": 1_600, "iss": "P1", "sub": "U1", "drn": "DS" });
        signed(&json!({ "alg": "RS256", "kid": "real" }), &claims, forge).unwrap()
    }

    #[test]
    fn each_trick_is_what_it_says() {
        let mut keys = json!({ "keys": [] });
        TokenForge::publish(&mut keys);
        let ring = KeyRing::read(&keys);
        let forger = TokenForge::default();
        for (trick, signature) in [
            (TokenTampering::Unsigned, Signature::UnknownKey),
            (TokenTampering::UnknownKey, Signature::UnknownKey),
            (TokenTampering::WrongSignature, Signature::UnknownKey),
            (TokenTampering::OtherProject, Signature::Verified),
            (TokenTampering::Expired, Signature::Verified),
            (TokenTampering::JustExpired, Signature::Verified),
            (TokenTampering::SlightlyAhead, Signature::Verified),
            (TokenTampering::FarAhead, Signature::Verified),
            (TokenTampering::KeyAsSecret, Signature::Wrong),
            (TokenTampering::OwnKey, Signature::UnknownKey),
            (TokenTampering::NoExpiry, Signature::Verified),
            (TokenTampering::Rotated, Signature::Verified),
        ] {
            let forged = forger.forge(&token(), trick).unwrap();
            assert_eq!(ring.check(&forged), signature, "{trick:?}");
        }
    }

    #[test]
    fn the_upstream_gets_its_own_token_back() {
        let forger = TokenForge::default();
        let forged = forger.forge(&token(), TokenTampering::Expired).unwrap();
        assert_ne!(forged, token());
        assert_eq!(forger.undo(&format!("Bearer P1:{forged}")), Some(format!("Bearer P1:{}", token())));
        assert_eq!(forger.undo("Bearer P1"), None);
    }
}
