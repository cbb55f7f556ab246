//! What one bug looks like.

use crate::contract::{OperationId, RequirementId};
use crate::exchange::History;
use crate::judge::{Finding, parts};

/// What one bug looks like, however many cases meet it: requirement, operation, and what is seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) requirement: RequirementId,
    pub(super) operation: Option<OperationId>,
    pub(super) seen: String,
}

impl Key {
    /// The key of a finding of this history.
    pub(super) fn of(finding: &Finding, history: &History) -> Key {
        let last = finding.exchanges.last().and_then(|id| history.exchange(*id));
        let operation = finding.operation.or_else(|| last.and_then(|exchange| exchange.operation));
        Key { requirement: finding.requirement, operation, seen: finding.signature.clone() }
    }

    /// The keys of what it says, one thing each.
    pub(super) fn parts(&self) -> impl Iterator<Item = Key> + '_ {
        parts(&self.seen).map(|seen| Key { seen, ..self.clone() })
    }
}
