//! JSON Web Tokens as this server signs and reads them: RS256, by ring.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::{Map, Value, json};

use super::key::SigningKey;

/// A token with these claims; nothing where the key does not sign, which a parsed one does.
pub(crate) fn sign(claims: &Map<String, Value>, kid: &str, key: &SigningKey) -> Option<String> {
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": kid });
    let claims = serde_json::to_vec(claims).ok()?;
    let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims));
    let signature = key.sign(signed.as_bytes())?;
    Some(format!("{signed}.{}", BASE64.encode(signature)))
}

/// The claims of a token that this key signed and that says when it ends; when that is, the caller looks.
pub(crate) fn verified(token: &str, key: &SigningKey) -> Option<Map<String, Value>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let genuine =
        algorithm(token)? == "RS256" && key.verifies(signed.as_bytes(), &BASE64.decode(signature).ok()?);
    unchecked(token).filter(|claims| genuine && claims.get("exp").is_some_and(Value::is_number))
}

/// The algorithm that the header names.
pub(crate) fn algorithm(token: &str) -> Option<String> {
    let header = part(token, 0)?;
    Some(header.get("alg")?.as_str()?.to_owned())
}

/// The claims of a token, with whatever signature.
pub(crate) fn unchecked(token: &str) -> Option<Map<String, Value>> {
    part(token, 1)
}

fn part(token: &str, at: usize) -> Option<Map<String, Value>> {
    let text = token.split('.').nth(at)?;
    serde_json::from_slice(&BASE64.decode(text).ok()?).ok()
}
