//! Tokens believed that prove nothing.

use jsonwebtoken::{Algorithm, dangerous};
use serde_json::{Map, Value};

use crate::emulator::fault::Fault;
use crate::emulator::server::Server;

impl Server {
    /// What a token says although its signature is not ours, where a bug believes it.
    pub(crate) fn believed(&self, jwt: &str) -> Option<Map<String, Value>> {
        if !self.faults.any() {
            return None;
        }
        let believed = match algorithm(jwt)?.as_str() {
            "none" => self.faults.has(Fault::UnsignedTokenAccepted),
            "HS256" => self.faults.has(Fault::HmacTokenAccepted),
            "RS256" => self.faults.has(Fault::SignatureIgnored),
            _ => false,
        };
        believed.then(|| dangerous::insecure_decode_claims(with_known_algorithm(jwt)).ok()).flatten()
    }
}

fn algorithm(jwt: &str) -> Option<String> {
    let header = jwt.split('.').next()?;
    let bytes = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, header).ok()?;
    let header: Value = serde_json::from_slice(&bytes).ok()?;
    Some(header["alg"].as_str()?.to_owned())
}

/// The library decodes only algorithms it knows; a header of `none` is replaced before the claims are read.
fn with_known_algorithm(jwt: &str) -> String {
    let claims = jwt.split('.').nth(1).unwrap_or_default();
    let header = serde_json::to_vec(&jsonwebtoken::Header::new(Algorithm::RS256)).unwrap_or_default();
    let header = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, header);
    format!("{header}.{claims}.AA")
}
