//! Undocumented members of answers: news, not failure.

use super::{Check, Drift, Judgement, answered};
use crate::contract::{Contract, RequirementId};
use crate::exchange::History;

/// What no document mentions.
pub(super) struct Undocumented;

impl Check for Undocumented {
    fn name(&self) -> &'static str {
        "undocumented"
    }

    fn about(&self) -> &'static str {
        "lists members of answers that no document mentions"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, response) in answered(history) {
            let (Some(id), Some(body)) = (exchange.operation, response.body.json()) else { continue };
            let schema =
                if response.is_success() { contract.operation(id).response.as_str() } else { "error" };
            for member in contract.schemas().unknown_members(schema, body) {
                judgement.drift.push(Drift {
                    at: format!("{id} {} body", response.status),
                    what: format!("new member {member}"),
                });
            }
        }
        judgement
    }
}
