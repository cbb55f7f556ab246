//! Successful answers have the documented shape.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Finding, Judgement, answered, finding, signature};
use crate::contract::{
    Contract, DeliveryMethod, Level, Operation, OperationId, RequirementId, Violation, req,
};
use crate::exchange::{Exchange, History, Payload, Place, Response};

/// The schemas of successful answers.
pub(super) struct Shape;

impl Check for Shape {
    fn name(&self) -> &'static str {
        "shape"
    }

    fn about(&self) -> &'static str {
        "a successful answer has the members and types of its schema"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[
            req::SIGNUP_IN_ACCEPTS_PHONE,
            req::SEND_RETURNS_OBJECT,
            req::MASKED_PHONE_IS_STRING,
            req::SEND_RETURNS_MASKED_PHONE,
            req::VERIFICATION_ATTEMPTS_IS_COUNT,
            req::EVERY_ANSWER_HAS_JSON_BODY,
            req::NEWEST_CODE_IS_ACCEPTED,
            req::PUBLISHED_KEY_VERIFIES_TOKEN,
            req::PUBLISHED_KEY_MEMBERS,
            req::VERIFY_RETURNS_USER,
            req::REFRESH_RETURNS_SESSION,
            req::ME_RETURNS_BARE_USER,
            req::ERROR_HAS_CODE_AND_TEXT,
            req::TEST_USER_IS_MARKED,
            req::GENERATE_RETURNS_CODE,
            req::USER_OBJECT_HAS_DOCUMENTED_TYPES,
            req::LOGIN_ANSWER_HAS_DOCUMENTED_TYPES,
            req::MANAGEMENT_ANSWER_HAS_DOCUMENTED_SHAPE,
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let (mut findings, mut judgement) = (Vec::new(), Judgement::default());
        for (exchange, response) in answered(history).filter(|(_, response)| response.is_success()) {
            let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { continue };
            if operation.id.template() == OperationId::SIGNUP_IN && response.status != 200 {
                let seen = format!("status {}", response.status);
                findings.push(finding(
                    contract,
                    self.name(),
                    req::SIGNUP_IN_ACCEPTS_PHONE,
                    "status 200",
                    seen,
                    &[exchange.id],
                ));
            }
            judgement.examine(examined(operation, response));
            let masked = format!("/{}", operation.id.method().unwrap_or(DeliveryMethod::Sms).masked());
            let members = [
                (masked.as_str(), req::MASKED_PHONE_IS_STRING),
                ("/verificationAttempts", req::VERIFICATION_ATTEMPTS_IS_COUNT),
                ("/user", req::USER_OBJECT_HAS_DOCUMENTED_TYPES),
            ];
            let there = members.into_iter().filter(|(at, _)| response.body.at(at).is_some());
            there.for_each(|(_, id)| judgement.examine(&[id]));
            findings.extend(body(contract, operation, exchange, response));
        }
        judgement.findings = findings;
        judgement
    }
}

fn body(
    contract: &Contract,
    operation: &Operation,
    exchange: &Exchange,
    response: &Response,
) -> Vec<Finding> {
    let Payload::Json(value) = &response.body else {
        let seen = match &response.body {
            Payload::Empty => "no body".to_owned(),
            _ => "a body that is not JSON".to_owned(),
        };
        let must =
            if operation.issues_code { req::SEND_RETURNS_OBJECT } else { req::EVERY_ANSWER_HAS_JSON_BODY };
        let mut found = finding(contract, "shape", must, "a JSON body", seen, &[exchange.id]);
        found.signature = signature::NO_JSON.to_owned();
        return vec![found];
    };
    let must = contract.schemas().validate(&operation.response, value);
    let of = |violation: &Violation| violation.requirement.unwrap_or_else(|| main_requirement(operation));
    let sessionless = sessionless(contract, operation, exchange, response);
    let sessionless = sessionless.filter(|found| must.iter().all(|other| of(other) != found.requirement));
    let whole = must.is_empty() && sessionless.is_none();
    let should = operation.response_should.as_deref().filter(|_| whole);
    let should = should.map(|name| contract.schemas().validate(name, value)).unwrap_or_default();
    let mut findings = Vec::from_iter(sessionless);
    for (violations, least) in [(must, Level::Must), (should, Level::Should)] {
        let mut by_requirement: BTreeMap<RequirementId, Vec<&Violation>> = BTreeMap::new();
        violations
            .iter()
            .for_each(|violation| by_requirement.entry(of(violation)).or_default().push(violation));
        let all = by_requirement.into_iter();
        findings.extend(all.map(|(id, broken)| found(contract, exchange, id, &broken, least)));
    }
    findings
}

/// A login or a refresh that brings no session token, in the body or as a cookie: a project may have it in either place.
fn sessionless(
    contract: &Contract,
    operation: &Operation,
    exchange: &Exchange,
    response: &Response,
) -> Option<Finding> {
    let id = match operation.id.template() {
        OperationId::VERIFY => req::NEWEST_CODE_IS_ACCEPTED,
        OperationId::Refresh => req::REFRESH_RETURNS_SESSION,
        _ => return None,
    };
    let lacks = response.body.json()?.is_object() && response.session_token().is_none();
    lacks.then(|| {
        let expected = "a session token, as sessionJwt in the body or as a cookie";
        let mut found = finding(contract, "shape", id, expected, "none", &[exchange.id]);
        found.signature = signature::member("");
        found
    })
}

