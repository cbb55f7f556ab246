//! A request on its way through the proxy.

use axum::http::{HeaderMap, Method};

use super::body::{Copied, look};
use super::coding::fields;
use super::record::Arrival;
use crate::exchange::{Fact, Payload, Request};

/// A request on its way, as far as it is known before its body is.
pub(super) struct InFlight {
    pub(super) arrival: Arrival,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) copied: Copied,
}

impl InFlight {
    pub(super) fn facts(&self) -> Vec<Fact> {
        let kept = look(&self.copied);
        let ambiguous = kept.is_ambiguous(&self.headers).then_some(Fact::Ambiguous);
        let miscoded = kept.is_miscoded(&self.headers).then_some(Fact::Miscoded);
        ambiguous.into_iter().chain(miscoded).collect()
    }

    /// The body as it reads without compression.
    pub(super) fn body(&self) -> Payload {
        look(&self.copied).request(&self.headers)
    }

    /// The request as the client means it.
    pub(super) fn as_sent(&self) -> Request {
        self.request(&self.headers, self.body())
    }

    /// The request as the upstream got it. Not every server unpacks a body.
    pub(super) fn as_passed_on(&self, headers: &HeaderMap) -> Request {
        self.request(headers, look(&self.copied).request(&HeaderMap::new()))
    }

    fn request(&self, headers: &HeaderMap, body: Payload) -> Request {
        Request { method: self.method.to_string(), path: self.path.clone(), headers: fields(headers), body }
    }
}
