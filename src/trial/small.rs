//! What is common to both searches for a smaller case: candidates are played, within a budget, until none is smaller.

use std::sync::Arc;

use super::round::{self, Observed, Play};
use super::{Cost, TrialContext, TrialError};
use crate::drive::Target;
use crate::suite::Scenario;

/// Requests that may be sent to make a case smaller: freely on loopback, a few where they cost money.
const BUDGET: (u64, u64) = (1_500, 60);

/// The smallest case found.
pub(super) struct Small {
    /// Its steps.
    pub(super) scenario: Scenario,
    /// What they show.
    pub(super) observed: Observed,
    /// What the search has cost.
    pub(super) cost: Cost,
}

/// Plays candidates.
pub(super) struct Search<'a> {
    pub(super) ground: &'a TrialContext,
    pub(super) target: &'a Arc<Target>,
    left: u64,
    /// What the search has cost.
    pub(super) cost: Cost,
}

impl<'a> Search<'a> {
    /// Nothing was played yet.
    pub(super) fn new(ground: &'a TrialContext, target: &'a Arc<Target>) -> Search<'a> {
        let left = if target.is_loopback() { BUDGET.0 } else { BUDGET.1 };
        Search { ground, target, left, cost: Cost::default() }
    }

    /// Whether another candidate may be played.
    pub(super) fn may_go_on(&self) -> bool {
        self.cost.requests < self.left
    }

    /// Plays a candidate; `None` where the budget is spent.
    ///
    /// # Errors
    /// A call of ours never ended.
    pub(super) async fn play(
        &mut self,
        scenario: &Scenario,
        play: Play,
    ) -> Result<Option<Observed>, TrialError> {
        if !self.may_go_on() {
            return Ok(None);
        }
        let observed = round::play(self.ground, self.target, scenario, play).await?;
        self.cost += observed.cost;
        Ok(Some(observed))
    }

    /// Plays a candidate; what it showed, if that is what is wanted.
    ///
    /// # Errors
    /// A call of ours never ended.
    pub(super) async fn shows(
        &mut self,
        scenario: &Scenario,
        play: Play,
        wanted: impl Fn(&Observed) -> bool,
    ) -> Result<Option<Observed>, TrialError> {
        let observed = self.play(scenario, play).await?;
        Ok(observed.filter(|observed| wanted(observed)))
    }
}
