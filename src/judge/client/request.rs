//! Requests as the contract documents them: place, body and label.

use super::near::place;
use crate::contract::{Contract, Operation, OperationId, RequirementId, Violation, req};
use crate::exchange::{Answer, Exchange, Fact, History, Loss, Payload, Placeholder};
use crate::judge::{Check, Finding, InconclusiveReason, Judgement, Policy, finding};

/// What the client sends.
pub(super) struct Requests;

const NAME: &str = "client-requests";

impl Check for Requests {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "a client sends what the operation documents, where it documents it"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[
            req::CLIENT_SENDS_CODE_AS_STRING,
            req::CLIENT_METHOD_AND_PATH,
            req::CLIENT_BODY_MATCHES_SCHEMA,
            req::CLIENT_CONTENT_TYPE,
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for exchange in history.exchanges() {
            let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else {
                place(contract, NAME, exchange, &mut judgement);
                continue;
            };
            judgement.examined.extend(examined(operation, exchange));
            judgement.findings.extend(method(contract, operation, exchange));
            body(contract, operation, exchange, &mut judgement);
            judgement.findings.extend(label(contract, exchange));
        }
        judgement
    }
}

/// What a client could have been convicted of by this request.
fn examined(operation: &Operation, exchange: &Exchange) -> Vec<RequirementId> {
    let mut all = vec![req::CLIENT_METHOD_AND_PATH];
    if operation.request.is_some() && (operation.body_required || exchange.request.body != Payload::Empty) {
        all.push(req::CLIENT_BODY_MATCHES_SCHEMA);
    }
    if exchange.request.body != Payload::Empty {
        all.push(req::CLIENT_CONTENT_TYPE);
    }
    if operation.id.is_verify() && exchange.request.body.at("/code").is_some() {
        all.push(req::CLIENT_SENDS_CODE_AS_STRING);
    }
    all
}

fn body(contract: &Contract, operation: &Operation, exchange: &Exchange, judgement: &mut Judgement) {
    let Some(schema) = &operation.request else { return };
    let mut convict = |number, expected: String, seen: &str| {
        judgement.findings.push(finding(contract, NAME, number, expected, seen, &[exchange.id]));
    };
    if exchange.facts.contains(&Fact::Miscoded) {
        let coding = exchange.request.header("content-encoding").unwrap_or_default();
        let expected = format!("a JSON body as {coding}, as it is labelled");
        return convict(req::CLIENT_BODY_MATCHES_SCHEMA, expected, "a body in another coding");
    }
    let value = match &exchange.request.body {
        Payload::Json(value) => value,
        // A client may give a call up in the middle: what it would have sent was not seen, and nothing was passed on.
        Payload::Empty if matches!(exchange.answer, Answer::Lost(Loss::Unreachable)) => return,
        Payload::Empty if operation.body_required => {
            return convict(req::CLIENT_BODY_MATCHES_SCHEMA, "a JSON body".into(), "no body");
        }
        Payload::Empty => return,
        Payload::Other { .. } if exchange.request.header("content-encoding").is_some_and(is_unread) => {
            let what =
                format!("exchange {}: what its body says, in a coding that is not read here", exchange.id);
            return judgement.doubts.push(InconclusiveReason::Missing { what });
        }
        Payload::Other { .. } => {
            return convict(req::CLIENT_BODY_MATCHES_SCHEMA, "a JSON body".into(), "a body that is not JSON");
        }
    };
    if is_number(exchange) {
        convict(req::CLIENT_SENDS_CODE_AS_STRING, "the code as a JSON string".into(), "a number");
    }
    // A number that names a person has a name of its own in a history, which is a text.
    for member in ["/loginId", "/phone"] {
        let name = exchange.request.body.str_at(member).and_then(Placeholder::parse);
        if name.is_some_and(|name| name.how == Some("number")) {
            convict(req::CLIENT_BODY_MATCHES_SCHEMA, format!("{member} as a JSON string"), "a number");
        }
    }
    for violation in contract.schemas().validate(schema, value) {
        if is_null_for_nothing(value, &violation) {
            judgement.observed.push(Policy {
                question: "writes null for members that it does not use".into(),
                answer: format!("{} {}", operation.id, violation.instance_pointer),
            });
        } else if is_shape(&violation) {
            judgement.findings.push(misshapen(contract, exchange, &violation));
        } else {
            let at = &violation.instance_pointer;
            judgement.observed.push(Policy {
                question: "passes on values that the schema refuses".into(),
                answer: format!("{} {at}: {}", operation.id, violation.keyword),
            });
        }
    }
}

/// Shape is the client's, values are its caller's.
fn is_shape(violation: &Violation) -> bool {
    matches!(violation.keyword.as_str(), "type" | "required")
}

/// Whether null is written for a member that may be left out: servers that read it so are as right as those that refuse it.
fn is_null_for_nothing(body: &serde_json::Value, violation: &Violation) -> bool {
    let null = body.pointer(&violation.instance_pointer).is_some_and(serde_json::Value::is_null);
    let needed = ["/loginId", "/code", "/phone", "/email"].contains(&violation.instance_pointer.as_str());
    violation.keyword == "type" && null && !needed && !violation.instance_pointer.is_empty()
}

/// Whether a body in this coding stays packed to us.
fn is_unread(coding: &str) -> bool {
    let read = ["", "identity", "gzip", "x-gzip", "deflate"];
    coding.split(',').any(|name| !read.contains(&name.trim().to_ascii_lowercase().as_str()))
}

/// Names of methods are written in capitals. Source: RFC 9110, 9.1.
fn method(contract: &Contract, operation: &Operation, exchange: &Exchange) -> Option<Finding> {
    let (expected, seen) = (operation.method.as_str(), exchange.request.method.as_str());
    (expected != seen)
        .then(|| finding(contract, NAME, req::CLIENT_METHOD_AND_PATH, expected, seen, &[exchange.id]))
}

fn misshapen(contract: &Contract, exchange: &Exchange, violation: &Violation) -> Finding {
    let at = if violation.instance_pointer.is_empty() { "the body" } else { &violation.instance_pointer };
    let expected = format!("{at} as {} says", violation.schema_location);
    let number = if violation.requirement.is_some_and(|id| id == req::CLIENT_SENDS_CODE_AS_STRING) {
        req::CLIENT_SENDS_CODE_AS_STRING
    } else {
        req::CLIENT_BODY_MATCHES_SCHEMA
    };
    finding(contract, NAME, number, expected, violation.message.clone(), &[exchange.id])
}

/// A history names a number that is a user's code by a placeholder that says so.
fn is_number(exchange: &Exchange) -> bool {
    let code = exchange
        .request
        .body
        .str_at("/code")
        .filter(|_| exchange.operation.is_some_and(OperationId::is_verify));
    code.and_then(Placeholder::parse).is_some_and(|name| name.how == Some("number"))
}

fn label(contract: &Contract, exchange: &Exchange) -> Option<Finding> {
    if exchange.request.body == Payload::Empty {
        return None;
    }
    let label = exchange.request.header("content-type").unwrap_or_default().trim();
    let kind = label.split(';').next().unwrap_or_default().trim();
    let seen = if label.is_empty() { "no content type".to_owned() } else { format!("{label:?}") };
    let right = kind.eq_ignore_ascii_case("application/json");
    (!right)
        .then(|| finding(contract, NAME, req::CLIENT_CONTENT_TYPE, "application/json", seen, &[exchange.id]))
}
