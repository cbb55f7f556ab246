//! From what was seen to what may be kept: writes down the facts of every hidden value, and replaces it.

use serde_json::{Map, Value};

use super::learn::{cookie_token, is_jwt, jwt_part, learn, looks_like_phone};
use super::redact::forms;
use super::{
    Answer, Delivery, Disguise, Event, Exchange, Expected, Fact, History, Kind, Matcher, Payload, Request,
    Response, Signature, StandIn, TokenFact, Told, Vault,
};
use crate::contract::OperationId;

/// A history as it was seen, hidden values and all. Never leaves the process.
pub type Observed = History;

/// Turns an observed history into a symbolic one.
///
/// `vault` already knows the people of the trial, the project and the keys; it learns the rest in order of
/// appearance. `check` says whether a JWT's signature holds.
pub fn symbolize(observed: &Observed, vault: &mut Vault, check: &dyn Fn(&str) -> Signature) -> History {
    for event in &observed.events {
        learn(event, vault);
    }
    let codes: Vec<(String, String)> = vault
        .entries()
        .filter(|(_, name)| {
            StandIn::parse(name).is_some_and(|name| name.kind == Kind::Code && name.how.is_none())
        })
        .map(|(value, name)| (value.to_owned(), name.to_owned()))
        .collect();
    let events = observed.events.iter().map(|event| match event {
        Event::Exchange(exchange) => Event::Exchange(Box::new(hide_exchange(exchange, vault, &codes, check))),
        Event::Delivery(delivery) => Event::Delivery(Delivery {
            to: vault.hide(&delivery.to),
            code: vault.hide(&delivery.code),
            text: delivery.text.as_deref().map(|text| vault.hide(text)),
            ..delivery.clone()
        }),
        Event::Clock(step) => Event::Clock(step.clone()),
    });
    let expected = observed.expected.iter().map(|expected| hide_expected(expected, vault));
    let told = observed.told.iter().map(|told| Told {
        given: hide_value(&told.given, vault),
        said: hide_value(&told.said, vault),
        ..told.clone()
    });
    History {
        assumptions: observed.assumptions.clone(),
        events: events.collect(),
        expected: expected.collect(),
        told: told.collect(),
    }
}

// ---- replacing -----------------------------------------------------------------------------------------------

fn hide_exchange(
    seen: &Exchange,
    vault: &Vault,
    codes: &[(String, String)],
    check: &dyn Fn(&str) -> Signature,
) -> Exchange {
    let mut facts = seen.facts.clone();
    let answer = match &seen.answer {
        Answer::Lost(loss) => Answer::Lost(*loss),
        Answer::Response(response) => {
            facts.extend(token_facts(response, vault, check));
            facts.extend(mask_fact(seen, response, vault));
            if seen.operation != Some(OperationId::GenerateOtp) {
                facts.extend(shown_codes(response, codes));
            }
            Answer::Response(Response {
                status: response.status,
                headers: hide_headers(&response.headers, vault),
                body: hide_answer(&response.body, vault),
            })
        }
    };
    let request = Request {
        method: seen.request.method.clone(),
        path: hide_path(&seen.request.path, vault),
        headers: hide_headers(&seen.request.headers, vault),
        body: hide_payload(&seen.request.body, vault),
    };
    Exchange {
        id: seen.id,
        operation: seen.operation,
        request,
        answer,
        call: seen.call,
        ret: seen.ret,
        facts,
    }
}

fn hide_expected(expected: &Expected, vault: &Vault) -> Expected {
    let all = |list: &[(String, Matcher)]| {
        list.iter().map(|(at, m)| (at.clone(), hide_matcher(m, vault))).collect()
    };
    Expected {
        body: all(&expected.body),
        session: all(&expected.session),
        refresh: all(&expected.refresh),
        header: all(&expected.header),
        message: expected.message.as_ref().map(|matcher| hide_matcher(matcher, vault)),
        ..expected.clone()
    }
}

fn hide_matcher(matcher: &Matcher, vault: &Vault) -> Matcher {
    match matcher {
        Matcher::Is(value) => Matcher::Is(hide_value(value, vault)),
        Matcher::Not(value) => Matcher::Not(hide_value(value, vault)),
        Matcher::Has(value) => Matcher::Has(hide_value(value, vault)),
        Matcher::Lacks(value) => Matcher::Lacks(hide_value(value, vault)),
        Matcher::Present(there) => Matcher::Present(*there),
    }
}

fn hide_headers(headers: &[(String, String)], vault: &Vault) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.clone(), hide_header(value, vault))).collect()
}

/// Credentials are parted by colons, which are not part of a word.
fn hide_header(value: &str, vault: &Vault) -> String {
    value.split(':').map(|part| vault.hide(part)).collect::<Vec<_>>().join(":")
}

fn hide_path(path: &str, vault: &Vault) -> String {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let hidden = vault.hide(&decoded);
    if hidden == decoded { path.to_owned() } else { hidden }
}

fn hide_payload(payload: &Payload, vault: &Vault) -> Payload {
    match payload {
        Payload::Empty => Payload::Empty,
        Payload::Json(value) => Payload::Json(hide_value(value, vault)),
        Payload::Other { bytes, text } => Payload::Other { bytes: *bytes, text: vault.hide(text) },
    }
}

