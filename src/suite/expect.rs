//! The `expect` of a step: `"accepted"`, a table, or a list of both.

use serde_json::Value;

use super::error::StepError;
use super::{ReferenceError, Template};
use crate::contract::RequirementId;
use crate::exchange::{Expected, Matcher, Place, Seen};

/// One expectation, references still open.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// The outcome.
    pub seen: Option<Seen>,
    /// Allowed statuses.
    pub status: Vec<u16>,
    /// Allowed error codes.
    pub error: Vec<String>,
    /// Members of the body, claims of the tokens, headers, the message.
    pub parts: Vec<(AnswerPart, Open)>,
    /// The requirement broken where it does not hold.
    pub proves: Option<RequirementId>,
    /// The question that the contract leaves open and this answers; then it cannot be missed.
    pub asks: Option<String>,
    /// Its place.
    pub place: Place,
}

/// What an open matcher looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerPart {
    /// A member of the answer's body, by JSON pointer.
    Body(String),
    /// A claim of the session token, by JSON pointer.
    Session(String),
    /// A claim of the refresh token, by JSON pointer.
    Refresh(String),
    /// A header field.
    Header(String),
    /// The text of the message the call caused.
    Message,
}

/// A matcher with open references.
#[derive(Clone, Debug)]
pub enum Open {
    /// As [`Matcher::Is`].
    Is(Template),
    /// As [`Matcher::Not`].
    Not(Template),
    /// As [`Matcher::Has`].
    Has(Template),
    /// As [`Matcher::Lacks`].
    Lacks(Template),
    /// As [`Matcher::Present`].
    Present(bool),
}

impl Open {
    /// Reads a matcher: a table of one of the five words, or a value that must be equal.
    ///
    /// # Errors
    /// What is wrong with a reference in it.
    pub fn parse(value: &Value) -> Result<Open, ReferenceError> {
        let single =
            value.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next());
        Ok(match single.map(|(key, inner)| (key.as_str(), inner)) {
            Some(("is", inner)) => Open::Is(Template::parse(inner)?),
            Some(("not", inner)) => Open::Not(Template::parse(inner)?),
            Some(("has", inner)) => Open::Has(Template::parse(inner)?),
            Some(("lacks", inner)) => Open::Lacks(Template::parse(inner)?),
            Some(("present", Value::Bool(there))) => Open::Present(*there),
            _ => Open::Is(Template::parse(value)?),
        })
    }

    fn template(&self) -> Option<&Template> {
        match self {
            Open::Is(inner) | Open::Not(inner) | Open::Has(inner) | Open::Lacks(inner) => Some(inner),
            Open::Present(_) => None,
        }
    }

    /// The matcher, references resolved.
    ///
    /// # Errors
    /// Those of `resolve`.
    pub fn fill<E>(
        &self,
        resolve: &mut dyn FnMut(&super::Reference) -> Result<Value, E>,
    ) -> Result<Matcher, E> {
        Ok(match self {
            Open::Is(inner) => Matcher::Is(inner.fill(resolve)?),
            Open::Not(inner) => Matcher::Not(inner.fill(resolve)?),
            Open::Has(inner) => Matcher::Has(inner.fill(resolve)?),
            Open::Lacks(inner) => Matcher::Lacks(inner.fill(resolve)?),
            Open::Present(there) => Matcher::Present(*there),
        })
    }
}

impl Expect {
    /// An expectation of the outcome alone.
    pub fn outcome(seen: Seen, place: Place) -> Expect {
        Expect { seen: Some(seen), place, ..Expect::default() }
    }

    /// Every reference in it.
    pub fn references(&self) -> Vec<&super::Reference> {
        self.parts.iter().filter_map(|(_, open)| open.template()).flat_map(Template::references).collect()
    }

