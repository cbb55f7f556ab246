//! Which users a run makes: noted before the request that may make them, so that only those are ever deleted.
//!
//! A user made by the management API is ours if the target says so. One that a message may make is ours if no user
//! had its login ID when this run came: that is looked up before the first request, where there is a management key. Without
//! one nothing can be deleted either, and users are only counted.

use serde_json::Value;

use super::journal::{Became, Change, Whose};
use super::{NotSent, Target, Wire};
use crate::contract::{Bearer, Case, OperationId};
use crate::exchange::{Answer, Payload, Response};

/// How users come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Making {
    /// Made outright, by the management API.
    Managed,
    /// A message may make it: a right server on sign-up, a wrong one on any send. The members that may name it, by
    /// pointer: the first that holds a text counts.
    ByMessage(&'static [&'static str]),
}

fn making(operation: Option<OperationId>) -> Option<Making> {
    match operation? {
        OperationId::CreateTestUser | OperationId::CreateUser => Some(Making::Managed),
        OperationId::SignupInSms | OperationId::SigninSms => Some(Making::ByMessage(&["/loginId"])),
        // Without a login ID the number is the user's name. Source: docs: OTP / SMS / Sign-Up.
        OperationId::SignupSms => Some(Making::ByMessage(&["/loginId", "/phone", "/user/phone"])),
        // The number may become the user's only name.
        OperationId::UpdatePhoneSms => Some(Making::ByMessage(&["/phone"])),
        _ => None,
    }
}

impl Target {
    /// Whose user a login ID names, as far as this run knows.
    pub fn whose(&self, login_id: &str) -> Whose {
        if self.numbers.has_named(login_id) { Whose::Ours } else { self.journal.whose(login_id) }
    }

    /// How many users this run made, or may have made, that are not deleted.
    pub fn staying(&self) -> usize {
        self.journal.living().len()
    }

    /// Looks up whose a login ID is before a message may make a user of it. Does nothing where that is known, where
    /// it cannot be looked up, and where users go with the target.
    pub async fn look_up(&self, login_id: &str) {
        if !self.may_look_up() || self.journal.is_known(login_id) {
            return;
        }
        if self.numbers.has_named(login_id) {
            return self.journal.looked_up(login_id, false);
        }
        let Some(key) = self.management_key.as_deref() else { return };
        let mut case = Case::new(OperationId::LoadUser, Bearer::of(&[&self.project_id, key]));
        case.query.push(("loginId".into(), login_id.to_owned()));
        let answer = self.ask(&self.wire(case, None), Some(OperationId::LoadUser)).await;
        match answer.ok().and_then(|answer| answer.response().map(|response| response.status)) {
            Some(404) => self.journal.looked_up(login_id, false),
            Some(200..300) => self.journal.looked_up(login_id, true),
            // Not known; then a user is deleted only if it is younger than the request.
            _ => {}
        }
    }

    /// [`look_up`](Target::look_up) of whom a request names, if it may make a user.
    pub(super) async fn look_up_named(&self, wire: &Wire, operation: Option<OperationId>) {
        if let Some(Making::ByMessage(members)) = making(operation)
            && let Some(login_id) = wire.json.as_ref().and_then(|body| first_text(body, members))
        {
            self.look_up(login_id).await;
        }
    }

    fn may_look_up(&self) -> bool {
        self.lasting && self.management_key.is_some()
    }

    /// Notes a user before a request that may make it, and reserves the request that deletes it. Returns whether it is
    /// a new one.
    pub(super) fn before(&self, operation: Option<OperationId>, body: &Payload) -> Result<bool, NotSent> {
        let Some(login_id) = self.made_by(operation, body) else { return Ok(false) };
        let new = self.journal.ask(login_id).map_err(|error| NotSent::Journal(error.to_string()))?;
        if new && let Err(reached) = self.reserve(self.asks_for_message(operation)) {
            self.journal.gone(login_id);
            return Err(reached.into());
        }
        Ok(new)
    }

    /// Forgets a user that was noted and never asked for.
    pub(super) fn not_sent(&self, operation: Option<OperationId>, body: &Payload) {
        if let Some(login_id) = self.made_by(operation, body) {
            self.forget(login_id);
        }
    }

    /// Notes what became of it; `new` is what [`before`](Target::before) returned.
    pub(super) fn after(&self, operation: Option<OperationId>, body: &Payload, answer: &Answer, new: bool) {
        let response = answer.response();
        let accepted = response.is_some_and(Response::is_success);
        if let Some(login_id) = self.made_by(operation, body) {
            let known = response.filter(|response| response.status < 500).map(|_| accepted);
            let proves = making(operation) == Some(Making::Managed);
            match self.journal.answered(login_id, Became { made: known, new, proves }) {
                Change::None => {}
                // Without a place in the budget it is deleted if there is room in the end.
                Change::Came => {
                    let _ = self.reserve(false);
                }
                Change::Went => self.release(),
            }
        } else if operation == Some(OperationId::DeleteUser)
            && (accepted || response.is_some_and(|response| response.status == 404))
            && let Some(login_id) = named(body)
        {
            self.forget(login_id);
        }
    }

    /// Whom a request may make, if that is to be noted.
    fn made_by<'b>(&self, operation: Option<OperationId>, body: &'b Payload) -> Option<&'b str> {
        match making(operation)? {
            Making::Managed => named(body),
            Making::ByMessage(members) => first_text(body.json()?, members).filter(|_| self.lasting),
        }
    }

    fn forget(&self, login_id: &str) {
        if self.journal.gone(login_id) {
            self.release();
        }
    }

    /// Without a key nothing is ever deleted, and nothing reserved for it.
    fn reserve(&self, asks_for_message: bool) -> Result<(), super::Reached> {
        let requests = u64::from(self.management_key.is_some());
        self.budget.reserve(requests, asks_for_message)
    }

    fn release(&self) {
        self.budget.release(u64::from(self.management_key.is_some()));
    }
}

/// The first of these members that holds a text.
fn first_text<'b>(body: &'b Value, members: &[&str]) -> Option<&'b str> {
    let text = |pointer: &&str| body.pointer(pointer)?.as_str().filter(|text| !text.is_empty());
    members.iter().find_map(text)
}

/// Whom a body of the management API names.
fn named(body: &Payload) -> Option<&str> {
    body.str_at("/loginId").or(body.str_at("/identifier")).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sign_up_without_a_login_id_is_named_by_its_number() {
        let Some(Making::ByMessage(members)) = making(Some(OperationId::SignupSms)) else {
            panic!("a sign-up makes users")
        };
        for (body, due) in [
            (json!({ "loginId": "a", "phone": "b" }), Some("a")),
            (json!({ "loginId": "", "phone": "b" }), Some("b")),
            (json!({ "loginId": null, "user": { "phone": "c" } }), Some("c")),
            (json!({ "phone": 1 }), None),
        ] {
            assert_eq!(first_text(&body, members), due, "{body}");
        }
    }
}
