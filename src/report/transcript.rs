//! A history as symbolic text: values that vary are gone, equalities are kept, and nothing else.
//!
//! Two runs of the same steps against the same target read alike, so that a transcript can be a snapshot.

use regex::Regex;
use serde_json::{Map, Value};

use super::text::plain;
use crate::exchange::{Answer, Delivery, Event, Exchange, Fact, History, Payload, Signature, TokenFact};

/// Members that hold a moment, and what replaces them.
const TIMES: [&str; 7] =
    ["createdTime", "modifiedTime", "exp", "iat", "rexp", "cookieExpiration", "sessionExpiration"];

/// Members that tell how long something lasts from now.
const SPANS: [&str; 2] = ["cookieMaxAge", "nextRefreshSeconds"];

/// Members that are new with every answer and say nothing.
const NONCES: [&str; 1] = ["jti"];

/// Members of a published key that are new with every key of the target.
const KEY: [&str; 4] = ["kid", "n", "x5t", "x5c"];

/// Response header fields that belong to the contract; all others vary by server, by moment, or by both.
const HEADERS: [&str; 4] = ["retry-after", "www-authenticate", "allow", "location"];

/// The whole history, one event after another.
pub fn transcript(history: &History) -> String {
    history.events.iter().map(event).collect()
}

pub(crate) fn event(event: &Event) -> String {
    match event {
        Event::Exchange(seen) => exchange(seen),
        Event::Delivery(seen) => delivery(seen),
        Event::Clock(step) => format!("~ clock +{}\n", seconds(step.by)),
    }
}

/// One exchange: its request, its answer, and what was known of hidden values in it.
pub fn exchange(seen: &Exchange) -> String {
    let mut text = request(seen) + &answer(&seen.answer);
    for fact in &seen.facts {
        text.push_str(&self::fact(fact, still));
    }
    text
}

/// `~ message to <phone:A>: <code:A1>`.
fn delivery(seen: &Delivery) -> String {
    let said = seen.text.as_deref().filter(|text| *text != seen.code);
    let said = said.map_or_else(String::new, |text| format!("  {}", quoted(text)));
    format!("~ message to {}: {}{said}\n", plain(&seen.to), plain(&seen.code))
}

/// `> signup-in-sms  Bearer <project>  {"loginId":"<phone:A>"}`.
fn request(seen: &Exchange) -> String {
    let sent = &seen.request;
    let named = match seen.operation {
        Some(operation) => operation.as_str().to_owned(),
        None => format!("{} {}", plain(&sent.method), plain(&sent.path)),
    };
    let mut parts = vec![named];
    if let (Some(_), Some((_, query))) = (seen.operation, sent.path.split_once('?')) {
        parts.push(format!("?{}", plain(query)));
    }
    parts.push(plain(sent.header("authorization").unwrap_or("no bearer")).into_owned());
    let kind = sent.header("content-type").filter(|kind| *kind != "application/json");
    parts.extend(kind.map(|kind| plain(kind).into_owned()));
    parts.extend(payload(&sent.body, Clone::clone));
    format!("> {}\n", parts.join("  "))
}

/// `< 200 {"maskedPhone":"<masked:1>"}`.
fn answer(answer: &Answer) -> String {
    let response = match answer {
        Answer::Lost(loss) => return format!("< lost: {loss}\n"),
        Answer::Response(response) => response,
    };
    let mut text = format!("< {}", response.status);
    if let Some(body) = payload(&response.body, still) {
        text.push(' ');
        text.push_str(&without_wait(&body, response.header("retry-after")));
    }
    text.push('\n');
    for (name, value) in response.headers.iter().filter(|(name, _)| HEADERS.contains(&name.as_str())) {
        let value = if name == "retry-after" { "<seconds>".into() } else { plain(value) };
        text.push_str(&format!("  {name}: {value}\n"));
    }
    for (_, value) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
        text.push_str(&format!("  cookie {}\n", cookie(value)));
    }
    text
}

/// A body without the seconds that its header asks to wait: an error text may repeat them.
fn without_wait(body: &str, retry_after: Option<&str>) -> String {
    let wait = retry_after.and_then(|wait| wait.trim().parse::<u64>().ok());
    let repeated = wait.and_then(|wait| Regex::new(&format!(r"\b{wait}\b")).ok());
    repeated.map_or_else(|| body.to_owned(), |number| number.replace_all(body, "<seconds>").into_owned())
}

