//! What is wrong with a suite file, where, and what to do.

use thiserror::Error;

use crate::exchange::Place;

/// A suite that cannot be used. Always our user's input, never the target's fault.
#[derive(Debug, Error)]
pub enum SuiteError {
    /// A folder or file cannot be read.
    #[error(
        "{path}: cannot be read: {source}; give a folder of suite files, or leave --suites out for the built-in ones"
    )]
    Unreadable {
        /// What was to be read.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A folder holds no suite.
    #[error("{path}: no .toml file in it; a suite folder holds one file per feature")]
    Empty {
        /// The folder.
        path: String,
    },
    /// The text is not TOML, or has a member that the format does not know.
    #[error("{place}: {message}; see schema/suite.json for the format")]
    Syntax {
        /// Where.
        place: Place,
        /// The parser's words.
        message: String,
    },
    /// The text is well formed but does not make sense.
    #[error("{place}: {what}")]
    Meaning {
        /// Where.
        place: Place,
        /// What, and what to do.
        what: String,
    },
}

/// A reference of a step that makes no sense, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// `$text:` without a length, or with more than one character.
    #[error("`${0}`: write `$text:500`, or `$text:500:é` for another character")]
    Text(String),
    /// The part behind the bar.
    #[error("`|{word}` is no way to change a value; known are {known}")]
    Change {
        /// As it is written.
        word: String,
        /// All of them.
        known: String,
    },
    /// It does not begin with a name.
    #[error("`${0}` is no reference; write `$ada`, `$ada.code.1|prefix` or `$saved/pointer`")]
    NoName(String),
    /// The part behind a person's name.
    #[error(
        "`${0}`: after a person come phone, name, code, generated, refresh, session (and a number) or userId"
    )]
    Field(String),
    /// More parts than a reference has.
    #[error("`${0}` has too many parts")]
    TooLong(String),
    /// A reference inside a text that does not end.
    #[error("`{0}`: `${{` without `}}`")]
    Unclosed(String),
}

/// A member of a step that makes no sense, and what to write.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum StepError {
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error("a call has one of `with`, `raw` and `raw-base64`")]
    TwoBodies,
    #[error("`raw-base64`: {0}")]
    Base64(#[from] base64::DecodeError),
    #[error("`repeat` takes 1 to 1000")]
    Times,
    #[error("`repeat` takes a number or the name of a limit")]
    Repeat,
    #[error("{}", unknown("count", .word, .known))]
    Count { word: String, known: &'static [&'static str] },
    #[error(
        "`{0}` is no time to wait; write 90s, 5m, 2h, code-ttl, most-of-code-ttl, resend-window or rest-of-run"
    )]
    Wait(String),
    #[error("`expect` takes accepted, refused, answered, a table, or a list of these")]
    Expect,
    #[error("`{0}` is no outcome; known are accepted, refused, answered")]
    Outcome(String),
    #[error("`expect.{member}` takes {takes}")]
    ExpectMember { member: String, takes: &'static str },
    #[error(
        "`expect.{0}` is unknown; known are seen, status, error, body, session, refresh, header, message, proves, asks"
    )]
    UnknownExpect(String),
    #[error("`{0}` is no requirement id such as OTP-054")]
    Requirement(String),
    #[error("`expect.{member}`: `{at}` is no JSON pointer; write `/{at}`")]
    Pointer { member: String, at: String },
    #[error("`${0}/…` refers to an answer that no earlier step saves; add save = \"{0}\" to one")]
    Unsaved(String),
}

impl StepError {
    /// The error of the suite, at the place of the member.
    pub(super) fn at(self, place: &Place) -> SuiteError {
        SuiteError::meaning(place, self.to_string())
    }
}

/// A word that is in no list, and what was meant by it or could have been.
pub(super) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{word}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{word}`; known are {}", known.join(", ")),
    }
}

impl SuiteError {
    pub(crate) fn meaning(place: &Place, what: impl Into<String>) -> SuiteError {
        SuiteError::Meaning { place: place.clone(), what: what.into() }
    }
}

/// The known word nearest to a misspelt one, for "did you mean".
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()) / 2)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_nearest_word() {
        let known = ["signup-in-sms", "signin-sms", "verify-sms"];
        assert_eq!(nearest("signupin-sms", known), Some("signup-in-sms"));
        assert_eq!(nearest("verify_sms", known), Some("verify-sms"));
        assert_eq!(nearest("zzzz", known), None);
    }
}
