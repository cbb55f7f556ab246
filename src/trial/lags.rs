//! Violations that may be matters of time, noted until the trials of a run have ended.

use std::sync::{Arc, Mutex, PoisonError};

use crate::contract::{RequirementId, req};
use crate::judge::Finding;
use crate::suite::Scenario;

/// The requirements that a target breaks by being late: what was over still works, or what is new does not yet.
const LATE: [RequirementId; 8] = [
    req::NEWEST_CODE_IS_ACCEPTED,
    req::CODE_IS_SINGLE_USE,
    req::SECOND_SEND_VOIDS_FIRST_CODE,
    req::SECOND_CODE_IS_ACCEPTED,
    req::ANY_SEND_VOIDS_EARLIER_CODE,
    req::REVOKE_OTHER_SESSIONS,
    req::LOGOUT_ENDS_REFRESH_JWT,
    req::LOGOUTALL_ENDS_ALL_SESSIONS,
];

/// A violation that may be one of lateness.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late {
    pub(super) requirement: RequirementId,
    /// The step that showed it, by position.
    pub(super) step: usize,
}

impl Late {
    /// Reads a violation: the step is the first that had ended with the exchange at fault. Nothing comes before the
    /// first step that could have been late. A race that is lost now and then says nothing of lateness.
    pub(super) fn of(inner: &Scenario, finding: &Finding, ends: &[(usize, usize)]) -> Option<Late> {
        let exchange = *finding.exchanges.last()?;
        let (step, _) = *ends.iter().find(|(_, end)| *end >= exchange)?;
        let late = step > 0 && !inner.is_race() && LATE.contains(&finding.requirement);
        late.then_some(Late { requirement: finding.requirement, step })
    }
}

/// Violations of a run that may be matters of time, to be looked into when its trials have ended.
#[derive(Debug, Default)]
pub struct Lags(pub(super) Mutex<Vec<Candidate>>);

/// One of them, and the trial that found it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) trial: String,
    pub(super) scenario: Arc<Scenario>,
    pub(super) late: Late,
}

impl Lags {
    /// Notes what a trial found.
    pub(super) fn note(&self, trial: &str, scenario: &Arc<Scenario>, late: &[Late]) {
        let new = late.iter().map(|late| Candidate {
            trial: trial.to_owned(),
            scenario: scenario.clone(),
            late: *late,
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(new);
    }
}
