//! The form that says what is shown. The script shows it: without one it could do nothing.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::page::Page;
use crate::contract::Level;
use crate::report::RequirementState;

/// The class of a state: `not-planned`.
pub(super) fn class(state: RequirementState) -> String {
    state.word().replace(' ', "-")
}

pub(super) fn form(page: &Page<'_>) -> Markup {
    let areas: BTreeSet<String> =
        page.run.states().keys().map(|id| page.sentences.area(*id).to_owned()).collect();
    html! {
        form class="filters" role="search" aria-label="Requirements and findings" {
            fieldset {
                legend { "State" }
                @for state in RequirementState::ALL { (checkbox("state", &class(state), state.word())) }
            }
            fieldset {
                legend { "Level" }
                @for level in [Level::Must, Level::Should, Level::May] {
                    (checkbox("level", &level.to_string(), &level.to_string()))
                }
            }
            label {
                "Area "
                select name="area" {
                    option value="" { "all" }
                    @for area in &areas { option value=(area) { (area) } }
                }
            }
            label { "Words " input type="search" name="q" size="14"; }
            button type="reset" { "All" }
            output class="faint" {}
        }
    }
}

fn checkbox(name: &str, value: &str, word: &str) -> Markup {
    html! { label { input type="checkbox" name=(name) value=(value) checked; " " (word) } }
}
