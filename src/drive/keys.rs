//! The target's published keys, and whether a token's signature holds.

mod algorithm;

use std::collections::HashMap;

use algorithm::Algorithm;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::exchange::Signature;

/// Published keys by key ID.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: HashMap<String, Vec<Value>>,
    unreadable: Option<String>,
}

impl KeyRing {
    /// Reads `{"keys": [JWK…]}`.
    pub fn read(body: &Value) -> KeyRing {
        let listed = body["keys"].as_array().cloned().unwrap_or_default();
        let mut keys: HashMap<String, Vec<Value>> = HashMap::new();
        for jwk in listed {
            if let Some(kid) = jwk["kid"].as_str() {
                keys.entry(kid.to_owned()).or_default().push(jwk);
            }
        }
        KeyRing { keys, unreadable: None }
    }

    /// Keys that could not be read, and why: no signature is judged by them.
    pub fn unreadable(why: String) -> KeyRing {
        KeyRing { keys: HashMap::new(), unreadable: Some(why) }
    }

    /// Whether a key is here.
    pub fn knows(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    /// The keys that a token with this header names: a name should be one key's (RFC 7517, 4.5), and where it is several
    /// keys' it may be any of them.
    fn keys_of(&self, header: &Value) -> &[Value] {
        header["kid"].as_str().and_then(|kid| self.keys.get(kid)).map_or(&[], Vec::as_slice)
    }

    /// The key that signed the token, or else one that it names.
    pub fn key_of(&self, token: &str) -> Option<&Value> {
        let header = header(token)?;
        let keys = self.keys_of(&header);
        let algorithm = Algorithm::of(&header);
        keys.iter().find(|jwk| algorithm.as_ref().is_some_and(|by| holds(jwk, by, token))).or(keys.first())
    }

    /// Whether the token's signature holds by a key that it names, in any algorithm of RFC 7518 and RFC 8037 with a public
    /// key but those of three curves that are not built in.
    pub fn check(&self, token: &str) -> Signature {
        if let Some(why) = &self.unreadable {
            return Signature::Unchecked(why.clone());
        }
        let Some(header) = header(token) else { return Signature::Wrong };
        match (self.keys_of(&header), Algorithm::of(&header)) {
            ([], _) => Signature::UnknownKey,
            (_, None) => Signature::Unchecked(format!("{} is not built in", Algorithm::name(&header))),
            (keys, Some(by)) if keys.iter().any(|jwk| holds(jwk, &by, token)) => Signature::Verified,
            _ => Signature::Wrong,
        }
    }
}

/// Whether this key verifies the token's signature by this algorithm.
fn holds(jwk: &Value, algorithm: &Algorithm, token: &str) -> bool {
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    algorithm.verifies(jwk, signed.as_bytes(), &signature)
}

/// The decoded header of a JWT.
pub(crate) fn header(token: &str) -> Option<Value> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    crate::exchange::read_json(&bytes)
}

#[cfg(test)]
mod tests;
