//! What one bug looks like.

use crate::contract::{OperationId, RequirementId};
use crate::exchange::History;
use crate::judge::{Finding, is_of_acceptance, parts};

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

    /// Whether it says which of the things in a request a refusal is about.
    pub(super) fn is_of_acceptance(&self) -> bool {
        is_of_acceptance(self.requirement)
    }

    /// Whether another key may be of the same bug, seen in a smaller case.
    pub(super) fn may_be(&self, other: &Key) -> bool {
        let alike = self.operation == other.operation && self.seen == other.seen;
        alike
            && (self.requirement == other.requirement
                || (self.is_of_acceptance() && other.is_of_acceptance()))
    }

    /// The keys of what it says, one thing each.
    pub(super) fn parts(&self) -> impl Iterator<Item = Key> + '_ {
        parts(&self.seen).map(|seen| Key { seen, ..self.clone() })
    }
}
