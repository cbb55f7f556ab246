//! A request as an operation sees it: bearer, object, query.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::FromRequest;
use axum::http::{HeaderMap, Request, Uri};
use serde_json::{Map, Value};

use super::bearer::{Bearer, refresh_cookie};
use super::clock::Millis;
use super::fault::Fault;
use super::refusal::Refusal;
use super::server::Server;
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
        Ok(Call { server: Arc::clone(server), headers: head.headers, now, uri: head.uri, bytes })
    }
}

impl Call {
    /// The body, which must be an object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        let escaped = self.bytes.windows(2).any(|pair| pair == b"\\u");
        if escaped && self.server.faults.has(Fault::EscapesNotDecoded) {
            return Err(Refusal::invalid("loginId", "is wrong"));
        }
        match serde_json::from_slice(self.server.without_mark(&self.bytes)) {
            Ok(Value::Object(mut members)) => {
                self.server.admit_members(&members)?;
                self.server.tolerate_types(&mut members);
                Ok(members)
            }
            Ok(_) => Err(Refusal::invalid("body", "must be an object")),
            Err(_) if self.server.faults.has(Fault::UnparseableIsEmpty) => Ok(Map::new()),
            Err(_) if self.server.faults.has(Fault::UnparseableIsJustInvalid) => {
                Err(Refusal::invalid("body", "is wrong"))
            }
            Err(why) => Err(Refusal::not_json(&format!("the body is not JSON: {why}"))),
        }
    }

    /// The body of an operation that needs none: Go and Java send nothing, Python and JavaScript `{}`.
    pub(crate) fn object_or_nothing(&self) -> Result<Map<String, Value>, Refusal> {
        let empty = self.bytes.is_empty();
        if empty && self.server.faults.has(Fault::RefreshNeedsABody) {
            return Err(Refusal::not_json("the body is empty"));
        }
        if !empty && self.server.faults.has(Fault::RefreshRefusesABody) {
            return Err(Refusal::invalid("body", "must be empty"));
        }
        if empty { Ok(Map::new()) } else { self.object() }
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
        if !from_sdk && self.server.faults.has(Fault::NeedsSdkHeaders) {
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

    /// The last part of the path, decoded.
    pub(crate) fn path_tail(&self) -> String {
        let tail = self.uri.path().rsplit('/').next().unwrap_or_default();
        let text: Vec<u8> = decoded(tail.as_bytes());
        String::from_utf8_lossy(&text).into_owned()
    }
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let hex = |digit: Option<&u8>| digit.and_then(|digit| char::from(*digit).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], hex(text.get(at + 1)), hex(text.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    bytes
}
