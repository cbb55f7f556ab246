//! Every requirement at a glance, by area, and below it what each one says.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::filters::class;
use super::page::{Page, text};
use crate::contract::RequirementId;
use crate::report::RequirementState;
use crate::report::text::count;

/// One requirement and what became of it.
struct One {
    id: RequirementId,
    state: RequirementState,
    before: Option<RequirementState>,
}

pub(super) fn map(page: &Page<'_>) -> Markup {
    let mut areas: BTreeMap<&str, Vec<One>> = BTreeMap::new();
    for (id, state) in page.run.states() {
        let before = page.against.as_ref().and_then(|against| against.was(id, state));
        areas.entry(page.sentences.area(id)).or_default().push(One { id, state, before });
    }
    html! {
        h2 { "Requirements: " (page.run.state_counts()) }
        div class="areas" {
            @for (area, all) in &areas {
                section class="area" data-group="" {
                    h3 { (area) }
                    ul class="cells" { @for one in all { (cell(page, one)) } }
                }
            }
        }
        @for (area, all) in &areas { (table(page, area, all)) }
    }
}

/// Shown by form and number as well as by colour.
fn sign(state: RequirementState) -> &'static str {
    match state {
        RequirementState::Held => "✓",
        RequirementState::Violated => "✗",
        RequirementState::Warned => "!",
        RequirementState::Untested => "?",
        RequirementState::Unsupported => "–",
        RequirementState::NotPlanned => "·",
    }
}

fn cell(page: &Page<'_>, one: &One) -> Markup {
    let level = page.sentences.level(one.id);
    let place = if page.tells_of(one.id) { format!("#{}", one.id) } else { format!("#about-{}", one.id) };
    let changed = if one.before.is_some() { " changed" } else { "" };
    let was = one.before.map(|state| format!(", was {}", state.word())).unwrap_or_default();
    html! {
        li data-state=(class(one.state)) data-level=(level) data-area=(page.sentences.area(one.id)) {
            a class={ "cell " (class(one.state)) (changed) } href=(place) {
                b aria-hidden="true" { (sign(one.state)) } (format!("{:03}", one.id.number()))
                span class="sr" { " " (one.state.word()) (was) }
            }
        }
    }
}

fn table(page: &Page<'_>, area: &str, all: &[One]) -> Markup {
    html! {
        details data-group="" {
            summary { (area) ": " (count(all.len(), "requirement")) }
            div class="scroll" tabindex="0" role="group" aria-label={ "Requirements on " (area) } {
                table {
                    thead { tr { th { "requirement" } th { "state" } th { "sentence" } th { "shown by, or why not" } } }
                    tbody { @for one in all { (row(page, one)) } }
                }
            }
        }
    }
}

fn row(page: &Page<'_>, one: &One) -> Markup {
    let id = one.id;
    html! {
        tr class="one" id={ "about-" (id) } data-state=(class(one.state)) data-level=(page.sentences.level(id))
            data-area=(page.sentences.area(id)) {
            th scope="row" { (id) " " span class="faint" { (page.sentences.level(id)) } }
            td { span class={ "tag " (class(one.state)) } { (one.state.word()) } }
            // A finding has it beside its evidence.
            td { @if !page.tells_of(id) { (text(page.sentences.words(id))) } }
            td {
                @if page.tells_of(id) { a href={ "#" (id) } { "see the finding" } }
                @else if one.state == RequirementState::Warned { "excused by a known deviation" }
                @if let Some(held) = page.run.held.iter().find(|held| held.requirement == id) {
                    (count(held.trials, "trial")) @if let Some(first) = held.by.first() { ", such as " (text(first)) }
                }
                @for gap in page.run.untested.iter().chain(&page.run.unsupported).filter(|gap| gap.requirement == id) {
                    (text(&gap.reason))
                    @if gap.fails { " " strong { "(the run cannot pass without it)" } }
                    @if let Some(remedy) = &gap.remedy { br; code { (text(&page.run.again().shortened(remedy))) } }
                }
            }
        }
    }
}
