//! A page for people who try an application by hand: messages as they come, users, sessions, the clock, and switches.
//!
//! It is served at `/` beside the API and is no part of it: nothing here passes the entrance that clients pass, and faults
//! do not touch it. A reader of it can log in as any user, so that it is shown on loopback alone.

mod guard;
mod live;
mod state;

use std::io;
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, to_bytes};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::http::{Method, Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::fault::Fault;
use super::http_service::HttpService;
use super::settings::StartError;
use super::state::Server;
use super::switch::UnknownName;
use super::variant::Variant;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// What the page consists of and asks for.
const PATHS: [&str; 4] = ["/", "/emulator/state", "/emulator/events", "/emulator/switches"];
/// Bytes that a list of all switches stays far below.
const LARGEST: usize = 64 << 10;

/// The page, and behind it the entrance that every client passes.
#[derive(Clone)]
pub(crate) struct Desk(Arc<RwLock<HttpService>>);

impl Desk {
    pub(crate) fn new(server: Arc<Server>) -> Self {
        Desk(Arc::new(RwLock::new(HttpService::new(server))))
    }

    /// The entrance to the server with the switches of this moment.
    fn entrance(&self) -> HttpService {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn server(&self) -> Arc<Server> {
        Arc::clone(self.entrance().server())
    }

    /// Answers one request; an error ends the connection without an answer.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
        let path = request.uri().path();
        if PATHS.contains(&path) {
            return Ok(self.own(request).await);
        }
        let changes = path.starts_with("/emulator/") && request.method() == Method::POST;
        if changes && guard::has_foreign_origin(request.headers()) {
            return Ok(refused(StatusCode::FORBIDDEN, guard::FOREIGN));
        }
        self.entrance().answer(request).await
    }

    async fn own(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, incoming) = request.into_parts();
        if let Err(why) = guard::admit(&head.headers) {
            return refused(StatusCode::FORBIDDEN, why);
        }
        match (head.uri.path(), &head.method) {
            ("/", &Method::GET) => page(),
            ("/emulator/state", &Method::GET) => answer("application/json", self.state()),
            ("/emulator/events", &Method::GET) => {
                let desk = self.clone();
                answer("text/event-stream", live::events(move || desk.state()))
            }
            ("/emulator/switches", &Method::POST) => {
                let body = to_bytes(Body::new(incoming), LARGEST).await.unwrap_or_default();
                self.switch(&body)
            }
            (path, _) => {
                let mut reply = refused(StatusCode::METHOD_NOT_ALLOWED, "this path has another method");
                let allowed = if path == "/emulator/switches" { "POST" } else { "GET" };
                reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
                reply
            }
        }
    }

    fn state(&self) -> String {
        state::of(&self.server()).to_string()
    }

    /// `{"faults": [NAME…], "variants": [NAME…]}`: these are on from now on, and no others.
    fn switch(&self, body: &[u8]) -> Response<Body> {
        let given: Value = serde_json::from_slice(body).unwrap_or_default();
        let switched = names::<Fault>(&given, "faults").and_then(|faults| {
            let variants = names::<Variant>(&given, "variants")?;
            Ok(self.server().switched(faults, variants)?)
        });
        match switched {
            Ok(server) => {
                *self.0.write().unwrap_or_else(PoisonError::into_inner) = HttpService::new(Arc::new(server));
                answer("application/json", self.state())
            }
            Err(why) => refused(StatusCode::BAD_REQUEST, &why.to_string()),
        }
    }
}

/// The switches of one member, each a name that there is.
fn names<S: FromStr<Err = UnknownName>>(given: &Value, member: &'static str) -> Result<Vec<S>, SwitchError> {
    let listed = given[member].as_array().ok_or(SwitchError::NoList(member))?;
    listed.iter().map(|name| Ok(name.as_str().ok_or(SwitchError::NoList(member))?.parse()?)).collect()
}

/// Why what the page asked for cannot be switched on.
#[derive(Debug, thiserror::Error)]
enum SwitchError {
    #[error("{0} must be a list of names")]
    NoList(&'static str),
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    #[error(transparent)]
    Settings(#[from] StartError),
}

fn page() -> Response<Body> {
    let hash = |text: &str| STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()));
    let policy = format!(
        "default-src 'none'; connect-src 'self'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let whole = PAGE.replace("/*style*/", STYLE).replace("/*script*/", SCRIPT);
    let mut page = answer("text/html; charset=utf-8", whole);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    page
}

fn answer(kind: &'static str, text: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(text.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

fn refused(status: StatusCode, why: &str) -> Response<Body> {
    let mut response = answer("application/json", json!({ "error": why }).to_string());
    *response.status_mut() = status;
    response
}
