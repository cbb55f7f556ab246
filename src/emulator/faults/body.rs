//! Bodies misread.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Bugs;
use crate::emulator::fault::Fault;
use crate::emulator::refusal::Refusal;
use crate::emulator::settings::RateLimit;

/// A general limit that no page allows: below 100 in a minute.
const TIGHT: RateLimit = RateLimit { requests: 20, window: Duration::from_secs(60) };

/// What becomes of a body that is not JSON.
pub(crate) enum Unreadable {
    /// It is taken for an empty object.
    Empty,
    /// It is refused as if a member were wrong.
    Invalid,
}

impl Bugs {
    /// The login ID must come first.
    pub(crate) fn refuse_order(&self, members: &Map<String, Value>) -> Result<(), Refusal> {
        let behind = members.keys().position(|name| name == "loginId").is_some_and(|at| at > 0);
        match behind && self.has(Fault::MembersMustBeInOrder) {
            true => Err(Refusal::invalid("loginId", "is missing")),
            false => Ok(()),
        }
    }

    /// Escapes in strings are not understood.
    pub(crate) fn refuses_escapes(&self, body: &[u8]) -> bool {
        self.has(Fault::EscapesNotDecoded) && body.windows(2).any(|pair| pair == b"\\u")
    }

    /// A body that is not JSON is not refused as such.
    pub(crate) fn unreadable(&self) -> Option<Unreadable> {
        if self.has(Fault::UnparseableIsEmpty) {
            return Some(Unreadable::Empty);
        }
        self.has(Fault::UnparseableIsJustInvalid).then_some(Unreadable::Invalid)
    }

    /// An operation that needs no body insists on one, or on none.
    pub(crate) fn refuse_optional_body(&self, empty: bool) -> Option<Refusal> {
        match empty {
            true => self.has(Fault::RefreshNeedsABody).then(|| Refusal::not_json("the body is empty")),
            false => self.has(Fault::RefreshRefusesABody).then(|| Refusal::invalid("body", "must be empty")),
        }
    }

    /// Of two members with one name, the router takes the first and the parser the last.
    pub(crate) fn reads_duplicates_twice(&self) -> bool {
        self.has(Fault::DuplicateKeysDisagree)
    }

    /// A limit on all requests together that is lower than documented.
    pub(crate) fn general_limit(&self) -> Option<RateLimit> {
        self.has(Fault::GeneralLimitIsTight).then_some(TIGHT)
    }
}
