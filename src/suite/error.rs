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
