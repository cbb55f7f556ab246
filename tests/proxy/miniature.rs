//! A client small enough to read at once, right by default, and wrong in one chosen way.

use std::future::Future;
use std::io::Read as _;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use flate2::read::GzDecoder;
use otp_conformance::drive::KeyRing;
use otp_conformance::exchange::Signature;
use otp_conformance::proxy::{Client, ClientReply};
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
    TriesAnotherCode,
    NeedsMaskedPhone,
    KnowsAllMembers,
    IgnoresCookies,
    StepsUpAlone,
    LeaksInternals,
    TakesAnyAlgorithm,
    TakesEternalTokens,
    TakesRefreshTokens,
    KeepsFirstKeys,
    ReadsKeysWithoutEnd,
    FollowsWithCredentials,
    SendsAgainWhenTired,
    ReadsNoGzip,
    TakesNothingForLogin,
    TakesNothingForSession,
    RepeatsFailures,
    SessionForStepup,
    PresentsUndefined,
    ForgetsProject,
    TokenInUrl,
    UpdatesWithoutToken,
    AsksMeByPost,
    TakesKeyOfToken,
    RepeatsAfterSilence,
    ReadsNoFailure,
    /// Not wrong: every token is validated as it comes.
    ChecksAtOnce,
}

/// The clock of every miniature, which does not go: a busy machine makes no token older than it is.
pub static MOMENT: LazyLock<i64> =
    LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64);

/// How long a message may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

pub struct Miniature {
    http: reqwest::Client,
    base: String,
    project: String,
    wrong: Option<Wrong>,
    session: String,
    keys: Option<Value>,
    /// How codes are delivered in the call at hand.
    method: String,
}

const TRANSIENT: [u16; 6] = [503, 520, 521, 522, 524, 530];

impl Miniature {
    pub fn new(base: &str, project: &str, wrong: Option<Wrong>) -> Miniature {
        let http = client();
        Miniature {
            http,
            base: base.into(),
            project: project.into(),
            wrong,
            session: String::new(),
            keys: None,
            method: String::new(),
        }
    }

    fn is(&self, wrong: Wrong) -> bool {
        self.wrong == Some(wrong)
    }

    async fn answer(&mut self, call: &str, given: &Value) -> Result<Value, Value> {
        let refresh = given["refreshToken"].as_str().unwrap_or_default().to_owned();
        self.method = given["method"].as_str().unwrap_or("sms").to_owned();
        match call {
            "methods" => Ok(json!({ "methods": ["sms", "email", "voice"] })),
            "signup-in" => {
                self.send("signup-in", json!({ "loginId": given["loginId"], "loginOptions": {} }), "").await
            }
            "signup" => self.send("signup", json!({ "loginId": given["loginId"] }), "").await,
            "signin" => {
                if given["options"]["stepup"] == true && refresh.is_empty() && !self.is(Wrong::StepsUpAlone) {
                    return Err(
                        json!({ "kind": "Refused", "own": true, "text": "a step-up needs a refresh token" }),
                    );
                }
                let options = given.get("options").cloned().unwrap_or(json!({}));
                let token = if self.is(Wrong::SessionForStepup) { self.session.clone() } else { refresh };
                let token = if options["stepup"] == true { token } else { String::new() };
                self.send("signin", json!({ "loginId": given["loginId"], "loginOptions": options }), &token)
                    .await
            }
            "update-phone" => {
                let body = json!({ "loginId": given["loginId"], "phone": given["phone"] });
                let token = if self.is(Wrong::UpdatesWithoutToken) { String::new() } else { refresh };
                self.send("update/phone", body, &token).await
            }
            "update-email" => {
                let body = json!({ "loginId": given["loginId"], "email": given["email"] });
                self.send("update", body, &refresh).await
            }
            "verify" => self.verify(given).await,
            "validate" => self.validate(given["sessionToken"].as_str().unwrap_or_default()).await,
            "refresh" => {
                let token = if self.is(Wrong::SessionForRefresh) { self.session.clone() } else { refresh };
                let (body, _) = self.post("/v1/auth/refresh", &json!({}), &token).await?;
                self.object(&body)?;
                if self.is(Wrong::ChecksAtOnce) {
                    self.validate(body["sessionJwt"].as_str().unwrap_or_default()).await?;
                }
                Ok(json!({ "sessionToken": body["sessionJwt"] }))
            }
            "me" => {
                let (body, _) = self.post("/v1/auth/me", &json!({}), &refresh).await?;
                self.object(&body)
            }
            _ => self.post("/v1/auth/logout", &json!({}), &refresh).await.map(|_| json!({})),
        }
    }

