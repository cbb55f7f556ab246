//! What the model finds: the cheapest explanation of the whole history.

use super::{Check, Doubt, Judgement, finding};
use crate::contract::{Contract, Level};
use crate::exchange::History;
use crate::model;

/// The acceptor model.
pub(super) struct Behaviour;

impl Check for Behaviour {
    fn name(&self) -> &'static str {
        "behaviour"
    }

    fn about(&self) -> &'static str {
        "some right server could have given these answers in this order"
    }

    fn covers(&self) -> &'static [u16] {
        &[
            1, 3, 4, 5, 6, 11, 13, 15, 16, 18, 29, 30, 31, 32, 33, 34, 35, 37, 38, 39, 41, 42, 43, 44, 45,
            46, 47, 49, 51, 54, 55, 56, 57, 58, 59, 60, 61, 62, 65, 67, 68, 77, 78, 79, 80, 81, 82, 94, 95,
            96, 101, 103, 106, 107, 108, 109, 110, 112, 114, 115, 116, 117,
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let explanation = model::explain(contract, history);
        if explanation.out_of_budget > 0 {
            judgement.doubts.push(Doubt::OutOfBudget);
        }
        let expired = explanation.undecided.iter().map(|exchange| Doubt::Expired { exchange: *exchange });
        judgement.doubts.extend(expired);
        for blame in explanation.blame {
            let broken = blame.broken;
            let mut found = finding(
                contract,
                self.name(),
                broken.requirement.number(),
                broken.expected,
                broken.seen,
                &blame.exchanges,
            );
            if broken.second {
                let also = contract
                    .requirement(broken.requirement)
                    .and_then(|requirement| requirement.also.as_ref());
                found.level = also.map_or(Level::Should, |also| also.level);
            }
            judgement.findings.push(found);
        }
        judgement.doubts.extend(equal_codes(history));
        judgement
    }
}

/// Two sends, one code: nothing that is said of either can be told from the other.
fn equal_codes(history: &History) -> Vec<Doubt> {
    let mut seen: Vec<(&str, Option<usize>)> = Vec::new();
    let mut doubts = Vec::new();
    for delivery in history.deliveries() {
        let again = seen.iter().any(|(code, by)| {
            *code == delivery.code && delivery.sent_by.is_some() && *by != delivery.sent_by
        });
        if again {
            doubts.push(Doubt::EqualCodes { code: delivery.code.clone() });
        }
        seen.push((&delivery.code, delivery.sent_by));
    }
    doubts
}
