//! A small client, so that tests read as the calls they make.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use regex::Regex;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::emulator::channel::Channel;
use crate::emulator::{Emulator, Settings, Variant, jwt};

/// The numbers of these tests, also as a path has them.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:\+|%2B)1202555(\d{4})").unwrap());

pub(super) const ADA: &str = "+12025550101";
pub(super) const BOB: &str = "+12025550102";

/// An emulator of its own and a connection to it.
pub(in crate::emulator) struct Client {
    emulator: Emulator,
    http: reqwest::Client,
    project: String,
    management_key: String,
    via: Channel,
}

/// A status, headers and a JSON body.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Value,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn code(&self) -> &str {
        self.body["errorCode"].as_str().unwrap_or("none")
    }

    /// Status and error code in one, such as `200 none` or `401 E061102`.
    pub(super) fn short(&self) -> String {
        format!("{} {}", self.status, self.code())
    }

    pub(super) fn jwt(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_default().to_owned()
    }
}

impl Client {
    pub(super) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(super) async fn with_variant(variant: Variant) -> Self {
        Self::with(Settings { variants: vec![variant], ..Settings::default() }).await
    }

    pub(super) async fn with(settings: Settings) -> Self {
        Self::over(http(), settings).await
    }

    /// Over a client that others use too: making one costs more than most tests.
    pub(super) async fn over(http: reqwest::Client, settings: Settings) -> Self {
        let (project, management_key) = (settings.project_id.clone(), settings.management_key.clone());
        let emulator = Emulator::start(settings).await.unwrap();
        Client { emulator, http, project, management_key, via: Channel::Sms }
    }

    /// Calls by this channel, and about its addresses, what a test writes for SMS.
    pub(super) fn via(self, channel: Channel) -> Self {
        Client { via: channel, ..self }
    }

    /// The member that holds the channel's addresses.
    pub(super) fn member(&self) -> &'static str {
        self.via.member()
    }

    fn worded(&self, text: &str) -> String {
        let text = match self.via.is_mail() {
            true => text.replace("/update/phone/sms", "/update/email").replace("\"phone\"", "\"email\""),
            false => text.to_owned(),
        };
        let text = text.replace("/sms", &format!("/{}", self.via.name()));
        match self.via.is_mail() {
            true => NUMBER.replace_all(&text, "n$1@run.example.com").into_owned(),
            false => text,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{}", self.emulator.url(), self.worded(path))
    }

    pub(super) fn address(&self) -> std::net::SocketAddr {
        self.emulator.addr()
    }

    pub(super) fn project(&self) -> &str {
        &self.project
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, body, text }
    }

    /// With the project as bearer.
    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_as(&self.project, path, body).await
    }

    pub(super) async fn post_as(&self, bearer: &str, path: &str, body: Value) -> Answer {
        let body: Value = serde_json::from_str(&self.worded(&body.to_string())).unwrap();
        self.send(self.request(Method::POST, path).bearer_auth(bearer).json(&body)).await
    }

    pub(super) async fn post_bytes(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request(Method::POST, path).bearer_auth(&self.project).body(body)).await
    }

    /// With a token after the project.
    pub(super) async fn with_jwt(&self, method: Method, path: &str, jwt: &str) -> Answer {
        self.send(self.request(method, path).bearer_auth(format!("{}:{jwt}", self.project))).await
    }

    pub(super) async fn manage(&self, path: &str, body: Value) -> Answer {
        self.post_as(&format!("{}:{}", self.project, self.management_key), path, body).await
    }

    pub(super) async fn manage_with(&self, method: Method, path: &str) -> Answer {
        let bearer = format!("{}:{}", self.project, self.management_key);
        self.send(self.request(method, path).bearer_auth(bearer)).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(super) async fn sign_up_or_in(&self, login_id: &str) -> Answer {
        self.post("/v1/auth/otp/signup-in/sms", json!({ "loginId": login_id })).await
    }

    pub(super) async fn sign_in(&self, login_id: &str) -> Answer {
        self.post("/v1/auth/otp/signin/sms", json!({ "loginId": login_id })).await
    }

    pub(super) async fn sign_up(&self, login_id: &str) -> Answer {
        self.post("/v1/auth/otp/signup/sms", json!({ "loginId": login_id })).await
    }

    pub(super) async fn verify(&self, login_id: &str, code: &str) -> Answer {
        self.post("/v1/auth/otp/verify/sms", json!({ "loginId": login_id, "code": code })).await
    }

    /// The code of the last message to a number.
    pub(super) async fn last_code(&self, phone: &str) -> String {
        self.messages(phone)
            .await
            .last()
            .map(|message| message["token"].as_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    pub(super) async fn messages(&self, phone: &str) -> Vec<Value> {
        let answer = self
            .send(self.request(Method::GET, "/emulator/messages").query(&[("to", self.worded(phone))]))
            .await;
        answer.body["messages"].as_array().cloned().unwrap_or_default()
    }

    /// A new code for a number.
    pub(super) async fn issue(&self, phone: &str) -> String {
        self.sign_up_or_in(phone).await;
        self.last_code(phone).await
    }

    /// A whole login.
    pub(super) async fn log_in(&self, phone: &str) -> Answer {
        let code = self.issue(phone).await;
        self.verify(phone, &code).await
    }

    pub(super) async fn log_in_with(&self, phone: &str, refresh_jwt: &str, options: Value) -> Answer {
        let bearer = if refresh_jwt.is_empty() {
            self.project.clone()
        } else {
            format!("{}:{refresh_jwt}", self.project)
        };
        let body = json!({ "loginId": phone, "loginOptions": options });
        let sent = self.post_as(&bearer, "/v1/auth/otp/signup-in/sms", body).await;
        if sent.status != 200 {
            return sent;
        }
        let code = self.last_code(phone).await;
        self.verify(phone, &code).await
    }

    pub(super) async fn refresh(&self, jwt: &str) -> Answer {
        self.with_jwt(Method::POST, "/v1/auth/refresh", jwt).await
    }

    pub(super) async fn me(&self, jwt: &str) -> Answer {
        self.with_jwt(Method::GET, "/v1/auth/me", jwt).await
    }

    pub(super) async fn log_out(&self, jwt: &str) -> Answer {
        self.with_jwt(Method::POST, "/v1/auth/logout", jwt).await
    }

    pub(super) async fn advance(&self, seconds: u64) {
        self.post("/emulator/clock", json!({ "advanceMs": seconds * 1000 })).await;
    }
}

pub(super) fn http() -> reqwest::Client {
    #[cfg(feature = "tls")]
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// What a JWT says, unchecked.
pub(super) fn claims(jwt: &str) -> Value {
    jwt::unchecked(jwt).map_or(Value::Null, Value::Object)
}

/// What its header says.
pub(super) fn header(jwt: &str) -> Value {
    let part = BASE64_URL_SAFE_NO_PAD.decode(jwt.split('.').next().unwrap_or_default()).unwrap();
    serde_json::from_slice(&part).unwrap()
}

/// A code of the same length that is not this one.
pub(super) fn another(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { char::from(digit as u8 + 1) }).collect()
}
