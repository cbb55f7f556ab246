//! Overlapping calls drawn as a time line: one row per call, one column per moment.

use std::time::Duration;

use super::text::{plain, shorten, time};
use crate::exchange::{Answer, Delivery, Exchange, History, Micros};

/// Columns of the drawing itself.
const WIDTH: u64 = 48;

/// Characters of a row's name.
const NAME: usize = 48;

/// The named exchanges, what overlapped up to their end, and the messages they caused meanwhile: as much of a history
/// as a violation needs. Empty where nothing overlaps, since then the order says it all.
pub fn timeline(history: &History, exchanges: &[usize]) -> String {
    let named = |exchange: &&Exchange| exchanges.contains(&exchange.id);
    let end = history.exchanges().filter(named).map(|exchange| exchange.ret).max().unwrap_or_default();
    let before: Vec<&Exchange> = history.exchanges().filter(|exchange| exchange.call < end).collect();
    let overlaps = |one: &&Exchange| before.iter().any(|other| one.overlaps(other));
    let calls: Vec<&Exchange> =
        before.iter().copied().filter(|exchange| named(exchange) || overlaps(exchange)).collect();
    let overlapping = calls.iter().any(overlaps);
    let window = calls.iter().map(|call| call.call).min().zip(calls.iter().map(|call| call.ret).max());
    match window {
        Some((start, end)) if overlapping => draw(history, &calls, Scale { start, end }),
        _ => String::new(),
    }
}

/// From moments to columns.
#[derive(Clone, Copy)]
struct Scale {
    start: Micros,
    end: Micros,
}

impl Scale {
    fn column(self, at: Micros) -> usize {
        let span = u128::from((self.end - self.start).max(1));
        let column = u128::from(at.saturating_sub(self.start)) * u128::from(WIDTH - 1) / span;
        usize::try_from(column).unwrap_or_default()
    }
}

fn draw(history: &History, calls: &[&Exchange], scale: Scale) -> String {
    let caused = |delivery: &&Delivery| {
        let ours = delivery.sent_by.is_none_or(|id| calls.iter().any(|call| call.id == id));
        ours && (scale.start..=scale.end).contains(&delivery.at)
    };
    let rows = calls.iter().map(|call| (name(call), bar(call, scale), end(call)));
    let messages = history.deliveries().filter(caused).map(|seen| {
        let name = format!("    message {} to {}", plain(&seen.code), plain(&seen.to));
        (name, format!("{:column$}~", "", column = scale.column(seen.at)), String::new())
    });
    let rows: Vec<(String, String, String)> = rows.chain(messages).collect();
    let margin = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
    let width = WIDTH as usize;
    let mut text = String::new();
    for (name, bar, end) in rows {
        let row = format!("{name:margin$}  {bar:width$}  {end}");
        text.push_str(row.trim_end());
        text.push('\n');
    }
    let span = time_of(scale.end - scale.start);
    text + &format!("{:margin$}  0{span:>rest$}\n", "", rest = width - 1)
}

/// `  3 verify-sms <phone:A> <code:A1>`.
fn name(call: &Exchange) -> String {
    let operation = match call.operation {
        Some(operation) => operation.as_str(),
        None => call.request.path.as_str(),
    };
    let about = ["/loginId", "/code"].iter().filter_map(|at| call.request.body.str_at(at));
    let about: String = about.map(|text| format!(" {text}")).collect();
    format!("{:>3} {}", call.id, shorten(&format!("{operation}{about}"), NAME))
}

/// From the call to its return; a lost answer leaves the end open.
fn bar(call: &Exchange, scale: Scale) -> String {
    let (from, to) = (scale.column(call.call), scale.column(call.ret));
    let end = if matches!(call.answer, Answer::Lost(_)) { '?' } else { '|' };
    let inside = "=".repeat(to.saturating_sub(from + 1));
    format!("{:from$}|{inside}{end}", "")
}

fn end(call: &Exchange) -> String {
    match &call.answer {
        Answer::Lost(loss) => loss.to_string(),
        Answer::Response(response) => match response.error_code() {
            Some(code) => format!("{} {}", response.status, shorten(code, NAME)),
            None => response.status.to_string(),
        },
    }
}

fn time_of(micros: Micros) -> String {
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => time(Duration::from_micros(micros)),
    }
}
