//! Where requests go: one server, its names and keys, and the only place of the harness that sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;
use tokio::sync::RwLock;

use super::code::CodeSource;
use super::shared::SharedNumbers;
use super::{Blocked, Breaker, Clock, Guard, Journal, KeyRing, Numbers, Pace, Transport, clock};
use crate::contract::{Bearer, Body, Case, Contract, OperationId};
use crate::exchange::{Answer, Loss, Payload, Redactor, Request, Response};

/// Requests beyond this many bytes are recorded by their beginning: memory stays flat, and nobody reads them whole.
const LARGE: usize = 64 * 1024;

/// What is needed to reach a target.
pub struct TargetSettings {
    /// Base URL, with or without a path, without a slash at the end.
    pub base: String,
    /// Project ID: the bearer.
    pub project_id: String,
    /// Management key.
    pub management_key: Option<String>,
    /// Auth management key, for operations that are closed to the public.
    pub auth_management_key: Option<String>,
    /// The static code of some test users.
    pub static_code: Option<StaticCode>,
    /// Headers on every request.
    pub headers: Vec<(String, String)>,
    /// How connections are made.
    pub transport: Transport,
    /// Phone numbers that may be used besides those reserved for fiction.
    pub allowed_numbers: Vec<String>,
    /// The namespace of this run's numbers and names.
    pub namespace: u64,
    /// How fast requests may follow each other.
    pub pace: Pace,
    /// How codes become visible.
    pub codes: Arc<dyn CodeSource>,
    /// The target's clock, if it can be moved.
    pub clock: Option<Clock>,
    /// An endpoint that makes the target forget everything.
    pub reset: Option<String>,
    /// Where users are noted that are created.
    pub journal: Journal,
}

/// A fixed code, and a login ID that has it. Source: docs: Test Users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticCode {
    /// The login ID.
    pub login_id: String,
    /// The code.
    pub code: String,
}

/// A target that cannot be used as described. Our user's input.
#[derive(Debug, Error)]
pub enum TargetError {
    /// Not an http or https URL.
    #[error("{0}: not a URL to test; give one like https://staging.example or http://127.0.0.1:4600")]
    BadUrl(String),
    /// A header that cannot be sent.
    #[error("header {0:?}: not `Name: value` in visible ASCII")]
    BadHeader(String),
    /// No HTTP client can be made.
    #[error("no HTTP client: {}", told(.0))]
    Client(#[from] reqwest::Error),
    /// A file of certificates without one.
    #[error("no certificate in the file of trusted authorities; it must be PEM")]
    NoCertificate,
    /// Certificates, but no TLS.
    #[cfg(not(feature = "tls"))]
    #[error("certificates need the feature `tls`, which this binary was built without")]
    WithoutTls,
}

/// Reads without an effect: lost ones are asked for once more.
const READS: [OperationId; 3] = [OperationId::Keys, OperationId::KeysV1, OperationId::Me];

/// One server under test. Shared by all trials of a run.
pub struct Target {
    base: String,
    client: reqwest::Client,
    transport: Transport,
    headers: HeaderMap,
    guard: Guard,
    requests: AtomicU64,
    sends: AtomicU64,
    blocked: AtomicU64,
    keys: RwLock<Option<Arc<KeyRing>>>,
    pace: Pace,
    clock: Option<Clock>,
    reset: Option<String>,
    breaker: Breaker,
    /// The users this run created.
    pub(super) journal: Journal,
    contract: Arc<Contract>,
    loopback: bool,
    /// Project ID.
    pub project_id: String,
    /// Management key.
    pub management_key: Option<String>,
    /// Auth management key.
    pub auth_management_key: Option<String>,
    /// The static code of some test users.
    pub static_code: Option<StaticCode>,
    /// How codes become visible.
    pub codes: Arc<dyn CodeSource>,
    /// Numbers and names for people.
    pub numbers: Numbers,
    /// Numbers that are lent, not given.
    pub(super) shared: SharedNumbers,
    /// Knows every secret of the run.
    pub redactor: Arc<Redactor>,
}

/// A request as bytes, ready to be sent.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// HTTP method.
    pub method: String,
    /// Path and query, encoded.
    pub path: String,
    /// Header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: bytes::Bytes,
    /// The body as JSON, where it is: saves reading it again.
    pub json: Option<serde_json::Value>,
    /// Send the body in chunks, without a length.
    pub chunked: bool,
}