    fn object(&self, body: &Value) -> Result<Value, Value> {
        match body.is_object() || self.is(Wrong::TakesNothingForSession) {
            true => Ok(json!({})),
            false => Err(json!({ "kind": "NoAnswer", "own": true, "text": "the answer is no object" })),
        }
    }

    async fn send(&self, door: &str, body: Value, token: &str) -> Result<Value, Value> {
        let slash = if self.is(Wrong::SlashAtTheEnd) { "/" } else { "" };
        let method = &self.method;
        let (body, _) = self.post(&format!("/v1/auth/otp/{door}/{method}{slash}"), &body, token).await?;
        let masked = if method == "email" { "maskedEmail" } else { "maskedPhone" };
        let known = |name: &String| [masked, "verificationAttempts"].contains(&name.as_str());
        if self.is(Wrong::NeedsMaskedPhone) && body.get(masked).is_none() {
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
        if self.is(Wrong::TriesAnotherCode) {
            let other = json!({ "loginId": given["loginId"], "code": "000124" });
            let _ = self.post("/v1/auth/otp/verify/sms", &other, "").await;
        }
        let query = if self.is(Wrong::CodeInUrl) { format!("?code={code}") } else { String::new() };
        let path = format!("/v1/auth/otp/verify/{}{query}", self.method);
        let (body, cookie) =
            self.post(&path, &json!({ "loginId": given["loginId"], "code": sent }), "").await?;
        let cookie = if self.is(Wrong::IgnoresCookies) { Value::Null } else { json!(cookie) };
        let session = body["sessionJwt"].as_str();
        let lenient =
            self.is(Wrong::TakesAnyBody) || (self.is(Wrong::TakesNothingForLogin) && body.is_null());
        if session.is_none() && !lenient {
            return Err(json!({ "kind": "NoLogin", "own": true, "text": body.to_string() }));
        }
        self.session = session.unwrap_or_default().to_owned();
        if self.is(Wrong::ChecksAtOnce) && session.is_some() {
            self.validate(&self.session.clone()).await?;
        }
        let refresh = body.get("refreshJwt").cloned().unwrap_or(cookie);
        Ok(json!({ "sessionToken": session, "refreshToken": refresh }))
    }

    async fn published(&mut self, token: &str) -> Result<Value, Value> {
        if let (Some(keys), true) = (&self.keys, self.is(Wrong::KeepsFirstKeys)) {
            return Ok(keys.clone());
        }
        let mut keys = Value::Null;
        for _ in 0..if self.is(Wrong::ReadsKeysWithoutEnd) { 9 } else { 1 } {
            let path = format!("{}/v2/keys/{}", self.base, self.project);
            keys = match self.http.get(path).send().await {
                Ok(response) => response.json().await.unwrap_or_default(),
                Err(_) => return Err(json!({ "kind": "Invalid", "own": true, "text": "no keys" })),
            };
            if KeyRing::read(&keys).check(token) == Signature::Verified {
                break;
            }
        }
        self.keys = Some(keys.clone());
        Ok(keys)
    }

    async fn validate(&mut self, token: &str) -> Result<Value, Value> {
        let refused = |why: &str| Err(json!({ "kind": "Invalid", "own": true, "text": why }));
        let keys = self.published(token).await?;
        let part = |nth: usize| -> Value {
            let bytes =
                base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(nth).unwrap_or_default());
            serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default()
        };
        let (head, claims) = (part(0), part(1));
        let by_secret = self.is(Wrong::TakesAnyAlgorithm) && head["alg"] == "HS256";
        let brought = json!({ "keys": [head["jwk"]] });
        let by_itself =
            self.is(Wrong::TakesKeyOfToken) && KeyRing::read(&brought).check(token) == Signature::Verified;
        let right = by_itself || KeyRing::read(&keys).check(token) == Signature::Verified;
        if !right && !by_secret && !self.is(Wrong::ChecksNoSignature) {
            return refused("signature");
        }
        if claims["drn"] != "DS" && !self.is(Wrong::TakesRefreshTokens) {
            return refused("no session token");
        }
        let eternal = claims["exp"].is_null() && self.is(Wrong::TakesEternalTokens);
        let now = *MOMENT;
        let leeway = if self.is(Wrong::ForgivesNoSecond) { 0 } else { 5 };
        let expired = claims["exp"].as_i64().unwrap_or(0) + leeway < now;
        let forgiven = eternal || (self.is(Wrong::ChecksNoExpiry) && claims["exp"].is_i64());
        if expired && !forgiven {
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
                Err(_)
                    if again(Wrong::RepeatsAfterLoss)
                        || again(Wrong::SendsAgainWhenTired)
                        || (again(Wrong::RepeatsAfterSilence) && !token.is_empty()) =>
                {
                    continue;
                }
                Err(_) => return Err(json!({ "kind": "Network", "own": true })),
            };
            let status = response.status().as_u16();
            let transient = TRANSIENT.contains(&status);
            if (transient && (sent <= 3 || (self.is(Wrong::RepeatsForEver) && sent < 7)))
                || (status == 429 && again(Wrong::RepeatsLimits))
                || ((400..429).contains(&status) && again(Wrong::RepeatsRefusals))
                || ((500..503).contains(&status) && again(Wrong::RepeatsFailures))
            {
                continue;
            }
            return self.read(response).await;
        }
    }

    async fn once(&self, path: &str, body: &Value, token: &str) -> Result<Response, reqwest::Error> {
        let answer = self.request(&format!("{}{path}", self.base), path, body, token).send().await?;
        let there = answer.headers().get("location").and_then(|to| to.to_str().ok()).map(str::to_owned);
        match there {
            Some(there) if self.is(Wrong::FollowsWithCredentials) => {
                self.request(&there, path, body, token).send().await
            }
            _ => Ok(answer),
        }
    }

    fn request(&self, url: &str, path: &str, body: &Value, token: &str) -> reqwest::RequestBuilder {
        let method = match path == "/v1/auth/me" && !self.is(Wrong::AsksMeByPost) {
            true => Method::GET,
            false => Method::POST,
        };
        let in_url = if self.is(Wrong::TokenInUrl) && !token.is_empty() {
            format!("?t={token}")
        } else {
            String::new()
        };
        let mut request = self.http.request(method.clone(), format!("{url}{in_url}"));
        request = request.header("accept-encoding", "gzip");
        if self.is(Wrong::SendsAgainWhenTired) || (self.is(Wrong::RepeatsAfterSilence) && !token.is_empty()) {
            request = request.timeout(Duration::from_millis(1000));
        }
        let presented = match token {
            "" if self.is(Wrong::PresentsUndefined) => format!("{}:undefined", self.project),
            "" => self.project.clone(),
            token if self.is(Wrong::ForgetsProject) => token.to_owned(),
            token => format!("{}:{token}", self.project),
        };
        if !self.is(Wrong::NoBearer) {
            request = request.header("authorization", format!("Bearer {presented}"));
        }
        if method == Method::GET {
            return request;
        }
        match self.wrong {
            Some(Wrong::FormBody) => {
                request.form(&[("loginId", body["loginId"].as_str().unwrap_or_default())])
            }
            Some(Wrong::TextLabel) => request.header("content-type", "text/plain").body(body.to_string()),
            _ => request.json(body),
        }
    }

    async fn read(&self, response: Response) -> Result<(Value, Option<String>), Value> {
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let cookie =
            header("set-cookie").and_then(|text| Some(text.strip_prefix("DSR=")?.split(';').next()?.into()));
        let wait = header("retry-after").and_then(|text| text.parse::<u64>().ok());
        let packed = header("content-encoding").as_deref() == Some("gzip") && !self.is(Wrong::ReadsNoGzip);
        let Ok(bytes) = response.bytes().await else { return Err(json!({ "kind": "Network", "own": true })) };
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if packed {
            text.clear();
            GzDecoder::new(bytes.as_ref()).read_to_string(&mut text).unwrap();
        }
        let body: Option<Value> = serde_json::from_str(&text).ok();
        if self.is(Wrong::LeaksInternals) && body.is_none() {
            return Err(json!({ "kind": "SyntaxError", "own": false, "status": status }));
        }
        if status < 300 || self.is(Wrong::ReportsSuccess) || (self.is(Wrong::ReadsNoFailure) && status >= 500)
        {
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
        limit: Duration,
    ) -> Pin<Box<dyn Future<Output = ClientReply> + Send + 'a>> {
        let limit = if limit.is_zero() { PATIENCE } else { limit };
        Box::pin(async move {
            match tokio::time::timeout(limit, self.answer(call, given)).await {
                Ok(Ok(value)) => ClientReply::Answer(json!({ "ok": value })),
                Ok(Err(error)) => ClientReply::Answer(json!({ "error": error })),
                Err(_) => ClientReply::Nothing,
            }
        })
    }
}

/// A client that adds nothing of its own, one connection pool each.
pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
