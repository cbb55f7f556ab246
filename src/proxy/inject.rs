//! Puts a hostile answer in the place of the upstream's.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;

use super::coding::{fields, pack, plain, reads_gzip};
use super::forge::TokenForge;
use super::hostile::{HostileCase, Injection};
use super::in_flight::InFlight;
use crate::contract::Contract;
use crate::exchange::{Fact, Payload, Response, TokenTampering};

/// An answer as bytes, before it goes out.
#[derive(Clone, Debug)]
pub(super) struct BufferedResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl BufferedResponse {
    /// The same answer with its body unpacked, so that members of it can be changed.
    pub(super) fn unpacked(mut self) -> BufferedResponse {
        if let std::borrow::Cow::Owned(body) = plain(&self.body, &self.headers) {
            self.headers.remove(header::CONTENT_ENCODING);
            self.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            self.body = body.into();
        }
        self
    }

    /// As a history holds it.
    pub(super) fn seen(&self) -> Response {
        let body = Payload::from_bytes(&plain(&self.body, &self.headers));
        Response { status: self.status.as_u16(), headers: fields(&self.headers), body }
    }
}

/// The hostile case that a proxy plays, and how often it has.
pub(super) struct Plan {
    case: HostileCase,
    /// Answers that it could have been put in.
    seen: AtomicUsize,
    unfit: AtomicBool,
    pub(super) forger: TokenForge,
}

impl Plan {
    pub(super) fn new(case: HostileCase) -> Plan {
        let forger = TokenForge::at(case.moment);
        Plan { case, seen: AtomicUsize::new(0), unfit: AtomicBool::new(false), forger }
    }

    /// What is done to the answer of this request, if it is its turn.
    pub(super) fn take(&self, passing: &InFlight, contract: &Contract) -> Option<&Injection> {
        if !self.case.hits(passing.arrival.operation, contract) {
            return None;
        }
        if self.case.answer.gzip && !reads_gzip(&passing.headers) {
            self.unfit.store(true, Ordering::SeqCst);
            return None;
        }
        let nth = self.seen.fetch_add(1, Ordering::SeqCst).checked_sub(self.case.after)?;
        (self.case.times == 0 || nth < self.case.times).then_some(&self.case.answer)
    }

    /// Whether answers are changed that the client can tell real from forged by.
    pub(super) fn forges(&self) -> bool {
        self.case.answer.session_token.is_some()
    }

    /// Whether our own key is published with the upstream's. One that is new is published with the first token.
    pub(super) fn publishes(&self) -> bool {
        match self.case.answer.session_token {
            Some(TokenTampering::Rotated) => self.played(),
            trick => trick.is_some(),
        }
    }

    /// Whether the hostile answer was put in at least once.
    pub(super) fn played(&self) -> bool {
        self.seen.load(Ordering::SeqCst) > self.case.after
    }

    /// Whether the client does not ask for what this answer is about.
    pub(super) fn is_unfit(&self) -> bool {
        self.unfit.load(Ordering::SeqCst)
    }

    /// Changes the answer as the case says, and returns what there is to know of it. An answer without a token has no
    /// token to play a trick on.
    pub(super) fn apply(&self, answer: &mut BufferedResponse) -> Fact {
        let injection = &self.case.answer;
        let mut trick = None;
        if let Some(status) = injection.status.and_then(|status| StatusCode::from_u16(status).ok()) {
            answer.status = status;
        }
        if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) {
            trick = self.members(injection, &mut body, &mut answer.headers);
            answer.body = body.to_string().into();
        }
        if let Some(text) = &injection.text {
            answer.body = text.clone().into();
            answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        } else if let Some(json) = &injection.json {
            answer.body = json.to_string().into();
            answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &injection.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                answer.headers.insert(name, value);
            }
        }
        if injection.gzip {
            pack(&mut answer.body, &mut answer.headers);
        }
        let has_length = answer.status != StatusCode::NO_CONTENT;
        answer.headers.remove(header::CONTENT_LENGTH);
        if has_length {
            answer.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
        }
        Fact::Injected { answer: self.case.short().to_owned(), trick }
    }

    fn members(
        &self,
        injection: &Injection,
        body: &mut Value,
        headers: &mut HeaderMap,
    ) -> Option<TokenTampering> {
        let members = body.as_object_mut()?;
        let mut played = None;
        for (name, value) in &injection.merge {
            members.insert(name.clone(), value.clone());
        }
        for name in &injection.remove {
            members.remove(name);
        }
        if let (Some(trick), Some(Value::String(token))) =
            (injection.session_token, members.get("sessionJwt"))
            && let Some(forged) = self.forger.forge(token, trick)
        {
            members.insert("sessionJwt".into(), forged.into());
            played = Some(trick);
        }
        if injection.refresh_cookie
            && let Some(Value::String(token)) = members.remove("refreshJwt")
            && let Ok(cookie) = HeaderValue::from_str(&format!("DSR={token}; Path=/; HttpOnly"))
        {
            headers.append(header::SET_COOKIE, cookie);
        }
        played
    }
}

/// The answer where the upstream was not asked: empty, until the case fills it.
pub(super) fn blank() -> BufferedResponse {
    BufferedResponse { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::new() }
}

/// An upstream's keys with ours among them.
pub(super) fn with_our_key(answer: &mut BufferedResponse) {
    if let Ok(mut keys) = serde_json::from_slice::<Value>(&answer.body) {
        TokenForge::publish(&mut keys);
        answer.body = keys.to_string().into();
        answer.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
    }
}
