//! What our user gave us and we cannot use: always exit status 2, always with what to do.

use thiserror::Error;

use crate::contract::ContractError;
use crate::drive::TargetError;
use crate::exchange::Place;
use crate::suite::SuiteError;

/// Input of our user that cannot be used.
#[derive(Debug, Error)]
pub enum UsageError {
    /// A setting.
    #[error("{name} ({origin}): {what}")]
    Setting {
        /// `--target`, `OTP_TARGET`, …
        name: &'static str,
        /// Where the value came from.
        origin: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A profile or a list of deviations.
    #[error("{place}: {what}")]
    File {
        /// Where.
        place: Place,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A suite file.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// A schema folder.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The target's address.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}
