//! Why a request was not sent. Nothing of it has left: it has no exchange, and no trial is judged by it.

use super::{Blocked, Reached};
use crate::contract::OperationId;

/// Why a request was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The guard keeps it in: it might reach a stranger's phone.
    #[error(transparent)]
    Guard(#[from] Blocked),
    /// A ceiling of the run is reached. The trial that asked has not been run: it shows nothing, and its target is not
    /// accused.
    #[error(transparent)]
    Ceiling(#[from] Reached),
    /// It was asked for again and again, and never answered.
    #[error("{0} was asked for again and again, and never answered in time")]
    Unanswered(OperationId),
    /// It may create a user, who cannot be noted in the journal and so could stay for ever.
    #[error("the journal: a user cannot be noted before it is created: {0}")]
    Journal(String),
}
