//! Requests that cannot mean anything are refused, and for the right reason.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Check, Finding, Judgement, answered, brief, finding};
use crate::contract::{Contract, Level, Operation, OperationId, RequirementId, req};
use crate::exchange::{Bearer, Exchange, History, Payload, Response};

/// Bodies that no server could read, and bodies that lack what the operation is about.
pub(super) struct Malformed;

impl Check for Malformed {
    fn name(&self) -> &'static str {
        "malformed"
    }

    fn about(&self) -> &'static str {
        "what is not JSON, or names nobody, is refused as such"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::MISSING_LOGIN_ID_IS_REFUSED, req::UNREADABLE_JSON_IS_REFUSED, req::EMPTY_CODE_IS_REFUSED]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut findings = Vec::new();
        for (exchange, response) in answered(history) {
            let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { continue };
            let known = Bearer::read(exchange.request.header("authorization"));
            if !operation.body_required || response.status == 429 || !matches!(known, Bearer::Project { .. })
            {
                continue;
            }
            match &exchange.request.body {
                // What we did not keep whole may have been readable.
                Payload::Other { text, .. } if exchange.request.body.is_whole() => {
                    findings.extend(unreadable(contract, exchange, response, text));
                }
                Payload::Json(body) => findings.extend(empty(contract, operation, exchange, response, body)),
                Payload::Empty | Payload::Other { .. } => {}
            }
        }
        Judgement { findings, ..Judgement::default() }
    }
}

/// A member that says who is meant, in whatever notation: a lenient server may make sense of the text around it.
static NAMES_SOMEBODY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)(loginid|phone|identifier)["'\\]*\s*[:=]\s*["'\\]*[^\s"'\\,}]"#).ok());

fn unreadable(contract: &Contract, exchange: &Exchange, response: &Response, text: &str) -> Option<Finding> {
    let readable = NAMES_SOMEBODY.as_ref().is_none_or(|pattern| pattern.is_match(text));
    // Other encodings and marks before the text may be undone by a lenient server.
    if readable || text.contains(['\u{FFFD}', '\u{FEFF}', '\0']) {
        return None;
    }
    let expected = "refused with E011001, the body is not JSON";
    if response.is_success() {
        return Some(finding(
            contract,
            "malformed",
            req::UNREADABLE_JSON_IS_REFUSED,
            expected,
            "accepted",
            &[exchange.id],
        ));
    }
    let other = response.is_refusal() && response.error_code().is_some_and(|code| code != "E011001");
    // The refusal is what matters; its exact code is what SDKs would like.
    let wrong = || Finding {
        level: Level::Should,
        ..finding(
            contract,
            "malformed",
            req::UNREADABLE_JSON_IS_REFUSED,
            expected,
            brief(response),
            &[exchange.id],
        )
    };
    other.then(wrong)
}

fn empty(
    contract: &Contract,
    operation: &Operation,
    exchange: &Exchange,
    response: &Response,
    body: &Value,
) -> Vec<Finding> {
    let blank = |member: &str| body.get(member).is_none_or(|value| value == "");
    let family = |response: &Response| response.error_code().is_some_and(|code| code.starts_with("E01100"));
    let mut findings = Vec::new();
    match operation.id {
        OperationId::SignupInSms if body.is_object() && blank("loginId") => {
            let expected = "refused with an E01100x code, nobody is named";
            if response.is_success()
                || (response.is_refusal() && response.error_code().is_some() && !family(response))
            {
                findings.push(finding(
                    contract,
                    "malformed",
                    req::MISSING_LOGIN_ID_IS_REFUSED,
                    expected,
                    brief(response),
                    &[exchange.id],
                ));
            }
        }
        OperationId::VerifySms
            if body.is_object() && (blank("code") || body["code"].is_null()) && !blank("loginId") =>
        {
            let text = response.body.json().map(Value::to_string).unwrap_or_default().to_lowercase();
            let words = text.replace("errorcode", "");
            if response.is_success() || (response.is_refusal() && !words.contains("code")) {
                let expected = "refused with a message about the code";
                findings.push(finding(
                    contract,
                    "malformed",
                    req::EMPTY_CODE_IS_REFUSED,
                    expected,
                    brief(response),
                    &[exchange.id],
                ));
            }
        }
        _ => {}
    }
    findings
}
