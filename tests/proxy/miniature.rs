//! A client small enough to read at once, right by default, and wrong in one chosen way.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use otp_conformance::drive::KeyRing;
use otp_conformance::exchange::Signature;
use otp_conformance::proxy::{Client, Said};
use reqwest::{Method, Response};
use serde_json::{Value, json};

/// A way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    NumberAsCode,
    RepeatsRefusals,
    RepeatsForEver,
    RepeatsAfterLoss,
    RepeatsLimits,
    HidesTheWait,
    ChecksNoSignature,
    ChecksNoExpiry,
    ForgivesNoSecond,
    SwallowsErrorCode,
    ReportsSuccess,
    TakesAnyBody,
    SlashAtTheEnd,
    FormBody,
    TextLabel,
    NoBearer,
    SessionForRefresh,
    CodeInUrl,
    TrimsZeros,
    NeedsMaskedPhone,
    KnowsAllMembers,
    IgnoresCookies,
    StepsUpAlone,
    LeaksInternals,
}

pub struct Miniature {
    http: reqwest::Client,
    base: String,
    project: String,
    wrong: Option<Wrong>,
    session: String,
}

const TRANSIENT: [u16; 6] = [503, 520, 521, 522, 524, 530];

impl Miniature {
    pub fn new(base: &str, project: &str, wrong: Option<Wrong>) -> Miniature {
        let http = client();
        Miniature { http, base: base.into(), project: project.into(), wrong, session: String::new() }
    }

    fn is(&self, wrong: Wrong) -> bool {
        self.wrong == Some(wrong)
    }

    async fn answer(&mut self, call: &str, given: &Value) -> Result<Value, Value> {
        let refresh = given["refreshToken"].as_str().unwrap_or_default().to_owned();
        match call {
            "signup-in" => {
                self.send("signup-in", json!({ "loginId": given["loginId"], "loginOptions": {} })).await
            }
            "signup" => self.send("signup", json!({ "loginId": given["loginId"] })).await,
            "signin" => {
                if given["options"]["stepup"] == true && refresh.is_empty() && !self.is(Wrong::StepsUpAlone) {
                    return Err(
                        json!({ "kind": "Refused", "own": true, "text": "a step-up needs a refresh token" }),
                    );
                }
                let options = given.get("options").cloned().unwrap_or(json!({}));
                self.send("signin", json!({ "loginId": given["loginId"], "loginOptions": options })).await
            }
            "verify" => self.verify(given).await,
            "validate" => self.validate(given["sessionToken"].as_str().unwrap_or_default()).await,
            "refresh" => {
                let token = if self.is(Wrong::SessionForRefresh) { self.session.clone() } else { refresh };
                self.post("/v1/auth/refresh", &json!({}), &token).await.map(|_| json!({}))
            }
            _ => self.post("/v1/auth/logout", &json!({}), &refresh).await.map(|_| json!({})),
        }
    }

    async fn send(&self, door: &str, body: Value) -> Result<Value, Value> {
        let slash = if self.is(Wrong::SlashAtTheEnd) { "/" } else { "" };
        let (body, _) = self.post(&format!("/v1/auth/otp/{door}/sms{slash}"), &body, "").await?;
        let known = |name: &String| ["maskedPhone", "verificationAttempts"].contains(&name.as_str());
        if self.is(Wrong::NeedsMaskedPhone) && body.get("maskedPhone").is_none() {
            return Err(json!({ "kind": "KeyError", "own": false }));
        }
        if self.is(Wrong::KnowsAllMembers) && !body.as_object().is_some_and(|it| it.keys().all(known)) {
            return Err(json!({ "kind": "UnknownMember", "own": true }));
        }
        Ok(json!({}))
    }

    async fn verify(&mut self, given: &Value) -> Result<Value, Value> {
        let code = given["code"].as_str().unwrap_or_default();
        let sent = match self.wrong {
            Some(Wrong::NumberAsCode) => json!(code.parse::<u64>().unwrap_or_default()),
            Some(Wrong::TrimsZeros) => json!(code.trim_start_matches('0')),
            _ => json!(code),
        };
        let query = if self.is(Wrong::CodeInUrl) { format!("?code={code}") } else { String::new() };
        let path = format!("/v1/auth/otp/verify/sms{query}");
        let (body, cookie) =
            self.post(&path, &json!({ "loginId": given["loginId"], "code": sent }), "").await?;
        let cookie = if self.is(Wrong::IgnoresCookies) { Value::Null } else { json!(cookie) };
        let session = body["sessionJwt"].as_str();
        if session.is_none() && !self.is(Wrong::TakesAnyBody) {
            return Err(json!({ "kind": "NoLogin", "own": true, "text": body.to_string() }));
        }
        self.session = session.unwrap_or_default().to_owned();
        let refresh = body.get("refreshJwt").cloned().unwrap_or(cookie);
        Ok(json!({ "sessionToken": session, "refreshToken": refresh }))
    }

