//! The only place of the harness that sends.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use super::wire::{Chunked, encoded};
use super::{Target, Wire};
use crate::contract::{Case, OperationId};
use crate::drive::error::error_chain;
use crate::drive::{Blocked, ControlError, NotSent, ReachError, Reached};
use crate::exchange::{Answer, Loss, Payload, Request, Response};

/// Requests beyond this many bytes are recorded by their beginning: memory stays flat, and no user reads them whole.
const LARGE: usize = 64 * 1024;

/// So many addresses are remembered.
const FEW: usize = 64;

/// Reads without an effect: lost ones are asked for once more.
pub(super) const READS: [OperationId; 3] = [OperationId::Keys, OperationId::KeysV1, OperationId::Me];

impl Target {
    /// Lets a request pass that could reach no stranger.
    ///
    /// # Errors
    /// What a stranger's phone number or address was found in.
    pub(crate) fn admit(&self, wire: &Wire) -> Result<(), Blocked> {
        let content_type =
            wire.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
        let query = wire.path.split_once('?').map_or("", |(_, query)| query);
        let headers = wire.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let admitted = self.guard.check(&wire.body, content_type, query);
        admitted.and_then(|()| self.guard.check_headers(headers))
    }

    /// Sends one request and waits for its answer.
    ///
    /// # Errors
    /// It must not leave: it might reach a stranger, or a ceiling of the run is reached.
    pub(in crate::drive) async fn send(
        &self,
        wire: &Wire,
        operation: Option<OperationId>,
    ) -> Result<(Request, Answer), NotSent> {
        self.admit(wire)?;
        let body = match &wire.json {
            _ if wire.body.len() > LARGE => Payload::beginning(&wire.body),
            Some(json) => Payload::Json(json.clone()),
            None => Payload::sent(&wire.body),
        };
        if let Some(hangs) = operation.filter(|_| self.breaker.gave_up(operation)) {
            return Err(NotSent::Unanswered(hangs));
        }
        let names = self.made_by(wire, operation);
        self.look_up_named(operation, &names).await;
        let new = self.before(operation, &names)?;
        let request = Request {
            method: wire.method.clone(),
            path: wire.path.clone(),
            headers: wire.headers.clone(),
            body,
        };
        let answer = match self.ask(wire, operation).await {
            Ok(answer) => answer,
            Err(reached) => {
                self.not_sent(&new);
                return Err(reached.into());
            }
        };
        self.after(operation, &request.body, &answer, &names, &new);
        Ok((request, answer))
    }

    /// What becomes of a case outside every history: housekeeping, paid for by what was reserved for it.
    pub(in crate::drive) async fn ask_for(&self, case: Case) -> Result<Answer, Reached> {
        let operation = case.operation;
        self.pace.admit(Some(operation)).await;
        self.budget.pay_reserved()?;
        let patience = self.breaker.patience(Some(operation));
        Ok(self.answered(&self.wire(case, None), patience).await)
    }

    /// What becomes of a case that is no trial's, at a path that may be no operation's. It must name no user: no message can
    /// come of it.
    ///
    /// # Errors
    /// A ceiling of the run is reached.
    pub(crate) async fn look(&self, case: Case, path: &str) -> Result<Answer, Reached> {
        let operation = case.operation;
        let wire = Wire { path: path.to_owned(), ..self.wire(case, None) };
        self.ask(&wire, Some(operation)).await
    }

    /// One attempt, and of a read that changes nothing another one if the first was lost.
    pub(in crate::drive) async fn ask(
        &self,
        wire: &Wire,
        operation: Option<OperationId>,
    ) -> Result<Answer, Reached> {
        let answer = self.attempt(wire, operation).await?;
        match operation {
            Some(read) if READS.contains(&read) && is_lost(&answer) => {
                Ok(self.attempt(wire, operation).await.unwrap_or(answer))
            }
            _ => Ok(answer),
        }
    }

    /// A target that has gone is not asked any more. The target counts every request, whatever it is for; so do the
    /// pace and the budget.
    async fn attempt(&self, wire: &Wire, operation: Option<OperationId>) -> Result<Answer, Reached> {
        if self.breaker.is_open() {
            return Ok(Answer::Lost(Loss::Unreachable));
        }
        if !wire.paced {
            self.pace.admit(operation).await;
        }
        self.budget.pay(self.asks_for_message(operation))?;
        let (began, patience) = (Instant::now(), self.breaker.patience(operation));
        let answer = self.answered(wire, patience).await;
        self.breaker.note(operation, &answer, began);
        // What is refused may be refused on the way.
        if answer.response().is_some_and(Response::is_success) {
            self.distance.note(began.elapsed());
        }
        if matches!(answer, Answer::Lost(Loss::Dropped | Loss::Garbled)) {
            self.connections.distrust();
        }
        Ok(answer)
    }

    /// Whether an operation asks for a message.
    pub(in crate::drive) fn asks_for_message(&self, operation: Option<OperationId>) -> bool {
        operation.is_some_and(|id| self.contract.operation(id).issues_code)
    }

