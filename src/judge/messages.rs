//! Messages go to the person who asked, and to nobody else.

use super::{Check, Judgement, finding};
use crate::contract::Contract;
use crate::exchange::{Exchange, History, StandIn};

/// Deliveries.
pub(super) struct Messages;

impl Check for Messages {
    fn name(&self) -> &'static str {
        "messages"
    }

    fn about(&self) -> &'static str {
        "a message goes to the number of whoever asked, and holds the code"
    }

    fn covers(&self) -> &'static [u16] {
        &[113]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for delivery in history.deliveries() {
            let asked = history
                .exchanges()
                .any(|exchange| sends(contract, exchange) && names(exchange, &delivery.to));
            if !asked {
                let seen = format!("{} went to {}", delivery.code, delivery.to);
                let expected = "messages only to people who asked for one";
                let near: Vec<usize> = history
                    .exchanges()
                    .filter(|e| e.call <= delivery.at)
                    .map(|e| e.id)
                    .max()
                    .into_iter()
                    .collect();
                judgement.findings.push(finding(contract, self.name(), 113, expected, seen, &near));
            }
            if let Some(text) = &delivery.text
                && !text.contains(&delivery.code)
            {
                let near: Vec<usize> = delivery.sent_by.into_iter().collect();
                let expected = format!("a text with {}", delivery.code);
                judgement.findings.push(finding(contract, self.name(), 113, expected, text.clone(), &near));
            }
        }
        judgement
    }
}

fn sends(contract: &Contract, exchange: &Exchange) -> bool {
    exchange.operation.is_some_and(|id| contract.operation(id).issues_code)
}

/// Whether a request names this number, or somebody whose number we do not know by the request alone.
fn names(exchange: &Exchange, number: &str) -> bool {
    let body = &exchange.request.body;
    let named = ["/loginId", "/phone", "/user/phone"].into_iter().filter_map(|at| body.str_at(at));
    named.map(crate::exchange::base_of).any(|who| {
        who == number
            || StandIn::parse(&who)
                .is_none_or(|name| StandIn::parse(number).is_some_and(|n| n.label == name.label))
    })
}
