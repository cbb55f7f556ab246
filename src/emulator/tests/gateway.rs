//! Messages that leave the emulator.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use serde_json::{Value, json};

use super::client::{ADA, Client};
use crate::emulator::{Emulator, Gateway, GatewayAuth, Settings};

type Taken = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A gateway that keeps what it is sent and answers with these statuses.
async fn carrier(statuses: &[u16]) -> (String, Taken) {
    let taken = Taken::default();
    let statuses: Vec<_> = statuses.iter().map(|status| StatusCode::from_u16(*status).unwrap()).collect();
    let kept = Arc::clone(&taken);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sms", listener.local_addr().unwrap());
    let elsewhere = url.clone();
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let mut kept = kept.lock().unwrap();
        kept.push((headers, body));
        (statuses[(kept.len() - 1).min(statuses.len() - 1)], [("location", elsewhere)])
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/sms", post(take))).await });
    (url, taken)
}

fn settings(url: &str, auth: GatewayAuth) -> Settings {
    let gateway = Gateway {
        url: url.to_owned(),
        sender: "+12025550100".into(),
        auth,
        hmac_secret: Some("secret".into()),
        headers: vec![("x-tenant".into(), "acme".into())],
    };
    Settings { sms_gateway: Some(gateway), ..Settings::default() }
}

#[tokio::test]
async fn a_message_is_posted_signed_and_authenticated() {
    for (auth, header, value) in [
        (GatewayAuth::None, "x-tenant", "acme".to_owned()),
        (GatewayAuth::Bearer("t0ken".into()), "authorization", "Bearer t0ken".into()),
        (
            GatewayAuth::Basic { username: "ada".into(), password: "pw".into() },
            "authorization",
            format!("Basic {}", BASE64_STANDARD.encode("ada:pw")),
        ),
        (GatewayAuth::ApiKey { header: "x-api-key".into(), token: "k".into() }, "x-api-key", "k".into()),
    ] {
        let (url, taken) = carrier(&[202]).await;
        let client = Client::with(settings(&url, auth)).await;
        assert_eq!(client.sign_up_or_in(ADA).await.status, 200);
        let (headers, body) = taken.lock().unwrap().pop().unwrap();
        assert_eq!(headers[header], value);
        let message: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(message["recipient"], ADA);
        assert_eq!(message["sender"], "+12025550100");
        assert!(message["body"].as_str().unwrap().contains(message["token"].as_str().unwrap()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let signature = BASE64_STANDARD.decode(&headers["x-descope-webhook-s256"]).unwrap();
        hmac::verify(&key, BASE64_STANDARD.encode(&body).as_bytes(), &signature).unwrap();
        assert_eq!(client.verify(ADA, message["token"].as_str().unwrap()).await.status, 200);
    }
}

#[tokio::test]
async fn a_message_the_gateway_refuses_voids_nothing() {
    let (url, taken) = carrier(&[200, 500, 307]).await;
    let client = Client::with(settings(&url, GatewayAuth::None)).await;
    let code = client.issue(ADA).await;
    for _ in 0..2 {
        assert_eq!(client.sign_up_or_in(ADA).await.short(), "400 E010009");
    }
    assert_eq!(taken.lock().unwrap().len(), 3, "redirects are not followed");
    assert_eq!(
        client.get(&format!("/emulator/otp/{ADA}")).await.body,
        json!({ "loginId": ADA, "code": code })
    );
    assert_eq!(client.verify(ADA, &code).await.status, 200);
}

#[tokio::test]
async fn a_gateway_without_an_address_is_refused_at_start() {
    for url in ["nowhere", "ftp://127.0.0.1/"] {
        let error = Emulator::start(settings(url, GatewayAuth::None)).await.unwrap_err().to_string();
        assert!(error.starts_with("sms_gateway"), "{error}");
    }
}
