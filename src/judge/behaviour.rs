//! What the model finds: the cheapest explanation of the whole history.

use super::{Check, Doubt, Finding, Judgement, finding};
use crate::contract::{Contract, Level, OperationId};
use crate::exchange::{Delivery, History, StandIn};
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

/// Two sends, one code: nothing that is said of either can be told from the other. Where sends overlapped, a message
/// that came twice looks the same and tells as little; elsewhere its repetition is nothing new.
fn equal_codes(history: &History) -> Vec<Doubt> {
    let mut seen: Vec<&Delivery> = Vec::new();
    let mut doubts = Vec::new();
    for delivery in history.deliveries().filter(|delivery| !is_static(&delivery.code)) {
        let again = seen.iter().any(|other| {
            other.code == delivery.code
                && match delivery.sent_by {
                    Some(_) => other.sent_by != delivery.sent_by,
                    None => other.sent_by.is_none(),
                }
        });
        if again {
            doubts.push(Doubt::EqualCodes { code: delivery.code.clone() });
        }
        seen.push(delivery);
    }
    doubts
}

/// A code that is the same by configuration.
fn is_static(code: &str) -> bool {
    StandIn::parse(code).is_some_and(|name| name.label == "static")
}

/// What two histories with different people show together: a resend that repeats the code is chance once in a million
/// times, and no chance twice.
pub(crate) fn repeated_codes(contract: &Contract, first: &History, second: &History) -> Option<Finding> {
    repetition(first)?;
    let (sends, doors) = repetition(second)?;
    let number = if doors.iter().all(|door| *door == Some(OperationId::SignupInSms)) { 54 } else { 56 };
    let expected = "another code than before";
    let seen = "a resend delivered the same code, as it did for other people";
    Some(finding(contract, "behaviour", number, expected, seen, &sends))
}

/// Two sends that delivered one code to one number.
fn repetition(history: &History) -> Option<([usize; 2], [Option<OperationId>; 2])> {
    let sent: Vec<&Delivery> = history.deliveries().filter(|delivery| !is_static(&delivery.code)).collect();
    let mut pairs =
        sent.iter().enumerate().flat_map(|(at, first)| sent[at + 1..].iter().map(move |b| (*first, *b)));
    let (a, b) = pairs.find(|(a, b)| a.to == b.to && a.code == b.code && a.sent_by != b.sent_by)?;
    let sends = [a.sent_by?, b.sent_by?];
    Some((sends, sends.map(|id| history.exchange(id).and_then(|exchange| exchange.operation))))
}
