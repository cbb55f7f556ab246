//! What the author of a case said must be seen.
//!
//! An expectation with a requirement of its own convicts when it is missed. One without is a control: it says what the
//! case needs to show anything. What was missed is a finding, or it is a doubt that names the requirement; a finding of
//! another check explains it only where the exchange depends on what that finding is about. What comes after a missed
//! control, a limit or a lost answer of the same users convicts of nothing. One that asks is never missed: it is answered.

use serde_json::Value;

use super::depends::Dependence;
use super::{Finding, InconclusiveReason, Judgement, Policy, finding, signature};
use crate::contract::{Contract, Level};
use crate::exchange::{Answer, Exchange, Expected, Fact, History, Lookup, Matcher, Payload, Response, Seen};

pub(super) fn judge(contract: &Contract, history: &History, judgement: &mut Judgement) {
    let mut controls =
        Controls { lookup: Lookup::new(history), depends: Dependence::new(history), missed: Vec::new() };
    for expected in &history.expected {
        let Some(exchange) = controls.lookup.exchange(expected.exchange) else { continue };
        let response = match &exchange.answer {
            Answer::Response(response) => response,
            Answer::Lost(_) => {
                controls.miss(exchange, expected);
                continue; // a doubt already
            }
        };
        let miss = miss(history, exchange, response, expected);
        if let Some(question) = &expected.asks {
            judgement.observed.push(answer(question, expected, response, miss.is_some()));
            continue;
        }
        // What is refused unread was not looked at: it was no guess, and shows no other refusal. That a server wants to know
        // the length of a body is no doubt either.
        let unread =
            (response.was_not_read() || is_full(response)) && !expects_limit(contract, exchange, expected);
        if unread && (miss.is_none() || response.status == 411) && expected.seen != Some(Seen::Answered) {
            controls.miss(exchange, expected);
            continue;
        }
        let Some(miss) = miss else {
            // Met after all its controls: another answer would have convicted.
            judgement.examined.extend(expected.proves.filter(|_| controls.hold(exchange, expected)));
            continue;
        };
        let failed = |found: &Finding| found.exchanges.last() == Some(&exchange.id);
        if response.status >= 500 && judgement.findings.iter().any(failed) {
            controls.miss(exchange, expected);
            continue; // a finding already
        }
        let hindered = unread && !is_inferred(contract, expected);
        let controlled = controls.hold(exchange, expected);
        if expected.proves.is_none() || hindered {
            controls.miss(exchange, expected);
        }
        if hindered {
            judgement.doubts.push(InconclusiveReason::Limited { exchange: exchange.id });
        } else if let Some(convicting) = expected.proves.filter(|_| miss.of_this && controlled) {
            let mut found = finding(contract, "expect", convicting, miss.expected, miss.seen, &[exchange.id]);
            found.place = expected.place.clone();
            found.signature = miss.signature;
            push(contract, judgement, found);
        } else if !judgement.findings.iter().any(|found| controls.depends.explains(found, exchange.id)) {
            let proves = expected.proves.map(|id| format!("{id} is not shown: ")).unwrap_or_default();
            let what = format!("{proves}expected {}; seen {}", miss.expected, miss.seen);
            judgement.doubts.push(InconclusiveReason::NotShown { place: expected.place.clone(), what });
        }
    }
}

/// The steps that a case needed to go well, and that did not.
struct Controls<'h> {
    lookup: Lookup<'h>,
    depends: Dependence,
    /// The exchange of each, and whether it was to be accepted.
    missed: Vec<(usize, bool)>,
}

impl Controls<'_> {
    fn miss(&mut self, exchange: &Exchange, expected: &Expected) {
        self.missed.push((exchange.id, wants_success(expected)));
    }

    /// Whether what is expected of an exchange convicts: nothing before it went wrong with the same users, and no user
    /// at all was refused who should not have been, where this one was to be accepted.
    fn hold(&self, exchange: &Exchange, expected: &Expected) -> bool {
        let wanted = wants_success(expected);
        let spoils = |missed: &(usize, bool)| {
            missed.0 != exchange.id && (self.depends.connects(missed.0, exchange.id) || (wanted && missed.1))
        };
        !self.missed.iter().any(spoils)
    }
}