/// All members of an answer that break one requirement are one finding, which names each of them.
fn found(
    contract: &Contract,
    exchange: &Exchange,
    id: RequirementId,
    broken: &[&Violation],
    least: Level,
) -> Finding {
    let at = |violation: &Violation| match violation.instance_pointer.as_str() {
        "" => "the body".to_owned(),
        pointer => pointer.to_owned(),
    };
    let first = &broken[0].schema_location;
    let expected = format!("{} as {first} says", at(broken[0]));
    let seen: Vec<String> = match broken {
        [only] => vec![only.message.clone()],
        _ => broken.iter().map(|violation| format!("{}: {}", at(violation), violation.message)).collect(),
    };
    let mut finding = finding(contract, "shape", id, expected, seen.join("; "), &[exchange.id]);
    let members: BTreeSet<&str> =
        broken.iter().map(|violation| violation.instance_pointer.as_str()).collect();
    finding.signature = signature::member(&Vec::from_iter(members).join(" "));
    finding.level = finding.level.min(least);
    finding.place = Place { file: first.file.clone(), line: first.line as usize };
    finding
}

/// What a successful answer of this operation is looked at for.
fn examined(operation: &Operation, response: &Response) -> &'static [RequirementId] {
    use OperationId as O;
    match operation.id.template() {
        _ if response.body.json().is_none() => &[],
        O::SIGNUP_IN => &[
            req::SIGNUP_IN_ACCEPTS_PHONE,
            req::SEND_RETURNS_OBJECT,
            req::SEND_RETURNS_MASKED_PHONE,
            req::EVERY_ANSWER_HAS_JSON_BODY,
        ],
        O::SIGNUP | O::SIGNIN | O::UPDATE => {
            &[req::SEND_RETURNS_OBJECT, req::SEND_RETURNS_MASKED_PHONE, req::EVERY_ANSWER_HAS_JSON_BODY]
        }
        O::VERIFY => &[
            req::EVERY_ANSWER_HAS_JSON_BODY,
            req::NEWEST_CODE_IS_ACCEPTED,
            req::VERIFY_RETURNS_USER,
            req::LOGIN_ANSWER_HAS_DOCUMENTED_TYPES,
        ],
        O::Refresh => &[
            req::EVERY_ANSWER_HAS_JSON_BODY,
            req::REFRESH_RETURNS_SESSION,
            req::LOGIN_ANSWER_HAS_DOCUMENTED_TYPES,
        ],
        O::TryRefresh | O::Logout | O::Logoutall | O::Validate => {
            &[req::EVERY_ANSWER_HAS_JSON_BODY, req::LOGIN_ANSWER_HAS_DOCUMENTED_TYPES]
        }
        O::Me => &[
            req::EVERY_ANSWER_HAS_JSON_BODY,
            req::ME_RETURNS_BARE_USER,
            req::USER_OBJECT_HAS_DOCUMENTED_TYPES,
        ],
        O::Keys => {
            &[req::EVERY_ANSWER_HAS_JSON_BODY, req::PUBLISHED_KEY_VERIFIES_TOKEN, req::PUBLISHED_KEY_MEMBERS]
        }
        O::KeysV1 => &[req::EVERY_ANSWER_HAS_JSON_BODY],
        O::GenerateOtp => &[req::EVERY_ANSWER_HAS_JSON_BODY, req::GENERATE_RETURNS_CODE],
        O::CreateTestUser => &[
            req::EVERY_ANSWER_HAS_JSON_BODY,
            req::TEST_USER_IS_MARKED,
            req::MANAGEMENT_ANSWER_HAS_DOCUMENTED_SHAPE,
        ],
        _ => &[req::EVERY_ANSWER_HAS_JSON_BODY, req::MANAGEMENT_ANSWER_HAS_DOCUMENTED_SHAPE],
    }
}

/// The requirement that promises this operation's answer, where the schema names no closer one.
fn main_requirement(operation: &Operation) -> RequirementId {
    use OperationId as O;
    match operation.id.template() {
        O::SIGNUP_IN | O::SIGNUP | O::SIGNIN | O::UPDATE => req::SEND_RETURNS_OBJECT,
        O::VERIFY | O::Refresh | O::TryRefresh | O::Logout | O::Logoutall => {
            req::LOGIN_ANSWER_HAS_DOCUMENTED_TYPES
        }
        O::Me => req::ME_RETURNS_BARE_USER,
        O::Keys | O::KeysV1 => req::PUBLISHED_KEY_VERIFIES_TOKEN,
        O::GenerateOtp => req::GENERATE_RETURNS_CODE,
        O::Validate => req::LOGIN_ANSWER_HAS_DOCUMENTED_TYPES,
        _ => req::MANAGEMENT_ANSWER_HAS_DOCUMENTED_SHAPE,
    }
}
