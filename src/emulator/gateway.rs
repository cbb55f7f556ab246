//! The generic gateway connectors: each message posted as JSON, authenticated and signed (docs: Generic SMS Gateway). What the
//! one for e-mail posts is documented nowhere; here it is the same, with a subject.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, redirect};
use ring::hmac;
use serde_json::json;

use super::inbox::Message;
use super::settings::{Gateway, GatewayAuth, StartError};

/// A carrier that takes longer than this has not taken the message.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client of one gateway.
#[derive(Debug)]
pub(crate) struct Carrier {
    gateway: Gateway,
    client: Client,
}

impl Carrier {
    pub(crate) fn new(setting: &'static str, gateway: Gateway) -> Result<Self, StartError> {
        let wrong = |why: String| StartError::Setting { setting, why };
        let url: reqwest::Url =
            gateway.url.parse().map_err(|why| wrong(format!("{}: {why}", gateway.url)))?;
        if url.scheme() != "http" && url.scheme() != "https" {
            return Err(wrong(format!("{url} is no http address")));
        }
        #[cfg(feature = "tls")]
        let _already_there = rustls::crypto::ring::default_provider().install_default();
        let client =
            Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(PATIENCE).build();
        Ok(Carrier { gateway, client: client.map_err(|why| wrong(why.to_string()))? })
    }

    pub(crate) fn sender(&self) -> &str {
        &self.gateway.sender
    }

    /// Posts a message; false when the gateway did not say 2xx.
    pub(crate) async fn send(&self, message: &Message, subject: Option<&str>) -> bool {
        let mut payload = json!({ "recipient": message.recipient, "body": message.body, "sender": message.sender,
                                  "token": message.token });
        if let Some(subject) = subject {
            payload["subject"] = subject.into();
        }
        let payload = payload.to_string();
        let mut request =
            self.authorized(self.client.post(&self.gateway.url)).header(CONTENT_TYPE, "application/json");
        for (name, value) in &self.gateway.headers {
            request = request.header(name, value);
        }
        if let Some(secret) = &self.gateway.hmac_secret {
            request = request.header("x-descope-webhook-s256", signature(secret, &payload));
        }
        request.body(payload).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.gateway.auth {
            GatewayAuth::None => request,
            GatewayAuth::Bearer(token) => request.bearer_auth(token),
            GatewayAuth::Basic { username, password } => {
                let pair = BASE64_STANDARD.encode(format!("{username}:{password}"));
                request.header(AUTHORIZATION, format!("Basic {pair}"))
            }
            GatewayAuth::ApiKey { header, token } => request.header(header, token),
        }
    }
}

/// HMAC-SHA256 over the base64 form of the payload, in base64 itself.
fn signature(secret: &str, payload: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, BASE64_STANDARD.encode(payload).as_bytes()))
}