    async fn answered(&self, wire: &Wire, patience: Duration) -> Answer {
        self.round_trip(wire, patience).await.map_or_else(Answer::Lost, Answer::Response)
    }

    async fn round_trip(&self, wire: &Wire, patience: Duration) -> Result<Response, Loss> {
        let method = reqwest::Method::from_bytes(wire.method.as_bytes()).unwrap_or(reqwest::Method::POST);
        let client = self.connections.client(wire.other_client);
        let request = match self.address(&wire.path) {
            Some(url) => client.request(method, url),
            None => client.request(method, format!("{}{}", self.base, wire.path)),
        };
        let mut request = request.headers(self.headers.clone()).timeout(patience);
        for (name, value) in &wire.headers {
            request = request.header(name, value);
        }
        request = match wire.chunked {
            true => request.body(reqwest::Body::wrap(Chunked(Some(wire.body.clone())))),
            false if wire.body.is_empty() && wire.method == "GET" => request,
            false => request.body(wire.body.clone()),
        };
        let sent = request.send().await.map_err(|error| loss(&error))?;
        let response = self.read(sent).await?;
        if response.says_not_now() && !self.pace.is_unlimited() {
            self.pace.hold(response.retry_after().unwrap_or(Duration::from_secs(1)));
        }
        Ok(response)
    }

    /// The address of a path, taken apart once: of most operations it is the same each time. `None` where there is no
    /// such address, or each is another.
    fn address(&self, path: &str) -> Option<Url> {
        let known = |addresses: &HashMap<String, Url>| addresses.get(path).cloned();
        if let Some(url) = self.addresses.read().ok().and_then(|addresses| known(&addresses)) {
            return Some(url);
        }
        if path.contains('?') {
            return None;
        }
        let mut addresses = self.addresses.write().ok().filter(|known| known.len() < FEW)?;
        let url = Url::parse(&format!("{}{path}", self.base)).ok()?;
        addresses.insert(path.to_owned(), url.clone());
        Some(url)
    }

    /// A POST that must succeed, to an endpoint that is no operation of the contract. The target's headers go to the
    /// target only.
    ///
    /// # Errors
    /// What came instead.
    pub(super) async fn post(&self, url: &str, body: String) -> Result<(), ControlError> {
        let url = || url.to_owned();
        let below = url().strip_prefix(&self.base).is_some_and(|rest| rest.starts_with('/'));
        if below {
            self.budget.pay(false).map_err(|reached| ControlError::Ceiling { url: url(), reached })?;
        }
        let headers = if below { self.headers.clone() } else { HeaderMap::new() };
        let client = self.connections.client(false);
        let request = client.post(url()).headers(headers).header(CONTENT_TYPE, "application/json").body(body);
        let unanswered = |error: reqwest::Error| ControlError::Unanswered {
            url: url(),
            why: error_chain(&error.without_url()),
        };
        let status = request.send().await.map_err(unanswered)?.status();
        if status.is_success() { Ok(()) } else { Err(ControlError::Refused { url: url(), status }) }
    }

    /// Whether a connection can be made at all.
    ///
    /// # Errors
    /// How it failed.
    pub async fn reach(&self, patience: Duration) -> Result<(), ReachError> {
        self.pace.admit(Some(OperationId::Keys)).await;
        self.budget.pay(false)?;
        let client = self.connections.client(false);
        let request =
            client.get(format!("{}/v2/keys/{}", self.base, encoded(&self.project_id))).timeout(patience);
        let no_connection = |error: reqwest::Error| {
            let why = error_chain(&error.without_url());
            ReachError::NoConnection { remedy: remedy(&why), why }
        };
        request.headers(self.headers.clone()).send().await.map(drop).map_err(no_connection)
    }
}

/// Whether no whole answer came. One that was too large, or cannot be read, came, and would come again.
fn is_lost(answer: &Answer) -> bool {
    matches!(answer, Answer::Lost(loss) if !matches!(loss, Loss::TooLarge | Loss::Undecodable))
}

/// What to do about a connection that cannot be made.
fn remedy(why: &str) -> &'static str {
    let remedies = [
        ("UnknownIssuer", "; if the authority is your own, name it in the profile's [tls] root"),
        ("certificate expired", "; the server's certificate must be renewed"),
        ("NotValidForName", "; the certificate is another host's, check the target"),
        ("CertificateRequired", "; name yours in the profile's [tls] client-certificate"),
        // A server that misses a certificate may also just hang up.
        (
            "connection was not ready",
            "; if it asks for a certificate, name yours in [tls] client-certificate",
        ),
        ("connection closed", "; if it asks for a certificate, name yours in [tls] client-certificate"),
        ("dns error", "; check the target's name, or name a proxy in the profile"),
    ];
    remedies.into_iter().find(|(sign, _)| why.contains(sign)).map_or("; check the target", |(_, what)| what)
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
