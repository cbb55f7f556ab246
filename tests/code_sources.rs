//! Every source that shows deliveries shows the code that the emulator then accepts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use otp_conformance::drive::Numbers;
use otp_conformance::drive::code::{Access, CodeSource, CodeSpec, Connector, Credentials, Listener};
use otp_conformance::emulator::{self, Emulator, GatewayAuth, Settings};
use reqwest::Client;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

struct Caller {
    client: Client,
    base: String,
    project: String,
}

impl Caller {
    async fn post(&self, path: &str, body: Value) -> u16 {
        let request = self.client.post(format!("{}/v1/auth/otp/{path}/sms", self.base));
        request.bearer_auth(&self.project).json(&body).send().await.unwrap().status().as_u16()
    }

    /// Two logins; each time the code comes from the source.
    async fn log_in_twice(&self, source: &dyn CodeSource, phone: &str) {
        let mut after = 0;
        for _ in 0..2 {
            assert_eq!(self.post("signup-in", json!({"loginId": phone})).await, 200);
            let found = source.messages(phone, phone, after, PATIENCE).await.unwrap();
            let message = found.last().unwrap();
            assert!(message.text.as_ref().is_none_or(|text| text.contains(&message.code)));
            let code = json!({"loginId": phone, "code": message.code});
            assert_eq!(self.post("verify", code).await, 200);
            after = message.seq;
        }
    }
}

async fn emulator(gateway: Option<&Listener>) -> (Emulator, Caller) {
    let sms_gateway = gateway.map(|gateway| emulator::Gateway {
        url: format!("http://{}/sms", gateway.address()),
        sender: "otpc".into(),
        auth: GatewayAuth::Basic { username: "otpc".into(), password: "s3cret".into() },
        hmac_secret: Some("signing secret".into()),
        headers: Vec::new(),
    });
    let settings = Settings { sms_gateway, ..Settings::default() };
    let project = settings.project_id.clone();
    let emulator = Emulator::start(settings).await.unwrap();
    #[cfg(feature = "tls")]
    let _already_there = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().unwrap();
    let caller = Caller { client, base: emulator.url(), project };
    (emulator, caller)
}

#[tokio::test]
async fn the_inbox_and_the_debug_endpoint() {
    let (_emulator, caller) = emulator(None).await;
    let numbers = Numbers::new(1);
    for spec in ["emulator", "http:{target}/emulator/otp/{loginId}#/code"] {
        let spec: CodeSpec = spec.parse().unwrap();
        let source =
            spec.open(&caller.client, &caller.base, &Access::default(), &Arc::default()).await.unwrap();
        caller.log_in_twice(source.as_ref(), &numbers.next()).await;
    }
}

#[tokio::test]
async fn the_sms_gateway() {
    let credentials = Credentials::Basic { username: "otpc".into(), password: "s3cret".into() };
    let access = Access { credentials, hmac_secret: Some("signing secret".into()) };
    let gateway =
        Listener::gateway(Connector::Sms, SocketAddr::from(([127, 0, 0, 1], 0)), access).await.unwrap();
    let (_emulator, caller) = emulator(Some(&gateway)).await;
    caller.log_in_twice(&gateway, &Numbers::new(2).next()).await;
}
