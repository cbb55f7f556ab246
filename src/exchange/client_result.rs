//! What a client returned to its caller: the other side of an exchange, seen where a driver asks the client to call.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Micros;

/// One call that a client was asked to make, and what it returned to its caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientResult {
    /// The call: `verify`.
    pub call: String,
    /// What the caller gave it.
    pub given: Value,
    /// What came back: an object with `ok` or `error`; null where the client said nothing in time.
    pub said: Value,
    /// When it was asked.
    pub from: Micros,
    /// When it answered, or was given up.
    pub until: Micros,
}

impl ClientResult {
    /// What a successful call returned.
    pub fn ok(&self) -> Option<&Value> {
        self.said.get("ok")
    }

    /// The error of a failed call.
    pub fn error(&self) -> Option<&Value> {
        self.said.get("error")
    }

    /// Whether the client never answered.
    pub fn silent(&self) -> bool {
        self.ok().is_none() && self.error().is_none()
    }
}
