//! Every request gets an answer, and none of them a server error.

use std::collections::BTreeSet;

use super::depends::Dependence;
use super::{Check, Finding, InconclusiveReason, Judgement, brief, finding};
use crate::contract::{Contract, Level, RequirementId, req};
use crate::exchange::{Answer, Exchange, History};

/// Leaves one finding of each server error: of overlapping users the sentence about them; else the one that asks for the
/// acceptance of what was right in the request, where that is a MUST; else that no mistake of a client does so.
pub(super) fn settle(history: &History, findings: &mut Vec<Finding>) {
    let broken = |id: usize| {
        let answer = history.exchange(id).and_then(|exchange| exchange.answer.response());
        answer.is_some_and(|response| response.status >= 500)
    };
    let errors: BTreeSet<usize> =
        findings.iter().filter(|it| it.check == NAME).filter_map(|it| it.exchanges.last().copied()).collect();
    for id in errors.into_iter().filter(|id| broken(*id)) {
        let here = |finding: &Finding| finding.exchanges.last() == Some(&id);
        let rank = |finding: &Finding| match (finding.check.as_str(), finding.requirement) {
            (NAME, req::CONCURRENT_USERS_ARE_ISOLATED) => 3,
            ("behaviour", _) if finding.level == Level::Must => 2,
            (NAME, _) => 1,
            _ => 0,
        };
        let best = findings.iter().filter(|finding| here(finding)).map(rank).max().unwrap_or_default();
        findings.retain(|finding| !here(finding) || rank(finding) == best);
    }
}

const NAME: &str = "availability";

/// Never 5xx.
pub(super) struct Availability;

impl Check for Availability {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "no request makes the server fail"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::BAD_INPUT_IS_NEVER_5XX, req::CONCURRENT_USERS_ARE_ISOLATED]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let depends = Dependence::new(history);
        let mut longest: Option<&Exchange> = None;
        for exchange in history.exchanges() {
            // An answer that came while another user's request was under way shows whether that mattered.
            let beside = longest
                .is_some_and(|other| exchange.call < other.ret && !depends.connects(other.id, exchange.id));
            if beside && exchange.answer.response().is_some_and(|response| response.status < 500) {
                judgement.examine(&[req::CONCURRENT_USERS_ARE_ISOLATED]);
            }
            if longest.is_none_or(|other| other.ret < exchange.ret) {
                longest = Some(exchange);
            }
            match &exchange.answer {
                // Lost answers say nothing about the target: a wire may break.
                Answer::Lost(loss) => {
                    judgement.doubts.push(InconclusiveReason::Lost { exchange: exchange.id, loss: *loss });
                }
                Answer::Response(response) if response.status >= 500 => {
                    // A server that asks to come back later is not broken.
                    if response.status == 503 && response.header("retry-after").is_some() {
                        judgement.doubts.push(InconclusiveReason::Limited { exchange: exchange.id });
                        continue;
                    }
                    // Overlapping requests of the same user are another matter, unless the target is known to fail
                    // where those of different ones overlap: OTP-117 speaks of them.
                    let crosses = |other: &Exchange| {
                        let is_known = history.assumptions.fails_under_load;
                        other.overlaps(exchange) && (is_known || !depends.connects(other.id, exchange.id))
                    };
                    let id = if history.exchanges().any(crosses) {
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
                Answer::Response(response) if response.is_refusal() => {
                    judgement.examine(&[req::BAD_INPUT_IS_NEVER_5XX]);
                }
                Answer::Response(_) => {}
            }
        }
        judgement
    }
}
