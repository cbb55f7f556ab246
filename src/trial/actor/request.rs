//! The request of a step: its blanks filled in, its bearer, and the test users that it speaks of.

use serde_json::{Value, json};

use super::StepExecutor;
use crate::contract::{Bearer, BearerForm, Case, DeliveryMethod, OperationId};
use crate::drive::{Noted, Wire};
use crate::suite::{Call, Reference};
use crate::trial::clothes::{Asker, sent_by};
use crate::trial::number_pool;
use crate::trial::people::{Person, Unavailable};

impl StepExecutor<'_> {
    pub(in crate::trial) async fn wire(&mut self, call: &Call) -> Result<Wire, Unavailable> {
        self.meet(call).await;
        self.test_users(call).await?;
        if call.references().iter().any(|r| matches!(r, Reference::Person { how: Some(_), .. })) {
            self.people.keys = self.session.target().keys(None).await;
        }
        let bearer = self.bearer(call)?;
        let (people, session) = (&mut self.people, self.session);
        let case = call.case(bearer, &mut |reference| people.resolve(session, reference))?;
        let wire = self.session.target().wire(case, call.method.as_deref());
        let wire = sent_by(self.asker(call), Wire { chunked: call.chunked, ..wire });
        self.session.prepare(&wire, Some(call.operation)).await;
        Ok(wire)
    }

    /// The client that makes a call: what is asked again, and what only the epilogue asks, comes from another one.
    fn asker(&self, call: &Call) -> Asker {
        match self.repeats {
            0 if self.in_epilogue => Asker::Other,
            0 => Asker::Usual,
            // What has no limit of its own is repeated as it is.
            nth if call.operation.is_verify() || self.issues_code(call) => Asker::Repeated(nth),
            _ => Asker::Usual,
        }
    }

    /// Chooses the numbers of the users whom a call is the first to speak of: none that a run beside this one uses.
    async fn meet(&mut self, call: &Call) {
        for name in users_of(call).filter(|name| !self.waiting.contains(*name)) {
            let mut choices = if self.people.has(name) { 0 } else { number_pool::MAX_ATTEMPTS };
            while choices > 0 {
                let number = self.people.person(self.session, name).number.clone();
                if !self.session.target().is_used_beside(&number).await {
                    break;
                }
                self.session.retire(&number);
                self.people.forget(name);
                choices -= 1;
            }
        }
    }

    /// Creates the test users that a call speaks of, before it speaks of them.
    async fn test_users(&mut self, call: &Call) -> Result<(), Unavailable> {
        for name in users_of(call) {
            if self.waiting.remove(name) {
                self.create(name).await?;
            }
        }
        Ok(())
    }

    /// Creates a test user; where the number has a user already, one with another number.
    async fn create(&mut self, name: &str) -> Result<(), Unavailable> {
        for choice in 1.. {
            let number = self.people.person(self.session, name).number.clone();
            let method = if number.contains('@') { DeliveryMethod::Email } else { DeliveryMethod::Sms };
            let (recipient, verified) = (method.recipient(), method.verified());
            let body = json!({ "loginId": number, recipient: number, verified: true });
            match self.manage(OperationId::CreateTestUser, body).await {
                Err(why) if choice == number_pool::MAX_ATTEMPTS => return Err(why),
                Err(_) => self.people.forget(name),
                Ok(_) => break,
            }
        }
        Ok(())
    }

    /// A management call of ours, which must be accepted.
    pub(super) async fn manage(&mut self, operation: OperationId, body: Value) -> Result<Noted, Unavailable> {
        let target = self.session.target();
        let key = target.management_key.as_deref().unwrap_or_default();
        let case = Case::new(operation, Bearer::of(&[&target.project_id, key])).with_json(body);
        let sent = self.session.send(&target.wire(case, None), Some(operation)).await;
        let noted = sent.map_err(|blocked| Unavailable::Missing(format!("not sent: {blocked}")))?;
        let answer =
            noted.answer.response().map(|r| format!("{} {}", r.status, r.error_code().unwrap_or_default()));
        match noted.accepted() {
            true => Ok(noted),
            false => Err(Unavailable::Missing(format!(
                "{operation} was answered {}",
                answer.unwrap_or("not at all".into())
            ))),
        }
    }

    /// The bearer of the step, or the one the contract asks for, with the newest token of the person.
    fn bearer(&mut self, call: &Call) -> Result<Bearer, Unavailable> {
        if let Some(template) = &call.bearer {
            let (people, session) = (&mut self.people, self.session);
            let value = template.fill_text(&mut |reference| people.resolve(session, reference))?;
            return Ok(if value.is_empty() { Bearer::Missing } else { Bearer::Header(value) });
        }
        let target = self.session.target().clone();
        let project = target.project_id.as_str();
        let mut token = |list: fn(&Person) -> &Vec<String>, what: &str| {
            let name = call
                .person()
                .ok_or_else(|| Unavailable::Missing("the step names no user; add by = \"…\"".into()))?;
            let person = self.people.person(self.session, name);
            list(person)
                .last()
                .cloned()
                .ok_or_else(|| Unavailable::Missing(format!("{name} has no {what} token")))
        };
        Ok(match target.contract().operation(call.operation).bearer {
            BearerForm::Project | BearerForm::None => Bearer::of(&[project]),
            BearerForm::Refresh => Bearer::of(&[project, &token(|person| &person.refresh, "refresh")?]),
            BearerForm::Session => Bearer::of(&[project, &token(|person| &person.session, "session")?]),
            BearerForm::Management => {
                let key = target
                    .management_key
                    .as_deref()
                    .ok_or_else(|| Unavailable::Missing("there is no management key".into()))?;
                Bearer::of(&[project, key])
            }
        })
    }
}

/// The users whom a call speaks of, in its order.
fn users_of(call: &Call) -> impl Iterator<Item = &str> {
    let named = call.references().into_iter().filter_map(|reference| match reference {
        Reference::Person { name, .. } => Some(name.as_str()),
        _ => None,
    });
    named.chain(call.by.as_deref())
}
