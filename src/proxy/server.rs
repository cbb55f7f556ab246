//! A running proxy: takes requests in, passes them on, and writes down what both sides saw.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{
    HeaderMap, HeaderValue, Request as HttpRequest, Response as HttpResponse, StatusCode, header,
};
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::body::{Copied, Kept, Tee, Torn, look};
use super::forward::{Outgoing, Upstream, whole};
use super::hostile::{HostileCase, Injection};
use super::inject::{Plan, Whole, blank, with_our_key};
use super::record::{Arrival, Recorder, Recording};
use crate::contract::OperationId;
use crate::drive::{Target, TargetError};
use crate::exchange::{Answer, Assumptions, Delivery, Fact, Loss, Payload, Request, Response};

/// The largest body that is read before it is passed on, where it has to be.
const LARGEST: usize = 64 << 20;

/// Why a proxy did not start.
#[derive(Debug, Error)]
pub enum ProxyError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The upstream cannot be forwarded to.
    #[error(transparent)]
    Upstream(#[from] TargetError),
}

/// A running proxy; it stops when dropped.
pub struct Proxy {
    address: SocketAddr,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

pub(super) struct Inner {
    pub(super) target: Arc<Target>,
    pub(super) assumptions: Assumptions,
    pub(super) recorder: Recorder,
    upstream: Upstream,
    plan: Option<Plan>,
}

impl Proxy {
    /// Starts on the current tokio runtime. `case` is the hostile answer to put in, if one is.
    ///
    /// # Errors
    /// The address cannot be listened on, or the target's address cannot be forwarded to.
    pub async fn start(
        listen: SocketAddr,
        target: Arc<Target>,
        assumptions: Assumptions,
        case: Option<HostileCase>,
    ) -> Result<Proxy, ProxyError> {
        let upstream = Upstream::new(&target)?;
        let refused = |source| ProxyError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let inner = Arc::new(Inner {
            target,
            assumptions,
            recorder: Recorder::new(),
            upstream,
            plan: case.map(Plan::new),
        });
        let task = tokio::spawn(accept(listener, inner.clone()));
        Ok(Proxy { address, inner, task })
    }

    /// The base URL for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that came in so far.
    pub fn requests(&self) -> usize {
        self.inner.recorder.arrivals()
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Stops listening and returns the record, without any hidden value in it.
    pub async fn finish(self) -> Recording {
        let recording = super::session::recording(&self.inner).await;
        self.task.abort();
        recording
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    // Dropped with this task, the set ends every connection.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => drop(connections.spawn(connection(stream, peer, inner.clone()))),
            // Out of file descriptors, say: those who hold them need a moment to let go.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, inner: Arc<Inner>) {
    let _kept_slow = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let inner = inner.clone();
        async move { inner.answer(peer, request).await }
    });
    let served =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    // A client that left in mid-answer has nobody to be told.
    drop(served);
}

/// Header fields as a history holds them.
pub(super) fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// A request on its way, as far as it is known before its body is.
struct Passing {
    arrival: Arrival,
    method: axum::http::Method,
    path: String,
    headers: HeaderMap,
    copied: Copied,
}

impl Passing {
    fn facts(&self) -> Vec<Fact> {
        look(&self.copied).is_ambiguous().then_some(Fact::Ambiguous).into_iter().collect()
    }