impl Target {
    /// A target, not yet contacted.
    ///
    /// # Errors
    /// The URL or a header cannot be used.
    pub fn new(
        settings: TargetSettings,
        contract: Arc<Contract>,
        redactor: Arc<Redactor>,
    ) -> Result<Target, TargetError> {
        let base = settings.base.trim_end_matches('/').to_owned();
        let url = reqwest::Url::parse(&base).map_err(|_| TargetError::BadUrl(base.clone()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(TargetError::BadUrl(base));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let bad = || TargetError::BadHeader(name.clone());
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            headers.append(name, HeaderValue::from_str(value).map_err(|_| bad())?);
        }
        for (name, key) in
            [("management", &settings.management_key), ("auth-management", &settings.auth_management_key)]
        {
            if let Some(key) = key {
                redactor.learn_value(key, name);
            }
        }
        Ok(Target {
            client: settings.transport.client(&url)?,
            transport: settings.transport,
            base,
            headers,
            guard: Guard::new(settings.allowed_numbers),
            requests: AtomicU64::new(0),
            sends: AtomicU64::new(0),
            blocked: AtomicU64::new(0),
            keys: RwLock::new(None),
            pace: settings.pace,
            clock: settings.clock,
            reset: settings.reset,
            breaker: Breaker::default(),
            journal: settings.journal,
            contract,
            loopback: is_loopback(&url),
            project_id: settings.project_id,
            management_key: settings.management_key,
            auth_management_key: settings.auth_management_key,
            static_code: settings.static_code,
            codes: settings.codes,
            numbers: Numbers::new(settings.namespace),
            shared: SharedNumbers::default(),
            redactor,
        })
    }

    /// The contract requests are made by.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// A client that passes on what others send to this target.
    ///
    /// # Errors
    /// A certificate or the proxy's address cannot be used.
    pub(crate) fn forwarder(&self) -> Result<reqwest::Client, TargetError> {
        let server = reqwest::Url::parse(&self.base).map_err(|_| TargetError::BadUrl(self.base.clone()))?;
        self.transport.forwarder(&server)
    }

    /// The headers of every request.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What keeps strangers' numbers out of requests that others make. Nobody can be texted from a server on loopback.
    pub(crate) fn guard(&self) -> Option<&Guard> {
        (!self.loopback).then_some(&self.guard)
    }

    /// Base URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Requests of the contract's operations sent so far; asking for messages and moving clocks does not count.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Requests sent so far that ask for a message.
    pub fn sends(&self) -> u64 {
        self.sends.load(Ordering::Relaxed)
    }

    /// Requests that the guard kept from being sent.
    pub fn blocked(&self) -> u64 {
        self.blocked.load(Ordering::Relaxed)
    }

    /// Whether it runs on this machine: nothing sent there costs money or reaches a phone.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether the clock can be moved.
    pub fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    /// A case as bytes.
    pub fn wire(&self, case: &Case, method: Option<&str>) -> Wire {
        let operation = self.contract.operation(case.operation);
        let mut path = operation.path.replace("{projectId}", &self.project_id);
        for (name, value) in &case.path {
            path = path.replace(&format!("{{{name}}}"), &encoded(value));
        }
        for (index, (name, value)) in case.query.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            path.push_str(&format!("{mark}{}={}", encoded(name), encoded(value)));
        }
        let mut headers = Vec::new();
        if let Bearer::Header(value) = &case.bearer {
            headers.push(("authorization".to_owned(), value.clone()));
        }
        let (body, json) = match &case.body {
            Body::None => (bytes::Bytes::new(), None),
            Body::Json(value) => {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
                (serde_json::to_vec(value).unwrap_or_default().into(), Some(value.clone()))
            }
            Body::Bytes { content_type, bytes } => {
                headers.extend(content_type.clone().map(|value| ("content-type".to_owned(), value)));
                (bytes.clone().into(), None)
            }
        };
        headers.extend(case.headers.iter().cloned());
        let method = method.unwrap_or(&operation.method).to_owned();
        Wire { method, path, headers, body, json, chunked: false }
    }

