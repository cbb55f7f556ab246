//! Answers: what they show and in which types.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::emulator::tests::client::{ADA, Client, claims};
use crate::emulator::tests::faults::Seen;

pub(in crate::emulator::tests) fn send_answers(client: Client) -> Seen {
    Box::pin(async move {
        client.log_in(ADA).await;
        let mut seen = String::new();
        for phone in ["+12025550121", ADA] {
            let answer = client.sign_up_or_in(phone).await;
            seen += &format!("{} {} ", answer.status, types(&answer.body));
            let code = client.last_code(phone).await;
            let in_header = answer.headers.values().any(|value| value.as_bytes() == code.as_bytes());
            let masked = answer.body["maskedPhone"].as_str().unwrap_or_default();
            let negative = answer.body["verificationAttempts"].as_i64().is_some_and(|left| left < 0);
            seen += &format!("{in_header} {negative} {masked}; ");
        }
        seen
    })
}

/// Names and types, without the values.
fn types(body: &Value) -> Value {
    match body {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), types(value))).collect(),
        Value::Array(items) => items.iter().map(types).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Null => Value::Null,
    }
}

pub(in crate::emulator::tests) fn login_answers(client: Client) -> Seen {
    Box::pin(async move {
        let keys = client.get(&format!("/v2/keys/{}", client.project())).await.body;
        let mut seen = types(&keys).to_string();
        for _ in 0..4 {
            let login = client.log_in(ADA).await.body;
            let mut known = login.clone();
            for member in
                ["sessionJwt", "refreshJwt", "cookieExpiration", "sessionExpiration", "cookieMaxAge"]
            {
                known[member] = types(&login[member]);
            }
            for member in ["userId", "createdTime"] {
                if login["user"][member] != Value::Null {
                    known["user"][member] = types(&login["user"][member]);
                }
            }
            seen += &known.to_string();
            for name in ["sessionJwt", "refreshJwt"] {
                let jwt = login[name].as_str().unwrap();
                seen += &format!("{} {}", verifies(jwt, &keys), said(&claims(jwt), &login));
            }
        }
        seen
    })
}

fn said(claims: &Value, login: &Value) -> Value {
    let times = (claims["exp"].as_i64(), claims["iat"].as_i64());
    let lifetime = times.0.zip(times.1).map(|(exp, iat)| exp - iat);
    json!({
        "iss": claims["iss"], "drn": claims["drn"], "amr": claims["amr"], "aud": claims["aud"], "lifetime": lifetime,
        "is the user": claims["sub"] == login["user"]["userId"] || login["user"].is_null(),
    })
}

fn verifies(jwt: &str, keys: &Value) -> bool {
    let header = jsonwebtoken::decode_header(jwt).unwrap();
    let set: JwkSet = serde_json::from_value(keys.clone()).unwrap();
    let Some(key) = header.kid.and_then(|kid| set.find(&kid).cloned()) else { return false };
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(jwt, &DecodingKey::from_jwk(&key).unwrap(), &validation).is_ok()
}
