//! What is broken: one article for each requirement, with its smallest evidence.

use maud::{Markup, html};

use super::evidence;
use super::page::{Page, text};
use crate::judge::Finding;
use crate::report::RequirementState;
use crate::report::findings::{FindingRow, shown_in};
use crate::report::sentences::asked_at;
use crate::report::text::{and, count, plain, wrapped};
use crate::trial::TrialReport;

/// Characters of evidence that all findings share, so that the page of a target with many bugs still opens at once.
const ROOM: usize = 24_000;
/// What one finding may take of it, and has at least.
const MOST: usize = 16_000;
const LEAST: usize = 400;
/// What a call takes in the drawing beside it: where there is little room, fewer calls are drawn, and none where
/// one call shows it all.
const ROW: usize = 180;
/// Trials that an article names beside that of its evidence.
const NAMED: usize = 1;

pub(super) fn findings(page: &Page<'_>) -> Markup {
    let (violated, warned) = (&page.violated, &page.warned);
    let room = (ROOM / (violated.len() + warned.len()).max(1)).clamp(LEAST, MOST);
    html! {
        h2 id="findings" tabindex="-1" { "Findings" }
        @if let Some(shared) = page.run.again().shared() {
            p { "The commands below are of a shell that holds the settings of this run:" }
            pre { (wrapped(&plain(&shared), 100).join("\n")) }
        }
        @if violated.is_empty() && warned.is_empty() { p { "None." } }
        div data-group="" {
            @for row in violated { (article(page, row, RequirementState::Violated, room)) }
            @for row in warned { (article(page, row, RequirementState::Warned, room)) }
        }
    }
}

fn article(page: &Page<'_>, row: &FindingRow<'_>, state: RequirementState, room: usize) -> Markup {
    let id = row.requirement;
    let is_new = page.against.as_ref().is_some_and(|against| against.is_new(row));
    html! {
        article id=(id) class={ "is-" (state.word()) } data-state=(state.word()) data-level=(page.sentences.level(id))
            data-area=(page.sentences.area(id)) aria-labelledby={ "title-" (id) } {
            header {
                h3 id={ "title-" (id) } { (id) " " (row.level) " " span class={ "tag " (state.word()) } { (state.word()) } }
                @if is_new { span class="tag plain" { "new" } }
                span class="tag plain" { (page.sentences.area(id)) }
                a href={ "#" (id) } { "link" span class="sr" { " to " (id) } }
            }
            p { (text(page.sentences.words(id))) }
            dl {
                dt { "shows as" } dd { @for form in &row.forms { code { (text(form)) } " " } }
                dt { "source" } dd { (text(page.sentences.source(id))) }
                dt { "trials" } dd { (count(row.trials, "trial")) }
                @if let Some(lag) = page.run.lags.get(&id) { dt { "in the end" } dd { (text(lag)) } }
            }
            (example(page, row.trial, row.finding, room))
            (others(page, row))
        }
    }
}

fn example(page: &Page<'_>, trial: &TrialReport, found: &Finding, room: usize) -> Markup {
    html! {
        h4 { (text(&trial.name)) }
        dl {
            dt { "expected" } dd { (text(&found.expected)) }
            dt { "seen" } dd { (text(&found.seen)) }
            dt { "exchanges" } dd { (and(&found.exchanges)) }
            dt { "asked by" } dd { (text(&asked_at(found, trial).to_string())) " (check " (text(&found.check)) ")" }
            dt { "again" } dd { code { (plain(&page.run.again().short(&trial.name))) } }
        }
        @if let Some(history) = shown_in(found, trial) {
            (super::timeline::svg(history, found, room / ROW))
            (evidence::exchanges(history, found, &page.run.target, room))
        }
    }
}

/// The other trials that show it, without their evidence.
fn others(page: &Page<'_>, row: &FindingRow<'_>) -> Markup {
    let shows = |trial: &&TrialReport| {
        let all = trial.findings.iter().chain(&trial.warnings).chain(&trial.excused);
        trial.name != row.trial.name && all.into_iter().any(|found| found.requirement == row.requirement)
    };
    let names: Vec<&str> = page.run.trials.iter().filter(shows).map(|trial| trial.name.as_str()).collect();
    html! {
        @if !names.is_empty() {
            details {
                summary { "Shown by " (count(names.len(), "other trial")) }
                ul { @for name in names.iter().take(NAMED) { li class="mono" { (text(name)) } } }
                @if names.len() > NAMED { p class="faint" { "and by " (names.len() - NAMED) " more" } }
            }
        }
    }
}
