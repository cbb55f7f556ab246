//! One request through the proxy: looked at, passed on, and its answer brought back.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{
    HeaderMap, HeaderValue, Request as HttpRequest, Response as HttpResponse, StatusCode, header,
};
use bytes::Bytes;
use hyper::body::Incoming;

use super::body::{Copied, Kept, Tee, look};
use super::forward::{Outgoing, whole};
use super::inject::{Plan, Whole, with_our_key};
use super::record::Arrival;
use super::server::{Inner, fields};
use crate::contract::OperationId;
use crate::exchange::{Answer, Fact, Loss, Request, Response};

/// The largest body that is read before it is passed on, where it has to be.
const LARGEST: usize = 64 << 20;

/// A request on its way, as far as it is known before its body is.
pub(super) struct Passing {
    pub(super) arrival: Arrival,
    pub(super) method: axum::http::Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) copied: Copied,
}

impl Passing {
    pub(super) fn facts(&self) -> Vec<Fact> {
        look(&self.copied).is_ambiguous().then_some(Fact::Ambiguous).into_iter().collect()
    }

    pub(super) fn request(&self, headers: &HeaderMap) -> Request {
        let body = look(&self.copied).payload();
        Request { method: self.method.to_string(), path: self.path.clone(), headers: fields(headers), body }
    }
}

impl Inner {
    /// Answers one request; an error ends the connection without an answer.
    pub(super) async fn answer(
        self: Arc<Self>,
        peer: SocketAddr,
        request: HttpRequest<Incoming>,
    ) -> Result<HttpResponse<Body>, io::Error> {
        let (head, incoming) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let outgoing =
            |body| Outgoing { method: head.method.clone(), path: &path, headers: head.headers.clone(), body };
        if is_aside(&path) {
            let answered = self.upstream.send(outgoing(Some(streamed(incoming, Copied::default())))).await;
            if path.starts_with("/emulator/reset")
                && answered.as_ref().is_ok_and(|it| it.status().is_success())
            {
                self.recorder.begin_anew();
            }
            return Ok(answered.map_or_else(bad_gateway, |response| response.map(Body::new)));
        }
        let contract = self.target.contract();
        let operation = contract.find(head.method.as_str(), &path).map(|(operation, _)| operation.id);
        let injection = self.plan.as_ref().and_then(|plan| plan.take(operation, contract).cloned());
        let arrival = self.recorder.arrive(peer, operation);
        let passing =
            Passing { arrival, method: head.method, path, headers: head.headers, copied: Copied::default() };
        let body = match self.admit(&passing, incoming).await {
            Ok(body) => body,
            Err(refused) => return Ok(self.turn_away(&passing, refused)),
        };
        match injection {
            Some(injection) => self.play(passing, body, &injection).await,
            None => Ok(self.pass(passing, body).await),
        }
    }

    /// The body as it is passed on. It is read first where it is judged, or where the guard binds: an upstream that is
    /// gone, or answers early, would leave it half seen.
    async fn admit(&self, passing: &Passing, incoming: Incoming) -> Result<Option<reqwest::Body>, String> {
        use http_body::Body as _;
        if self.target.guard().is_none() && passing.arrival.operation.is_none() {
            return Ok((!incoming.is_end_stream()).then(|| streamed(incoming, passing.copied.clone())));
        }
        let bytes =
            whole(incoming, LARGEST).await.ok_or("a body that broke off or is too large to be looked at")?;
        keep(&passing.copied, &bytes);
        if let Some(guard) = self.target.guard() {
            let label = passing.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let query = passing.path.split_once('?').map_or("", |(_, query)| query);
            guard.check(&bytes, label, query).map_err(|blocked| blocked.to_string())?;
        }
        Ok((!bytes.is_empty()).then(|| bytes.into()))
    }

    /// What is kept back is no fault of the upstream and none of the client.
    fn turn_away(&self, passing: &Passing, why: String) -> HttpResponse<Body> {
        let request = passing.request(&passing.headers);
        let client = (request, Answer::Lost(Loss::Unreachable));
        self.recorder.leave(&passing.arrival, client, None, passing.facts());
        let text = format!("otp-conformance: {why}\n");
        self.recorder.blocked(why);
        plain(StatusCode::FORBIDDEN, text)
    }