    /// Sends one request and waits for its answer. Nothing is sent twice but a read that changes nothing, once.
    ///
    /// # Errors
    /// The guard refuses to let this out: it might reach a stranger's phone.
    pub(super) async fn send(
        &self,
        wire: &Wire,
        operation: Option<OperationId>,
    ) -> Result<(Request, Answer), Blocked> {
        let content_type =
            wire.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
        let query = wire.path.split_once('?').map_or("", |(_, query)| query);
        self.guard.check(&wire.body, content_type, query).inspect_err(|_| {
            self.blocked.fetch_add(1, Ordering::Relaxed);
        })?;
        let body = match &wire.json {
            _ if wire.body.len() > LARGE => Payload::beginning(&wire.body),
            Some(json) => Payload::Json(json.clone()),
            None => Payload::from_bytes(&wire.body),
        };
        self.before(operation, &body).map_err(|what| Blocked { place: "the journal".into(), what })?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        if operation.is_some_and(|id| self.contract.operation(id).issues_code) {
            self.sends.fetch_add(1, Ordering::Relaxed);
        }
        let request = Request {
            method: wire.method.clone(),
            path: wire.path.clone(),
            headers: wire.headers.clone(),
            body,
        };
        let mut answer = self.ask(wire, operation).await;
        if operation.is_some_and(|id| READS.contains(&id)) && matches!(answer, Answer::Lost(_)) {
            answer = self.ask(wire, operation).await;
        }
        self.after(operation, &request.body, &answer);
        if let Answer::Response(response) = &answer
            && response.status == 429
        {
            let wait =
                response.header("retry-after").and_then(|value| value.trim().parse().ok()).unwrap_or(1);
            self.pace.hold(Duration::from_secs(wait));
        }
        Ok((request, answer))
    }

    /// What becomes of a case outside every history: housekeeping.
    pub(super) async fn ask_for(&self, case: &Case) -> Answer {
        match self.round_trip(&self.wire(case, None), Some(case.operation)).await {
            Ok(response) => Answer::Response(response),
            Err(error) => Answer::Lost(loss(&error)),
        }
    }

    /// One attempt. A target that has gone is not asked any more.
    async fn ask(&self, wire: &Wire, operation: Option<OperationId>) -> Answer {
        if self.breaker.is_open() {
            return Answer::Lost(Loss::Unreachable);
        }
        let answer = match self.round_trip(wire, operation).await {
            Ok(response) => Answer::Response(response),
            Err(error) => Answer::Lost(loss(&error)),
        };
        self.breaker.note(&answer);
        answer
    }

    /// The target counts every request, whatever it is for; so does the pace.
    async fn round_trip(
        &self,
        wire: &Wire,
        operation: Option<OperationId>,
    ) -> Result<Response, reqwest::Error> {
        self.pace.admit(operation).await;
        let method = reqwest::Method::from_bytes(wire.method.as_bytes()).unwrap_or(reqwest::Method::POST);
        let mut request =
            self.client.request(method, format!("{}{}", self.base, wire.path)).headers(self.headers.clone());
        for (name, value) in &wire.headers {
            request = request.header(name, value);
        }
        request = match wire.chunked {
            true => request.body(reqwest::Body::wrap(Chunked(Some(wire.body.clone())))),
            false if wire.body.is_empty() && wire.method == "GET" => request,
            false => request.body(wire.body.clone()),
        };
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let body = Payload::from_bytes(&response.bytes().await?);
        Ok(Response { status, headers, body })
    }

