//! Which values of an exchange must be hidden, and what each is: recognised by its place and its looks.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use regex::Regex;
use serde_json::Value;

use super::{Answer, Event, Exchange, Payload, Pseudonyms, Response, SecretKind, says_nothing};
use crate::contract::{DeliveryMethod, OperationId};

/// Members that name a person, in requests and answers.
pub(super) const PERSON: [&str; 5] = ["loginId", "phone", "identifier", "loginIds", "externalIds"];

/// Learns the hidden values of one event.
pub(super) fn learn(event: &Event, vault: &mut Pseudonyms) {
    match event {
        Event::Delivery(delivery) => {
            vault.learn_person(SecretKind::of_address(&delivery.to), &delivery.to);
            vault.learn_code(&delivery.to, &delivery.code);
        }
        Event::Exchange(exchange) => {
            if let Some(body) = exchange.request.body.json() {
                walk(body, &mut |key, text| learn_request_member(exchange.operation, key, text, vault));
            }
            if let Answer::Response(response) = &exchange.answer {
                learn_response(exchange, response, vault);
            }
        }
        Event::Clock(_) => {}
    }
}

fn learn_request_member(operation: Option<OperationId>, key: &str, text: &str, vault: &mut Pseudonyms) {
    if PERSON.contains(&key) && looks_like_phone(text) {
        vault.learn_person(SecretKind::Phone, text);
    } else if is_mailed(operation, key) && text.contains('@') {
        vault.learn_person(SecretKind::Email, text);
    } else if key == "code"
        && operation.is_some_and(OperationId::is_verify)
        && looks_like_code(text)
        && !says_nothing(text)
    {
        vault.learn(SecretKind::Guess, text);
    }
}

/// Whether a member of a request may hold the address that a code is mailed to.
fn is_mailed(operation: Option<OperationId>, key: &str) -> bool {
    operation.and_then(OperationId::method).is_some_and(DeliveryMethod::is_mail)
        && (PERSON.contains(&key) || key == DeliveryMethod::Email.recipient())
}

fn learn_response(exchange: &Exchange, response: &Response, vault: &mut Pseudonyms) {
    if let (Some(OperationId::GenerateOtp), Some(code)) = (exchange.operation, response.body.str_at("/code"))
    {
        let to = exchange.request.body.str_at("/loginId").unwrap_or_default();
        vault.learn_code(to, code);
    }
    response.headers.iter().for_each(|(_, value)| learn_tokens(value, vault));
    if let Payload::Other { text, .. } = &response.body {
        learn_tokens(text, vault);
    }
    let Some(body) = response.body.json() else { return };
    walk(body, &mut |key, text| match key {
        _ if tokens_in(text).next().is_some() => learn_tokens(text, vault),
        "userId" | "sub" if !text.is_empty() => {
            vault.learn(SecretKind::User, text);
        }
        "maskedPhone" | "maskedEmail" if !text.is_empty() && vault.name(text).is_none() => {
            vault.learn(SecretKind::Masked, text);
        }
        _ if PERSON.contains(&key) && looks_like_phone(text) => {
            vault.learn_person(SecretKind::Phone, text);
        }
        _ => {}
    });
}

/// Learns every JWT in a text.
pub(super) fn learn_tokens(text: &str, vault: &mut Pseudonyms) {
    tokens_in(text).for_each(|token| learn_token(token, vault));
}

/// Learns a JWT under what its claims say it is.
fn learn_token(token: &str, vault: &mut Pseudonyms) {
    let claims = jwt_part(token, 1);
    if let Some(user) = claims.get("sub").and_then(Value::as_str) {
        vault.learn(SecretKind::User, user);
    }
    let kind = match claims.get("drn").and_then(Value::as_str) {
        Some("DS") => SecretKind::Session,
        Some("DSR") => SecretKind::Refresh,
        _ => SecretKind::Token,
    };
    vault.learn(kind, token);
}

/// Calls `visit` with every string and the name of the member that holds it, also through arrays.
pub(super) fn walk(value: &Value, visit: &mut dyn FnMut(&str, &str)) {
    fn inner(key: &str, value: &Value, visit: &mut dyn FnMut(&str, &str)) {
        match value {
            Value::String(text) => visit(key, text),
            Value::Array(items) => items.iter().for_each(|item| inner(key, item, visit)),
            Value::Object(members) => members.iter().for_each(|(key, member)| inner(key, member, visit)),
            _ => {}
        }
    }
    inner("", value, visit);
}

/// International form, perhaps with separators. A test of looks only: what a server makes of it is its business.
pub(super) fn looks_like_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or("x");
    (7..=15).contains(&digits) && rest.bytes().all(|b| b.is_ascii_digit() || b" -().".contains(&b))
}

pub(super) fn looks_like_code(text: &str) -> bool {
    (4..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A JWT with its signature, or as much of one as there is.
static JWT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)\bey[\w-]+\.[\w-]+\.[\w-]+(?:\.[\w-]+)*|(?-u)\bey[\w-]+\.[\w-]*\.?").ok()
});

/// Every JWT in a text, also one that was cut off.
pub(super) fn tokens_in(text: &str) -> impl Iterator<Item = &str> {
    let found = JWT.iter().filter(|_| text.contains("ey")).flat_map(move |pattern| pattern.find_iter(text));
    found.map(|found| found.as_str()).filter(|token| jwt_part(token, 0).is_object())
}

pub(super) fn is_jwt(text: &str) -> bool {
    text.starts_with("ey")
        && text.bytes().filter(|b| *b == b'.').count() == 2
        && jwt_part(text, 0).is_object()
}

/// The header (0) or the claims (1) of a JWT; null if unreadable.
pub(super) fn jwt_part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    super::read_json(&bytes).unwrap_or(Value::Null)
}

/// Name and value of the cookie that a `Set-Cookie` header sets.
pub(super) fn cookie_pair(header: &str) -> Option<(&str, &str)> {
    let (name, value) = header.split(';').next()?.split_once('=')?;
    Some((name.trim(), value.trim()))
}

/// The same of a cookie that holds a JWT.
pub(super) fn cookie_token(header: &str) -> Option<(&str, &str)> {
    cookie_pair(header).filter(|(_, value)| is_jwt(value))
}
