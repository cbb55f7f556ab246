//! What fails nothing, folded: drift, observed policy, and the trials.

use maud::{Markup, html};

use super::page::{Page, text};
use crate::report::text::{count, time};
use crate::report::{Clients, RunReport, human};
use crate::trial::{Outcome, TrialReport};

/// Rows of one list; the recording has the rest.
const ROWS: usize = 40;

pub(super) fn lists(page: &Page<'_>) -> Markup {
    let run = page.run;
    let place =
        |entry: &crate::report::Stale| entry.place.as_ref().map(ToString::to_string).unwrap_or_default();
    let stale = run.stale.iter().map(|entry| (place(entry), entry.what.clone())).collect();
    let drift = run.drift().into_iter().map(|news| (news.at.clone(), news.what.clone())).collect();
    let observed =
        run.observed().into_iter().map(|(question, answers)| (question, Vec::from_iter(answers).join("; ")));
    html! {
        @if !run.stale.is_empty() { h2 { "Stale deviations" } }
        (pairs("Entries that have to go", stale, true))
        (pairs("Covered", run.clients.iter().flat_map(Clients::rows).collect(), true))
        h2 { "For reference" }
        (pairs("Drift: what no document has", drift, false))
        (pairs("Observed policy: what the contract leaves open", observed.collect(), false))
        (remarkable(run))
        (green(run))
    }
}

/// A table of two columns; nothing where it would be empty.
fn pairs(title: &str, rows: Vec<(String, String)>, is_open: bool) -> Markup {
    html! {
        @if !rows.is_empty() {
            details open[is_open] {
                summary { (title) " (" (rows.len()) ")" }
                (left_out(rows.len()))
                div class="scroll" tabindex="0" role="group" aria-label=(title) {
                    table { tbody { @for (left, right) in rows.iter().take(ROWS) { tr { td { (text(left)) } td { (text(right)) } } } } }
                }
            }
        }
    }
}

fn left_out(rows: usize) -> Markup {
    html! { @if rows > ROWS { p class="faint" { "The first " (ROWS) "; the recording has them all." } } }
}

/// Trials that did not pass, with the reason.
fn remarkable(run: &RunReport) -> Markup {
    let others: Vec<&TrialReport> =
        run.trials.iter().filter(|trial| trial.outcome != Outcome::Pass).collect();
    html! {
        @if !others.is_empty() {
            details {
                summary { (count(others.len(), "trial")) " that did not pass" }
                (left_out(others.len()))
                div class="scroll" tabindex="0" role="group" aria-label="Trials that did not pass" {
                    table {
                        thead { tr { th { "trial" } th { "outcome" } th { "requests" } th { "time" } th { "why" } } }
                        tbody {
                            @for trial in others.iter().take(ROWS) {
                                tr {
                                    td class="mono" { (text(&trial.name)) }
                                    td { (trial.outcome.word()) }
                                    td { (trial.requests) } td { (time(trial.duration)) } td { (human::reason(trial)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The names of those that passed are enough.
fn green(run: &RunReport) -> Markup {
    let names: Vec<&str> = run.with(Outcome::Pass).map(|trial| trial.name.as_str()).collect();
    html! {
        @if !names.is_empty() {
            details {
                summary { (count(names.len(), "trial")) " that passed" }
                p class="mono" { @for name in names { (text(name)) br; } }
            }
        }
    }
}
