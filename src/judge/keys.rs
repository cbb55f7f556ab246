//! Published keys are written as RFC 7518 writes them: a key that only some SDKs can read verifies for only some clients.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{Check, Judgement, answered, finding};
use crate::contract::{Contract, Level, OperationId, RequirementId, req};
use crate::exchange::History;

/// The integers of RSA keys.
pub(super) struct Keys;

impl Check for Keys {
    fn name(&self) -> &'static str {
        "keys"
    }

    fn about(&self) -> &'static str {
        "the integers of published keys are base64url without padding or leading zero bytes"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::PUBLISHED_KEY_MEMBERS]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, response) in answered(history).filter(|(_, response)| response.is_success()) {
            if !matches!(exchange.operation, Some(OperationId::Keys | OperationId::KeysV1)) {
                continue;
            }
            judgement.examine(&[req::PUBLISHED_KEY_MEMBERS]);
            let body = response.body.json().unwrap_or(&Value::Null);
            let keys = body["keys"].as_array().or(body.as_array()).into_iter().flatten();
            let faults =
                keys.flat_map(|jwk| ["n", "e"].map(|name| Some((name, fault(jwk[name].as_str()?)?))));
            for (name, seen) in faults.flatten() {
                let what = if name == "n" { "modulus" } else { "exponent" };
                let expected =
                    format!("the {what} {name} in base64url, without padding or leading zero bytes");
                let seen = format!("the {what} {seen}");
                let mut found = finding(
                    contract,
                    self.name(),
                    req::PUBLISHED_KEY_MEMBERS,
                    expected,
                    seen,
                    &[exchange.id],
                );
                found.level = found.level.min(Level::Should);
                judgement.findings.push(found);
            }
        }
        judgement
    }
}

/// What is wrong with an integer. Source: RFC 7518, 2 and 6.3.1.1.
fn fault(text: &str) -> Option<&'static str> {
    match BASE64_URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if bytes.first() == Some(&0) => Some("has a leading zero byte"),
        Ok(_) => None,
        Err(_) if text.ends_with('=') => Some("is padded"),
        Err(_) => Some("is not base64url"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_has_one_notation() {
        assert_eq!(fault("AQAB"), None);
        assert_eq!(fault("ALtz"), Some("has a leading zero byte"));
        assert_eq!(fault("AQ=="), Some("is padded"));
        assert_eq!(fault("AQ+/"), Some("is not base64url"));
    }
}
