//! Exchanges as `--verbose` shows them: what was sent, what came back, and how long it took.

use serde_json::Value;

use super::text::shorten;
use super::transcript;
use crate::exchange::{Answer, Event, Exchange, History, Payload};

/// Header fields that every exchange has and that say nothing about the target's behaviour.
const NOISE: [&str; 12] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "date",
    "host",
    "keep-alive",
    "server",
    "transfer-encoding",
    "user-agent",
    "vary",
    "x-request-id",
];

/// Characters of one line that are shown.
const LINE: usize = 2_000;

/// All that happened, in order.
pub fn history(history: &History) -> String {
    let event = |event: &Event| match event {
        Event::Exchange(seen) => exchange(seen),
        other => transcript::event(other),
    };
    history.events.iter().map(event).collect()
}

/// One exchange: a line that names it, request lines after `>`, answer lines after `<`.
pub fn exchange(seen: &Exchange) -> String {
    let named = seen.operation.map_or("no operation of the contract", |operation| operation.as_str());
    let took = seen.ret.saturating_sub(seen.call);
    let mut text = format!("{} {named}, {}.{} ms\n", seen.id, took / 1_000, took % 1_000 / 100);
    let request = &seen.request;
    put(&mut text, '>', &format!("{} {}", request.method, request.path));
    headers(&mut text, '>', &request.headers);
    body(&mut text, '>', &request.body);
    match &seen.answer {
        Answer::Lost(loss) => put(&mut text, '<', &format!("({loss})")),
        Answer::Response(response) => {
            put(&mut text, '<', &response.status.to_string());
            headers(&mut text, '<', &response.headers);
            body(&mut text, '<', &response.body);
        }
    }
    for fact in &seen.facts {
        text.push_str(&transcript::fact(fact, Value::clone));
    }
    text
}

fn headers(text: &mut String, side: char, headers: &[(String, String)]) {
    for (name, value) in headers.iter().filter(|(name, _)| !NOISE.contains(&name.as_str())) {
        put(text, side, &format!("{name}: {value}"));
    }
}

fn body(text: &mut String, side: char, body: &Payload) {
    match body {
        Payload::Empty => {}
        Payload::Json(value) => put(text, side, &value.to_string()),
        Payload::Other { bytes, text: shown } => put(text, side, &format!("({bytes} bytes) {shown}")),
    }
}

fn put(text: &mut String, side: char, line: &str) {
    text.push_str(&format!("  {side} {}\n", shorten(line, LINE)));
}
