//! Requests that are sent again: after what, how often, and whose idea it was.

use super::call::{Call, calls, injected};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{Answer, Exchange, History};
use crate::judge::{Check, Doubt, Finding, Judgement, Policy, finding};

/// Repetitions.
pub(super) struct Repetition;

const NAME: &str = "client-repetition";

/// Statuses after which official SDKs send again. Source: descope/go-sdk: descope/api/client.go.
const TRANSIENT: [u16; 6] = [503, 520, 521, 522, 524, 530];
/// How often they do.
const AT_MOST: usize = 3;
/// Without a driver the caller may repeat as well; a habit is the client's.
const HABIT: usize = 3;

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
        if history.told.is_empty() {
            judgement.findings.extend(habit(contract, history));
            return judgement;
        }
        for call in calls(history) {
            if call.upset() {
                let lost = call.own.iter().find(|it| matches!(it.answer, Answer::Lost(_)));
                judgement.doubts.extend(lost.and_then(|it| match it.answer {
                    Answer::Lost(loss) => Some(Doubt::Lost { exchange: it.id, loss }),
                    Answer::Response(_) => None,
                }));
                continue;
            }
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
        if let Some((id, seen)) = unasked(first) {
            let expected = match id {
                req::CLIENT_REPORTS_RATE_LIMIT => "the 429 told to the caller, and nothing sent again",
                _ => "nothing sent again",
            };
            findings.push(finding(contract, NAME, id, expected, seen, &[first.id, again.id]));
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

/// A client that repeats every request that is refused: three of them, all different, none left alone.
fn habit(contract: &Contract, history: &History) -> Option<Finding> {
    let all: Vec<&Exchange> = history.exchanges().collect();
    let refused = |it: &Exchange| {
        it.answer.response().is_some_and(|response| response.is_refusal()) && injected(it).is_none()
    };
    let mut repeated: Vec<(&Exchange, &Exchange)> = Vec::new();
    for (at, first) in all.iter().enumerate().filter(|(_, it)| refused(it)) {
        if at > 0 && same(all[at - 1], first) {
            continue;
        }
        let again = all.get(at + 1).filter(|next| same(first, next) && next.call >= first.ret)?;
        if !repeated.iter().any(|(known, _)| same(known, first)) {
            repeated.push((first, again));
        }
    }
    (repeated.len() >= HABIT).then(|| {
        let ids: Vec<usize> = repeated.iter().flat_map(|(first, again)| [first.id, again.id]).collect();
        let limited = repeated.iter().all(|(it, _)| it.answer.response().is_some_and(|r| r.status == 429));
        let seen = format!("each of {} refused requests was sent again at once", repeated.len());
        finding(
            contract,
            NAME,
            if limited { req::CLIENT_REPORTS_RATE_LIMIT } else { req::CLIENT_RETRIES_ARE_LIMITED },
            "nothing sent again",
            seen,
            &ids,
        )
    })
}

fn same(one: &Exchange, other: &Exchange) -> bool {
    let (a, b) = (&one.request, &other.request);
    let bearer = |it: &Exchange| it.request.header("authorization").map(str::to_owned);
    a.method == b.method && a.path == b.path && a.body == b.body && bearer(one) == bearer(other)
}