    /// Passes the request on and the answer back, as it comes.
    pub(super) async fn pass(
        self: Arc<Self>,
        passing: Passing,
        body: Option<reqwest::Body>,
    ) -> HttpResponse<Body> {
        let sent = self.sent_headers(&passing);
        let out =
            Outgoing { method: passing.method.clone(), path: &passing.path, headers: sent.clone(), body };
        let response = match self.upstream.send(out).await {
            Ok(response) => response,
            Err(loss) => {
                self.note(&passing, &sent, Answer::Lost(loss));
                return bad_gateway(loss);
            }
        };
        if self.is_read_first(passing.arrival.operation) {
            return self.pass_whole(passing, &sent, response).await;
        }
        let (head, inner) = response.into_parts();
        let (status, headers) = (head.status.as_u16(), fields(&head.headers));
        let copied = Copied::default();
        let tee = Tee::new(inner, copied, move |kept, is_whole| {
            let response = Response { status, headers, body: kept.payload() };
            let answer = if is_whole { Answer::Response(response) } else { Answer::Lost(Loss::Dropped) };
            self.note(&passing, &sent, answer);
        });
        HttpResponse::from_parts(head, Body::new(tee))
    }

    /// Reads the whole answer first: a message must be in the record before the client can know of it.
    async fn pass_whole(
        &self,
        passing: Passing,
        sent: &HeaderMap,
        response: HttpResponse<reqwest::Body>,
    ) -> HttpResponse<Body> {
        let Some(mut answer) = read(response).await else {
            self.note(&passing, sent, Answer::Lost(Loss::Dropped));
            return bad_gateway(Loss::Dropped);
        };
        let keys = [Some(OperationId::Keys), Some(OperationId::KeysV1)].contains(&passing.arrival.operation);
        if keys && self.plan.as_ref().is_some_and(Plan::forges) {
            with_our_key(&mut answer);
        }
        let seen = answer.seen();
        self.messages(&passing, &seen).await;
        self.note(&passing, sent, Answer::Response(seen));
        outgoing(answer)
    }

    /// The client's headers, with forged tokens undone. A judge has to read the answer: no compression.
    pub(super) fn sent_headers(&self, passing: &Passing) -> HeaderMap {
        let mut headers = passing.headers.clone();
        if passing.arrival.operation.is_some() {
            headers.remove(header::ACCEPT_ENCODING);
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let undone = bearer.and_then(|bearer| self.plan.as_ref()?.forger.undo(bearer));
        if let Some(undone) = undone.and_then(|bearer| HeaderValue::from_str(&bearer).ok()) {
            headers.insert(header::AUTHORIZATION, undone);
        }
        headers
    }

    fn is_read_first(&self, operation: Option<OperationId>) -> bool {
        let Some(id) = operation else { return false };
        self.target.contract().operation(id).issues_code || self.plan.as_ref().is_some_and(Plan::forges)
    }

    pub(super) fn note(&self, passing: &Passing, sent: &HeaderMap, answer: Answer) {
        let client = (passing.request(&passing.headers), answer.clone());
        let upstream = Some((passing.request(sent), answer));
        self.recorder.leave(&passing.arrival, client, upstream, passing.facts());
    }
}

/// The emulator's own endpoints: nothing that a client of Descope would call, and nothing to judge it by.
fn is_aside(path: &str) -> bool {
    path.starts_with("/emulator/") || path == "/health"
}

fn streamed(incoming: Incoming, copied: Copied) -> reqwest::Body {
    reqwest::Body::wrap(Tee::new(incoming, copied, |_, _| {}))
}

fn keep(copied: &Copied, bytes: &Bytes) {
    if let Ok(mut kept) = copied.lock() {
        *kept = Kept::of(bytes);
    }
}

/// Reads on what nobody gets, so that its sender is done and its copy whole.
pub(super) async fn drain(body: Option<reqwest::Body>) {
    if let Some(body) = body {
        whole(body, LARGEST).await;
    }
}

pub(super) async fn read(response: HttpResponse<reqwest::Body>) -> Option<Whole> {
    let (head, body) = response.into_parts();
    Some(Whole { status: head.status, headers: head.headers, body: whole(body, LARGEST).await? })
}

pub(super) fn outgoing(answer: Whole) -> HttpResponse<Body> {
    let mut response = HttpResponse::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

pub(super) fn bad_gateway(loss: Loss) -> HttpResponse<Body> {
    plain(StatusCode::BAD_GATEWAY, format!("otp-conformance: the upstream gave no answer: {loss}\n"))
}

fn plain(status: StatusCode, text: String) -> HttpResponse<Body> {
    let mut response = HttpResponse::new(Body::from(text));
    *response.status_mut() = status;
    response
}
