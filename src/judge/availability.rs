//! Every request gets an answer, and none of them a server error.

use super::{Check, Doubt, Judgement, brief, finding};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{Answer, History};

/// Never 5xx.
pub(super) struct Availability;

impl Check for Availability {
    fn name(&self) -> &'static str {
        "availability"
    }

    fn about(&self) -> &'static str {
        "no request makes the server fail"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::BAD_INPUT_IS_NEVER_5XX, req::CONCURRENT_USERS_ARE_ISOLATED]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for exchange in history.exchanges() {
            match &exchange.answer {
                // Lost answers say nothing about the target: a wire may break.
                Answer::Lost(loss) => {
                    judgement.doubts.push(Doubt::Lost { exchange: exchange.id, loss: *loss });
                }
                Answer::Response(response) if response.status >= 500 => {
                    // A server that asks to come back later is not broken.
                    if response.status == 503 && response.header("retry-after").is_some() {
                        judgement.doubts.push(Doubt::Limited { exchange: exchange.id });
                        continue;
                    }
                    let others = |other: &&crate::exchange::Exchange| {
                        other.id != exchange.id && other.call < exchange.ret && exchange.call < other.ret
                    };
                    let id = if history.exchanges().any(|other| others(&other)) {
                        req::CONCURRENT_USERS_ARE_ISOLATED
                    } else {
                        req::BAD_INPUT_IS_NEVER_5XX
                    };
                    let expected = "an answer below 500";
                    judgement.findings.push(finding(
                        contract,
                        self.name(),
                        id,
                        expected,
                        brief(response),
                        &[exchange.id],
                    ));
                }
                Answer::Response(_) => {}
            }
        }
        judgement
    }
}
