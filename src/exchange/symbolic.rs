//! From what was seen to what may be kept: writes down the facts of every hidden value, and replaces it.

use serde_json::Value;

use super::form::Form;
use super::learn::{cookie_token, is_jwt, jwt_part, learn, looks_like_phone};
use super::shown::Codes;
use super::{
    Answer, Event, Exchange, Expected, Fact, History, Matcher, Payload, Placeholder, Pseudonyms, Response,
    SecretKind, Signature, TokenFact,
};
use crate::contract::{DeliveryMethod, OperationId};

/// A history as it was seen, hidden values and all. Never leaves the process.
pub type RawHistory = History;

/// Turns an observed history into a symbolic one.
///
/// `vault` already knows the people of the trial, the project and the keys; it learns the rest in order of
/// appearance. `check` says whether a JWT's signature holds.
pub fn symbolize(
    mut history: RawHistory,
    vault: &mut Pseudonyms,
    check: &dyn Fn(&str) -> Signature,
) -> History {
    for event in &history.events {
        learn(event, vault);
    }
    let vault = &*vault;
    let (codes, form) = (Codes::of(vault), Form::of(vault));
    for event in &mut history.events {
        match event {
            Event::Exchange(exchange) => {
                let facts = facts(exchange, vault, &codes, check);
                exchange.facts.extend(facts);
                exchange.facts.extend(form_fact(exchange, vault, &form));
                hide_exchange(exchange, vault);
            }
            Event::Delivery(delivery) => {
                let texts = [&mut delivery.to, &mut delivery.code].into_iter().chain(&mut delivery.text);
                texts.for_each(|text| vault.hide(text));
            }
            Event::Clock(_) => {}
        }
    }
    history.expected.iter_mut().for_each(|expected| hide_expected(expected, vault));
    for result in &mut history.results {
        hide_value(&mut result.given, vault);
        hide_value(&mut result.said, vault);
    }
    history
}

// ---- replacing -----------------------------------------------------------------------------------------------

fn hide_exchange(exchange: &mut Exchange, vault: &Pseudonyms) {
    let request = &mut exchange.request;
    hide_path(&mut request.path, vault);
    hide_headers(&mut request.headers, vault);
    hide_payload(&mut request.body, vault);
    if let Answer::Response(response) = &mut exchange.answer {
        hide_headers(&mut response.headers, vault);
        if let Payload::Json(value) = &mut response.body {
            veil_numbers(value, vault);
        }
        hide_payload(&mut response.body, vault);
    }
}

fn hide_expected(expected: &mut Expected, vault: &Pseudonyms) {
    let lists = [&mut expected.body, &mut expected.session, &mut expected.refresh, &mut expected.header];
    let listed = lists.into_iter().flatten().map(|(_, matcher)| matcher);
    listed.chain(&mut expected.message).for_each(|matcher| hide_matcher(matcher, vault));
}

fn hide_matcher(matcher: &mut Matcher, vault: &Pseudonyms) {
    match matcher {
        Matcher::Is(value) | Matcher::Not(value) | Matcher::Has(value) | Matcher::Lacks(value) => {
            hide_value(value, vault);
        }
        Matcher::Present(_) => {}
    }
}

fn hide_headers(headers: &mut [(String, String)], vault: &Pseudonyms) {
    headers.iter_mut().for_each(|(_, value)| hide_header(value, vault));
}

/// Credentials are parted by colons, which are not part of a word.
fn hide_header(value: &mut String, vault: &Pseudonyms) {
    let parts: Vec<Option<String>> = value.split(':').map(|part| vault.hidden(part)).collect();
    if parts.iter().all(Option::is_none) {
        return;
    }
    let hidden = value.split(':').zip(&parts).map(|(part, hidden)| hidden.as_deref().unwrap_or(part));
    *value = hidden.collect::<Vec<_>>().join(":");
}

/// Segments of the path and values of the query are hidden one by one: a name may hold the signs that part words.
fn hide_path(path: &mut String, vault: &Pseudonyms) {
    let hidden = |part: &str| {
        let decoded = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
        vault.hidden(&decoded).unwrap_or_else(|| part.to_owned())
    };
    let (route, query) =
        path.split_once('?').map_or((path.as_str(), None), |(route, query)| (route, Some(query)));
    let mut shown = route.split('/').map(hidden).collect::<Vec<_>>().join("/");
    if let Some(query) = query {
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => format!("{}={}", hidden(name), hidden(value)),
            None => hidden(pair),
        };
        shown = format!("{shown}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"));
    }
    *path = shown;
}

fn hide_payload(payload: &mut Payload, vault: &Pseudonyms) {
    match payload {
        Payload::Empty => {}
        Payload::Json(value) => hide_value(value, vault),
        Payload::Other { text, .. } => vault.hide(text),
    }
}

/// Numbers of an answer that have the digits of a code get a one for every digit. A cookie's lifetime may have them by
/// chance: it stays a number, so that no client is accused of having sent a text. What is no chance the leak facts tell.
fn veil_numbers(value: &mut Value, vault: &Pseudonyms) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| veil_numbers(item, vault)),
        Value::Object(members) => members.values_mut().for_each(|member| veil_numbers(member, vault)),
        Value::Number(number) if number.is_u64() => {
            let digits = number.to_string();
            if vault.name(&digits).is_some() {
                *value = "1".repeat(digits.len()).parse::<u64>().map_or(Value::Null, Value::from);
            }
        }
        _ => {}
    }
}

