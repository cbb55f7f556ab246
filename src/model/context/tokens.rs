//! What the logins and session calls of a history show of a refresh token.

use super::super::call::{Action, CallOutcome, ModelCall};
use super::SearchContext;
use crate::exchange::Micros;

impl SearchContext<'_> {
    /// The login before this one that was answered with this refresh token.
    pub(in crate::model) fn issued_by(&self, token: &str, call: &ModelCall) -> Option<usize> {
        let mut before = self.calls.iter().filter(|other| other.ret.is_some_and(|ret| ret <= call.call));
        let login = before.find(|other| {
            matches!(other.action, Action::Verify { .. })
                && other.token("DSR").is_some_and(|issued| issued.token == token)
        });
        login.map(|login| login.exchange)
    }

    /// Whether a session call with this token was refused after that moment.
    pub(in crate::model) fn refuses(&self, token: &str, after: Micros) -> bool {
        self.calls.iter().any(|call| match &call.action {
            Action::Session { token: other, .. } => {
                other == token && call.call >= after && matches!(call.outcome, CallOutcome::Refused { .. })
            }
            _ => false,
        })
    }

    /// Whether a refresh token was issued to another user.
    pub(in crate::model) fn token_of_other(&self, token: &str, who: &str) -> bool {
        self.calls.iter().any(|call| match &call.action {
            Action::Verify { who: other, .. } => {
                other != who && call.token("DSR").is_some_and(|t| t.token == token)
            }
            _ => false,
        })
    }

    /// Whether a login was asked to end the user's other sessions.
    pub(in crate::model) fn revokes(&self, verify: &ModelCall) -> bool {
        let Action::Verify { who, code } = &verify.action else { return false };
        self.calls.iter().any(|call| match &call.action {
            Action::Send(send) => {
                send.who == *who
                    && send.delivered.as_deref() == code.text()
                    && send.options["revokeOtherSessions"] == true
            }
            _ => false,
        })
    }
}
