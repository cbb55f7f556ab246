//! Published keys are written as RFC 7518 writes them: a key that only some SDKs can read verifies for only some clients.
//! And they stay published as long as a token lives that they signed.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::authorization::is_our_project;
use super::{Check, Finding, Judgement, answered, finding};
use crate::contract::{Contract, Level, OperationId, RequirementId, req};
use crate::exchange::{Exchange, Fact, History, Signature, TokenFact};

/// A token that ends this soon, in seconds, may be given up.
const MARGIN_S: u64 = 60;

/// The integers of RSA keys.
pub(super) struct Keys;

impl Check for Keys {
    fn name(&self) -> &'static str {
        "keys"
    }

    fn about(&self) -> &'static str {
        "published keys are written as RFC 7518 says, and stay published as long as their tokens live"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::PUBLISHED_KEY_MEMBERS, req::PUBLISHED_KEY_VERIFIES_TOKEN]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, response) in answered(history).filter(|(_, response)| response.is_success()) {
            if !matches!(exchange.operation, Some(OperationId::Keys | OperationId::KeysV1)) {
                continue;
            }
            judgement.examine(&[req::PUBLISHED_KEY_MEMBERS]);
            let body = response.body.json().unwrap_or(&Value::Null);
            let keys: Vec<&Value> =
                body["keys"].as_array().or(body.as_array()).into_iter().flatten().collect();
            // The older address may show fewer of them.
            if exchange.operation == Some(OperationId::Keys) && is_our_project(exchange) {
                judgement.findings.extend(retired(contract, history, exchange, &keys));
            }
            if shares_a_name(&keys) {
                let expected = "a kid of its own for each key";
                let seen = "different keys of one type have the same kid";
                let id = req::PUBLISHED_KEY_MEMBERS;
                let mut found = finding(contract, self.name(), id, expected, seen, &[exchange.id]);
                found.level = found.level.min(Level::Should);
                judgement.findings.push(found);
            }
            let faults =
                keys.iter().flat_map(|jwk| ["n", "e"].map(|name| Some((name, fault(jwk[name].as_str()?)?))));
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

/// Whether different keys of one type have one name: which of them a client takes is not said. Source: RFC 7517, 4.5.
fn shares_a_name(keys: &[&Value]) -> bool {
    let same =
        |one: &Value, other: &Value, members: &[&str]| members.iter().all(|name| one[*name] == other[*name]);
    let confused = |(at, jwk): (usize, &&Value)| {
        let alike =
            |other: &&Value| same(jwk, other, &["kid", "kty"]) && !same(jwk, other, &["n", "e", "x", "y"]);
        jwk["kid"].is_string() && keys[..at].iter().any(alike)
    };
    keys.iter().enumerate().any(confused)
}

/// A token that lives on although its key is no longer published.
fn retired(contract: &Contract, history: &History, asked: &Exchange, keys: &[&Value]) -> Option<Finding> {
    let at = |moment| moment + history.moved_before(moment);
    history.exchanges().filter(|login| login.ret <= asked.call).find_map(|login| {
        let age_s = at(asked.call).saturating_sub(at(login.call)) / 1_000_000;
        let lives = |token: &TokenFact| {
            let (from, to) = (token.claims["iat"].as_f64()?, token.claims["exp"].as_f64()?);
            Some(to - from > (age_s + MARGIN_S) as f64)
        };
        let gone = |token: &&TokenFact| {
            let kid = token.header["kid"].as_str().unwrap_or_default();
            token.signature == Signature::Verified
                && lives(token) == Some(true)
                && !keys.iter().any(|jwk| jwk["kid"] == kid)
        };
        let mut tokens = login.facts.iter().filter_map(|fact| match fact {
            Fact::Token(token) => Some(token),
            _ => None,
        });
        let token = tokens.find(gone)?;
        let expected = format!("the key that signed {}, which lives on", token.token);
        let seen = format!("it was published until then, and is not any more {age_s} s later");
        let id = req::PUBLISHED_KEY_VERIFIES_TOKEN;
        Some(finding(contract, "keys", id, expected, seen, &[login.id, asked.id]))
    })
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
    use serde_json::json;

    use super::*;
    use crate::exchange::{Answer, Event, Payload, Request, Response};

    /// A token of this lifetime, by key `a`, and the keys that are published ten minutes later.
    fn after(lifetime_s: u64, published: &[&str]) -> Vec<RequirementId> {
        let claims = json!({ "iat": 1000, "exp": 1000 + lifetime_s });
        let token = TokenFact {
            token: "<session:1>".into(),
            place: "/sessionJwt".into(),
            header: json!({ "kid": "a" }),
            claims,
            signature: Signature::Verified,
        };
        let exchange = |id, operation, path: &str, body, facts| {
            let response = Response { status: 200, headers: Vec::new(), body: Payload::Json(body) };
            let request = Request {
                method: "GET".into(),
                path: path.into(),
                headers: Vec::new(),
                body: Payload::Empty,
            };
            let (call, answer) = (id as u64 * 600_000_000, Answer::Response(response));
            let operation = Some(operation);
            Event::Exchange(Box::new(Exchange { id, operation, request, answer, call, ret: call + 1, facts }))
        };
        let keys = published.iter().map(|kid| json!({ "kid": kid })).collect::<Vec<_>>();
        let login = exchange(1, OperationId::VERIFY, "/v1", json!({}), vec![Fact::Token(token)]);
        let asked = exchange(2, OperationId::Keys, "/v2/keys/<project>", json!({ "keys": keys }), Vec::new());
        let history = History { events: vec![login, asked], ..History::default() };
        let judgement = Keys.judge(&Contract::embedded().unwrap(), &history);
        judgement.findings.into_iter().map(|found| found.requirement).collect()
    }

    #[test]
    fn a_key_stays_published_as_long_as_its_tokens_live() {
        assert_eq!(after(3600, &["b"]), [req::PUBLISHED_KEY_VERIFIES_TOKEN]);
        assert_eq!(after(3600, &["b", "a"]), []);
        assert_eq!(after(600, &["b"]), []);
    }

    #[test]
    fn a_name_is_one_keys() {
        let key = |kid: &str, kty: &str, n: &str| json!({ "kid": kid, "kty": kty, "n": n, "e": "AQAB" });
        let (a, b, c) = (key("a", "RSA", "x"), key("a", "RSA", "y"), key("a", "oct", "z"));
        assert!(shares_a_name(&[&a, &b]));
        for apart in
            [&[&a, &a][..], &[&a, &c], &[&a, &key("b", "RSA", "y")], &[&json!({}), &json!({ "n": "x" })]]
        {
            assert!(!shares_a_name(apart), "{apart:?}");
        }
    }

    #[test]
    fn an_integer_has_one_notation() {
        assert_eq!(fault("AQAB"), None);
        assert_eq!(fault("ALtz"), Some("has a leading zero byte"));
        assert_eq!(fault("AQ=="), Some("is padded"));
        assert_eq!(fault("AQ+/"), Some("is not base64url"));
    }
}
