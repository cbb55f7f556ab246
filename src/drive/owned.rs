//! Which users a run makes: noted before the request that may make them, so that only those are ever deleted.
//!
//! A user made by the management API is ours if the target says so. One that a message may make is ours if no user
//! had its login ID when this run came: that is looked up before the first request, where there is a management key. Without
//! one nothing can be deleted either, and users are only counted.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::cleanup::came_since;
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
    match operation?.template() {
        OperationId::CreateTestUser | OperationId::CreateUser => Some(Making::Managed),
        OperationId::SIGNUP_IN | OperationId::SIGNIN => Some(Making::ByMessage(&["/loginId"])),
        // Without a login ID the number is the user's name. Source: docs: OTP / SMS / Sign-Up.
        OperationId::SIGNUP => {
            Some(Making::ByMessage(&["/loginId", "/phone", "/user/phone", "/email", "/user/email"]))
        }
        // The number may become the user's only name.
        OperationId::UPDATE => Some(Making::ByMessage(&["/phone", "/email"])),
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

    /// How many users the end of the run looks after: those that stay, and those of refused requests, who may.
    pub fn to_look_after(&self) -> usize {
        self.staying() + self.journal.refused().len()
    }

    /// Looks up whose a login ID is before a message may make a user of it. Does nothing where that is known, where
    /// it cannot be looked up, and where users go with the target.
    pub async fn look_up(&self, login_id: &str) {
        self.found(login_id).await;
    }

    /// Whether a run beside this one uses a number: its user came while this run went on, and not by it. Then the run
    /// takes its next numbers elsewhere: the other one goes on from here. Looks it up as [`look_up`](Target::look_up)
    /// does, and is false where that does nothing.
    pub async fn is_used_beside(&self, number: &str) -> bool {
        let found = self.found(number).await;
        found.is_some_and(|user| came_since(&user, self.began)) && self.numbers.leave()
    }

    /// The answer with the user who is there, where it is looked up.
    async fn found(&self, login_id: &str) -> Option<Payload> {
        if !self.may_look_up() || self.journal.is_known(login_id) {
            return None;
        }
        if self.numbers.has_named(login_id) {
            self.journal.looked_up(login_id, false);
            return None;
        }
        let case = self.load_user(login_id)?;
        let answer = self.ask(&self.wire(case, None), Some(OperationId::LoadUser)).await.ok()?;
        let response = answer.response()?;
        // What is not known stays so; then a user is deleted only if it is younger than the request.
        match response.status {
            404 => self.journal.looked_up(login_id, false),
            200..300 => self.journal.looked_up(login_id, true),
            _ => return None,
        }
        response.is_success().then(|| response.body.clone())
    }

    /// The request that looks a login ID up; none without a management key.
    pub(super) fn load_user(&self, login_id: &str) -> Option<Case> {
        let key = self.management_key.as_deref()?;
        let mut case = Case::new(OperationId::LoadUser, Bearer::of(&[&self.project_id, key]));
        case.query.push(("loginId".into(), login_id.to_owned()));
        Some(case)
    }

    /// Whom a request may make, if that is to be noted: every user that some server could read out of it.
    pub(super) fn made_by(&self, wire: &Wire, operation: Option<OperationId>) -> Vec<String> {
        let names = match (making(operation), &wire.json) {
            (None, _) => return Vec::new(),
            (Some(Making::Managed), Some(json)) => named(json).map(str::to_owned).into_iter().collect(),
            (Some(Making::ByMessage(_)), _) if !self.lasting => Vec::new(),
            (Some(Making::ByMessage(members)), Some(json)) => {
                first_text(json, members).map(str::to_owned).into_iter().collect()
            }
            // Of what is not one plain JSON text, servers read different things.
            (Some(_), None) => addressed(&wire.body),
        };
        names.into_iter().filter(|name| !name.is_empty()).collect()
    }

    /// [`look_up`](Target::look_up) of these, whom a message may make.
    pub(super) async fn look_up_named(&self, operation: Option<OperationId>, names: &[String]) {
        if matches!(making(operation), Some(Making::ByMessage(_))) {
            for login_id in names {
                self.look_up(login_id).await;
            }
        }
    }

    fn may_look_up(&self) -> bool {
        self.lasting && self.management_key.is_some()
    }

    /// Notes users before a request that may make them, and reserves the requests that delete them. Returns those that
    /// are new.
    pub(super) fn before(
        &self,
        operation: Option<OperationId>,
        names: &[String],
    ) -> Result<Vec<String>, NotSent> {
        let mut new = Vec::new();
        for login_id in names {
            let noted = self.journal.ask(login_id).map_err(|error| NotSent::Journal(error.to_string()))?;
            if !noted {
                continue;
            }
            let message = self.asks_for_message(operation) && new.is_empty();
            if let Err(reached) = self.reserve(message) {
                self.journal.gone(login_id);
                self.not_sent(&new);
                return Err(reached.into());
            }
            new.push(login_id.clone());
        }
        Ok(new)
    }

    /// Forgets users that were noted and never asked for.
    pub(super) fn not_sent(&self, new: &[String]) {
        new.iter().for_each(|login_id| self.forget(login_id));
    }

    /// Notes what became of them; `new` is what [`before`](Target::before) returned.
    pub(super) fn after(
        &self,
        operation: Option<OperationId>,
        request: &Payload,
        answer: &Answer,
        names: &[String],
        new: &[String],
    ) {
        let response = answer.response();
        let accepted = response.is_some_and(Response::is_success);
        let known = response.filter(|response| response.status < 500).map(|_| accepted);
        let open = response.is_some_and(|response| response.status != 400);
        // Where several are named it is not known which of them was made.
        let proves = making(operation) == Some(Making::Managed) && names.len() == 1;
        for login_id in names {
            let new = new.contains(login_id);
            match self.journal.answered(login_id, Became { made: known, new, open, proves }) {
                Change::None => {}
                // Without a place in the budget it is deleted if there is room in the end.
                Change::Came => {
                    let _ = self.reserve(false);
                }
                Change::Went => self.release(),
            }
        }
        if operation == Some(OperationId::DeleteUser)
            && (accepted || response.is_some_and(|response| response.status == 404))
            && let Some(login_id) = request.json().and_then(named)
        {
            self.forget(login_id);
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
fn named(body: &Value) -> Option<&str> {
    let text = |member: &str| body.get(member)?.as_str().filter(|id| !id.is_empty());
    text("loginId").or_else(|| text("identifier"))
}

/// So many users of one body are noted: a body that names more names none in particular.
const NAMED: usize = 8;

/// Every text that names a user to some reader of these bytes, be they one JSON text or not.
fn addressed(body: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        if names.len() < NAMED && !text.is_empty() && !names.iter().any(|known| known == text) {
            names.push(text.to_owned());
        }
    };
    if super::guard::names(body, &mut add).is_err() {
        let text = String::from_utf8_lossy(&body[..body.len().min(READABLE)]);
        for found in NAMED_IN_TEXT.iter().flat_map(|pattern| pattern.captures_iter(&text)) {
            add(&found[1]);
        }
    }
    names
}

/// So much of a text that is not JSON is searched for names, in bytes.
const READABLE: usize = 64 * 1024;

/// A value after the name of a member that names a user, in whatever notation.
static NAMED_IN_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:login_?ids?|phone|identifier)["'\\]*\s*[:=]\s*[\["'\\]*([^"'\\,}&\]\s]+)"#).ok()
});

#[cfg(test)]
mod tests;
