//! Calls as a time line: one row for each call, from its beginning to its end, with messages and moves of the clock.

use maud::{Markup, html};

use super::evidence::{answered, asked};
use crate::exchange::{Answer, Event, Exchange, History, Micros};
use crate::judge::Finding;
use crate::report::text::{count, plain};

/// Rows that a drawing has at most: the last ones before the evidence is complete.
const ROWS: usize = 14;
/// Where many findings share a page.
const FEWEST: usize = 3;
/// Left edge, right edge and height of a row, in units of the drawing. None of them has six digits: a number that looks
/// like a code would be hidden.
const LEFT: u64 = 300;
const RIGHT: u64 = 740;
const ROW: u64 = 22;

/// The drawing; nothing where there is but one call, nor, where few rows are left, of calls that only follow each other and
/// of which one shows the finding: their list says as much.
pub(super) fn svg(history: &History, found: &Finding, rows: usize) -> Markup {
    let calls = calls(history, found, rows.clamp(FEWEST, ROWS));
    let is_between_calls = found.exchanges.len() > 1;
    let says_more =
        |scale: &Scale| calls.len() > 1 && (rows >= FEWEST || is_between_calls || scale.columns.is_none());
    let Some(scale) = Scale::of(&calls).filter(says_more) else { return html! {} };
    let height = (calls.len() as u64 + 1) * ROW + 8;
    let label = format!(
        "Time line of {}; exchanges {} show the finding",
        count(calls.len(), "call"),
        crate::report::text::and(&found.exchanges)
    );
    html! {
        div class="scroll" tabindex="0" role="group" aria-label="Time line" {
            svg viewBox={ "0 0 880 " (height) } role="img" aria-label=(label) {
                @for (row, call) in calls.iter().enumerate() { (bar(call, row as u64, &scale, found)) }
                (marks(history, &calls, &scale))
                line class="axis" x1=(LEFT) y1=(height - ROW) x2=(RIGHT) y2=(height - ROW) {}
                text class="faint" x=(LEFT) y=(height - 6) { (scale.unit()) }
            }
        }
    }
}

/// Those that show the finding, what overlapped them, and what came just before.
fn calls<'a>(history: &'a History, found: &Finding, rows: usize) -> Vec<&'a Exchange> {
    let named = |exchange: &Exchange| found.exchanges.contains(&exchange.id);
    let end = history.exchanges().filter(|exchange| named(exchange)).map(|exchange| exchange.ret).max();
    let before: Vec<&Exchange> = history.exchanges().filter(|exchange| Some(exchange.call) < end).collect();
    let spare = rows.saturating_sub(found.exchanges.len());
    let others: Vec<usize> = before.iter().filter(|call| !named(call)).map(|call| call.id).collect();
    let kept = &others[others.len().saturating_sub(spare)..];
    before.into_iter().filter(|call| named(call) || kept.contains(&call.id)).collect()
}

/// From moments to places. Calls that follow each other are drawn one a column, whatever time lay between them; calls
/// that overlap are drawn to scale.
struct Scale {
    start: Micros,
    end: Micros,
    columns: Option<Vec<(Micros, Micros)>>,
}

impl Scale {
    fn of(calls: &[&Exchange]) -> Option<Scale> {
        let start = calls.iter().map(|call| call.call).min()?;
        let end = calls.iter().map(|call| call.ret).max()?;
        let overlap = calls.iter().enumerate().any(|(at, one)| {
            calls[at + 1..].iter().any(|other| one.call < other.ret && other.call < one.ret)
        });
        let columns = (!overlap).then(|| calls.iter().map(|call| (call.call, call.ret)).collect());
        Some(Scale { start, end, columns })
    }

    fn x(&self, at: Micros) -> u64 {
        let width = RIGHT - LEFT;
        match &self.columns {
            None => {
                LEFT + at.saturating_sub(self.start).min(self.end - self.start) * width
                    / (self.end - self.start).max(1)
            }
            Some(columns) => {
                let (over, of) =
                    (columns.iter().filter(|(_, ret)| *ret <= at).count() as u64, columns.len() as u64);
                let inside = columns.iter().any(|(call, ret)| (*call..*ret).contains(&at) && *call < at);
                LEFT + over * width / of + if inside { width / of / 2 } else { 0 }
            }
        }
    }

    fn unit(&self) -> String {
        let micros = self.end - self.start;
        match self.columns {
            None => format!("{}.{} ms from left to right", micros / 1_000, micros % 1_000 / 100),
            Some(_) => "one call after the other, not to scale".to_owned(),
        }
    }
}

fn bar(call: &Exchange, row: u64, scale: &Scale, found: &Finding) -> Markup {
    let (from, to, top) = (scale.x(call.call), scale.x(call.ret), row * ROW + 4);
    let named = if found.exchanges.contains(&call.id) { " named" } else { "" };
    let lost = if matches!(call.answer, Answer::Lost(_)) { " lost" } else { "" };
    html! {
        text y=(top + 13) { (format!("{:>2} {}", call.id, shown(&asked(call)))) }
        rect class={ "call" (named) (lost) } x=(from) y=(top + 3) width=((to - from).max(3)) {}
        text x=(RIGHT + 10) y=(top + 13) { (shown(&answered(call))) }
    }
}

/// As much as fits beside the bars.
fn shown(text: &str) -> String {
    let kept: String = text.chars().take(38).collect();
    if kept.len() < text.len() { kept + "…" } else { kept }
}

/// Messages that these calls caused, and moves of the clock between them.
fn marks(history: &History, calls: &[&Exchange], scale: &Scale) -> Markup {
    let bottom = calls.len() as u64 * ROW + 4;
    let inside = |at: Micros| (scale.start..=scale.end).contains(&at);
    html! {
        @for event in &history.events {
            @match event {
                Event::Delivery(message) if inside(message.at) => {
                    @if let Some(row) = calls.iter().position(|call| message.sent_by == Some(call.id)) {
                        circle class="message" cx=(scale.x(message.at)) cy=(row as u64 * ROW + 12) r="4" {
                            title { "message " (plain(&message.code)) " to " (plain(&message.to)) }
                        }
                    }
                }
                Event::Clock(moved) if inside(moved.at) => {
                    line class="clock" x1=(scale.x(moved.at)) y1="0" x2=(scale.x(moved.at)) y2=(bottom) {
                        title { "the clock is moved by " (moved.by / 1_000_000) " s" }
                    }
                }
                _ => {}
            }
        }
    }
}
