//! Messages go to the person who asked, and to nobody else.

use std::collections::HashMap;

use super::{Check, Judgement, finding};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{Delivery, History};
use crate::model::Asked;

/// Deliveries.
pub(super) struct Messages;

impl Check for Messages {
    fn name(&self) -> &'static str {
        "messages"
    }

    fn about(&self) -> &'static str {
        "a message goes to the number of whoever asked, and holds the code"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::MESSAGE_GOES_TO_OWN_PHONE]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let asked = Asked::new(contract, history);
        let newest: HashMap<&str, &Delivery> = history.deliveries().map(|d| (d.to.as_str(), d)).collect();
        for delivery in history.deliveries() {
            let one_too_many = newest[delivery.to.as_str()] == delivery && asked.has_surplus(&delivery.to);
            if !asked.names(&delivery.to) || one_too_many {
                let seen = format!("{} went to {}", delivery.code, delivery.to);
                let expected = "messages only to people who asked for one";
                let near: Vec<usize> = history
                    .exchanges()
                    .filter(|e| e.call <= delivery.at)
                    .map(|e| e.id)
                    .max()
                    .into_iter()
                    .collect();
                judgement.findings.push(finding(
                    contract,
                    self.name(),
                    req::MESSAGE_GOES_TO_OWN_PHONE,
                    expected,
                    seen,
                    &near,
                ));
            }
            if let Some(text) = &delivery.text
                && !text.contains(&delivery.code)
            {
                let near: Vec<usize> = delivery.sent_by.into_iter().collect();
                let expected = format!("a text with {}", delivery.code);
                judgement.findings.push(finding(
                    contract,
                    self.name(),
                    req::MESSAGE_GOES_TO_OWN_PHONE,
                    expected,
                    text.clone(),
                    &near,
                ));
            }
        }
        judgement
    }
}
