//! Refusals come in the documented envelope.

use super::{Check, Judgement, answered, finding, signature};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{History, Payload, Place};

/// The error envelope.
pub(super) struct Envelope;

/// Statuses that an edge in front of the service may answer in its own words.
const EDGE: [u16; 7] = [408, 411, 413, 414, 415, 429, 431];

impl Check for Envelope {
    fn name(&self) -> &'static str {
        "envelope"
    }

    fn about(&self) -> &'static str {
        "a refusal carries errorCode and errorDescription"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::EVERY_ANSWER_HAS_JSON_BODY, req::ERROR_HAS_CODE_AND_TEXT, req::ERROR_CODE_FORMAT]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, response) in answered(history).filter(|(_, response)| response.is_refusal()) {
            if exchange.operation.is_none() || exchange.request.method == "HEAD" {
                continue;
            }
            judgement.examine(&[req::EVERY_ANSWER_HAS_JSON_BODY, req::ERROR_HAS_CODE_AND_TEXT]);
            let Payload::Json(value) = &response.body else {
                if !EDGE.contains(&response.status) {
                    let seen = format!("{} without a JSON body", response.status);
                    let expected = "errorCode and errorDescription as JSON";
                    let broken = [
                        (req::ERROR_HAS_CODE_AND_TEXT, expected),
                        (req::EVERY_ANSWER_HAS_JSON_BODY, "a JSON body"),
                    ];
                    for (id, expected) in broken {
                        let mut found = finding(contract, self.name(), id, expected, &seen, &[exchange.id]);
                        found.signature = signature::NO_JSON.to_owned();
                        judgement.findings.push(found);
                    }
                }
                continue;
            };
            let must = contract.schemas().validate("error", value);
            if must.is_empty() {
                judgement.examine(&[req::ERROR_CODE_FORMAT]);
            }
            let should =
                if must.is_empty() { contract.schemas().validate("error.should", value) } else { Vec::new() };
            for violation in must.iter().chain(&should) {
                let id = violation.requirement.unwrap_or(req::ERROR_HAS_CODE_AND_TEXT);
                let expected = format!("an error envelope as {} says", violation.schema_location);
                let seen = violation.message.clone();
                let mut finding = finding(contract, self.name(), id, expected, seen, &[exchange.id]);
                finding.signature = signature::member(&violation.instance_pointer);
                finding.place = Place {
                    file: violation.schema_location.file.clone(),
                    line: violation.schema_location.line as usize,
                };
                judgement.findings.push(finding);
            }
        }
        judgement
    }
}