    /// The expectation of one exchange, references resolved.
    ///
    /// # Errors
    /// Those of `resolve`.
    pub fn fill<E>(
        &self,
        exchange: usize,
        resolve: &mut dyn FnMut(&super::Reference) -> Result<Value, E>,
    ) -> Result<Expected, E> {
        let mut expected = Expected {
            exchange,
            seen: self.seen,
            status: self.status.clone(),
            error: self.error.clone(),
            body: Vec::new(),
            session: Vec::new(),
            refresh: Vec::new(),
            message: None,
            header: Vec::new(),
            proves: self.proves,
            asks: self.asks.clone(),
            place: self.place.clone(),
        };
        for (part, open) in &self.parts {
            let matcher = open.fill(resolve)?;
            match part {
                AnswerPart::Body(at) => expected.body.push((at.clone(), matcher)),
                AnswerPart::Session(at) => expected.session.push((at.clone(), matcher)),
                AnswerPart::Refresh(at) => expected.refresh.push((at.clone(), matcher)),
                AnswerPart::Header(name) => expected.header.push((name.clone(), matcher)),
                AnswerPart::Message => expected.message = Some(matcher),
            }
        }
        Ok(expected)
    }
}

/// Reads the value of `expect =`.
///
/// # Errors
/// What is wrong with it, and what to write.
pub(super) fn parse(value: &Value, place: &Place) -> Result<Vec<Expect>, StepError> {
    match value {
        Value::Array(items) => items.iter().map(|item| parse_one(item, place)).collect(),
        one => Ok(vec![parse_one(one, place)?]),
    }
}

fn parse_one(value: &Value, place: &Place) -> Result<Expect, StepError> {
    let mut expect = Expect { place: place.clone(), ..Expect::default() };
    match value {
        Value::String(word) => expect.seen = Some(parse_seen(word)?),
        Value::Object(members) => {
            for (key, inner) in members {
                member(&mut expect, key, inner)?;
            }
        }
        _ => return Err(StepError::Expect),
    }
    Ok(expect)
}

fn member(expect: &mut Expect, key: &str, value: &Value) -> Result<(), StepError> {
    let wrong = |takes| StepError::ExpectMember { member: key.to_owned(), takes };
    match key {
        "seen" => expect.seen = Some(parse_seen(value.as_str().ok_or_else(|| wrong("a word"))?)?),
        "status" => {
            let listed = many(value);
            let statuses = listed.iter().map(|status| status.as_u64().and_then(|n| u16::try_from(n).ok()));
            expect.status =
                statuses.collect::<Option<_>>().ok_or_else(|| wrong("a status or a list of them"))?;
        }
        "error" => {
            let listed = many(value);
            let codes = listed.iter().map(|code| code.as_str().map(str::to_owned));
            expect.error =
                codes.collect::<Option<_>>().ok_or_else(|| wrong("an error code or a list of them"))?;
        }
        "proves" => {
            let id = value.as_str().ok_or_else(|| wrong("a requirement id"))?;
            expect.proves = Some(id.parse().map_err(|_| StepError::Requirement(id.to_owned()))?);
        }
        "asks" => expect.asks = Some(value.as_str().ok_or_else(|| wrong("a question"))?.to_owned()),
        "message" => expect.parts.push((AnswerPart::Message, Open::parse(value)?)),
        "body" | "session" | "refresh" | "header" => {
            let members =
                value.as_object().ok_or_else(|| wrong("a table from JSON pointer to what must be there"))?;
            for (at, inner) in members {
                if key != "header" && !(at.is_empty() || at.starts_with('/')) {
                    return Err(StepError::Pointer { member: key.to_owned(), at: at.clone() });
                }
                let part = match key {
                    "body" => AnswerPart::Body(at.clone()),
                    "session" => AnswerPart::Session(at.clone()),
                    "refresh" => AnswerPart::Refresh(at.clone()),
                    _ => AnswerPart::Header(at.to_lowercase()),
                };
                expect.parts.push((part, Open::parse(inner)?));
            }
        }
        _ => {
            return Err(StepError::UnknownExpect(key.to_owned()));
        }
    }
    Ok(())
}

fn parse_seen(word: &str) -> Result<Seen, StepError> {
    match word {
        "accepted" => Ok(Seen::Accepted),
        "refused" => Ok(Seen::Refused),
        "answered" => Ok(Seen::Answered),
        _ => Err(StepError::Outcome(word.to_owned())),
    }
}

fn many(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}
