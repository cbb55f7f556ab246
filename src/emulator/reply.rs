//! Answers before they are written: a status, a JSON value and headers; refusals become envelopes.

use axum::body::Body;
use axum::http::header::{ALLOW, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::refusal::Refusal;

/// What an operation returns.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// An answer to be written by the entrance, which knows how this server writes.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    pub(crate) headers: HeaderMap,
    /// Written instead of `body`; only by servers that answer something else than JSON.
    pub(crate) raw: Option<String>,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Reply { status: StatusCode::OK, body, headers: HeaderMap::new(), raw: None }
    }

    /// `{}`: JavaScript clients parse every answer, so that nothing is still something.
    pub(crate) fn nothing() -> Self {
        Self::ok(Value::Object(serde_json::Map::new()))
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }

    pub(crate) fn cookie(self, name: &str, value: &str, max_age: i64) -> Self {
        let cookie = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; Secure; SameSite=None");
        self.header(SET_COOKIE, &cookie)
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let mut reply = Reply { status: refusal.status, ..Reply::ok(refusal.envelope()) };
        if let Some(seconds) = refusal.retry_after {
            reply = reply.header(RETRY_AFTER, &seconds.to_string());
        }
        if let Some(allow) = &refusal.allow {
            reply = reply.header(ALLOW, allow);
        }
        reply
    }
}

/// The router carries responses, not replies: a reply travels inside one until the entrance writes it.
impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Reply::from(self).into_response()
    }
}
