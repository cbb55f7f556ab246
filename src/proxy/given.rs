//! What the calls of a hostile case are given, each from what the ones before it returned.

use std::time::Duration;

use serde_json::{Value, json};

use crate::contract::DeliveryMethod;
use crate::drive::Target;

/// How long a message that was asked for may take.
const MESSAGE: Duration = Duration::from_secs(5);
/// A code that no user has; its zeros show whether the client keeps it a text.
const NOBODYS: &str = "000123";

/// An address of this method that no user has.
fn address(target: &Target, method: DeliveryMethod) -> String {
    if method.is_mail() { target.numbers.address() } else { target.numbers.next() }
}

/// What calls are given: one person, and the tokens that calls before have returned.
pub(super) struct Given {
    method: DeliveryMethod,
    login_id: String,
    /// The last message that was used.
    cursor: u64,
    tokens: Value,
}

impl Given {
    pub(super) async fn new(target: &Target, method: DeliveryMethod) -> Given {
        let login_id = address(target, method);
        // A server that has met this number before may still show a message of then.
        let old = target.codes.messages(&login_id, &login_id, 0, Duration::ZERO).await.unwrap_or_default();
        let cursor = old.iter().map(|message| message.seq).max().unwrap_or(0);
        Given { method, login_id, cursor, tokens: json!({}) }
    }

    /// The call and its values; `None` where an earlier call did not return what this one needs. Where codes do not come by
    /// SMS the values say how.
    pub(super) async fn to(&mut self, target: &Target, call: &str) -> Option<(&'static str, Value)> {
        let (call, mut values) = self.values(target, call).await?;
        if self.method != DeliveryMethod::Sms && values.get("loginId").is_some() {
            values["method"] = self.method.name().into();
        }
        Some((call, values))
    }

    async fn values(&mut self, target: &Target, call: &str) -> Option<(&'static str, Value)> {
        let token = |name: &str| self.tokens.get(name).cloned();
        let login_id = &self.login_id;
        Some(match call {
            "signup-in" => ("signup-in", json!({ "loginId": login_id })),
            "signup" => ("signup", json!({ "loginId": login_id })),
            "signin" => ("signin", json!({ "loginId": login_id })),
            "stepup" => ("signin", json!({ "loginId": login_id, "options": { "stepup": true } })),
            "stepup-with-token" => {
                let (options, refresh) = (json!({ "stepup": true }), token("refreshToken")?);
                ("signin", json!({ "loginId": login_id, "options": options, "refreshToken": refresh }))
            }
            "update-phone" => {
                let (new, refresh) = (address(target, self.method), token("refreshToken")?);
                let call = if self.method.is_mail() { "update-email" } else { "update-phone" };
                let member = self.method.recipient();
                (call, json!({ "loginId": login_id, member: new, "refreshToken": refresh }))
            }
            "wrong-code" => ("verify", json!({ "loginId": login_id, "code": NOBODYS })),
            "verify" => {
                let found = target.codes.messages(login_id, login_id, self.cursor, MESSAGE).await.ok()?;
                let newest = found.last()?;
                self.cursor = newest.seq;
                ("verify", json!({ "loginId": login_id, "code": newest.code }))
            }
            "validate" => ("validate", json!({ "sessionToken": token("sessionToken")? })),
            "validate-refresh-token" => ("validate", json!({ "sessionToken": token("refreshToken")? })),
            "refresh" => ("refresh", json!({ "refreshToken": token("refreshToken")? })),
            "me" => ("me", json!({ "refreshToken": token("refreshToken")? })),
            "logout" => ("logout", json!({ "refreshToken": token("refreshToken")? })),
            _ => return None,
        })
    }

    pub(super) fn learn(&mut self, said: &Value) {
        for token in ["sessionToken", "refreshToken"] {
            if let Some(value) = said.pointer(&format!("/ok/{token}")).filter(|value| value.is_string()) {
                self.tokens[token] = value.clone();
            }
        }
    }
}
