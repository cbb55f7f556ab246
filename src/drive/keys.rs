//! The target's published keys, and whether a token's signature holds.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;

use crate::exchange::Signature;

/// Published keys by key ID.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: HashMap<String, Value>,
    unreadable: Option<String>,
}

impl KeyRing {
    /// Reads `{"keys": [JWK…]}`.
    pub fn read(body: &Value) -> KeyRing {
        let listed = body["keys"].as_array().cloned().unwrap_or_default();
        let keyed = listed.into_iter().filter_map(|jwk| Some((jwk["kid"].as_str()?.to_owned(), jwk)));
        KeyRing { keys: keyed.collect(), unreadable: None }
    }

    /// Keys that could not be read, and why: no signature is judged by them.
    pub fn unreadable(why: String) -> KeyRing {
        KeyRing { keys: HashMap::new(), unreadable: Some(why) }
    }

    /// Whether a key is here.
    pub fn knows(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    /// The key that the token names.
    pub fn key_of(&self, token: &str) -> Option<&Value> {
        self.keys.get(header(token)?["kid"].as_str()?)
    }

    /// Whether the token's signature holds. Verifies RS256 and ES256, the algorithms published keys are seen with.
    pub fn check(&self, token: &str) -> Signature {
        if let Some(why) = &self.unreadable {
            return Signature::Unchecked(why.clone());
        }
        let Some(header) = header(token) else { return Signature::Wrong };
        let Some(jwk) = self.key_of(token) else { return Signature::UnknownKey };
        let Some((signed, signature)) = token.rsplit_once('.') else { return Signature::Wrong };
        // A zero byte in front, padding and the other alphabet are faults of the key's notation, and not of the signature.
        let member = |name: &str| {
            let plain = jwk[name]
                .as_str()
                .unwrap_or_default()
                .trim_end_matches('=')
                .replace('+', "-")
                .replace('/', "_");
            BASE64_URL_SAFE_NO_PAD.decode(plain).unwrap_or_default()
        };
        let integer =
            |name: &str| member(name).into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let holds = match header["alg"].as_str() {
            Some("RS256") => RsaPublicKeyComponents { n: integer("n"), e: integer("e") }
                .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
                .is_ok(),
            Some("ES256") => {
                let point = [vec![4], member("x"), member("y")].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed.as_bytes(), &signature)
                    .is_ok()
            }
            _ => false,
        };
        if holds { Signature::Verified } else { Signature::Wrong }
    }
}

/// The decoded header of a JWT.
pub(crate) fn header(token: &str) -> Option<Value> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    crate::exchange::read_json(&bytes)
}
