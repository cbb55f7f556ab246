//! Answers that a server may give and a client must survive.

mod read;
mod row;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::contract::{Contract, DeliveryMethod, OperationId, RequirementId};
use crate::exchange::{Place, TokenTampering};

pub use read::{hostile_suite, hostile_suite_in, parse_hostile};

/// A hostile suite that cannot be used. Our user's input.
#[derive(Debug, Error)]
#[error("{place}: {what}")]
pub struct HostileError {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: String,
}

/// One hostile answer, where it is put, and what the client is asked to do meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct HostileCase {
    /// `hostile::transient::503-then-success`.
    pub name: String,
    /// The mistake it imitates, in a sentence.
    pub about: String,
    /// The requirements that a client may be convicted of by it.
    pub proves: Vec<RequirementId>,
    /// The calls that a driver is asked for, in order.
    pub calls: Vec<String>,
    /// How codes are delivered in them.
    pub method: DeliveryMethod,
    /// The operation whose answer is changed; `None` changes none: the calls themselves are the case.
    pub at: Option<Point>,
    /// How many answers are changed; 0 is all of them.
    pub times: usize,
    /// How many answers are left as they are before that.
    pub after: usize,
    /// How long one call may take, where that is less than usual: the answer never comes, say.
    pub patience: Option<Duration>,
    /// The time by which tokens are made, in seconds since 1970, for a client with a clock of its own; `None` is now.
    pub moment: Option<i64>,
    /// What is done to them.
    pub answer: Injection,
    /// Where the case is defined.
    pub place: Place,
}

/// Where a hostile answer is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The answer to any request that asks for a code.
    Send,
    /// The answer of one operation.
    Operation(OperationId),
}

/// What is done to an answer; what is not given stays as the upstream made it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Injection {
    /// Keep the request from the upstream.
    pub withhold: bool,
    /// Another status.
    pub status: Option<u16>,
    /// Headers that are set.
    pub headers: BTreeMap<String, String>,
    /// Another body, as JSON.
    pub json: Option<Value>,
    /// Another body, as text.
    pub text: Option<String>,
    /// Members that are set in the body.
    pub merge: BTreeMap<String, Value>,
    /// Members that are taken out of the body.
    pub remove: Vec<String>,
    /// Wait so long before answering.
    pub delay_ms: u64,
    /// Break off in the middle of the body.
    pub cut: bool,
    /// Close the connection without an answer.
    pub drop: bool,
    /// Another session token.
    pub session_token: Option<TokenTampering>,
    /// Move the refresh token from the body into a DSR cookie.
    pub refresh_cookie: bool,
    /// Never answer.
    pub hang: bool,
    /// Compress the body, for a client that reads gzip.
    pub gzip: bool,
    /// Send the client on to another host.
    pub redirect: bool,
}

impl Injection {
    /// How long the answer is held back.
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

/// The calls that a case may ask for.
pub(super) const CALLS: [&str; 13] = [
    "signup-in",
    "signup",
    "signin",
    "stepup",
    "stepup-with-token",
    "update-phone",
    "verify",
    "wrong-code",
    "validate",
    "validate-refresh-token",
    "refresh",
    "me",
    "logout",
];

impl HostileCase {
    /// The same by another method; `None` where no answer is changed that a method is about: a client shows by SMS what
    /// it does then.
    #[must_use]
    pub fn by_method(&self, method: DeliveryMethod, contract: &Contract) -> Option<HostileCase> {
        if method == self.method {
            return Some(self.clone());
        }
        let at = match self.at {
            Some(Point::Operation(id)) => Some(Point::Operation(id.method().map(|_| id.by(method))?)),
            other => other,
        };
        let (file, slug) = self.short().rsplit_once("::")?;
        Some(HostileCase {
            name: format!("hostile::{file}::{method}::{slug}"),
            proves: self.proves.iter().map(|id| contract.own(method, *id)).collect(),
            method,
            at,
            ..self.clone()
        })
    }

    /// Whether this is a part of its name, with its method or without.
    pub fn is_named(&self, part: &str) -> bool {
        let plain = || self.name.replacen(&format!("::{}::", self.method), "::", 1);
        self.name.contains(part) || plain().contains(part)
    }

    /// The name without what all hostile cases share.
    pub fn short(&self) -> &str {
        self.name.trim_start_matches("hostile::")
    }

    /// Whether the answer to this operation is changed.
    pub(super) fn hits(&self, operation: Option<OperationId>, contract: &Contract) -> bool {
        let Some(id) = operation else { return false };
        match self.at {
            Some(Point::Send) => contract.operation(id).issues_code,
            Some(Point::Operation(at)) => at == id,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests;
