//! A case: what is sent, and how its body names the users of the trial.

use std::convert::Infallible;

use serde_json::Value;

use super::body::{ADDRESSES, PEOPLE};
use crate::contract::Bearer;
use crate::drive::Target;
use crate::suite::{Call, Field, How, RawBody, RawText, Reference, Template};

/// One case: what is sent, and in a few words why.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// What is special about it: `minLength at /loginId`.
    pub(super) label: String,
    /// The question about the contract that its answer answers, where the contract leaves it open.
    pub(super) question: Option<String>,
    /// The call.
    pub(super) call: Call,
    /// The keyword × class pair it exercises, as coverage counts it.
    pub(super) pair: Option<String>,
}

impl Case {
    /// Whether the target's guard lets the case leave. One that it keeps back is not played, so that those that share its
    /// scene are: they would end with it.
    pub(super) fn may_leave(&self, target: &Target) -> bool {
        let Ok(case) = self.call.case(Bearer::Missing, &mut drawn);
        target.admit(&target.wire(case, None)).is_ok()
    }

    /// For `explain`.
    pub(super) fn line(&self) -> String {
        let body = match (&self.call.with, &self.call.raw) {
            (Some(Template::Literal(value)), _) => value.to_string(),
            (Some(_), _) => "…".into(),
            (None, Some(RawBody { text: RawText::Bytes(bytes), .. })) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            (None, Some(RawBody { text: RawText::Text(text), .. })) => {
                let Ok(text) = text.fill_text(&mut drawn);
                text
            }
            _ => String::new(),
        };
        let cut = body.char_indices().nth(100).map_or(body.len(), |(at, _)| at);
        format!("{:48} {}", self.label, body[..cut].escape_debug())
    }
}

/// The number of a person in what is drawn.
fn drawn(reference: &Reference) -> Result<Value, Infallible> {
    Ok(match reference {
        Reference::Person { name, .. } => {
            let person = PEOPLE.iter().find(|(known, ..)| known == name).unwrap_or(&PEOPLE[0]);
            person.1.into()
        }
        _ => Value::Null,
    })
}

/// A body in which the numbers that stand for people have become people.
pub(super) fn template(value: Value) -> Template {
    if !names_somebody(&value) {
        return Template::Literal(value);
    }
    match value {
        Value::String(text) => {
            person(&text).map_or_else(|| Template::Literal(text.into()), Template::Reference)
        }
        Value::Array(items) => Template::List(items.into_iter().map(template).collect()),
        Value::Object(members) => {
            Template::Members(members.into_iter().map(|(key, member)| (key, template(member))).collect())
        }
        other => Template::Literal(other),
    }
}

fn names_somebody(value: &Value) -> bool {
    match value {
        Value::String(text) => person(text).is_some(),
        Value::Array(items) => items.iter().any(names_somebody),
        Value::Object(members) => members.values().any(names_somebody),
        _ => false,
    }
}

/// A text of JSON in which the same has happened: no user is named in case after case until a limit is reached.
pub(super) fn raw_template(raw: &str) -> RawText {
    filled(raw, "\"")
}

/// The same of a text that need not be JSON, in which strings may be written in any way.
pub(super) fn bare_template(raw: &str) -> RawText {
    filled(raw, "")
}

/// A text in which the numbers between two of these marks have become people.
fn filled(raw: &str, mark: &str) -> RawText {
    let mut parts: Vec<Template> = Vec::new();
    let mut rest = raw;
    let spellings = || PEOPLE.iter().flat_map(|(_, plain, dashed)| [*plain, *dashed]);
    let next = |rest: &str| {
        let found = spellings()
            .filter_map(|text| Some((rest.find(&format!("{mark}{text}{mark}"))? + mark.len(), text)));
        found.min_by_key(|(at, _)| *at)
    };
    while let Some((at, text)) = next(rest) {
        parts.push(Template::Literal(rest[..at].into()));
        parts.extend(person(text).map(Template::Reference));
        rest = &rest[at + text.len()..];
    }
    // A dollar sign would be one of a reference in a kept case.
    if parts.is_empty() || raw.contains('$') {
        return RawText::Bytes(bytes::Bytes::copy_from_slice(raw.as_bytes()));
    }
    parts.push(Template::Literal(rest.into()));
    RawText::Text(Template::Text(parts))
}

fn person(text: &str) -> Option<Reference> {
    if let Some((name, _)) = ADDRESSES.iter().find(|(_, address)| text == *address) {
        return Some(Reference::Person { name: (*name).to_owned(), field: Field::Phone, how: None });
    }
    let (name, plain, _) = PEOPLE.iter().find(|(_, plain, dashed)| text == *plain || text == *dashed)?;
    let how = (text != *plain).then_some(How::Dashes);
    Some(Reference::Person { name: (*name).to_owned(), field: Field::Phone, how })
}