    async fn validate(&self, token: &str) -> Result<Value, Value> {
        let refused = |why: &str| Err(json!({ "kind": "Invalid", "own": true, "text": why }));
        let path = format!("/v2/keys/{}", self.project);
        let keys: Value = match self.http.get(format!("{}{path}", self.base)).send().await {
            Ok(response) => response.json().await.unwrap_or_default(),
            Err(_) => return refused("no keys"),
        };
        if KeyRing::read(&keys).check(token) != Signature::Verified && !self.is(Wrong::ChecksNoSignature) {
            return refused("signature");
        }
        let part = token.split('.').nth(1).unwrap_or_default();
        let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        let claims: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        let leeway = if self.is(Wrong::ForgivesNoSecond) { 0 } else { 5 };
        if claims["exp"].as_i64().unwrap_or(0) + leeway < now && !self.is(Wrong::ChecksNoExpiry) {
            return refused("expired");
        }
        if claims["iss"] != self.project.as_str() {
            return refused("issuer");
        }
        Ok(json!({}))
    }

    /// The body, and the refresh token of a cookie.
    async fn post(&self, path: &str, body: &Value, token: &str) -> Result<(Value, Option<String>), Value> {
        let mut sent = 0;
        loop {
            sent += 1;
            let again = |wrong| self.is(wrong) && sent < 3;
            let response = match self.once(path, body, token).await {
                Ok(response) => response,
                Err(_) if again(Wrong::RepeatsAfterLoss) => continue,
                Err(_) => return Err(json!({ "kind": "Network", "own": true })),
            };
            let status = response.status().as_u16();
            let transient = TRANSIENT.contains(&status);
            if (transient && (sent <= 3 || (self.is(Wrong::RepeatsForEver) && sent < 7)))
                || (status == 429 && again(Wrong::RepeatsLimits))
                || ((400..429).contains(&status) && again(Wrong::RepeatsRefusals))
            {
                continue;
            }
            return self.read(response).await;
        }
    }

    async fn once(&self, path: &str, body: &Value, token: &str) -> Result<Response, reqwest::Error> {
        let mut request = self.http.request(Method::POST, format!("{}{path}", self.base));
        if !self.is(Wrong::NoBearer) {
            let token = if token.is_empty() { String::new() } else { format!(":{token}") };
            request = request.header("authorization", format!("Bearer {}{token}", self.project));
        }
        request = match self.wrong {
            Some(Wrong::FormBody) => {
                request.form(&[("loginId", body["loginId"].as_str().unwrap_or_default())])
            }
            Some(Wrong::TextLabel) => request.header("content-type", "text/plain").body(body.to_string()),
            _ => request.json(body),
        };
        request.send().await
    }

    async fn read(&self, response: Response) -> Result<(Value, Option<String>), Value> {
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let cookie =
            header("set-cookie").and_then(|text| Some(text.strip_prefix("DSR=")?.split(';').next()?.into()));
        let wait = header("retry-after").and_then(|text| text.parse::<u64>().ok());
        let Ok(text) = response.text().await else { return Err(json!({ "kind": "Network", "own": true })) };
        let body: Option<Value> = serde_json::from_str(&text).ok();
        if self.is(Wrong::LeaksInternals) && body.is_none() {
            return Err(json!({ "kind": "SyntaxError", "own": false, "status": status }));
        }
        if status < 300 || self.is(Wrong::ReportsSuccess) {
            return Ok((body.unwrap_or_default(), cookie));
        }
        let envelope = body.unwrap_or_default();
        let code =
            if self.is(Wrong::SwallowsErrorCode) { Value::Null } else { envelope["errorCode"].clone() };
        let text = if code.is_null() { "something went wrong".to_owned() } else { text };
        let wait = if self.is(Wrong::HidesTheWait) { None } else { wait };
        Err(
            json!({ "kind": "Refused", "own": true, "status": status, "code": code, "retryAfter": wait, "text": text }),
        )
    }
}

impl Client for Miniature {
    fn call<'a>(
        &'a mut self,
        call: &'a str,
        given: &'a Value,
        _: Duration,
    ) -> Pin<Box<dyn Future<Output = Said> + Send + 'a>> {
        Box::pin(async move {
            Said::Answer(match self.answer(call, given).await {
                Ok(value) => json!({ "ok": value }),
                Err(error) => json!({ "error": error }),
            })
        })
    }
}

/// A client that adds nothing of its own, one connection pool each.
pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