/// Name, value and the attributes without a moment in them.
fn cookie(header: &str) -> String {
    let parts = header.split(';').map(str::trim);
    let lasting = parts.filter(|part| {
        let name = part.split('=').next().unwrap_or_default().to_ascii_lowercase();
        name != "expires" && name != "max-age"
    });
    plain(&Vec::from_iter(lasting).join("; ")).into_owned()
}

/// What was known of a hidden value, with the claims of a token as `show` leaves them.
pub(crate) fn fact(fact: &Fact, show: impl Fn(&Value) -> Value) -> String {
    match fact {
        Fact::Token(token) => self::token(token, show),
        Fact::Mask { name, full: true, .. } => format!("  {} shows the full number\n", plain(name)),
        Fact::Mask { name, filler: false, .. } => format!("  {} hides nothing\n", plain(name)),
        Fact::Mask { .. } => String::new(),
        Fact::Elsewhere => "  sent to another host\n".to_owned(),
        Fact::Miscoded => "  the body is not in the coding that it names\n".to_owned(),
        Fact::Ambiguous => "  a name occurs twice in the body\n".to_owned(),
        Fact::Silent => "  its message did not come\n".to_owned(),
        Fact::Dated { .. } => String::new(),
        Fact::OtherForm => "  what was presented has the form of no code that was seen\n".to_owned(),
        Fact::Injected { answer, .. } => format!("  put there by the proxy: {}\n", plain(answer)),
        Fact::Shown { secret, place, disguise } => {
            format!("  {} is in {}{}\n", plain(secret), plain(place), (*disguise).dressed())
        }
    }
}

fn token(token: &TokenFact, show: impl Fn(&Value) -> Value) -> String {
    let signature = match &token.signature {
        Signature::Verified => "signature verified".to_owned(),
        Signature::Wrong => "signature wrong".to_owned(),
        Signature::UnknownKey => "signed with an unpublished key".to_owned(),
        Signature::Unchecked(why) => format!("signature unchecked: {}", plain(why)),
    };
    let claims = plain(&show(&token.claims).to_string()).into_owned();
    let algorithm = token.header.get("alg").and_then(Value::as_str).unwrap_or("no algorithm");
    let place = format!("{} at {}", plain(&token.token), plain(&token.place));
    format!("  {place}, {}, {signature}\n    {claims}\n", plain(algorithm))
}

/// A body on one line; none where there are no bytes.
fn payload(body: &Payload, json: impl Fn(&Value) -> Value) -> Option<String> {
    match body {
        Payload::Empty => None,
        Payload::Json(value) => Some(plain(&json(value).to_string()).into_owned()),
        Payload::Other { bytes, text } => Some(format!("({bytes} bytes) {}", quoted(text))),
    }
}

fn quoted(text: &str) -> String {
    plain(&Value::from(text).to_string()).into_owned()
}

/// The value without anything that moves by itself: moments and spans replaced, members in one order, since a server
/// may keep them in none.
fn still(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(still).collect(),
        Value::Object(members) => {
            let mut sorted = Vec::from_iter(members);
            sorted.sort_by_key(|(name, _)| name.as_str());
            let is_key = members.contains_key("kty");
            let still =
                sorted.into_iter().map(|(name, member)| match is_key && KEY.contains(&name.as_str()) {
                    true => (name.clone(), replaced("key", member)),
                    false => (name.clone(), still_member(name, member)),
                });
            Value::Object(still.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn still_member(name: &str, member: &Value) -> Value {
    let word = match name {
        _ if TIMES.contains(&name) => "time",
        _ if SPANS.contains(&name) => "seconds",
        _ if NONCES.contains(&name) => "nonce",
        _ => return still(member),
    };
    replaced(word, member)
}

/// The type of what is replaced stays visible: a number that became a text is news.
fn replaced(word: &str, member: &Value) -> Value {
    match member {
        Value::Number(number) if number.is_f64() => format!("<{word} as fraction>").into(),
        Value::Number(_) => format!("<{word}>").into(),
        Value::String(text) if text.is_empty() => member.clone(),
        Value::String(_) => format!("<{word} as text>").into(),
        Value::Array(_) => format!("<{word} as list>").into(),
        other => still(other),
    }
}

fn seconds(micros: u64) -> String {
    match (micros / 1_000_000, micros % 1_000_000 / 1_000) {
        (seconds, 0) => format!("{seconds} s"),
        (seconds, milliseconds) => format!("{seconds}.{milliseconds:03} s"),
    }
}
