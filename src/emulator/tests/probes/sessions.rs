//! Sessions: what their tokens say, how they end, and which tokens are believed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};

use crate::emulator::tests::client::{self, ADA, BOB, Client};
use crate::emulator::tests::faults::Seen;
use crate::emulator::{SigningKey, jwt as tokens};

pub(in crate::emulator) fn claims(client: Client) -> Seen {
    Box::pin(async move {
        let own = json!({ "plan": "gold", "n": 7, "su": true, "sub": "mallory", "long": "v".repeat(300), "deep": { "a": [1] } });
        let login = client.log_in_with(ADA, "", json!({ "customClaims": own })).await;
        let mut seen = claims_line(&login.jwt("sessionJwt"), &login.body);
        let plain = client.log_in(ADA).await;
        seen += &claims_line(&plain.jwt("sessionJwt"), &plain.body);
        client
            .post(
                "/v1/auth/otp/signup-in/sms",
                json!({ "loginId": ADA, "loginOptions": { "customClaims": { "old": 1 } } }),
            )
            .await;
        let superseding = client.log_in(ADA).await;
        seen + &claims_line(&superseding.jwt("sessionJwt"), &superseding.body)
    })
}

fn claims_line(jwt: &str, body: &Value) -> String {
    let claims = client::claims(jwt);
    let own_subject = claims["sub"] == body["user"]["userId"];
    format!("{} {} {} {own_subject}; ", claims["nsec"], claims["plan"], claims["su"])
}

pub(in crate::emulator) fn second_factors(client: Client) -> Seen {
    Box::pin(async move {
        let (ada, bob) =
            (client.log_in(ADA).await.jwt("refreshJwt"), client.log_in(BOB).await.jwt("refreshJwt"));
        let mut seen = Vec::new();
        for (jwt, options) in [
            (&ada, json!({ "stepup": true })),
            (&ada, json!({ "mfa": true })),
            (&bob, json!({ "stepup": true })),
            (&String::new(), json!({})),
        ] {
            let login = client.log_in_with(ADA, jwt, options).await;
            let session = client::claims(&login.jwt("sessionJwt"));
            let refresh = client::claims(&login.jwt("refreshJwt"));
            seen.push(format!("{} {} {} {}", login.short(), session["su"], refresh["su"], session["amr"]));
        }
        let asked = json!({ "loginId": ADA, "loginOptions": { "revokeOtherSessions": true } });
        client.post("/v1/auth/otp/signup-in/sms", asked).await;
        seen.push(client.refresh(&ada).await.short());
        let code = client.last_code(ADA).await;
        let new = client.verify(ADA, &code).await.jwt("refreshJwt");
        for jwt in [&ada, &new, &bob] {
            seen.push(client.refresh(jwt).await.short());
        }
        seen.join(", ")
    })
}

pub(in crate::emulator) fn sessions(client: Client) -> Seen {
    Box::pin(async move {
        let mut jwts = Vec::new();
        for phone in [ADA, ADA, ADA, BOB] {
            jwts.push(client.log_in(phone).await.jwt("refreshJwt"));
        }
        let mut seen = Vec::new();
        client.advance(700).await;
        let renewed = client.refresh(&jwts[0]).await;
        let bearer = format!("{}:{}", client.project(), jwts[0]);
        seen.push(client.post_as(&bearer, "/v1/auth/refresh", json!({})).await.short());
        let said = client::claims(&renewed.jwt("sessionJwt"));
        let valid = client.with_jwt(Method::POST, "/v1/auth/validate", &renewed.jwt("sessionJwt")).await;
        seen.push(format!("{} {} {}", renewed.short(), said["amr"], valid.short()));
        seen.push(format!("{}", client.me(&jwts[0]).await.body["loginIds"]));
        let out = client.log_out(&jwts[1]).await;
        seen.push(format!("{} {}", out.short(), out.text.len()));
        for jwt in &jwts {
            seen.push(format!("{} {}", client.refresh(jwt).await.short(), client.me(jwt).await.short()));
        }
        client.with_jwt(Method::POST, "/v1/auth/logoutall", &jwts[2]).await;
        for jwt in &jwts {
            seen.push(client.refresh(jwt).await.short());
        }
        seen.join(", ")
    })
}

/// Tokens that prove nothing, presented where a refresh JWT is asked for.
pub(in crate::emulator) fn forged_tokens(client: Client) -> Seen {
    Box::pin(async move {
        let login = client.log_in(ADA).await;
        let jwt = login.jwt("refreshJwt");
        let claims = client::claims(&jwt);
        let parts: Vec<&str> = jwt.split('.').collect();
        let none = format!("{}.{}.", BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#), parts[1]);
        let tampered = format!("{}.{}.{}", parts[0], parts[1], parts[2].chars().rev().collect::<String>());
        let signed = format!("{}.{}", BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#), parts[1]);
        let secret = hmac::Key::new(hmac::HMAC_SHA256, b"guess");
        let symmetric = format!("{signed}.{}", BASE64.encode(hmac::sign(&secret, signed.as_bytes())));
        let mut foreign = claims.as_object().unwrap().clone();
        foreign.insert("iss".into(), "P2OTPConformanceEmulator0002".into());
        let key = SigningKey::for_tests();
        let foreign = tokens::sign(&foreign, key.kid(), &key).unwrap();
        let mut seen = Vec::new();
        for token in [none, tampered, symmetric, foreign, login.jwt("sessionJwt")] {
            seen.push(format!(
                "{} {}",
                client.refresh(&token).await.short(),
                client.me(&token).await.short()
            ));
        }
        client.advance(28 * 24 * 3600 + 1).await;
        seen.push(client.refresh(&jwt).await.short());
        seen.join(", ")
    })
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let refused = "401 E061005 401 E061005, ".repeat(5);
    assert_eq!(forged_tokens(Client::new().await).await, format!("{refused}401 E062504"));
}
