//! Messages go to the person who asked, and to nobody else.

use std::collections::HashMap;

use super::depends::Dependence;
use super::{Check, Doubt, Judgement, finding};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{Capture, Delivery, Exchange, Fact, History, Matcher};
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
        if history.assumptions.capture == Capture::EachMessage && history.deliveries().next().is_some() {
            judgement.examine(&[req::MESSAGE_GOES_TO_OWN_PHONE]);
        }
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
        silence(contract, history, &mut judgement);
        judgement
    }
}

/// Accepted sends whose message did not come. The first one to a number has no limit that could explain it; a later one
/// may be one too many, which the documents let a server accept and not send.
fn silence(contract: &Contract, history: &History, judgement: &mut Judgement) {
    let unwanted = |id: usize| {
        let absent = Some(Matcher::Present(false));
        history.expected.iter().any(|expected| expected.exchange == id && expected.message == absent)
    };
    let silent = |exchange: &&Exchange| exchange.facts.contains(&Fact::Silent) && !unwanted(exchange.id);
    let others_heard =
        history.assumptions.capture == Capture::EachMessage && history.deliveries().next().is_some();
    for exchange in history.exchanges().filter(silent) {
        let depends = Dependence::new(history);
        let earlier = |other: &Exchange| other.id < exchange.id && depends.connects(other.id, exchange.id);
        if others_heard && !history.exchanges().any(earlier) {
            let expected = "a message with the code to the number of the user who asked";
            let seen = "accepted, and no message came; the messages of other users did";
            judgement.findings.push(finding(
                contract,
                "messages",
                req::MESSAGE_GOES_TO_OWN_PHONE,
                expected,
                seen,
                &[exchange.id],
            ));
        } else {
            judgement.doubts.push(Doubt::NoMessage { exchange: exchange.id });
        }
    }
}