/// The answer to a question: of an outcome what came, of a detail whether it is so.
fn answer(question: &str, expected: &Expected, response: &Response, missed: bool) -> Policy {
    let detail = expected.seen.is_none();
    let answer = match (detail, missed) {
        (true, true) => "no".to_owned(),
        (true, false) => "yes".to_owned(),
        (false, _) if response.is_success() => "accepted".to_owned(),
        (false, _) => format!("refused {}", super::brief(response)),
    };
    Policy { question: question.to_owned(), answer }
}

/// Another check may have said the same of the same exchange, in words of its own. What is only inferred is
/// no violation, and is reported as the way of this target.
fn push(contract: &Contract, judgement: &mut Judgement, found: Finding) {
    if found.level <= Level::May {
        let sentence = contract.requirement(found.requirement).map(|requirement| &requirement.sentence);
        let question = format!("{} {}", found.requirement, sentence.cloned().unwrap_or_default());
        judgement.observed.push(Policy { question, answer: format!("no: {}", found.seen) });
        return;
    }
    let known = judgement.findings.iter().any(|other| {
        other.requirement == found.requirement && other.exchanges.last() == found.exchanges.last()
    });
    if !known {
        judgement.findings.push(found);
    }
}

/// Whether the plan allows no test user more: others may have made theirs.
fn is_full(response: &Response) -> bool {
    response.error_code() == Some("E111111")
}

/// Whether a limit is what was looked for: of messages, or by its name.
fn expects_limit(contract: &Contract, exchange: &Exchange, expected: &Expected) -> bool {
    let sends = exchange.operation.is_some_and(|id| contract.operation(id).issues_code);
    let named = expected.status.contains(&429)
        || expected.error.iter().any(|code| code == "E130429" || code == "E111111");
    let unnamed = expected.status.is_empty() && expected.error.is_empty();
    named || (sends && unnamed && !wants_success(expected))
}

/// Whether only an accepted request shows what was expected.
fn wants_success(expected: &Expected) -> bool {
    let success = |status: &u16| (200..300).contains(status);
    expected.seen == Some(Seen::Accepted)
        || (!expected.status.is_empty() && expected.status.iter().all(success))
}

/// Whether what was expected cannot convict anyway: then an answer that limits is an answer.
fn is_inferred(contract: &Contract, expected: &Expected) -> bool {
    let requirement = expected.proves.and_then(|id| contract.requirement(id));
    expected.seen.is_none() && requirement.is_some_and(|requirement| requirement.level == Level::May)
}

struct Miss {
    expected: String,
    seen: String,
    /// Whether the part that was missed is the one the expectation is about: a claim cannot be missed by an answer
    /// that refused.
    of_this: bool,
    /// The place that was missed, where it is not the outcome: `member /user/email`.
    signature: String,
}

fn miss(history: &History, exchange: &Exchange, response: &Response, expected: &Expected) -> Option<Miss> {
    let brief = super::brief(response);
    let outcome = |expected: &str| {
        Some(Miss { expected: expected.into(), seen: brief.clone(), of_this: true, signature: String::new() })
    };
    match expected.seen {
        Some(Seen::Accepted) if !response.is_success() => return outcome("accepted"),
        Some(Seen::Refused) if !response.is_refusal() => return outcome("refused"),
        Some(Seen::Answered) if response.status >= 500 => return outcome("answered below 500"),
        _ => {}
    }
    if !expected.status.is_empty() && !expected.status.contains(&response.status) {
        return outcome(&format!("status {:?}", expected.status));
    }
    if !expected.error.is_empty() {
        // An error code can only be wrong in a refusal.
        if !response.is_refusal() {
            let (expected, signature) = (expected.error.join(" or "), String::new());
            return Some(Miss { expected, seen: brief, of_this: false, signature });
        }
        let code = response.error_code().unwrap_or_default();
        if !expected.error.iter().any(|pattern| code_fits(pattern, code)) {
            return outcome(&expected.error.join(" or "));
        }
    }
    details(history, exchange, response, expected)
}

