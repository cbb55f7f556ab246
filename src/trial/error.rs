//! Why a trial could not be played: neither the target's fault nor a verdict.

use super::Outcome;
use crate::drive::Reached;
use proptest_jsonschema::Unsupported;
use thiserror::Error;
use tokio::task::JoinError;

/// What the reason of a trial begins with that a ceiling of the run kept from being run.
pub const NOT_RUN: &str = "not run: ";

/// What kept a trial from being played.
#[derive(Debug, Error)]
pub enum TrialError {
    /// No target could be had: its server did not start, or it could not be reset.
    #[error("{0}")]
    NoTarget(String),
    /// The places for test users are closed.
    #[error("no place for a test user: {0}")]
    NoPlace(String),
    /// No case can be drawn from the schema of a property.
    #[error(transparent)]
    NoCases(#[from] NoCases),
    /// A request of ours was still under way when its round ended, so that its history is not whole.
    #[error("a call of the trial never ended")]
    Unfinished,
    /// A task of ours was cancelled.
    #[error("{0}")]
    Cancelled(String),
    /// A ceiling of the run was reached: it has not been run.
    #[error("{NOT_RUN}{0}")]
    Ceiling(Reached),
    /// The trial is about values that this target has none of.
    #[error("{0}")]
    Inapplicable(String),
    /// The run ended before the trial did.
    #[error("the run has ended")]
    RunEnded,
    /// The harness panicked.
    #[error("the harness failed: {0}")]
    Panicked(String),
}

/// Why no case can be drawn from the schema of a property: the schema is ours, or our user's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoCases {
    /// No value of it can be made.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// Every value is valid.
    #[error("no keyword of the schema can be broken")]
    Unbreakable,
}

impl TrialError {
    /// The outcome of a trial that ended so.
    pub fn outcome(&self) -> Outcome {
        match self {
            TrialError::Panicked(_) => Outcome::HarnessError,
            TrialError::Ceiling(_) | TrialError::Inapplicable(_) => Outcome::Unsupported,
            _ => Outcome::Inconclusive,
        }
    }
}

/// What a task of ours returned. Its panic continues here, so that the trial it belongs to reports it.
///
/// # Errors
/// The task was cancelled.
pub(super) fn landed<T>(joined: Result<T, JoinError>) -> Result<T, TrialError> {
    match joined.map_err(JoinError::try_into_panic) {
        Ok(value) => Ok(value),
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(cancelled)) => Err(TrialError::Cancelled(cancelled.to_string())),
    }
}