    /// The published keys; asked for once, and once more when a token names a key that is not among them.
    pub async fn keys(&self, wanted: Option<&str>) -> Arc<KeyRing> {
        let known = self.keys.read().await.clone();
        if let Some(keys) = known.filter(|keys| wanted.is_none_or(|kid| keys.knows(kid))) {
            return keys;
        }
        let mut slot = self.keys.write().await;
        if let Some(keys) = slot.clone().filter(|keys| wanted.is_none_or(|kid| keys.knows(kid))) {
            return keys;
        }
        let wire = self.wire(&Case::new(OperationId::Keys, Bearer::of(&[&self.project_id])), None);
        let mut answer = self.ask(&wire, Some(OperationId::Keys)).await;
        if matches!(answer, Answer::Lost(_)) {
            answer = self.ask(&wire, Some(OperationId::Keys)).await;
        }
        // Whether a bearer may stand beside this request is judged elsewhere; tokens are judged all the same.
        if answer.response().is_some_and(Response::is_refusal) {
            let bare = self.wire(&Case::new(OperationId::Keys, Bearer::Missing), None);
            answer = self.ask(&bare, Some(OperationId::Keys)).await;
        }
        let read = match answer {
            Answer::Response(response) if !response.is_success() => {
                Err(format!("status {}", response.status))
            }
            Answer::Response(response) => {
                response.body.json().map(KeyRing::read).ok_or("they are not JSON".to_owned())
            }
            Answer::Lost(loss) => Err(loss.to_string()),
        };
        let keys =
            Arc::new(read.unwrap_or_else(|why| KeyRing::unreadable(format!("the published keys: {why}"))));
        *slot = Some(keys.clone());
        keys
    }

    /// Moves the target's clock.
    ///
    /// # Errors
    /// There is no clock to move, or it did not move.
    pub(super) async fn advance(&self, by: Duration) -> Result<(), String> {
        match &self.clock {
            Some(clock) => clock.advance(&self.client, by).await,
            None => Err("the target's clock cannot be moved".into()),
        }
    }

    /// Makes the target forget everything, where it can, and says whether it did.
    ///
    /// # Errors
    /// It did not, in words.
    pub async fn reset(&self) -> Result<bool, String> {
        match &self.reset {
            Some(url) => clock::post(&self.client, url, "{}".into()).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Sends no more requests of trials: whoever still runs is told that nobody is there.
    pub fn close(&self) {
        self.breaker.open();
    }

    /// Whether so many requests in a row were not answered that nobody can be there.
    pub fn is_gone(&self) -> bool {
        self.breaker.is_open()
    }

    /// Whether a connection can be made at all.
    ///
    /// # Errors
    /// How it failed, in words.
    pub async fn reach(&self, patience: Duration) -> Result<(), String> {
        self.pace.admit(Some(OperationId::Keys)).await;
        let request =
            self.client.get(format!("{}/v2/keys/{}", self.base, encoded(&self.project_id))).timeout(patience);
        match request.headers(self.headers.clone()).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(told(&error.without_url())),
        }
    }
}

fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

pub(crate) fn is_loopback(url: &reqwest::Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}

/// An error of the client with its causes, which it does not tell itself.
fn told(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

/// What kind of loss a client error is.
pub(crate) fn loss(error: &reqwest::Error) -> Loss {
    if error.is_timeout() {
        return Loss::TimedOut;
    }
    if error.is_connect() {
        return Loss::Unreachable;
    }
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.to_string().contains("invalid HTTP") {
            return Loss::Garbled;
        }
        cause = inner.source();
    }
    Loss::Dropped
}

/// A body without a known length: goes out chunked.
struct Chunked(Option<bytes::Bytes>);

impl http_body::Body for Chunked {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Ready(self.0.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
    }
}
