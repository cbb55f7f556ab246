//! Requests that cannot mean anything are refused, and for the right reason.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Check, Finding, Judgement, answered, brief, finding};
use crate::contract::{Contract, Level, Operation, OperationId, RequirementId, req};
use crate::exchange::{Exchange, History, Payload, PresentedBearer, Response, is_json};

/// Bodies that no server could read, and bodies that lack what the operation is about.
pub(super) struct Malformed;

impl Check for Malformed {
    fn name(&self) -> &'static str {
        "malformed"
    }

    fn about(&self) -> &'static str {
        "what is not JSON, or names no user, is refused as such"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::MISSING_LOGIN_ID_IS_REFUSED, req::UNREADABLE_JSON_IS_REFUSED, req::EMPTY_CODE_IS_REFUSED]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let (mut findings, mut judgement) = (Vec::new(), Judgement::default());
        for (exchange, response) in answered(history) {
            let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { continue };
            let known = PresentedBearer::read(exchange.request.header("authorization"));
            if !operation.body_required
                || response.was_not_read()
                || !matches!(known, PresentedBearer::Project { .. })
            {
                continue;
            }
            match &exchange.request.body {
                // What we did not keep whole may have been readable.
                Payload::Other { text, .. } if exchange.request.body.is_whole() => {
                    if !may_be_read(text) {
                        judgement.examine(&[req::UNREADABLE_JSON_IS_REFUSED]);
                    }
                    findings.extend(unreadable(contract, exchange, response, text));
                }
                Payload::Json(body) => {
                    judgement.examine(blank(operation, body).as_slice());
                    findings.extend(empty(contract, operation, exchange, response, body));
                }
                Payload::Empty | Payload::Other { .. } => {}
            }
        }
        judgement.findings = findings;
        judgement
    }
}

/// A member that says who is meant, in whatever notation: a lenient server may make sense of the text around it.
static NAMES_SOMEBODY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)(loginid|phone|identifier)["'\\]*\s*[:=]\s*["'\\]*[^\s"'\\,}]"#).ok());

/// Whether some server may make sense of a text: it is JSON, or nothing but white space, which many read as no body at
/// all, or names a user in another notation, or is JSON under another encoding or mark.
fn may_be_read(text: &str) -> bool {
    // What the grammar allows is JSON, whether our own parser can hold it or not.
    text.trim().is_empty()
        || is_json(text)
        || NAMES_SOMEBODY.as_ref().is_none_or(|pattern| pattern.is_match(text))
        || text.contains(['\u{FFFD}', '\u{FEFF}', '\0'])
}

fn unreadable(contract: &Contract, exchange: &Exchange, response: &Response, text: &str) -> Option<Finding> {
    if may_be_read(text) {
        return None;
    }
    let found = |expected: &str, seen: String| {
        finding(contract, "malformed", req::UNREADABLE_JSON_IS_REFUSED, expected, seen, &[exchange.id])
    };
    if response.is_success() {
        return Some(found("refused, the body is not JSON", "accepted".to_owned()));
    }
    let other = response.is_refusal() && response.error_code().is_some_and(|code| code != "E011001");
    other.then(|| {
        let level =
            contract.requirement(req::UNREADABLE_JSON_IS_REFUSED).and_then(|known| known.also.as_ref());
        Finding {
            level: level.map_or(Level::Should, |also| also.level),
            ..found("refused with E011001, the body is not JSON", brief(response))
        }
    })
}

/// The requirement about what an object lacks: who is meant, or the code.
fn blank(operation: &Operation, body: &Value) -> Option<RequirementId> {
    let blank = |member: &str| body.get(member).is_none_or(|value| value == "");
    match operation.id.template() {
        _ if !body.is_object() => None,
        OperationId::SIGNUP_IN if blank("loginId") => Some(req::MISSING_LOGIN_ID_IS_REFUSED),
        OperationId::VERIFY if (blank("code") || body["code"].is_null()) && !blank("loginId") => {
            Some(req::EMPTY_CODE_IS_REFUSED)
        }
        _ => None,
    }
}

fn empty(
    contract: &Contract,
    operation: &Operation,
    exchange: &Exchange,
    response: &Response,
    body: &Value,
) -> Option<Finding> {
    let id = blank(operation, body)?;
    let (right, expected) = match id {
        req::MISSING_LOGIN_ID_IS_REFUSED => {
            let family = response.error_code().is_none_or(|code| code.starts_with("E01100"));
            (family, "refused with an E01100x code, no user is named")
        }
        _ => {
            let text = response.body.json().map(Value::to_string).unwrap_or_default().to_lowercase();
            (text.replace("errorcode", "").contains("code"), "refused with a message about the code")
        }
    };
    let wrong = response.is_success() || (response.is_refusal() && !right);
    wrong.then(|| finding(contract, "malformed", id, expected, brief(response), &[exchange.id]))
}
