//! What all parts of the page read, and how they quote.

use super::against::Against;
use crate::contract::RequirementId;
use crate::report::findings::FindingRow;
use crate::report::text::{SHOWN, shorten};
use crate::report::{RunReport, Sentences};

/// What the parts of the page read.
pub(super) struct Page<'a> {
    pub(super) run: &'a RunReport,
    pub(super) sentences: &'a Sentences,
    pub(super) violated: Vec<FindingRow<'a>>,
    pub(super) warned: Vec<FindingRow<'a>>,
    pub(super) against: Option<Against<'a>>,
}

impl Page<'_> {
    /// Whether the page has an article on this requirement.
    pub(super) fn tells_of(&self, id: RequirementId) -> bool {
        self.violated.iter().chain(&self.warned).any(|row| row.requirement == id)
    }
}

/// Foreign text, made harmless; maud escapes it.
pub(super) fn text(foreign: &str) -> String {
    shorten(foreign, SHOWN)
}
