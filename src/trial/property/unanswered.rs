//! Answers that never come.

use crate::exchange::{History, Loss};
use crate::judge::{Finding, InconclusiveReason};
use crate::suite::Scenario;
use crate::trial::round::Observed;

/// What an answer that stays away time after time says of the target.
pub(in crate::trial) struct Unanswered {
    /// The conviction.
    pub(in crate::trial) finding: Finding,
    /// What shows it.
    pub(in crate::trial) history: History,
    /// The case that is not answered.
    pub(in crate::trial) scenario: Scenario,
}

/// Whether an answer never came.
pub(in crate::trial) fn is_lost(observed: &Observed) -> bool {
    // What was too large or cannot be decoded did come.
    let lost = |doubt: &InconclusiveReason| matches!(doubt, InconclusiveReason::Lost { loss, .. } if !matches!(loss, Loss::TooLarge | Loss::Undecodable));
    observed.judgement.doubts.iter().any(lost)
}
