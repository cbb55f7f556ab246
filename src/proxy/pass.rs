//! One request through the proxy: looked at, passed on, and its answer brought back.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{
    HeaderMap, HeaderValue, Method, Request as HttpRequest, Response as HttpResponse, StatusCode, header,
};
use hyper::body::Incoming;

use super::admit::streamed;
use super::body::{Copied, Tee, look};
use super::coding::{fields, plain};
use super::forward::{LARGEST, Outgoing, whole};
use super::in_flight::InFlight;
use super::inject::{BufferedResponse, Plan, with_our_key};
use super::mark::{Place, place, read as read_mark, taken};
use super::own_answer::{bad_gateway, outgoing, plain_text, readable_by};
use super::state::ProxyState;
use crate::contract::OperationId;
use crate::exchange::{Answer, Fact, Loss, Payload, Request, Response};

impl ProxyState {
    /// Answers one request; an error ends the connection without an answer.
    pub(super) async fn answer(
        self: Arc<Self>,
        peer: SocketAddr,
        request: HttpRequest<Incoming>,
    ) -> Result<HttpResponse<Body>, io::Error> {
        let (mut head, incoming) = request.into_parts();
        let asked = head.uri.path_and_query().map_or("/", |it| it.as_str());
        let named = taken(&mut head.headers);
        let (test, path) = match place(asked) {
            Place::Upstream { test, path } => (named.or(test), path),
            Place::Mark => {
                let origin = head.headers.get(header::ORIGIN).cloned();
                return Ok(readable_by(origin, self.mark(&head.method, incoming).await));
            }
            Place::Elsewhere { path } => return Ok(self.elsewhere(peer, head, path, named, incoming).await),
            Place::Nowhere => {
                let text = "otp-conformance: there are /proxy/mark and /proxy/as/NAME\n";
                return Ok(plain_text(StatusCode::NOT_FOUND, text.into()));
            }
        };
        if is_aside(&path) && self.target.guard().is_none() {
            return Ok(self.aside(head, &path, incoming).await);
        }
        let operation = self.target.contract().find(head.method.as_str(), &path).map(|(found, _)| found.id);
        let copied = Copied::default();
        let body = self.admit(operation, &path, &head.headers, &copied, incoming).await;
        self.look_before(operation, &look(&copied).request(&head.headers)).await;
        let arrival = self.recorder.arrive(peer, operation, test);
        let passing = InFlight { arrival, method: head.method, path, headers: head.headers, copied };
        let origin = passing.headers.get(header::ORIGIN).cloned();
        let body = match body {
            Ok(body) => body,
            Err(refused) => return Ok(readable_by(origin, self.turn_away(&passing, &refused))),
        };
        let injection =
            self.plan.as_ref().and_then(|plan| plan.take(&passing, self.target.contract()).cloned());
        let answered = match injection {
            Some(injection) => self.play(passing, body, &injection).await?,
            None => self.pass(passing, body).await,
        };
        Ok(readable_by(origin, answered))
    }

