//! One user, from the first message to a session.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::Harness;
use super::Examination;
use crate::contract::{Bearer, Case, DeliveryMethod, OperationId};
use crate::drive::{NotSent, Noted, Session};
use crate::exchange::{Answer, Capture, SecretKind};

/// A wrong project ID, a project that is closed to the public and a server that refuses everybody look alike from here:
/// none of them is accused.
const REFUSED: &str = "check `project-id`, and that the project needs no auth management key; if both are right, the \
                       server refuses everybody, and nothing else can be shown";

pub(super) struct Probe<'a> {
    pub(super) harness: &'a Harness,
    pub(super) session: &'a Arc<Session>,
}

/// A request and what came of it.
struct Call {
    /// `POST /v1/auth/otp/verify/sms`.
    request: String,
    noted: Result<Noted, NotSent>,
}

impl Call {
    fn status(&self) -> u16 {
        let response = self.noted.as_ref().ok().and_then(|noted| noted.answer.response());
        response.map_or(0, |response| response.status)
    }

    fn is_accepted(&self) -> bool {
        self.noted.as_ref().is_ok_and(Noted::accepted)
    }

    fn at(&self, pointer: &str) -> Option<&Value> {
        self.noted.as_ref().ok()?.body().at(pointer)
    }

    /// The request and the answer, in words.
    fn describe(&self) -> String {
        let answer = match self.noted.as_ref().map(|noted| &noted.answer) {
            Ok(Answer::Response(response)) => {
                let code = response.error_code().unwrap_or_default();
                let code: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).take(12).collect();
                format!("was answered {} {code}", response.status).trim_end().to_owned()
            }
            Ok(Answer::Lost(loss)) => format!("was not answered: {loss}"),
            Err(why) => format!("was not sent: {why}"),
        };
        format!("{} {answer}", self.request)
    }
}

