//! Successful answers have the documented shape.

use super::{Check, Finding, Judgement, answered, finding, signature};
use crate::contract::{Contract, Level, Operation, OperationId, RequirementId, Violation, req};
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
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut findings = Vec::new();
        for (exchange, response) in answered(history).filter(|(_, response)| response.is_success()) {
            let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { continue };
            if operation.id == OperationId::SignupInSms && response.status != 200 {
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
            findings.extend(body(contract, operation, exchange, response));
        }
        Judgement { findings, ..Judgement::default() }
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
    let should = operation.response_should.as_deref().filter(|_| must.is_empty());
    let should = should.map(|name| contract.schemas().validate(name, value)).unwrap_or_default();
    let found = |violation: &Violation, least: Option<Level>| {
        let id = violation.requirement.unwrap_or_else(|| main_requirement(operation));
        let at = if violation.instance_pointer.is_empty() { "the body" } else { &violation.instance_pointer };
        let mut finding = finding(
            contract,
            "shape",
            id,
            format!("{at} as {} says", violation.schema_location),
            violation.message.clone(),
            &[exchange.id],
        );
        finding.signature = signature::member(&violation.instance_pointer);
        finding.level = least.map_or(finding.level, |level| level.min(finding.level));
        finding.place = Place {
            file: violation.schema_location.file.clone(),
            line: violation.schema_location.line as usize,
        };
        finding
    };
    let musts = must.iter().map(|violation| found(violation, None));
    musts.chain(should.iter().map(|violation| found(violation, Some(Level::Should)))).collect()
}

/// The requirement that promises this operation's answer, where the schema names no closer one.
fn main_requirement(operation: &Operation) -> RequirementId {
    use OperationId as O;
    match operation.id {
        O::SignupInSms | O::SignupSms | O::SigninSms | O::UpdatePhoneSms => req::SEND_RETURNS_OBJECT,
        O::VerifySms => req::NEWEST_CODE_IS_ACCEPTED,
        O::Refresh | O::TryRefresh => req::REFRESH_RETURNS_SESSION,
        O::Me => req::ME_RETURNS_BARE_USER,
        O::Keys | O::KeysV1 => req::PUBLISHED_KEY_VERIFIES_TOKEN,
        O::GenerateOtp => req::GENERATE_RETURNS_CODE,
        O::CreateTestUser | O::CreateUser => req::TEST_USER_IS_MARKED,
        _ => req::EVERY_ANSWER_HAS_JSON_BODY,
    }
}
