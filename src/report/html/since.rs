//! What has changed since an earlier run.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::against::Key;
use super::filters::class;
use super::page::{Page, text};
use crate::contract::RequirementId;
use crate::report::RequirementState;
use crate::report::policies::{self, ChangedPolicy};

/// Changed answers to open questions that are shown; `compare` shows them all.
const ANSWERS: usize = 12;

pub(super) fn section(page: &Page<'_>) -> Markup {
    let Some(against) = &page.against else { return html! {} };
    let before = against.before;
    let moved: Vec<(RequirementId, RequirementState, RequirementState)> = page
        .run
        .states()
        .into_iter()
        .filter_map(|(id, now)| Some((id, against.was(id, now)?, now)))
        .collect();
    let policy = policies::changed(before, page.run);
    html! {
        section aria-labelledby="since" {
            h2 id="since" { "Since the run of " (format!("{:.0}", before.started)) }
            p class="faint" {
                (text(&before.target)) ", requirements " (text(&before.requirements)) ", seed " (before.seed)
                ", version " (text(&before.version)) ", verdict " (before.verdict().word())
            }
            @if moved.is_empty() && against.gone.is_empty() && against.new.is_empty() && policy.is_empty() {
                p { "Nothing has changed." }
            }
            (deviations("New deviations", &against.new))
            (deviations("Deviations that are not seen any more", &against.gone))
            @if !moved.is_empty() {
                h3 { "Requirements in another state" }
                ul {
                    @for (id, was, now) in &moved {
                        li {
                            a href={ "#about-" (id) } { (id) } ": "
                            span class={ "tag " (class(*was)) } { (was.word()) } " → "
                            span class={ "tag " (class(*now)) } { (now.word()) } " "
                            (text(page.sentences.words(*id)))
                        }
                    }
                }
            }
            @if !policy.is_empty() {
                h3 { "Answers to open questions" }
                ul {
                    @for changed in policy.iter().take(ANSWERS) {
                        li { (text(&changed.question)) ": " (words(&changed.before)) " → " (words(&changed.now)) }
                    }
                }
                @if policy.len() > ANSWERS {
                    p class="faint" { "and " (policy.len() - ANSWERS) " more; otp-conformance compare shows them" }
                }
            }
        }
    }
}

/// One line for each requirement, with every way in which it shows.
fn deviations(title: &str, all: &BTreeSet<Key>) -> Markup {
    let mut forms: BTreeMap<RequirementId, Vec<&str>> = BTreeMap::new();
    for (id, form) in all {
        forms.entry(*id).or_default().push(form);
    }
    html! {
        @if !all.is_empty() {
            h3 { (title) }
            ul { @for (id, forms) in &forms { li { a href={ "#about-" (id) } { (id) } " " code { (text(&forms.join(", "))) } } } }
        }
    }
}

fn words(answers: &BTreeSet<String>) -> String {
    text(&ChangedPolicy::words(answers))
}