    /// The tests say which of them comes next.
    async fn mark(&self, method: &Method, incoming: Incoming) -> HttpResponse<Body> {
        if method == Method::OPTIONS {
            // A page asks before it posts JSON.
            let mut allowed = plain_text(StatusCode::NO_CONTENT, String::new());
            let any = HeaderValue::from_static("content-type");
            allowed.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, any);
            return allowed;
        }
        if method != Method::POST {
            return plain_text(
                StatusCode::METHOD_NOT_ALLOWED,
                "otp-conformance: POST {\"name\": …}\n".into(),
            );
        }
        let body = whole(incoming, LARGEST).await.unwrap_or_default();
        self.recorder.mark(read_mark(&body));
        plain_text(StatusCode::OK, "{}\n".into())
    }

    /// A client has followed a redirection to another host, which is another server.
    async fn elsewhere(
        &self,
        peer: SocketAddr,
        head: Parts,
        path: String,
        test: Option<String>,
        incoming: Incoming,
    ) -> HttpResponse<Body> {
        let arrival = self.recorder.arrive(peer, None, test);
        let body = whole(incoming, LARGEST).await.unwrap_or_default();
        let request = Request {
            method: head.method.to_string(),
            path,
            headers: fields(&head.headers),
            body: Payload::of_client(&plain(&body, &head.headers)),
        };
        let answer = Answer::Response(Response { status: 404, ..Response::default() });
        self.recorder.leave(&arrival, (request, answer), None, vec![Fact::Elsewhere]);
        // As the contract's servers say it: what a client makes of a page of ours is not to be judged.
        let envelope = r#"{"errorCode":"E011001","errorDescription":"otp-conformance: another host"}"#;
        let mut answer = plain_text(StatusCode::NOT_FOUND, envelope.into());
        let json = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(header::CONTENT_TYPE, json);
        answer
    }

    /// The emulator's own endpoints. What they do to everybody's time is a part of every history.
    async fn aside(&self, head: Parts, path: &str, incoming: Incoming) -> HttpResponse<Body> {
        let copied = Copied::default();
        let body = Some(streamed(incoming, copied.clone()));
        let out = Outgoing { method: head.method, path, headers: head.headers, body };
        let answered = self.upstream.send(out).await;
        if answered.as_ref().is_ok_and(|it| it.status().is_success()) {
            if path.starts_with("/emulator/reset") {
                self.recorder.begin_anew();
            } else if path.starts_with("/emulator/clock") {
                let asked = look(&copied).request(&HeaderMap::new());
                let by = asked.at("/advanceMs").and_then(serde_json::Value::as_u64).unwrap_or(0);
                self.recorder.moved(by.saturating_mul(1000));
            }
        }
        answered.map_or_else(bad_gateway, |response| response.map(Body::new))
    }

    /// Passes the request on and the answer back, as it comes.
    pub(super) async fn pass(
        self: Arc<Self>,
        passing: InFlight,
        body: Option<reqwest::Body>,
    ) -> HttpResponse<Body> {
        let sent = self.sent_headers(&passing);
        let out =
            Outgoing { method: passing.method.clone(), path: &passing.path, headers: sent.clone(), body };
        self.expect_message(&passing);
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
        let (status, headers) = (head.status.as_u16(), head.headers.clone());
        let copied = Copied::default();
        let tee = Tee::new(inner, copied, move |kept, is_whole| {
            let response = Response { status, headers: fields(&headers), body: kept.payload(&headers) };
            let answer = if is_whole { Answer::Response(response) } else { Answer::Lost(Loss::Dropped) };
            self.note(&passing, &sent, answer);
        });
        HttpResponse::from_parts(head, Body::new(tee))
    }

    /// Reads the whole answer first: a message must be in the record before the client can know of it.
    async fn pass_whole(
        &self,
        passing: InFlight,
        sent: &HeaderMap,
        response: HttpResponse<reqwest::Body>,
    ) -> HttpResponse<Body> {
        let Some(mut answer) = read(response).await else {
            self.note(&passing, sent, Answer::Lost(Loss::Dropped));
            return bad_gateway(Loss::Dropped);
        };
        let keys = [Some(OperationId::Keys), Some(OperationId::KeysV1)].contains(&passing.arrival.operation);
        if keys && self.plan.as_ref().is_some_and(Plan::publishes) {
            answer = answer.unpacked();
            with_our_key(&mut answer);
        }
        let seen = Answer::Response(answer.seen());
        self.note_message(&passing, &seen).await;
        self.note(&passing, sent, seen);
        outgoing(answer)
    }

    /// The client's headers, with forged tokens undone. A judge has to read the answer: no compression.
    pub(super) fn sent_headers(&self, passing: &InFlight) -> HeaderMap {
        let mut headers = passing.headers.clone();
        if passing.arrival.operation.is_some() {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
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

    pub(super) fn note(&self, passing: &InFlight, sent: &HeaderMap, answer: Answer) {
        let client = (passing.as_sent(), answer.clone());
        let upstream = Some((passing.as_passed_on(sent), answer));
        self.recorder.leave(&passing.arrival, client, upstream, passing.facts());
    }
}

/// The emulator's own endpoints: nothing that a client of Descope would call, and nothing to judge it by.
fn is_aside(path: &str) -> bool {
    path.starts_with("/emulator/") || path == "/health"
}

/// Reads on what no client gets, so that its sender is done and its copy whole.
pub(super) async fn drain(body: Option<reqwest::Body>) {
    if let Some(body) = body {
        whole(body, LARGEST).await;
    }
}

pub(super) async fn read(response: HttpResponse<reqwest::Body>) -> Option<BufferedResponse> {
    let (head, body) = response.into_parts();
    Some(BufferedResponse { status: head.status, headers: head.headers, body: whole(body, LARGEST).await? })
}
