//! Errors reported wrongly.

use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

use super::Bugs;
use crate::emulator::fault::Fault;
use crate::emulator::reply::Reply;

impl Bugs {
    /// Bends an error answer as the faults that are on would.
    pub(crate) fn corrupt_refusal(&self, reply: &mut Reply) {
        if !self.any() || reply.status.is_success() {
            return;
        }
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            self.corrupt_limit(reply);
        }
        self.corrupt_envelope(&mut reply.body);
        if self.has(Fault::ErrorsHaveNoBody) {
            reply.raw = Some(String::new());
        }
        if self.has(Fault::ErrorsAreHtml) {
            reply.raw = Some(format!("<html><body><h1>{}</h1></body></html>", reply.status));
        }
    }

    fn corrupt_limit(&self, reply: &mut Reply) {
        if self.has(Fault::RateLimitIs503) {
            reply.status = StatusCode::SERVICE_UNAVAILABLE;
        }
        if self.has(Fault::RateLimitHasOtherCode) {
            reply.body["errorCode"] = "E011004".into();
        }
        if self.has(Fault::RetryAfterMissing) {
            reply.headers.remove(RETRY_AFTER);
        }
        if self.has(Fault::RetryAfterIsADate) {
            reply.headers.insert(RETRY_AFTER, HeaderValue::from_static("Fri, 31 Dec 2027 23:59:59 GMT"));
        }
        if self.has(Fault::RetryAfterHasAFraction) {
            reply.headers.insert(RETRY_AFTER, HeaderValue::from_static("59.5"));
        }
    }

    fn corrupt_envelope(&self, body: &mut Value) {
        if self.has(Fault::ErrorCodeIsMissing)
            && let Some(members) = body.as_object_mut()
        {
            members.remove("errorCode");
        }
        if self.has(Fault::ErrorDescriptionIsMissing)
            && let Some(members) = body.as_object_mut()
        {
            members.remove("errorDescription");
        }
        let code = body["errorCode"].as_str().unwrap_or_default().to_owned();
        if self.has(Fault::ErrorCodeIsANumber) {
            body["errorCode"] = code.trim_start_matches(['E', '0']).parse::<u64>().unwrap_or_default().into();
        }
        if self.has(Fault::ErrorCodeIsLowerCase) {
            body["errorCode"] = code.to_lowercase().into();
        }
        if self.has(Fault::ErrorCodeLosesItsZero) {
            body["errorCode"] = code.replacen("E0", "E", 1).into();
        }
        if self.has(Fault::ErrorsAreNested) {
            *body = json!({ "error": body });
        }
    }
}