impl Probe<'_> {
    pub(super) async fn examine(&self, seen: &mut Examination) {
        let target = &self.harness.target;
        let capture = target.codes.capture();
        if target.management_key.is_none() && capture == Capture::Generated {
            return seen.stop(
                "authorisation",
                "codes from test users need a management key; set OTP_MANAGEMENT_KEY",
            );
        }
        if target.management_key.is_some() && !self.may_manage(seen).await {
            return;
        }
        let number = match self.method().is_mail() {
            true => target.numbers.address(),
            false => target.numbers.next(),
        };
        self.session.learn(|vault| {
            vault.learn_person(SecretKind::of_address(&number), &number);
        });
        let code = match capture {
            Capture::Generated => self.generated(seen, &number).await,
            _ => self.delivered(seen, &number, capture).await,
        };
        let Some(code) = code else { return };
        let body = json!({ "loginId": number, "code": code });
        let verified = self.call(OperationId::VERIFY.by(self.method()), body, None).await;
        match verified.is_accepted() {
            true => seen.fine("verify", "the code opens a session"),
            false => seen.failed(
                "verify",
                format!("{}; check that `codes` shows the code of the newest message", verified.describe()),
            ),
        }
    }

    /// Whether the management key opens anything.
    async fn may_manage(&self, seen: &mut Examination) -> bool {
        let search = self.call(OperationId::SearchTestUsers, json!({ "limit": 100 }), self.key()).await;
        if search.noted.is_err() {
            seen.stop("authorisation", search.describe());
            return false;
        }
        if matches!(search.status(), 401 | 403) {
            let what = "the management key is refused; check OTP_MANAGEMENT_KEY and `project-id`";
            seen.stop("authorisation", format!("{}: {what}", search.describe()));
            return false;
        }
        let there = search.at("/users").and_then(|users| Some(users.as_array()?.len()));
        let limit = self.harness.ground.assumptions.test_user_limit;
        match (there, limit) {
            (Some(there), Some(limit)) if there >= limit as usize => {
                let what = format!(
                    "all {limit} test users of the plan exist, and none is ours; delete some, or mend \
                     `limits.test-users` in the profile"
                );
                match self.harness.target.codes.capture() {
                    Capture::Generated => {
                        seen.stop("test users", what);
                        return false;
                    }
                    _ => seen.failed("test users", what),
                }
            }
            (Some(there), _) => seen.fine(
                "authorisation",
                format!("the management key opens the project; {there} test users exist"),
            ),
            (None, _) => seen.failed(
                "authorisation",
                format!("{}; without the management API leave OTP_MANAGEMENT_KEY unset", search.describe()),
            ),
        }
        true
    }

    async fn generated(&self, seen: &mut Examination, number: &str) -> Option<String> {
        let body =
            json!({ "loginId": number, self.method().recipient(): number, self.method().verified(): true });
        let created = self.call(OperationId::CreateTestUser, body, self.key()).await;
        if !created.is_accepted() {
            seen.stop(
                "issue",
                format!("no test user can be created: {}; check `limits.test-users`", created.describe()),
            );
            return None;
        }
        let body = json!({ "loginId": number, "deliveryMethod": self.method().name() });
        let generated = self.call(OperationId::GenerateOtp, body, self.key()).await;
        let code = generated.at("/code").and_then(Value::as_str).map(str::to_owned);
        match &code {
            Some(_) => seen.fine("capture", "a code is generated for a test user"),
            None => seen.stop(
                "capture",
                format!("no code is generated: {}; name another source with `codes`", generated.describe()),
            ),
        }
        code
    }

    async fn delivered(&self, seen: &mut Examination, number: &str, capture: Capture) -> Option<String> {
        let sent =
            self.call(OperationId::SIGNUP_IN.by(self.method()), json!({ "loginId": number }), None).await;
        match sent.status() {
            200..300 => seen.fine("issue", "a sign-in is accepted"),
            401 | 403 => {
                seen.stop("issue", format!("{}: the project ID is refused; {REFUSED}", sent.describe()));
                return None;
            }
            404 => {
                seen.failed("issue", format!("{}; mend `target` or `base-path`", sent.describe()));
                return None;
            }
            _ => {
                seen.failed("issue", sent.describe());
                return None;
            }
        }
        if capture == Capture::Nothing {
            seen.skipped("capture", "no code source: what needs a code is unsupported");
            return None;
        }
        let patience = self.harness.ground.patience.full().max(Duration::from_secs(1));
        let id = sent.noted.ok().map(|noted| noted.id);
        match self.session.messages(number, number, id, patience).await.as_deref() {
            Ok([.., newest]) => {
                seen.fine("capture", "its code reaches us");
                Some(newest.code.clone())
            }
            Ok([]) => {
                let why = self.harness.target.codes.diagnose(number, number).await;
                let why = why.unwrap_or_else(|| "check `codes`, and that the target sends to it".to_owned());
                seen.stop("capture", format!("no message came within {} s: {why}", patience.as_secs()));
                None
            }
            Err(error) => {
                let why = self.harness.target.codes.diagnose(number, number).await;
                let why = why.map_or_else(|| "; mend `codes`".to_owned(), |why| format!(": {why}"));
                seen.stop("capture", format!("{error}{why}"));
                None
            }
        }
    }

    /// The method by which its code comes: the first that the run is about.
    fn method(&self) -> DeliveryMethod {
        self.harness.settings.methods.value.first().copied().unwrap_or(DeliveryMethod::Sms)
    }

    fn key(&self) -> Option<&str> {
        self.harness.target.management_key.as_deref()
    }

    async fn call(&self, operation: OperationId, body: Value, key: Option<&str>) -> Call {
        let target = &self.harness.target;
        let parts = Vec::from_iter(std::iter::once(target.project_id.as_str()).chain(key));
        let wire = target.wire(Case::new(operation, Bearer::of(&parts)).with_json(body), None);
        let sent = self.session.send(&wire, Some(operation)).await;
        let request = format!("{} {}", wire.method, wire.path);
        Call { request, noted: sent }
    }
}
