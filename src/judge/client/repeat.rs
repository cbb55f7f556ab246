//! Requests that are sent again: after what, how often, and whose idea it was.

use super::call::{Call, calls, injected};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{Answer, Exchange, History};
use crate::judge::{Check, Finding, InconclusiveReason, Judgement, Policy, finding};

/// Repetitions.
pub(super) struct Repetition;

const NAME: &str = "client-repetition";

/// Statuses after which official SDKs send again. Source: descope/go-sdk: descope/api/client.go.
pub(super) const TRANSIENT: [u16; 6] = [503, 520, 521, 522, 524, 530];
/// How often they do.
pub(super) const AT_MOST: usize = 3;

impl Check for Repetition {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "a client repeats a request only after 503 and 52x, and three times at most"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::CLIENT_RETRIES_ARE_LIMITED, req::CLIENT_REPORTS_RATE_LIMIT]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        // A driver, or a habit, shows who decided to repeat: see `habit`.
        for call in calls(history) {
            if call.upset() {
                let lost = call.own.iter().find(|it| matches!(it.answer, Answer::Lost(_)));
                judgement.doubts.extend(lost.and_then(|it| match it.answer {
                    Answer::Lost(loss) => Some(InconclusiveReason::Lost { exchange: it.id, loss }),
                    Answer::Response(_) => None,
                }));
                continue;
            }
            judgement.examined.extend(call.own.iter().filter_map(|it| could_repeat(it)));
            judgement.findings.extend(of_call(contract, &call));
            judgement.observed.extend(second_message(history, &call));
        }
        judgement
    }
}

fn of_call(contract: &Contract, call: &Call<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pair in call.own.windows(2) {
        let (first, again) = (pair[0], pair[1]);
        if !asks_the_same(first, again) {
            continue; // of another value than the caller gave, which is a finding of its own
        }
        if let Some((number, seen)) = unasked(first) {
            let expected = match number {
                req::CLIENT_REPORTS_RATE_LIMIT => "the 429 returned to the caller, and nothing sent again",
                _ => "nothing sent again",
            };
            findings.push(finding(contract, NAME, number, expected, seen, &[first.id, again.id]));
        }
    }
    if call.own.len() > AT_MOST + 1 {
        let ids: Vec<usize> = call.own.iter().map(|it| it.id).collect();
        let seen = format!("sent {} times", call.own.len());
        findings.push(finding(
            contract,
            NAME,
            req::CLIENT_RETRIES_ARE_LIMITED,
            "three repetitions at most",
            seen,
            &ids,
        ));
    }
    findings
}

/// Whether two requests are for the same person and with the same code.
fn asks_the_same(one: &Exchange, other: &Exchange) -> bool {
    ["/loginId", "/code", "/phone", "/email"]
        .into_iter()
        .all(|member| one.request.body.at(member) == other.request.body.at(member))
}

/// The requirement that a client could have broken by sending this again.
fn could_repeat(exchange: &Exchange) -> Option<RequirementId> {
    match &exchange.answer {
        Answer::Response(response) if response.status < 400 => None,
        Answer::Response(response) if response.status == 429 => Some(req::CLIENT_REPORTS_RATE_LIMIT),
        _ => Some(req::CLIENT_RETRIES_ARE_LIMITED),
    }
}

/// The requirement that a repetition after this answer breaks.
fn unasked(first: &Exchange) -> Option<(RequirementId, String)> {
    match &first.answer {
        Answer::Lost(loss) => Some((req::CLIENT_RETRIES_ARE_LIMITED, format!("sent again after: {loss}"))),
        Answer::Response(response) if response.status == 429 => {
            Some((req::CLIENT_REPORTS_RATE_LIMIT, "sent again after 429".into()))
        }
        Answer::Response(response) if TRANSIENT.contains(&response.status) => None,
        Answer::Response(response) => {
            Some((req::CLIENT_RETRIES_ARE_LIMITED, format!("sent again after {}", response.status)))
        }
    }
}

/// A send that had its effect before its answer was lost is a second message and a voided code.
fn second_message(history: &History, call: &Call<'_>) -> Option<Policy> {
    let answer = call.own.iter().find_map(|it| injected(it))?;
    let caused = |id: Option<usize>| call.own.iter().any(|it| Some(it.id) == id);
    let messages = history.deliveries().filter(|delivery| caused(delivery.sent_by)).count();
    (messages > 1).then(|| Policy {
        question: format!("sends again after: {answer}"),
        answer: format!("{messages} messages for one call, and every code but the last is void"),
    })
}
