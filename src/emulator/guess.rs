//! What a caller says the code is.

use super::channel::Channel;
use super::clock::Millis;
use super::code::Code;

/// A guess; a right server knows but the first kind.
#[derive(Debug)]
pub(crate) enum Guess {
    Text(String),
    OneOf(Vec<String>),
    Anything,
}

impl Guess {
    /// Whether this is the code itself.
    pub(crate) fn is(&self, code: &Code) -> bool {
        match self {
            Guess::Text(text) => code.matches(text),
            Guess::OneOf(texts) => texts.iter().any(|text| code.matches(text)),
            Guess::Anything => true,
        }
    }
}

/// One try to log in.
pub(crate) struct Attempt {
    pub(crate) login_id: String,
    pub(crate) guess: Guess,
    pub(crate) with_session: bool,
    pub(crate) channel: Channel,
    /// The program that asks, as it names itself.
    pub(crate) client: String,
    pub(crate) now: Millis,
}
