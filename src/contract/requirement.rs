//! One numbered sentence of behaviour: its level, its side and where it comes from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Area, DeliveryMethod, Level};

/// The number of a requirement, written `OTP-054`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RequirementId(u16);

impl RequirementId {
    /// The requirement with that number.
    #[must_use]
    pub const fn new(number: u16) -> RequirementId {
        RequirementId(number)
    }

    /// The bare number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OTP-{:03}", self.0)
    }
}

impl fmt::Debug for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not the number of a requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a requirement: they are written OTP- and at least three digits, such as OTP-054")]
pub struct MalformedRequirementId(String);

impl FromStr for RequirementId {
    type Err = MalformedRequirementId;

    fn from_str(text: &str) -> Result<RequirementId, MalformedRequirementId> {
        let id = text.strip_prefix("OTP-").and_then(|digits| digits.parse().ok()).map(RequirementId);
        // The way back refuses every second spelling, so that searching for an id finds all of it.
        id.filter(|id| id.to_string() == text).ok_or_else(|| MalformedRequirementId(text.to_owned()))
    }
}

impl From<RequirementId> for String {
    fn from(id: RequirementId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for RequirementId {
    type Error = MalformedRequirementId;

    fn try_from(text: String) -> Result<RequirementId, MalformedRequirementId> {
        text.parse()
    }
}

/// Who has to keep a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The server under test.
    Server,
    /// An SDK or another client under test.
    Client,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Side::Server => "server",
            Side::Client => "client",
        })
    }
}

/// One row of `requirements.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// Its number, for ever.
    pub id: RequirementId,
    /// Its name in lower case and dashes, such as `code-is-single-use`; [`req`](super::req) has a constant of that name.
    pub slug: String,
    /// How much breaking it weighs.
    pub level: Level,
    /// Who has to keep it.
    pub side: Side,
    /// What it is about.
    pub area: Area,
    /// What has to hold.
    pub sentence: String,
    /// Who says so: documentation pages by title, repositories with path.
    pub source: String,
    /// How to read the sentence where it can be read in more than one way.
    pub note: Option<String>,
    /// A second sentence of a level of its own, judged together with the first.
    pub also: Option<Secondary>,
    /// What may keep it from being judged.
    pub depends: Option<Depends>,
    /// The method that it is about, where that matters.
    pub method: DeliveryMethod,
    /// The requirement for SMS whose place it takes for its method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<RequirementId>,
    /// Its line in `requirements.toml`.
    pub line: u32,
}

/// What has to be there before a requirement can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depends {
    /// A project setting that the profile or the target's clock makes observable.
    ProjectSettings,
    /// A member that an answer may leave out: a target whose answers never have it cannot break the requirement.
    OptionalMember,
}

/// The second sentence of a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secondary {
    /// How much breaking it weighs.
    pub level: Level,
    /// What has to hold beside the first sentence.
    pub sentence: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_as_they_are_written() {
        for number in [1, 54, 118, 1000] {
            let id = RequirementId::new(number);
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(serde_json::from_value::<RequirementId>(serde_json::json!(id)).unwrap(), id);
        }
        assert_eq!(RequirementId::new(54).to_string(), "OTP-054");
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["OTP-54", "OTP-0054", "otp-054", "054", "OTP-", "OTP--54", "OTP-+54", "OTP-999999", ""] {
            assert!(text.parse::<RequirementId>().is_err(), "{text}");
        }
    }
}
