//! Requests as the contract documents them: place, body and label.

use crate::contract::{Contract, Operation, OperationId, RequirementId, Violation, req};
use crate::exchange::{Exchange, Fact, History, Payload, Placeholder};
use crate::judge::{Check, Finding, Judgement, Policy, finding};

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
                place(contract, exchange, &mut judgement);
                continue;
            };
            judgement.examined.extend(examined(operation, exchange));
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

/// A request that is no operation: nearly one, or one that the contract does not describe.
fn place(contract: &Contract, exchange: &Exchange, judgement: &mut Judgement) {
    let request = &exchange.request;
    // What a browser asks before it calls, and what went to another host, is no call of an operation.
    if matches!(request.method.as_str(), "OPTIONS" | "HEAD") || exchange.facts.contains(&Fact::Elsewhere) {
        return;
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let sound = format!("/{}", path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"));
    let lower = sound.to_lowercase();
    let spellings =
        [&sound, &lower].into_iter().flat_map(|path| ["GET", "POST", "DELETE"].map(|method| (method, path)));
    let meant = spellings.into_iter().find_map(|(method, path)| Some(contract.find(method, path)?.0.id));
    match meant {
        Some(id) => {
            let operation = contract.operation(id);
            let expected = format!("{} {}", operation.method, operation.path);
            let seen = format!("{} {path}", request.method);
            judgement.findings.push(finding(
                contract,
                NAME,
                req::CLIENT_METHOD_AND_PATH,
                expected,
                seen,
                &[exchange.id],
            ));
        }
        None => judgement.observed.push(Policy {
            question: "calls operations outside this contract".into(),
            answer: format!("{} {path}", request.method),
        }),
    }
}

fn body(contract: &Contract, operation: &Operation, exchange: &Exchange, judgement: &mut Judgement) {
    let Some(schema) = &operation.request else { return };
    let mut convict = |number, expected: String, seen: &str| {
        judgement.findings.push(finding(contract, NAME, number, expected, seen, &[exchange.id]));
    };
    let value = match &exchange.request.body {
        Payload::Json(value) => value,
        Payload::Empty if operation.body_required => {
            return convict(req::CLIENT_BODY_MATCHES_SCHEMA, "a JSON body".into(), "no body");
        }
        Payload::Empty => return,
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
        if is_shape(&violation) {
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
