//! A request as an operation sees it: bearer, object, query.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::FromRequest;
use axum::http::{HeaderMap, Request, Uri};
use serde_json::{Map, Value};

use super::bearer::{Bearer, refresh_cookie};
use super::channel::Channel;
use super::clock::Millis;
use super::faults::body::Unreadable;
use super::refusal::Refusal;
use super::state::Server;
use super::token::Claims;

/// One request and the server it came to.
pub(crate) struct Call {
    pub(crate) server: Arc<Server>,
    pub(crate) headers: HeaderMap,
    pub(crate) now: Millis,
    uri: Uri,
    bytes: Bytes,
}

impl FromRequest<Arc<Server>> for Call {
    type Rejection = Infallible;

    async fn from_request(request: Request<Body>, server: &Arc<Server>) -> Result<Self, Infallible> {
        let (head, body) = request.into_parts();
        // The entrance has read the body and bounded it; this only takes it out again.
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let now = server.clock.now();
        let server = server.at(head.uri.path());
        Ok(Call { server, headers: head.headers, now, uri: head.uri, bytes })
    }
}

impl Call {
    /// The body, which must be an object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        if self.server.bugs.refuses_escapes(&self.bytes) {
            return Err(Refusal::invalid("loginId", "is wrong"));
        }
        match serde_json::from_slice(self.server.without_mark(&self.bytes)) {
            Ok(Value::Object(mut members)) => {
                self.server.admit_members(&members)?;
                self.server.bugs.refuse_order(&members)?;
                self.server.tolerate_types(&mut members);
                Ok(members)
            }
            Ok(_) => Err(Refusal::invalid("body", "must be an object")),
            Err(why) => match self.server.bugs.unreadable() {
                Some(Unreadable::Empty) => Ok(Map::new()),
                Some(Unreadable::Invalid) => Err(Refusal::invalid("body", "is wrong")),
                None => Err(Refusal::not_json(&format!("the body is not JSON: {why}"))),
            },
        }
    }

    /// The body of an operation that needs none: Go and Java send nothing, Python and JavaScript `{}`.
    pub(crate) fn object_or_nothing(&self) -> Result<Map<String, Value>, Refusal> {
        let empty = self.bytes.is_empty();
        if let Some(refusal) = self.server.bugs.refuse_optional_body(empty) {
            return Err(refusal);
        }
        if empty { Ok(Map::new()) } else { self.object() }
    }

    /// A header of the request; empty where it has none.
    pub(crate) fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    }

    /// The first of two members with one name, where a right parser takes the last.
    pub(crate) fn first_text(&self, name: &str) -> Option<String> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        let (_, rest) = text.split_once(&format!("\"{name}\""))?;
        let rest = rest.trim_start().strip_prefix(':')?;
        let first = serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok()?;
        Some(first.as_str()?.to_owned())
    }

    /// A bearer of this project on an authentication operation.
    pub(crate) fn bearer(&self) -> Result<Bearer, Refusal> {
        let from_sdk = self.headers.contains_key("x-descope-sdk-name");
        if !from_sdk && self.server.bugs.needs_sdk_headers() {
            return Err(Refusal::generic());
        }
        let bearer = Bearer::of(&self.server, &self.headers)?;
        bearer.admits_authentication(&self.server)?;
        Ok(bearer)
    }

    /// A management call of this project.
    pub(crate) fn management(&self) -> Result<(), Refusal> {
        Bearer::of(&self.server, &self.headers)?.admits_management(&self.server)
    }

    /// The refresh JWT of the bearer, else of the cookie.
    pub(crate) fn refresh_jwt(&self) -> Result<Option<String>, Refusal> {
        let bearer = self.bearer()?;
        Ok(bearer.jwt().map(str::to_owned).or_else(|| refresh_cookie(&self.headers)))
    }

    /// The session whose refresh JWT was presented; it must be there, right and alive.
    pub(crate) fn session(&self) -> Result<Claims, Refusal> {
        let jwt = self.refresh_jwt()?.ok_or_else(Refusal::no_token)?;
        let claims = self.server.refresh_claims(&jwt, self.now)?;
        self.server.live(&claims)?;
        Ok(claims)
    }

    /// A parameter of the query, empty where it is absent.
    pub(crate) fn query(&self, name: &str) -> String {
        self.queries(name).into_iter().next().unwrap_or_default()
    }

    /// The values of a parameter that may come several times; those that are empty say nothing.
    pub(crate) fn queries(&self, name: &str) -> Vec<String> {
        let parsed: Vec<(String, String)> =
            axum::extract::Query::try_from_uri(&self.uri).map(|found| found.0).unwrap_or_default();
        parsed
            .into_iter()
            .filter(|(known, value)| known == name && !value.is_empty())
            .map(|(_, v)| v)
            .collect()
    }

    /// The channel that the path ends in.
    pub(crate) fn channel(&self) -> Channel {
        Channel::of_path(&self.path_tail())
    }

    /// The last part of the path, decoded.
    pub(crate) fn path_tail(&self) -> String {
        let tail = self.uri.path().rsplit('/').next().unwrap_or_default();
        percent_encoding::percent_decode_str(tail).decode_utf8_lossy().into_owned()
    }
}
