//! Answers: what they show and in which types.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rsa::PublicKeyComponents;
use ring::signature::RSA_PKCS1_2048_8192_SHA256;
use serde_json::{Value, json};

use crate::emulator::tests::client::{ADA, Client, claims};
use crate::emulator::tests::faults::Seen;

pub(in crate::emulator) fn send_answers(client: Client) -> Seen {
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

pub(in crate::emulator) fn login_answers(client: Client) -> Seen {
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

/// Whether the published key that the token names verifies it.
fn verifies(jwt: &str, keys: &Value) -> bool {
    let parts: Vec<&str> = jwt.split('.').collect();
    let header: Value = serde_json::from_slice(&BASE64.decode(parts[0]).unwrap()).unwrap();
    let mut published = keys["keys"].as_array().unwrap().iter();
    let Some(key) = published.find(|key| key["kid"] == header["kid"]) else { return false };
    let [n, e] = ["n", "e"].map(|member| BASE64.decode(key[member].as_str().unwrap()).unwrap_or_default());
    let Ok(signature) = BASE64.decode(parts[2]) else { return false };
    let signed = &jwt[..jwt.len() - parts[2].len() - 1];
    let key = PublicKeyComponents { n, e };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).is_ok()
}
