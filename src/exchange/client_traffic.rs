//! Traffic of a client under test: what has to be hidden in it although no trial of ours made it up.
//!
//! A trial knows its people, tokens and keys before it sends them. Of a client that is not ours the request may be
//! the first sight of a secret, and the only one: a session that began before the recording did, the key of another
//! project, a code in a form. What the contract does not describe is no evidence and may hold anything, a
//! password for one: of that only method, path and status are kept.

mod credentials;

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::learn::{PERSON, learn, learn_tokens, looks_like_phone, walk};
use super::{
    Answer, Event, Exchange, Payload, Placeholder, Pseudonyms, RawHistory, Request, SecretKind, says_nothing,
};
use crate::contract::OperationId;
use credentials::{TELLING, hide};

/// Header fields that say which client this is, what the body is and what was presented: all that is kept of a call
/// that is not ours to judge. A history holds what was presented under names of its own.
const HARMLESS: [&str; 6] = [
    "content-type",
    "content-length",
    "user-agent",
    "x-descope-sdk-name",
    "x-descope-sdk-version",
    "authorization",
];

static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:\+|%2[Bb])[0-9][0-9 ().-]{5,18}[0-9]\b").ok());
static CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)\bcode["'\\]*\s*[:=]\s*["'\\]*([a-z0-9]{4,10})\b"#).ok());

/// Teaches `vault` every hidden value of a foreign client's traffic, in the order of the events, and takes out of
/// `observed` what no judge reads. To be called before [`symbolize`](super::symbolize).
pub fn conceal(observed: &mut RawHistory, vault: &mut Pseudonyms) {
    for event in &mut observed.events {
        learn(event, vault);
        if let Event::Exchange(exchange) = event {
            texts(exchange, &mut |text| learn_tokens(text, vault));
            request(exchange.operation, &mut exchange.request, vault);
            if let Answer::Response(response) = &mut exchange.answer {
                hide(&mut response.headers, vault);
            }
            if exchange.operation.is_none() {
                leave_out(exchange, vault);
            }
        }
    }
    for result in &observed.results {
        for value in [&result.given, &result.said] {
            walk(value, &mut |_, text| learn_tokens(text, vault));
        }
    }
}

/// Every text of an exchange, of both sides.
fn texts(exchange: &Exchange, visit: &mut dyn FnMut(&str)) {
    let request = &exchange.request;
    let response = exchange.answer.response();
    let decoded = percent_encoding::percent_decode_str(&request.path).decode_utf8_lossy();
    visit(&decoded);
    let answered = response.into_iter().flat_map(|response| &response.headers);
    request.headers.iter().chain(answered).for_each(|(_, value)| visit(value));
    for body in [Some(&request.body), response.map(|response| &response.body)].into_iter().flatten() {
        match body {
            Payload::Empty => {}
            Payload::Json(value) => walk(value, &mut |_, text| visit(text)),
            Payload::Other { text, .. } => visit(text),
        }
    }
}

fn request(operation: Option<OperationId>, request: &mut Request, vault: &mut Pseudonyms) {
    hide(&mut request.headers, vault);
    numbers(&request.path, vault);
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let verifies = operation.is_some_and(OperationId::is_verify);
    if verifies {
        codes(query, vault);
    }
    match &request.body {
        Payload::Empty => {}
        Payload::Json(body) => {
            walk(body, &mut |name, text| member(name, text, vault));
            for name in PERSON {
                let number = body.get(name).filter(|value| value.is_number());
                number.iter().for_each(|number| member(name, &number.to_string(), vault));
            }
            if let (true, Some(Value::Number(code))) = (verifies, body.get("code")) {
                codes(&format!("code={code}"), vault);
            } else if let (true, Some(Value::String(code))) = (verifies, body.get("code")) {
                codes(&format!("code={}", code.trim()), vault);
            }
        }
        Payload::Other { text, .. } => {
            numbers(text, vault);
            if verifies {
                codes(text, vault);
            }
        }
    }
}

/// Login IDs in no form that our own trials use, and user IDs.
fn member(name: &str, text: &str, vault: &mut Pseudonyms) {
    let dialled = text.bytes().filter(u8::is_ascii_digit).count() >= 7
        && text.bytes().all(|byte| byte.is_ascii_digit() || b" -().".contains(&byte));
    if PERSON.contains(&name) && vault.name(text).is_none() && (dialled || text.contains('@')) {
        vault.learn(SecretKind::Login, text);
    } else if name == "userId" && text.len() >= TELLING {
        vault.learn(SecretKind::User, text);
    }
}

/// Phone numbers anywhere in a text that is not JSON.
fn numbers(text: &str, vault: &mut Pseudonyms) {
    for found in NUMBER.iter().flat_map(|pattern| pattern.find_iter(text)) {
        let plain = found.as_str().replace("%2B", "+").replace("%2b", "+");
        if looks_like_phone(&plain) {
            vault.learn_person(SecretKind::Phone, &plain);
            if plain != found.as_str() {
                vault.learn_derived(found.as_str(), &plain, "url");
            }
        }
    }
}

fn codes(text: &str, vault: &mut Pseudonyms) {
    for found in CODE.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        if !says_nothing(&found[1]) {
            vault.learn(SecretKind::Guess, &found[1]);
        }
    }
}

/// Of a call outside the contract: that it was made, how it was answered, and whether a secret that is known from
/// elsewhere is in its URL or its headers.
fn leave_out(exchange: &mut Exchange, vault: &Pseudonyms) {
    fn keep(headers: &mut Vec<(String, String)>, body: &mut Payload, vault: &Pseudonyms) {
        headers.retain_mut(|(name, value)| match vault.name(value) {
            Some(known) => {
                *value = known.to_owned();
                true
            }
            None => HARMLESS.contains(&name.as_str()),
        });
        let bytes = match &*body {
            Payload::Empty => return,
            Payload::Json(value) => value.to_string().len(),
            Payload::Other { bytes, .. } => *bytes,
        };
        let known = secrets_in(body, vault);
        let known = if known.is_empty() { known } else { format!("; in it: {known}") };
        *body = Payload::Other { bytes, text: format!("(not kept: no operation of the contract{known})") };
    }
    let request = &mut exchange.request;
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let known = query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
        Some(format!("{name}={}", vault.name(&value)?))
    });
    let known: Vec<String> = known.collect();
    let mark = if known.is_empty() { "" } else { "?" };
    request.path = format!("{path}{mark}{}", known.join("&"));
    keep(&mut request.headers, &mut request.body, vault);
    if let Answer::Response(response) = &mut exchange.answer {
        keep(&mut response.headers, &mut response.body, vault);
    }
}

/// The secrets in a body that are known from elsewhere, by their names.
fn secrets_in(body: &Payload, vault: &Pseudonyms) -> String {
    use SecretKind::{Code, Key, Refresh, Session, Token};
    let mut found: Vec<String> = Vec::new();
    let mut look = |text: &str| {
        let name = vault.name(text).and_then(Placeholder::parse);
        let secret = name.filter(|name| [Code, Key, Refresh, Session, Token].contains(&name.kind));
        found.extend(secret.map(|name| name.to_string()));
    };
    if let Payload::Json(value) = body {
        walk(value, &mut |_, text| look(text));
    }
    found.join(", ")
}

#[cfg(test)]
mod tests;
