//! The state of every requirement after a run.

use std::collections::BTreeMap;

use super::RunReport;
use crate::contract::RequirementId;

/// One of six; every requirement of the contract is in exactly one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequirementState {
    /// A check that can convict looked at evidence that could have convicted.
    Held,
    /// Broken, and the run fails by it.
    Violated,
    /// Broken, and the run does not fail by it: a SHOULD, or excused by a known deviation.
    Warned,
    /// Could have been shown and was not.
    Untested,
    /// Cannot be shown on this target.
    Unsupported,
    /// Left out by the selection, the shard or the budget, or no matter of this run.
    NotPlanned,
}

impl RequirementState {
    /// Every state, in the order of the summary.
    pub const ALL: [RequirementState; 6] = [
        RequirementState::Held,
        RequirementState::Violated,
        RequirementState::Warned,
        RequirementState::Untested,
        RequirementState::Unsupported,
        RequirementState::NotPlanned,
    ];

    /// The word in reports; with an underscore it is the member of the summary.
    pub fn word(self) -> &'static str {
        match self {
            RequirementState::Held => "held",
            RequirementState::Violated => "violated",
            RequirementState::Warned => "warned",
            RequirementState::Untested => "untested",
            RequirementState::Unsupported => "unsupported",
            RequirementState::NotPlanned => "not planned",
        }
    }
}

impl RunReport {
    /// The state of every requirement of the run's set, by number.
    pub fn states(&self) -> BTreeMap<RequirementId, RequirementState> {
        let mut states = BTreeMap::new();
        let mut put = |ids: Vec<RequirementId>, state| states.extend(ids.into_iter().map(|id| (id, state)));
        put(self.not_planned.clone(), RequirementState::NotPlanned);
        put(self.unsupported.iter().map(|gap| gap.requirement).collect(), RequirementState::Unsupported);
        put(self.untested.iter().map(|gap| gap.requirement).collect(), RequirementState::Untested);
        put(self.held.iter().map(|held| held.requirement).collect(), RequirementState::Held);
        let tolerated = self.warned().into_iter().chain(self.excused());
        put(tolerated.map(|broken| broken.requirement).collect(), RequirementState::Warned);
        put(
            self.violated().into_iter().map(|broken| broken.requirement).collect(),
            RequirementState::Violated,
        );
        states
    }

    /// `92 held, 2 violated, 1 warned`: how many requirements are in each state, empty ones left out.
    pub fn state_counts(&self) -> String {
        let states = self.states();
        let count = |state: RequirementState| states.values().filter(|other| **other == state).count();
        let counts = RequirementState::ALL.map(|state| (count(state), state.word())).into_iter();
        let counted =
            counts.filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}"));
        counted.collect::<Vec<_>>().join(", ")
    }
}
