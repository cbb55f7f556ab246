//! Puts a hostile answer in the place of the upstream's.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;

use super::forge::Forger;
use super::hostile::{HostileCase, Injection};
use crate::contract::{Contract, OperationId};
use crate::exchange::{Fact, Payload, Response, Trick};

/// An answer as bytes, before it goes out.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Whole {
    /// As a history holds it.
    pub(super) fn seen(&self) -> Response {
        let body = Payload::from_bytes(&self.body);
        Response { status: self.status.as_u16(), headers: super::server::fields(&self.headers), body }
    }
}

/// The hostile case that a proxy plays, and how often it has.
pub(super) struct Plan {
    case: HostileCase,
    played: AtomicUsize,
    pub(super) forger: Forger,
}

impl Plan {
    pub(super) fn new(case: HostileCase) -> Plan {
        Plan { case, played: AtomicUsize::new(0), forger: Forger::default() }
    }

    /// What is done to the answer of this request, if it is its turn.
    pub(super) fn take(&self, operation: Option<OperationId>, contract: &Contract) -> Option<&Injection> {
        if !self.case.hits(operation, contract) {
            return None;
        }
        let nth = self.played.fetch_add(1, Ordering::SeqCst);
        (self.case.times == 0 || nth < self.case.times).then_some(&self.case.answer)
    }

    /// Whether our own key is published with the upstream's.
    pub(super) fn forges(&self) -> bool {
        self.case.answer.session_token.is_some()
    }

    pub(super) fn played(&self) -> bool {
        self.played.load(Ordering::SeqCst) > 0
    }

    /// Changes the answer as the case says, and returns what there is to know of it. An answer without a token has no
    /// token to play a trick on.
    pub(super) fn apply(&self, answer: &mut Whole) -> Fact {
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
        answer.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
        Fact::Injected { answer: self.case.short().to_owned(), trick }
    }

    fn members(&self, injection: &Injection, body: &mut Value, headers: &mut HeaderMap) -> Option<Trick> {
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
pub(super) fn blank() -> Whole {
    Whole { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::new() }
}

/// An upstream's keys with ours among them.
pub(super) fn with_our_key(answer: &mut Whole) {
    if let Ok(mut keys) = serde_json::from_slice::<Value>(&answer.body) {
        Forger::publish(&mut keys);
        answer.body = keys.to_string().into();
        answer.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
    }
}
