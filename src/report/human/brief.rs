//! One exchange in part of a line: what was asked, with the members that matter, and what was answered.

use serde_json::{Map, Value};

use crate::exchange::{Answer, Exchange, Payload};
use crate::judge::{Finding, MEMBER};
use crate::report::findings::{FindingRow, shown_in};
use crate::report::text::{cut, plain};
use crate::report::together::shows;

/// A body in fewer characters says nothing.
const BODY: usize = 12;
/// What was seen in fewer characters neither.
const SEEN: usize = 16;

/// `3 > verify-sms {"code":"<code:A1>","loginId":"<phone:A>"} < 200: accepted again`.
pub(super) fn brief(row: &FindingRow<'_>, sentence: &str, room: usize) -> String {
    let found = row.finding;
    let Some(exchange) = shows(found, row.trial) else { return cut(&plain(&found.seen), room) };
    let asked = format!("{} > {}", exchange.id, asked(exchange));
    let answered = format!(" < {}", answered(exchange, found));
    let length = |text: &str| text.chars().count();
    let left = room.saturating_sub(length(&asked) + length(&answered) + 1);
    let body = body(exchange, sentence)
        .filter(|_| left >= BODY)
        .map_or_else(String::new, |body| format!(" {}", cut(&body, left)));
    let mut line = asked + &body + &answered;
    if let Some(before) = before(row, exchange).filter(|before| length(before) + length(&line) <= room) {
        line.insert_str(0, &before);
    }
    let left = room.saturating_sub(length(&line) + 2);
    if left >= SEEN && !repeats(&found.seen, exchange) {
        line.push_str(&format!(": {}", cut(&plain(&found.seen), left)));
    }
    cut(&line, room)
}

/// `2 > signup-in-sms < 200, `: the exchange before the one that shows a finding, if it belongs to it.
fn before(row: &FindingRow<'_>, exchange: &Exchange) -> Option<String> {
    let ids = &row.finding.exchanges;
    let at = ids.iter().position(|id| *id == exchange.id)?;
    let before = shown_in(row.finding, row.trial)?.exchange(*ids.get(at.checked_sub(1)?)?)?;
    let status = match &before.answer {
        Answer::Lost(_) => "lost".to_owned(),
        Answer::Response(response) => response.status.to_string(),
    };
    Some(format!("{} > {} < {status}, ", before.id, named(before)))
}

/// `me <refresh:1>`: the operation, and the bearer where it is not the usual one.
fn asked(exchange: &Exchange) -> String {
    let sent = exchange.request.header("authorization");
    let bearer = match sent.map(|sent| sent.strip_prefix("Bearer <project>").unwrap_or(sent)) {
        None => " without bearer".to_owned(),
        Some(rest) => rest.strip_prefix(':').map_or_else(|| rest.to_owned(), |token| format!(" {token}")),
    };
    let public = exchange.request.method == "GET" && sent.is_none();
    let bearer = if public { String::new() } else { bearer };
    let space = if bearer.is_empty() || bearer.starts_with(' ') { "" } else { " " };
    format!("{}{space}{}", named(exchange), plain(&bearer))
}

fn named(exchange: &Exchange) -> String {
    match exchange.operation {
        Some(operation) => operation.as_str().to_owned(),
        None => format!("{} {}", plain(&exchange.request.method), plain(&exchange.request.path)),
    }
}

/// The body in its own order, but first what the requirement's sentence names, and last the login ID, which is rarely what
/// is wrong.
fn body(exchange: &Exchange, sentence: &str) -> Option<String> {
    match &exchange.request.body {
        Payload::Empty => None,
        Payload::Json(value) => Some(plain(&ordered(value, sentence).to_string()).into_owned()),
        Payload::Other { text, .. } => Some(plain(text).into_owned()),
    }
}

fn ordered(value: &Value, sentence: &str) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let mut members = Vec::from_iter(members);
    members.sort_by_key(|(name, value)| (!is_named(name, value, sentence), name.as_str() == "loginId"));
    members.into_iter().map(|(name, value)| (name.clone(), ordered(value, sentence))).collect()
}

/// Whether the sentence names a member, or one in it.
fn is_named(name: &str, value: &Value, sentence: &str) -> bool {
    let inner = |members: &Map<String, Value>| members.iter().any(|(name, it)| is_named(name, it, sentence));
    name != "loginId" && sentence.contains(name) || value.as_object().is_some_and(inner)
}

/// Whether the answer says already what was seen.
fn repeats(seen: &str, exchange: &Exchange) -> bool {
    let Answer::Response(response) = &exchange.answer else { return true };
    let named = ["accepted", "refused"].iter().any(|word| seen.starts_with(word));
    named || seen.contains(" refused with ") || seen.starts_with(&response.status.to_string())
}

/// `400 E011003`, or the status and the member that is wrong.
fn answered(exchange: &Exchange, finding: &Finding) -> String {
    let response = match &exchange.answer {
        Answer::Lost(loss) => return cut(&format!("lost: {loss}"), 40),
        Answer::Response(response) => response,
    };
    let Payload::Json(body) = &response.body else { return response.status.to_string() };
    let member = finding.signature.strip_prefix(MEMBER);
    let member = member.and_then(|place| Some((place, body.pointer(place)?)));
    let detail = match (member, body.get("errorCode")) {
        (Some((place, value)), _) => cut(&format!(" {place} {value}"), 40),
        (None, Some(Value::String(code))) => format!(" {}", cut(code, 24)),
        _ => String::new(),
    };
    format!("{}{}", response.status, plain(&detail))
}
