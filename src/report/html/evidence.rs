//! Exchanges, folded: what was asked as a curl command, and what came back.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};

use crate::exchange::{Answer, Exchange, History, Payload};
use crate::judge::Finding;
use crate::report::curl::curl;
use crate::report::text::{plain, shorten};
use crate::report::transcript;

/// Characters of one body that are shown; the recording has the rest.
const BODY: usize = 700;
/// Characters of one request.
const REQUEST: usize = 800;

/// As many exchanges as there is room for: those that show the finding first, then those nearest before them.
pub(super) fn exchanges(history: &History, found: &Finding, target: &str, room: usize) -> Markup {
    let last = found.exchanges.iter().max().copied().unwrap_or_default();
    let before = history.exchanges().filter(|exchange| exchange.id <= last);
    let all: Vec<(usize, bool, String)> = before
        .map(|exchange| {
            let is_named = found.exchanges.contains(&exchange.id);
            (exchange.id, is_named, one(exchange, is_named, target).into_string())
        })
        .collect();
    let shown = fitting(&all, room);
    let left_out = all.len() - shown.len();
    html! {
        @for (_, _, markup) in all.iter().filter(|(id, ..)| shown.contains(id)) { (PreEscaped(markup)) }
        @if left_out > 0 { p class="faint" { (left_out) " more before these; the recording has them" } }
    }
}

fn fitting(all: &[(usize, bool, String)], room: usize) -> BTreeSet<usize> {
    let named = all.iter().filter(|(_, is_named, _)| *is_named);
    let others = all.iter().rev().filter(|(_, is_named, _)| !is_named);
    let mut left = room;
    let mut shown = BTreeSet::new();
    for (id, _, markup) in named.chain(others) {
        // The first is shown however long it is: bodies are cut.
        if !shown.is_empty() && markup.len() > left {
            break;
        }
        left = left.saturating_sub(markup.len());
        shown.insert(*id);
    }
    shown
}

fn one(exchange: &Exchange, is_named: bool, target: &str) -> Markup {
    let class = if is_named { "x named" } else { "x" };
    html! {
        details class=(class) {
            summary {
                (exchange.id) " " (asked(exchange)) " → " (answered(exchange))
                @if is_named { span class="sr" { " (evidence)" } }
            }
            pre { (quoted(&cut(&curl(exchange, target), REQUEST))) }
            @if let Some(response) = exchange.answer.response() {
                @if let Some(body) = body(&response.body) { pre { (quoted(&cut(&body, BODY))) } }
            }
            @for fact in exchange.facts.iter().map(|fact| transcript::fact(fact, Clone::clone)) {
                @if !fact.trim().is_empty() { div class="faint mono" { (fact.trim()) } }
            }
        }
    }
}

/// `verify-sms <phone:A> <code:A1>`, or method and path of what is no operation.
pub(super) fn asked(exchange: &Exchange) -> String {
    let operation = match exchange.operation {
        Some(operation) => operation.as_str().to_owned(),
        None => format!("{} {}", exchange.request.method, exchange.request.path),
    };
    let about = ["/loginId", "/code"].iter().filter_map(|at| exchange.request.body.str_at(at));
    shorten(&about.fold(operation, |text, part| text + " " + part), 64)
}

/// `401 E061102`, or how the answer was lost.
pub(super) fn answered(exchange: &Exchange) -> String {
    match &exchange.answer {
        Answer::Lost(loss) => loss.to_string(),
        Answer::Response(response) => match response.error_code() {
            Some(code) => format!("{} {}", response.status, shorten(code, 32)),
            None => response.status.to_string(),
        },
    }
}

fn body(payload: &Payload) -> Option<String> {
    match payload {
        Payload::Empty => None,
        Payload::Json(value) => {
            Some(serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()))
        }
        Payload::Other { bytes, text } => Some(format!("({bytes} bytes)\n{text}")),
    }
}

/// As the text of an element, in which quotes stay what they are: JSON is full of them, and `&quot;` is five times as long.
fn quoted(text: &str) -> PreEscaped<String> {
    PreEscaped(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// Line by line harmless, and cut where it becomes long.
fn cut(text: &str, most: usize) -> String {
    let mut shown = text.lines().map(|line| plain(line).into_owned()).collect::<Vec<_>>().join("\n");
    if let Some((at, _)) = shown.char_indices().nth(most) {
        shown.truncate(at);
        shown.push_str("\n… the recording has the rest");
    }
    shown
}
