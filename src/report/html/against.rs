//! Two runs side by side.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::RequirementId;
use crate::judge::Finding;
use crate::report::findings::FindingRow;
use crate::report::{RequirementState, RunReport};

/// A deviation, whichever run shows it: requirement, operation and what is seen.
pub(super) type Key = (RequirementId, String);

/// What an earlier run says, and what is new beside it.
pub(super) struct Against<'a> {
    pub(super) before: &'a RunReport,
    states: BTreeMap<RequirementId, RequirementState>,
    pub(super) gone: BTreeSet<Key>,
    pub(super) new: BTreeSet<Key>,
}

impl<'a> Against<'a> {
    pub(super) fn new(before: &'a RunReport, now: &RunReport) -> Against<'a> {
        let (old, seen) = (keys(before), keys(now));
        Against {
            before,
            states: before.states(),
            gone: old.difference(&seen).cloned().collect(),
            new: seen.difference(&old).cloned().collect(),
        }
    }

    /// The state that it was in, if that was another.
    pub(super) fn was(&self, id: RequirementId, now: RequirementState) -> Option<RequirementState> {
        self.states.get(&id).copied().filter(|before| *before != now)
    }

    /// Whether it shows in a way in which it did not show before.
    pub(super) fn is_new(&self, row: &FindingRow<'_>) -> bool {
        self.new.iter().any(|(id, _)| *id == row.requirement)
    }
}

/// A MAY is no promise, and its news is the observed policy's.
fn keys(run: &RunReport) -> BTreeSet<Key> {
    let found = run
        .trials
        .iter()
        .flat_map(|trial| trial.findings.iter().chain(&trial.warnings).chain(&trial.excused));
    found.filter(|found| found.level > crate::contract::Level::May).map(key).collect()
}

fn key(found: &Finding) -> Key {
    (found.requirement, crate::report::run::form(found))
}
