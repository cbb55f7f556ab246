//! What the author of a case says must be seen, tied to the exchange it speaks of.
//!
//! An expectation is evidence like everything else in a history: it is written down when the case runs, with its
//! references resolved, so that a recording can be judged without the suite it came from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::RequirementId;

/// A file and a line of it: where what is judged was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Path as the author would open it: `suites/verify.toml`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The coarse outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// Status 2xx.
    Accepted,
    /// Status 4xx.
    Refused,
    /// Any well-formed answer below 500.
    Answered,
}

/// What one member of a JSON body, or one claim of a token, must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Matcher {
    /// Equal to this value.
    Is(Value),
    /// There, and different from this value.
    Not(Value),
    /// An array that has this item, a string that has this part, or an object that has these members.
    Has(Value),
    /// An array or object without it, or nothing there.
    Lacks(Value),
    /// There (true) or not there (false).
    Present(bool),
}

/// One expectation of one exchange. All parts that are given must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The exchange it speaks of.
    pub exchange: usize,
    /// The outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Allowed statuses; empty allows all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<u16>,
    /// Allowed error codes; a trailing `x` means any digits. Empty allows all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub error: Vec<String>,
    /// Members of the body by JSON pointer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<(String, Matcher)>,
    /// Claims of the session token in the answer, by JSON pointer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub session: Vec<(String, Matcher)>,
    /// Claims of the refresh token in the answer, by JSON pointer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refresh: Vec<(String, Matcher)>,
    /// The message that this call caused: its text, or whether there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Matcher>,
    /// Header fields by lower-case name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub header: Vec<(String, Matcher)>,
    /// The requirement that is broken where it does not hold. Without one, a miss means that the case showed nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves: Option<RequirementId>,
    /// The question that the contract leaves open and this answers; then it cannot be missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<String>,
    /// Where the author asked for it.
    pub place: Place,
}