fn hide_value(value: &mut Value, vault: &Pseudonyms) {
    match value {
        Value::String(text) => vault.hide(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_value(item, vault)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| hide_value(member, vault));
            if members.keys().any(|key| vault.hidden(key).is_some()) {
                let all = std::mem::take(members).into_iter();
                *members = all.map(|(key, member)| (vault.hidden(&key).unwrap_or(key), member)).collect();
            }
        }
        // A code written as a number must not be shown, and must still be known as one.
        Value::Number(number) if number.is_u64() => {
            if let Some(name) = vault.name(&number.to_string()).and_then(Placeholder::parse) {
                *value = Placeholder { how: name.how.or(Some("number")), ..name }.to_string().into();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

// ---- facts ---------------------------------------------------------------------------------------------------

/// What a judge must still know once the hidden values of an answer are gone.
fn facts(seen: &Exchange, vault: &Pseudonyms, codes: &Codes, check: &dyn Fn(&str) -> Signature) -> Vec<Fact> {
    let Answer::Response(response) = &seen.answer else { return Vec::new() };
    let mut facts = token_facts(response, vault, check);
    facts.extend(mask_fact(seen, response, vault));
    if seen.operation != Some(OperationId::GenerateOtp) {
        facts.extend(codes.shown(response));
    }
    facts
}

fn token_facts(response: &Response, vault: &Pseudonyms, check: &dyn Fn(&str) -> Signature) -> Vec<Fact> {
    let mut tokens: Vec<(String, String)> = Vec::new();
    if let Some(body) = response.body.json() {
        collect_tokens(body, &mut String::new(), &mut tokens);
    }
    for (_, header) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
        tokens.extend(cookie_token(header).map(|(name, token)| (format!("cookie {name}"), token.to_owned())));
    }
    let fact = |(place, token): (String, String)| {
        let mut claims = jwt_part(&token, 1);
        veil_numbers(&mut claims, vault);
        hide_value(&mut claims, vault);
        let (header, signature) = (jwt_part(&token, 0), check(&token));
        Fact::Token(TokenFact { header, claims, signature, token: hidden(&token, vault), place })
    };
    tokens.into_iter().map(fact).collect()
}

fn collect_tokens(value: &Value, at: &mut String, found: &mut Vec<(String, String)>) {
    let len = at.len();
    match value {
        Value::String(text) if is_jwt(text) => found.push((at.clone(), text.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push_str(&format!("/{index}"));
                collect_tokens(item, at, found);
                at.truncate(len);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                at.push('/');
                at.push_str(&key.replace('~', "~0").replace('/', "~1"));
                collect_tokens(member, at, found);
                at.truncate(len);
            }
        }
        _ => {}
    }
}

/// A guess may be refused for its form alone where it has not that of a code.
fn form_fact(seen: &Exchange, vault: &Pseudonyms, form: &Form) -> Option<Fact> {
    let code =
        seen.request.body.str_at("/code").filter(|_| seen.operation.is_some_and(OperationId::is_verify))?;
    let known =
        vault.name(code).and_then(Placeholder::parse).is_some_and(|name| name.kind == SecretKind::Code);
    (!known && form.excludes(code)).then_some(Fact::OtherForm)
}

/// What a masked number gives away. The full number is the one the request asked for, or any this trial knows.
fn mask_fact(seen: &Exchange, response: &Response, vault: &Pseudonyms) -> Option<Fact> {
    if seen.operation.and_then(OperationId::method).is_some_and(DeliveryMethod::is_mail) {
        return mail_mask(seen, response, vault);
    }
    let mask = response.body.str_at("/maskedPhone")?;
    let asked =
        seen.request.body.str_at("/phone").or(seen.request.body.str_at("/loginId")).unwrap_or_default();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let full = looks_like_phone(asked) && digits(mask).contains(&digits(asked)[1..]);
    let filler = mask.chars().any(|c| !c.is_ascii_digit() && !"+ -().".contains(c));
    Some(Fact::Mask { name: hidden(mask, vault), full, filler })
}

/// The same of a masked address: what is before the `@` counts, beyond its first letter.
fn mail_mask(seen: &Exchange, response: &Response, vault: &Pseudonyms) -> Option<Fact> {
    let mask = response.body.str_at("/maskedEmail")?;
    let stated = ["/email", "/loginId"].into_iter().filter_map(|at| seen.request.body.str_at(at));
    let asked = stated.into_iter().find(|text| text.contains('@')).unwrap_or_default();
    let local = |text: &str| text.rsplit_once('@').map_or(text, |(local, _)| local).to_lowercase();
    let full = local(asked).chars().count() > 1 && local(mask).contains(&local(asked));
    Some(Fact::Mask { name: hidden(mask, vault), full, filler: !full })
}

fn hidden(text: &str, vault: &Pseudonyms) -> String {
    vault.hidden(text).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests;
