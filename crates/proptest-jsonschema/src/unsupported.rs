//! How we say that no value of a schema can be made.

/// A schema, or a part of one, for which no value can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {reason}", if pointer.is_empty() { "the root schema:" } else { pointer })]
pub struct Unsupported {
    /// JSON pointer of the subschema at fault.
    pub pointer: String,
    /// What it asks for that cannot be had.
    pub reason: String,
}

impl Unsupported {
    pub(crate) fn at(pointer: &str, reason: impl Into<String>) -> Unsupported {
        Unsupported { pointer: pointer.to_owned(), reason: reason.into() }
    }
}

/// Why no string can be made for a keyword; the schema asks for what we cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnsupportedText {
    #[error("the format {name:?} cannot be checked: {why}")]
    Format { name: String, why: String },
    #[error("the pattern {0:?} cannot be read")]
    Unreadable(String),
    #[error("no strings can be drawn from the pattern {0:?}")]
    Undrawable(String),
    /// Nothing fails a format that nothing checks.
    #[error("no string fails an unknown format")]
    UnknownFormat,
}
