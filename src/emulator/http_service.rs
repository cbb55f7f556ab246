//! The way in and out: bodies are read and bounded before an operation sees them, replies are written after it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::clock::{Millis, millis};
use super::faults::{Crash, is_own};
use super::refusal::Refusal;
use super::reply::Reply;
use super::routes;
use super::state::Server;

/// A refused body is read on up to this multiple of the limit, so that its sender gets to see the refusal.
const DRAINED: usize = 32;

/// What every request passes, whatever it is for.
#[derive(Clone)]
pub(crate) struct HttpService {
    server: Arc<Server>,
    routes: TowerToHyperService<Router>,
    window: Arc<Mutex<Window>>,
}

/// Requests counted against the general limit.
#[derive(Debug, Default)]
struct Window {
    start: Millis,
    requests: u32,
}

impl HttpService {
    pub(crate) fn new(server: Arc<Server>) -> Self {
        let routes = TowerToHyperService::new(routes::all(Arc::clone(&server)));
        HttpService { server, routes, window: Arc::default() }
    }

    pub(crate) fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// Answers one request; an error ends the connection without an answer.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
        let (mut head, incoming) = request.into_parts();
        let origin = loopback_origin(&head.headers);
        let own = self.server.at(head.uri.path());
        let body = self.read(incoming).await;
        let in_flight = self.server.track_in_flight().await;
        let crash = body.as_ref().ok().and_then(|bytes| self.server.bugs.crash(&head, bytes));
        let reply = match body {
            _ if matches!(crash, Some(Crash::Dropped)) => {
                return Err(io::Error::other("connection dropped"));
            }
            _ if crash.is_some() || in_flight.is_some_and(|all| all.too_many()) => Crash::refusal().into(),
            _ if is_preflight(&head.method, &head.headers) => preflight(&head.headers),
            Err(refusal) => refusal.into(),
            Ok(body) => match self.admit(&head, &body) {
                Err(refusal) => refusal.into(),
                Ok(()) => {
                    // Operations read objects whatever the label; only the length still counts.
                    head.headers.remove(CONTENT_TYPE);
                    self.operate(Request::from_parts(head, Body::from(body))).await
                }
            },
        };
        self.server.delay().await;
        Ok(self.write(reply, origin, &own))
    }

    async fn operate(&self, request: Request<Body>) -> Reply {
        let answered = self.routes.call(request).await;
        let mut response = match answered {
            Ok(response) => response,
            Err(never) => match never {},
        };
        match response.extensions_mut().remove::<Reply>() {
            Some(reply) => reply,
            // The router answers by itself only where a path it knows lacks the method.
            None => routes::wrong_method(response.headers()).into(),
        }
    }

    /// The whole body, or why not. Too large a body is read to its end, within reason.
    async fn read(&self, mut incoming: Incoming) -> Result<Bytes, Refusal> {
        let limit = self.server.rules.body_limit;
        let read = async {
            let mut bytes = Vec::new();
            let mut size = 0;
            while let Some(frame) = next_frame(&mut incoming).await {
                let Ok(data) = frame.map_err(|_| Refusal::body_broken())?.into_data() else { continue };
                size += data.len();
                if size <= limit {
                    bytes.extend_from_slice(&data);
                } else if size > limit.saturating_mul(DRAINED) {
                    break;
                }
            }
            if size > limit { Err(Refusal::too_large(limit)) } else { Ok(Bytes::from(bytes)) }
        };
        match tokio::time::timeout(self.server.settings.request_timeout, read).await {
            Ok(body) => body,
            Err(_) => Err(Refusal::too_slow()),
        }
    }

    /// What is asked of a request before anybody looks at what it is for.
    fn admit(&self, head: &Parts, body: &[u8]) -> Result<(), Refusal> {
        let own = is_own(head.uri.path());
        if !own {
            self.limit()?;
            self.server.occasional_limit()?;
            self.server.admit_media_type(&head.headers, body)?;
        }
        Ok(())
    }

    /// The general limit; the emulator's own endpoints are not part of the API it emulates.
    fn limit(&self) -> Result<(), Refusal> {
        let Some(limit) = self.server.bugs.general_limit().or(self.server.settings.rate_limit) else {
            return Ok(());
        };
        let now = self.server.clock.now();
        let length = millis(limit.window);
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= window.start + length || now < window.start {
            *window = Window { start: now, requests: 0 };
        }
        if window.requests >= limit.requests {
            return Err(Refusal::limited(window.start + length - now));
        }
        window.requests += 1;
        Ok(())
    }

    /// Writes an answer in the words of the server that gave it.
    fn write(&self, mut reply: Reply, origin: Option<HeaderValue>, own: &Server) -> Response<Body> {
        own.word(&mut reply);
        self.server.bugs.corrupt_refusal(&mut reply);
        let bytes = match reply.raw.take() {
            Some(text) => text.into_bytes(),
            None => self.server.json(&mut reply),
        };
        let mut response = Response::new(self.server.body(bytes));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.server.frame(&mut response);
        if reply.status == StatusCode::REQUEST_TIMEOUT || reply.status == StatusCode::PAYLOAD_TOO_LARGE {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(origin) = origin {
            response.headers_mut().insert("access-control-allow-origin", origin);
            response
                .headers_mut()
                .insert("access-control-allow-credentials", HeaderValue::from_static("true"));
            // What a page may read of an answer besides its body: how long to wait.
            response
                .headers_mut()
                .insert("access-control-expose-headers", HeaderValue::from_static("retry-after"));
        }
        response
    }
}

async fn next_frame(body: &mut Incoming) -> Option<Result<hyper::body::Frame<Bytes>, hyper::Error>> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *body).poll_frame(context)).await
}

/// Browser SDKs under development run on loopback; a page from elsewhere gets no access to a local server.
fn loopback_origin(headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let (_, host) = origin.to_str().ok()?.split_once("://")?;
    let name =
        if host.starts_with('[') { host.split_inclusive(']').next()? } else { host.split(':').next()? };
    ["localhost", "127.0.0.1", "[::1]"].contains(&name).then(|| origin.clone())
}

fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key("access-control-request-method")
}

/// Whatever headers a page asks for it may send: SDKs have more of them with each release, and applications have their
/// own.
fn preflight(asked: &HeaderMap) -> Reply {
    let mut reply = Reply::nothing();
    if let Some(names) = asked.get("access-control-request-headers") {
        reply.headers.insert("access-control-allow-headers", names.clone());
    }
    for (name, value) in [
        ("access-control-allow-methods", "GET, POST, DELETE"),
        ("access-control-max-age", "600"),
        ("vary", "access-control-request-headers"),
    ] {
        reply.headers.insert(name, HeaderValue::from_static(value));
    }
    reply
}
