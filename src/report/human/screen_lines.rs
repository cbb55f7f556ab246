//! The parts of the last screen that are cut to size: one finding's evidence, and a line for each kind of remark.

use std::collections::BTreeSet;

use super::page::{Page, WIDTH};
use super::{finding, reason};
use crate::exchange::History;
use crate::report::findings::{FindingRow, shown_in};
use crate::report::text::{count, cut, plain, wrapped};
use crate::report::{Gap, RunReport, timeline, transcript};
use crate::trial::Outcome;

/// Trials, requirements or places that are named in a remark.
const NAMED: usize = 3;

/// The settings of the run, as a function of the reader's shell.
pub(super) fn function(page: &mut Page, function: &str) {
    page.line(0, "again, for a shell: the settings of this run");
    wrapped(&plain(function), WIDTH - 4).iter().for_each(|line| page.command(4, line));
}

/// Of findings of one trial, in so many lines each: what was expected and seen, and the exchanges that show it. Then
/// the command that shows them again.
pub(super) fn evidence(page: &mut Page, rows: &[&FindingRow<'_>], lines: usize, run: &RunReport) {
    let again = wrapped(&plain(&run.again().short(&rows[0].trial.name)), WIDTH - 4);
    for row in rows {
        let found = row.finding;
        page.line(0, cut(&format!("{}  {}", found.requirement, said(row, run)), WIDTH));
        let room = lines.saturating_sub(1 + again.len());
        if let Some(history) = shown_in(found, row.trial) {
            exchanges(page, history, &found.exchanges, room);
        }
    }
    again.iter().for_each(|line| page.command(4, line));
}

/// `expected 401; seen 200 (exchange 3)`, and how long it lasted where that was looked at.
pub(super) fn said(row: &FindingRow<'_>, run: &RunReport) -> String {
    let found = row.finding;
    let numbers = finding::numbers(&found.exchanges);
    let lag = run.lags.get(&found.requirement).map_or_else(String::new, |lag| format!("; {}", plain(lag)));
    format!("expected {}; seen {}{numbers}{lag}", plain(&found.expected), plain(&found.seen))
}

/// The last exchanges of a finding, and how they overlapped, as far as there is room.
fn exchanges(page: &mut Page, history: &History, ids: &[usize], room: usize) {
    let drawn = timeline::timeline(history, ids);
    let drawn: Vec<&str> = drawn.lines().collect();
    // A drawing that is cut off shows nothing.
    let drawn = if drawn.len() * 2 <= room { drawn } else { Vec::new() };
    let fit = (room - drawn.len()) / 2;
    let first = ids.len().saturating_sub(fit.min(finding::EXCHANGES));
    for exchange in ids[first..].iter().filter_map(|id| history.exchange(*id)) {
        for (at, line) in transcript::exchange(exchange).lines().take(2).enumerate() {
            let number = if at == 0 { exchange.id.to_string() } else { String::new() };
            page.line(2, cut(&format!("{number:>3} {line}"), WIDTH - 2));
        }
    }
    drawn.iter().for_each(|line| page.line(4, cut(line, WIDTH - 4)));
}

/// A line each for what is excused, stale, doubtful, without evidence or undocumented.
pub(super) fn remarks(page: &mut Page, run: &RunReport) {
    let lines = [
        (if run.interrupted { "interrupted" } else { "unreachable" }, run.unreachable.clone()),
        ("missing", run.incomplete.clone().filter(|_| run.unreachable.is_none())),
        ("our fault", trials(run, &[Outcome::HarnessError])),
        ("doubts", trials(run, &[Outcome::Inconclusive])),
        // Where something was tested, their number says enough.
        ("unsupported", trials(run, &[Outcome::Unsupported]).filter(|_| !run.tested_anything())),
        ("excused", excused(run)),
        ("stale", stale(run)),
        ("untested", gaps(run, &run.untested)),
        ("drift", drift(run)),
        ("left behind", stay(run)),
        ("note", run.notes.first().cloned()),
    ];
    let mut lines = lines.into_iter().filter_map(|(label, text)| Some((label, text?))).peekable();
    if lines.peek().is_some() {
        page.line(0, "");
    }
    for (label, text) in lines {
        page.line(0, cut(&format!("{label:<13} {}", plain(&text)), WIDTH));
    }
}

/// `2 trials: scenario::a (message never came), …`.
fn trials(run: &RunReport, outcomes: &[Outcome]) -> Option<String> {
    let all = Vec::from_iter(run.trials.iter().filter(|trial| outcomes.contains(&trial.outcome)));
    let first = all.first()?;
    let more = if all.len() > 1 { ", …; -v lists all" } else { "" };
    Some(format!("{}: {} ({}){more}", count(all.len(), "trial"), first.name, reason(first)))
}

fn excused(run: &RunReport) -> Option<String> {
    let findings = run.trials.iter().flat_map(|trial| &trial.excused);
    let requirements: BTreeSet<_> = findings.map(|finding| finding.requirement).collect();
    let doubts = run.with(Outcome::ExpectedDoubt).count();
    let parts = [
        (requirements.len(), "broken requirement"),
        (run.trials.iter().filter(|trial| !trial.excused.is_empty()).count(), "trial"),
    ];
    let why = run.trials.iter().find(|trial| !trial.excused.is_empty());
    let why =
        why.and_then(|trial| trial.reason.as_deref()).map_or_else(String::new, |why| format!(": {why}"));
    let said = format!("{} in {}{why}", count(parts[0].0, parts[0].1), count(parts[1].0, parts[1].1));
    match (requirements.is_empty(), doubts) {
        (true, 0) => None,
        (true, doubts) => Some(format!("{} that cannot be decided", count(doubts, "trial"))),
        (false, 0) => Some(said),
        (false, doubts) => Some(format!("{said}; {} that cannot be decided", count(doubts, "trial"))),
    }
}

fn stale(run: &RunReport) -> Option<String> {
    let first = run.stale.first()?;
    let place = first.place.as_ref().map_or_else(String::new, |place| format!("{place} "));
    let more = if run.stale.len() > 1 { ", …" } else { "" };
    Some(format!(
        "{}: {place}{}{more}; `baseline prune` removes it",
        count_entries(run.stale.len()),
        first.what
    ))
}

fn count_entries(number: usize) -> String {
    if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") }
}

/// Users that stay at the target.
fn stay(run: &RunReport) -> Option<String> {
    let how = "with OTP_MANAGEMENT_KEY `cleanup` deletes them";
    (run.stay > 0).then(|| format!("{} at the target; {how}", count(run.stay, "user")))
}

/// Those that fail the run first.
fn gaps(run: &RunReport, gaps: &[Gap]) -> Option<String> {
    let failing = Vec::from_iter(gaps.iter().filter(|gap| gap.fails));
    let named = if failing.is_empty() { Vec::from_iter(gaps) } else { failing };
    let first = named.first()?;
    let what = if first.fails {
        format!("{} without evidence", count(named.len(), "MUST"))
    } else {
        count(named.len(), "requirement")
    };
    let ids = Vec::from_iter(named.iter().take(NAMED).map(|gap| gap.requirement.to_string()));
    let more = if named.len() > ids.len() { ", …" } else { "" };
    // A run that was never whole leaves out nearly everything for one reason.
    let why = if run.unreachable.is_some() { String::new() } else { format!(" ({})", first.reason) };
    Some(format!("{what}: {}{more}{why}", ids.join(", ")))
}

fn drift(run: &RunReport) -> Option<String> {
    let drift = run.drift();
    let first = drift.first()?;
    let more = if drift.len() > 1 { ", …; -v lists all" } else { "" };
    let held = if run.strict { " (fails under --strict)" } else { "" };
    Some(format!("{} undocumented{held}: {}: {}{more}", drift.len(), first.at, first.what))
}
