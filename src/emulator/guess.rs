//! What a caller says the code is, and whether a code is that.

use serde_json::{Map, Value};

use super::code::Code;
use super::fault::Fault;
use super::fields::Fields;
use super::refusal::Refusal;
use super::server::Server;
use super::variant::Variant;

/// A guess; a right server knows but the first kind.
#[derive(Debug)]
pub(crate) enum Guess {
    Text(String),
    OneOf(Vec<String>),
    Anything,
}

impl Guess {
    /// The member `code`, which is a text that is not empty.
    pub(crate) fn read(server: &Server, body: &Map<String, Value>) -> Result<Self, Refusal> {
        let has = |fault| server.faults.has(fault);
        match body.get("code") {
            None if has(Fault::CodeMissingAccepted) => Ok(Guess::Anything),
            Some(Value::Null) if has(Fault::CodeNullAccepted) => Ok(Guess::Anything),
            Some(Value::Object(_)) if has(Fault::CodeObjectAccepted) => Ok(Guess::Anything),
            Some(Value::Array(codes)) if has(Fault::CodeListAccepted) => {
                Ok(Guess::OneOf(codes.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
            }
            Some(Value::String(code)) if code.is_empty() && has(Fault::CodeEmptyAccepted) => {
                Ok(Guess::Anything)
            }
            _ => {
                let code = Fields::of(body).required("code")?;
                let trims = server.variants.has(Variant::SpacesAroundTheCode);
                Ok(Guess::Text(if trims { code.trim() } else { code }.to_owned()))
            }
        }
    }
}

impl Server {
    /// Whether this is the code.
    pub(crate) fn accepts(&self, code: &Code, guess: &Guess) -> bool {
        match guess {
            Guess::Text(text) => code.matches(text) || self.lets_pass(&code.value, text),
            Guess::OneOf(texts) => texts.iter().any(|text| code.matches(text)),
            Guess::Anything => true,
        }
    }

    /// Guesses that are near enough for a bug.
    fn lets_pass(&self, code: &str, guess: &str) -> bool {
        let has = |fault| self.faults.has(fault);
        let number = |digits: &str| digits.trim_start_matches('0').to_owned();
        let but_last = code.split_at_checked(code.len().saturating_sub(1)).map(|(front, _)| front);
        has(Fault::AnyCodeAccepted)
            || (guess == "000000" && has(Fault::MasterCodeLeftIn))
            || (code.starts_with(guess) && has(Fault::CodePrefixAccepted))
            || (guess.starts_with(code) && has(Fault::CodeSuffixIgnored))
            || (number(guess) == number(code) && has(Fault::LeadingZerosIgnored))
            || (guess.len() == code.len()
                && but_last.is_some_and(|front| guess.starts_with(front))
                && has(Fault::LastDigitIgnored))
    }
}
