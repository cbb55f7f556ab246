//! Requests as the contract documents them: place, body, label, bearer, and nothing secret in a URL.

use crate::contract::{BearerForm, Contract, Operation, OperationId, RequirementId, Violation, req};
use crate::exchange::{Bearer, Exchange, History, Kind, Payload, StandIn};
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
            req::CLIENT_STEPUP_NEEDS_REFRESH_JWT,
            req::CLIENT_METHOD_AND_PATH,
            req::CLIENT_BODY_MATCHES_SCHEMA,
            req::CLIENT_CONTENT_TYPE,
            req::CLIENT_PRESENTS_RIGHT_BEARER,
            req::CLIENT_KEEPS_SECRETS_OUT_OF_URLS,
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for exchange in history.exchanges() {
            let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else {
                place(contract, exchange, &mut judgement);
                continue;
            };
            body(contract, operation, exchange, &mut judgement);
            let told = [
                label(exchange),
                bearer(operation, exchange, &mut judgement),
                url(exchange),
                stepup(exchange),
            ];
            judgement.findings.extend(
                told.into_iter()
                    .flatten()
                    .map(|(id, expected, seen)| finding(contract, NAME, id, expected, seen, &[exchange.id])),
            );
        }
        judgement
    }
}

/// Requirement, what was expected, what was seen.
type Fault = (RequirementId, String, String);

/// A request that is no operation: nearly one, or one that the contract does not describe.
fn place(contract: &Contract, exchange: &Exchange, judgement: &mut Judgement) {
    let request = &exchange.request;
    if matches!(request.method.as_str(), "OPTIONS" | "HEAD") {
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
    let mut convict = |id, expected: String, seen: &str| {
        judgement.findings.push(finding(contract, NAME, id, expected, seen, &[exchange.id]));
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
    let id = if violation.requirement == Some(req::CLIENT_SENDS_CODE_AS_STRING) {
        req::CLIENT_SENDS_CODE_AS_STRING
    } else {
        req::CLIENT_BODY_MATCHES_SCHEMA
    };
    finding(contract, NAME, id, expected, violation.message.clone(), &[exchange.id])
}

/// A number that is somebody's code stands in a history as a stand-in that says so.
fn is_number(exchange: &Exchange) -> bool {
    let code =
        exchange.request.body.str_at("/code").filter(|_| exchange.operation == Some(OperationId::VerifySms));
    code.and_then(StandIn::parse).is_some_and(|name| name.how == Some("number"))
}

fn label(exchange: &Exchange) -> Option<Fault> {
    if exchange.request.body == Payload::Empty {
        return None;
    }
    let label = exchange.request.header("content-type").unwrap_or_default().trim();
    let kind = label.split(';').next().unwrap_or_default().trim();
    let seen = if label.is_empty() { "no content type".to_owned() } else { format!("{label:?}") };
    (!kind.eq_ignore_ascii_case("application/json"))
        .then(|| (req::CLIENT_CONTENT_TYPE, "application/json".into(), seen))
}

fn bearer(operation: &Operation, exchange: &Exchange, judgement: &mut Judgement) -> Option<Fault> {
    let header = exchange.request.header("authorization");
    let has_cookie = exchange.request.header("cookie").is_some();
    let wrong = |expected: &str, seen: &str| {
        Some((req::CLIENT_PRESENTS_RIGHT_BEARER, expected.to_owned(), seen.to_owned()))
    };
    if operation.bearer == BearerForm::None || operation.id == OperationId::TryRefresh {
        return None;
    }
    let (token, key) = match Bearer::read(header) {
        Bearer::Absent => return wrong("a bearer", "no Authorization header"),
        Bearer::Odd(text) if !text.starts_with("Bearer ") => return wrong("`Bearer …`", "another form"),
        Bearer::Odd(_) => {
            let answer = format!("{} with a bearer of unknown parts", operation.id);
            judgement
                .observed
                .push(Policy { question: "passes on credentials that are not known".into(), answer });
            return None;
        }
        Bearer::Project { token, key } => (token, key),
    };
    let kind = token.as_deref().and_then(StandIn::parse).map(|name| name.kind);
    match operation.bearer {
        BearerForm::Refresh if kind == Some(Kind::Session) => wrong("the refresh token", "a session token"),
        BearerForm::Refresh if token.is_none() && !has_cookie => wrong("the refresh token", "no token"),
        BearerForm::Session if kind == Some(Kind::Refresh) => wrong("the session token", "a refresh token"),
        BearerForm::Session if token.is_none() && !has_cookie => wrong("the session token", "no token"),
        BearerForm::Management if !key => wrong("the management key", "no key"),
        _ => None,
    }
}

fn url(exchange: &Exchange) -> Option<Fault> {
    const SECRET: [&str; 6] = ["<code:", "<guess:", "<session:", "<refresh:", "<token:", "<key:"];
    let path = &exchange.request.path;
    let hidden = SECRET.into_iter().find(|mark| path.contains(mark))?;
    let seen = format!("a {} in the URL", hidden.trim_matches(['<', ':']));
    Some((
        req::CLIENT_KEEPS_SECRETS_OUT_OF_URLS,
        "secrets in the body or the Authorization header".into(),
        seen,
    ))
}

fn stepup(exchange: &Exchange) -> Option<Fault> {
    if exchange.operation != Some(OperationId::SigninSms) || exchange.request.header("cookie").is_some() {
        return None;
    }
    let wants = |member: &str| exchange.request.body.at(member).is_some_and(|value| value == true);
    let option = ["/loginOptions/stepup", "/loginOptions/mfa"].into_iter().find(|member| wants(member))?;
    let bearer = Bearer::read(exchange.request.header("authorization"));
    let seen = format!("sent with {option} and no refresh token");
    bearer
        .token()
        .is_none()
        .then(|| (req::CLIENT_STEPUP_NEEDS_REFRESH_JWT, "the client refuses, and sends nothing".into(), seen))
}
