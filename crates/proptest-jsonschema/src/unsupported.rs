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