    fn request(&self, headers: &HeaderMap) -> Request {
        let body = look(&self.copied).payload();
        Request { method: self.method.to_string(), path: self.path.clone(), headers: fields(headers), body }
    }
}

impl Inner {
    /// Answers one request; an error ends the connection without an answer.
    async fn answer(
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
    async fn pass(self: Arc<Self>, passing: Passing, body: Option<reqwest::Body>) -> HttpResponse<Body> {
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

    /// Puts a hostile answer in the place of the upstream's.
    async fn play(
        self: Arc<Self>,
        passing: Passing,
        body: Option<reqwest::Body>,
        injection: &Injection,
    ) -> Result<HttpResponse<Body>, io::Error> {
        let Some(plan) = &self.plan else { return Ok(self.clone().pass(passing, body).await) };
        let sent = self.sent_headers(&passing);
        let out =
            Outgoing { method: passing.method.clone(), path: &passing.path, headers: sent.clone(), body };
        let (mut answer, upstream) = if injection.withhold {
            drain(out.body).await;
            (blank(), None)
        } else {
            let read = match self.upstream.send(out).await {
                Ok(response) => read(response).await.ok_or(Loss::Dropped),
                Err(loss) => Err(loss),
            };
            match read {
                Ok(answer) => {
                    self.messages(&passing, &answer.seen()).await;
                    let seen = Answer::Response(answer.seen());
                    (answer, Some((passing.request(&sent), seen)))
                }
                Err(loss) => {
                    self.note(&passing, &sent, Answer::Lost(loss));
                    return Ok(bad_gateway(loss));
                }
            }
        };
        let fact = plan.apply(&mut answer);
        tokio::time::sleep(injection.delay()).await;
        let got = match injection.drop || injection.cut {
            true => Answer::Lost(Loss::Dropped),
            false => Answer::Response(answer.seen()),
        };
        let client = (passing.request(&passing.headers), got);
        let facts = [vec![fact], passing.facts()].concat();
        self.recorder.leave(&passing.arrival, client, upstream, facts);
        if injection.drop {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if injection.cut {
            let torn = Body::new(Torn::half_of(&answer.body));
            return Ok(outgoing(answer).map(|_| torn));
        }
        Ok(outgoing(answer))
    }

    /// Whether the hostile answer was put in at least once.
    pub(super) fn played(&self) -> bool {
        self.plan.as_ref().is_some_and(Plan::played)
    }

    /// Whether the proxy itself has made this token.
    pub(super) fn forged(&self, token: &str) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.forger.undo(token).is_some())
    }

    /// The client's headers, with forged tokens undone. A judge has to read the answer: no compression.
    fn sent_headers(&self, passing: &Passing) -> HeaderMap {
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

    fn note(&self, passing: &Passing, sent: &HeaderMap, answer: Answer) {
        let client = (passing.request(&passing.headers), answer.clone());
        let upstream = Some((passing.request(sent), answer));
        self.recorder.leave(&passing.arrival, client, upstream, passing.facts());
    }

    /// Writes down the message that an accepted send has caused, if it can be seen by now.
    async fn messages(&self, passing: &Passing, answer: &Response) {
        let issues =
            passing.arrival.operation.is_some_and(|id| self.target.contract().operation(id).issues_code);
        if !issues || !answer.is_success() {
            return;
        }
        let body = look(&passing.copied).payload();
        let Some((to, login_id)) = recipient(&body) else { return };
        let cursor = self.recorder.cursor(&to);
        let Ok(found) = self.target.codes.messages(&to, &login_id, cursor, Duration::ZERO).await else {
            return;
        };
        for message in found {
            self.recorder.advance(&to, message.seq);
            let delivery = Delivery {
                to: to.clone(),
                code: message.code,
                text: message.text,
                sent_by: Some(passing.arrival.id),
                at: self.recorder.now(),
            };
            self.recorder.caught(passing.arrival.epoch, delivery);
        }
    }
}

/// The emulator's own endpoints: nothing that a client of Descope would call, and nothing to judge it by.
fn is_aside(path: &str) -> bool {
    path.starts_with("/emulator/") || path == "/health"
}

/// The number that a send goes to, in international form, and what the request named the person by.
fn recipient(body: &Payload) -> Option<(String, String)> {
    let named = ["/phone", "/user/phone", "/loginId"].into_iter().filter_map(|at| body.str_at(at));
    let phone = named.into_iter().find(|text| text.starts_with('+'))?;
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let login_id = body.str_at("/loginId").unwrap_or(phone);
    Some((format!("+{digits}"), login_id.to_owned()))
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
async fn drain(body: Option<reqwest::Body>) {
    if let Some(body) = body {
        whole(body, LARGEST).await;
    }
}

async fn read(response: HttpResponse<reqwest::Body>) -> Option<Whole> {
    let (head, body) = response.into_parts();
    Some(Whole { status: head.status, headers: head.headers, body: whole(body, LARGEST).await? })
}

fn outgoing(answer: Whole) -> HttpResponse<Body> {
    let mut response = HttpResponse::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn bad_gateway(loss: Loss) -> HttpResponse<Body> {
    plain(StatusCode::BAD_GATEWAY, format!("otp-conformance: the upstream gave no answer: {loss}\n"))
}

fn plain(status: StatusCode, text: String) -> HttpResponse<Body> {
    let mut response = HttpResponse::new(Body::from(text));
    *response.status_mut() = status;
    response
}