fn code_fits(pattern: &str, code: &str) -> bool {
    match pattern.strip_suffix('x') {
        Some(start) => code.starts_with(start.trim_end_matches('x')),
        None => pattern == code,
    }
}

fn details(history: &History, exchange: &Exchange, response: &Response, expected: &Expected) -> Option<Miss> {
    let refused = !response.is_success() && expected.seen != Some(Seen::Refused);
    let missed = |at: String, matcher: &Matcher, seen: Option<&Value>| Miss {
        signature: if at.starts_with('/') { signature::member(&at) } else { at.clone() },
        expected: format!("{at} {}", describe(matcher)),
        seen: seen.map_or_else(|| "nothing".into(), short),
        of_this: !refused,
    };
    let body = match &response.body {
        Payload::Json(value) => Some(value),
        _ => None,
    };
    for (at, matcher) in &expected.body {
        let seen = body.and_then(|body| body.pointer(at));
        if !fits(matcher, seen) {
            return Some(missed(at.clone(), matcher, seen));
        }
    }
    for (drn, list) in [("DS", &expected.session), ("DSR", &expected.refresh)] {
        let claims = claims(exchange, drn);
        for (at, matcher) in list {
            let seen = claims.and_then(|claims| claims.pointer(at));
            // The whole token is asked for, wherever it may be.
            if at.is_empty() && !fits(matcher, seen) {
                return Some(missed(format!("the {drn} token"), matcher, seen));
            }
            if claims.is_none() {
                // The token itself is missing, which is another sentence.
                return Some(Miss {
                    of_this: false,
                    ..missed(format!("claim {at} of the {drn} token"), matcher, None)
                });
            }
            if !fits(matcher, seen) {
                return Some(missed(format!("claim {at} of the {drn} token"), matcher, seen));
            }
        }
    }
    for (name, matcher) in &expected.header {
        let seen = response.header(name).map(Value::from);
        if !fits(matcher, seen.as_ref()) {
            return Some(missed(format!("header {name}"), matcher, seen.as_ref()));
        }
    }
    let matcher = expected.message.as_ref()?;
    let message = history.deliveries().find(|delivery| delivery.sent_by == Some(exchange.id));
    let seen = message.map(|delivery| Value::from(delivery.text.clone().unwrap_or_default()));
    (!fits(matcher, seen.as_ref())).then(|| missed("the message".into(), matcher, seen.as_ref()))
}

fn claims<'e>(exchange: &'e Exchange, drn: &str) -> Option<&'e Value> {
    exchange.facts.iter().find_map(|fact| match fact {
        Fact::Token(token) if token.is(drn) => Some(&token.claims),
        _ => None,
    })
}

fn fits(matcher: &Matcher, seen: Option<&Value>) -> bool {
    match matcher {
        Matcher::Present(there) => seen.is_some() == *there,
        Matcher::Is(value) => seen == Some(value),
        Matcher::Not(value) => seen.is_some_and(|seen| seen != value),
        Matcher::Has(value) => seen.is_some_and(|seen| has(seen, value)),
        Matcher::Lacks(value) => seen.is_none_or(|seen| !has(seen, value)),
    }
}

/// An array has an item, a text a part, an object the members of another one.
fn has(seen: &Value, part: &Value) -> bool {
    match (seen, part) {
        (Value::Array(items), part) => items.contains(part),
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::Object(members), Value::Object(part)) => {
            part.iter().all(|(key, value)| members.get(key) == Some(value))
        }
        (Value::Object(members), Value::String(key)) => members.contains_key(key),
        _ => false,
    }
}

fn describe(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Is(value) => short(value),
        Matcher::Not(value) => format!("other than {}", short(value)),
        Matcher::Has(value) => format!("with {}", short(value)),
        Matcher::Lacks(value) => format!("without {}", short(value)),
        Matcher::Present(true) => "there".into(),
        Matcher::Present(false) => "not there".into(),
    }
}

/// Long values are cut: the exchange itself shows them whole.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
