//! An operation that the target does not have is one finding, and nothing else is said of what it answers.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Check, Finding, Judgement, answered, brief, finding};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{History, Payload, Response};

const NAME: &str = "missing";

/// Operations that are not there.
pub(super) struct Missing;

impl Check for Missing {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "every operation of the contract is implemented"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::OPERATION_IS_IMPLEMENTED]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, response) in answered(history) {
            judgement.examine(&[req::OPERATION_IS_IMPLEMENTED]);
            let known = exchange.operation.filter(|_| exchange.request.method != "HEAD");
            if let Some(operation) = known.filter(|_| is_missing(response)) {
                let expected = format!("{operation} is implemented");
                let seen = format!("{}, as for a path that is not there", brief(response));
                judgement.findings.push(finding(
                    contract,
                    NAME,
                    req::OPERATION_IS_IMPLEMENTED,
                    expected,
                    seen,
                    &[exchange.id],
                ));
            }
        }
        judgement
    }
}

/// What is said of a missing operation is said once: its answers show nothing more.
pub(super) fn settle(findings: &mut Vec<Finding>) {
    let last = |finding: &Finding| finding.exchanges.last().copied();
    let missing: Vec<_> = findings.iter().filter(|it| it.check == NAME).map(last).collect();
    findings.retain(|finding| finding.check == NAME || !missing.contains(&last(finding)));
}

/// What routers and frameworks say of a path or method that they do not know.
static UNKNOWN_PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let whole = r"^\W*(40[45]|501)?\W*(page |route |path |endpoint )?(not[ _-]?found|not implemented|method not allowed)\W*$";
    let part = r"\bcannot (get|post|delete) /|\bno (such )?(route|path|endpoint)\b|<title>[^<]*(404|405|501|not found)";
    Regex::new(&format!("(?i){whole}|{part}")).ok()
});

/// Whether an answer is that of a server without the operation. A refusal with an error code is one of the operation
/// itself, and so may be one without a word.
fn is_missing(response: &Response) -> bool {
    let unknown = |text: &str| UNKNOWN_PATH.as_ref().is_some_and(|pattern| pattern.is_match(text));
    matches!(response.status, 404 | 405 | 501)
        && match &response.body {
            Payload::Json(Value::Object(members)) if !members.contains_key("errorCode") => {
                members.values().filter_map(Value::as_str).any(unknown)
            }
            Payload::Json(_) => false,
            Payload::Other { text, .. } => unknown(text),
            Payload::Empty => response.status != 404,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_router_speaks_otherwise_than_an_operation() {
        let answer = |status, body| Response { status, body, ..Response::default() };
        let text = |text: &str| Payload::Other { bytes: text.len(), text: text.into() };
        for missing in [
            answer(404, text("Cannot POST /v1/auth/otp/signup/sms")),
            answer(404, Payload::Json(json!({ "detail": "Not Found" }))),
            answer(405, Payload::Empty),
            answer(501, text("Not Implemented")),
            answer(404, text("404 page not found\n")),
            answer(404, text("<html><head><title>404 Not Found</title></head></html>")),
        ] {
            assert!(is_missing(&missing), "{missing:?}");
        }
        let envelope = json!({ "errorCode": "E112102", "errorDescription": "User not found" });
        for refused in [
            answer(404, Payload::Json(envelope.clone())),
            answer(404, Payload::Json(json!({ "error": envelope }))),
            answer(404, Payload::Empty),
            answer(404, Payload::Json(json!({ "code": "E112102", "message": "User not found" }))),
            answer(404, text("user not found")),
            answer(400, text("not found")),
        ] {
            assert!(!is_missing(&refused), "{refused:?}");
        }
    }
}