fn hide_answer(payload: &Payload, vault: &Vault) -> Payload {
    match payload {
        Payload::Json(value) => Payload::Json(hide_value(&veil_numbers(value.clone(), vault), vault)),
        other => hide_payload(other, vault),
    }
}

/// Numbers of an answer that have the digits of a code, with every digit a one. A cookie's lifetime may have them by
/// chance: it stays a number, so that nobody is accused of having sent a text. What is no chance the leak facts tell.
fn veil_numbers(value: Value, vault: &Vault) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| veil_numbers(item, vault)).collect(),
        Value::Object(members) => {
            let veiled = members.into_iter().map(|(key, member)| (key, veil_numbers(member, vault)));
            Value::Object(veiled.collect::<Map<_, _>>())
        }
        Value::Number(number) if number.is_u64() && vault.name(&number.to_string()).is_some() => {
            "1".repeat(number.to_string().len()).parse::<u64>().map_or(Value::Null, Value::from)
        }
        other => other,
    }
}

fn hide_value(value: &Value, vault: &Vault) -> Value {
    match value {
        Value::String(text) => Value::String(vault.hide(text)),
        Value::Array(items) => items.iter().map(|item| hide_value(item, vault)).collect(),
        Value::Object(members) => {
            let hidden = members.iter().map(|(key, member)| (vault.hide(key), hide_value(member, vault)));
            Value::Object(hidden.collect::<Map<_, _>>())
        }
        // A code written as a number must not be shown, and must still be known as one.
        Value::Number(number) if number.is_u64() => {
            match vault.name(&number.to_string()).and_then(StandIn::parse) {
                Some(name) => StandIn { how: name.how.or(Some("number")), ..name }.to_string().into(),
                None => value.clone(),
            }
        }
        other => other.clone(),
    }
}

// ---- facts ---------------------------------------------------------------------------------------------------

fn token_facts(response: &Response, vault: &Vault, check: &dyn Fn(&str) -> Signature) -> Vec<Fact> {
    let mut tokens: Vec<(String, String)> = Vec::new();
    if let Some(body) = response.body.json() {
        collect_tokens(body, &mut String::new(), &mut tokens);
    }
    for (_, header) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
        tokens.extend(cookie_token(header).map(|(name, token)| (format!("cookie {name}"), token.to_owned())));
    }
    let fact = |(place, token): (String, String)| {
        Fact::Token(TokenFact {
            header: jwt_part(&token, 0),
            claims: hide_value(&veil_numbers(jwt_part(&token, 1), vault), vault),
            signature: check(&token),
            token: vault.hide(&token),
            place,
        })
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

/// What a masked number gives away. The full number is the one the request asked for, or any this trial knows.
fn mask_fact(seen: &Exchange, response: &Response, vault: &Vault) -> Option<Fact> {
    let mask = response.body.str_at("/maskedPhone")?;
    let asked =
        seen.request.body.str_at("/phone").or(seen.request.body.str_at("/loginId")).unwrap_or_default();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let full = looks_like_phone(asked) && digits(mask).contains(&digits(asked)[1..]);
    let filler = mask.chars().any(|c| !c.is_ascii_digit() && !"+ -().".contains(c));
    Some(Fact::Mask { name: vault.hide(mask), full, filler })
}

/// Where an answer shows a code as a whole word, in plain or in disguise.
fn shown_codes(response: &Response, codes: &[(String, String)]) -> Vec<Fact> {
    let mut places: Vec<(String, String)> = Vec::new();
    match &response.body {
        Payload::Json(value) => places.push(("body".into(), value.to_string())),
        Payload::Other { text, .. } => places.push(("body".into(), text.clone())),
        Payload::Empty => {}
    }
    // An ETag or a date is made of digits too; a request id may be: only the words of a header count.
    places.extend(response.headers.iter().map(|(name, value)| (format!("header {name}"), value.clone())));
    let mut facts = Vec::new();
    for (code, name) in codes {
        let reversed: String = code.chars().rev().collect();
        let [plain, _, base64, base64_url] = forms(code);
        let disguises = [
            (plain, Disguise::Plain),
            (reversed, Disguise::Reversed),
            (base64, Disguise::Base64),
            (base64_url, Disguise::Base64),
        ];
        for (place, text) in &places {
            let hit = disguises.iter().find(|(form, _)| has_word(text, form));
            facts.extend(hit.map(|(_, disguise)| Fact::Shown {
                secret: name.clone(),
                place: place.clone(),
                disguise: *disguise,
            }));
        }
    }
    facts
}

fn has_word(text: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, found)| {
        edge(text[..at].chars().next_back()) && edge(text[at + found.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_that_happens_to_be_a_code_stays_a_number() {
        let mut vault = Vault::default();
        vault.learn_person(Kind::Phone, "+12025550100");
        vault.learn_code("+12025550100", "604800");
        let body = Payload::Json(json!({ "cookieMaxAge": 604_800, "cookieExpiration": 1_700_604_800_u64 }));
        let shown = json!({ "cookieMaxAge": 111_111, "cookieExpiration": 1_700_604_800_u64 });
        assert_eq!(hide_answer(&body, &vault), Payload::Json(shown));
        let asked = Payload::Json(json!({ "code": 604_800 }));
        assert_eq!(hide_payload(&asked, &vault), Payload::Json(json!({ "code": "<code:A1|number>" })));
    }
}
