//! Errors with other statuses and texts, where the documents leave them open.

use axum::http::StatusCode;
use serde_json::Value;

use crate::emulator::refusal::Refusal;
use crate::emulator::reply::Reply;
use crate::emulator::state::Server;
use crate::emulator::variant::Variant;

/// Statuses by code of the envelope.
const STATUSES: &[(Variant, &[&str], u16)] = &[
    (Variant::WrongCodeIs400, &["E061102", "E061103", "E061104"], 400),
    (Variant::RegisteredIs409, &["E062107"], 409),
    (Variant::UnknownUserIs404, &["E062108"], 404),
    (Variant::BadRequestIs422, &["E011003"], 422),
];

impl Server {
    /// Words an error as this server does.
    pub(crate) fn word(&self, reply: &mut Reply) {
        if reply.status.is_success() || !self.variants.any() {
            return;
        }
        let code = reply.body["errorCode"].as_str().unwrap_or_default().to_owned();
        for (variant, codes, status) in STATUSES {
            if self.variants.has(*variant) && codes.contains(&code.as_str()) {
                reply.status = StatusCode::from_u16(*status).unwrap_or(reply.status);
            }
        }
        if self.variants.has(Variant::MissingFieldIsE011004) && code == "E011002" {
            reply.body["errorCode"] = "E011004".into();
        }
        self.word_texts(&mut reply.body);
    }

    fn word_texts(&self, body: &mut Value) {
        if self.variants.has(Variant::OtherErrorTexts) {
            body["errorDescription"] = "Anfrage abgelehnt".into();
            let code_is_at_fault = body["errorMessage"].as_str().is_some_and(|text| text.contains("code"));
            body["errorMessage"] = if code_is_at_fault { "wrong code" } else { "refused" }.into();
        }
        if self.variants.has(Variant::ErrorsWithTwoMessages) {
            body["message"] = body["errorMessage"].clone();
        }
        if self.variants.has(Variant::ErrorsWithoutMessage)
            && let Some(members) = body.as_object_mut()
        {
            members.shift_remove("errorMessage");
        }
    }

    /// A missing or unknown bearer.
    pub(crate) fn bearer_refusal(&self, refusal: Refusal) -> Refusal {
        if self.variants.has(Variant::BearerRefusedAs403) {
            return Refusal { status: StatusCode::FORBIDDEN, ..refusal };
        }
        refusal
    }

    /// A message too many for this recipient.
    pub(crate) fn resend_refusal(&self, wait: i64) -> Refusal {
        if self.variants.has(Variant::RefusedResendIs400) {
            return Refusal::generic();
        }
        Refusal::limited(wait)
    }

    /// One request of many is limited although this client is not to blame.
    pub(crate) fn occasional_limit(&self) -> Result<(), Refusal> {
        if self.variants.every(150, Variant::OccasionalLimit) { Err(Refusal::limited(0)) } else { Ok(()) }
    }
}
