//! The messages that a client's sends have caused, as far as they can be seen.
//!
//! A message says to whom it went and not which request asked for it. It is credited to a send only where no other can
//! have caused it; otherwise any send before it may have, and the judge looks for one. Messages are looked for before
//! a request that may speak of one is passed on, so that what the client can know is in the record first.

use std::time::Duration;

use super::in_flight::InFlight;
use super::state::ProxyState;
use crate::contract::OperationId;
use crate::drive::code::Message;
use crate::exchange::{Answer, Capture, Delivery, Payload};

impl ProxyState {
    /// Looks for messages that a request may speak of, before it is passed on. What is there when a number is named
    /// for the first time is not this client's.
    pub(super) async fn look_before(&self, operation: Option<OperationId>, body: &Payload) {
        let speaks = operation.is_some_and(|id| id.is_verify() || self.issues_code(id));
        let Some((to, login_id)) = recipient(body).filter(|_| speaks && self.sees_messages()) else { return };
        let is_new = !self.recorder.mailboxes().contains_key(&to);
        if is_new {
            // Named before it is asked for: a second request at the same time must not take its own message for old.
            self.recorder.mailboxes().entry(to.clone()).or_default().login_id = login_id;
            let newest = self.look(&to).await.iter().map(|message| message.seq).max();
            let mut mailboxes = self.recorder.mailboxes();
            let mailbox = mailboxes.entry(to).or_default();
            mailbox.cursor = mailbox.cursor.max(newest.unwrap_or(0));
        } else {
            self.recorder.mailboxes().entry(to.clone()).or_default().login_id = login_id;
            self.sweep(&to, self.recorder.epoch()).await;
        }
    }

    /// A send is about to be passed on.
    pub(super) fn expect_message(&self, passing: &InFlight) {
        if let Some(to) = self.sends_to(passing) {
            self.recorder.mailboxes().entry(to).or_default().awaited.push(passing.arrival.id);
        }
    }

    /// Writes down the message that a send has caused, if it can be seen by now. After a refusal none comes; after a
    /// lost answer one may.
    pub(super) async fn note_message(&self, passing: &InFlight, answer: &Answer) {
        let Some(to) = self.sends_to(passing) else { return };
        if answer.response().is_some_and(|response| (400..500).contains(&response.status)) {
            self.recorder.mailboxes().entry(to).or_default().withdraw(passing.arrival.id);
        } else {
            self.sweep(&to, passing.arrival.epoch).await;
        }
    }

    /// Puts what has come to this number since into the record.
    async fn sweep(&self, to: &str, epoch: usize) {
        for message in self.look(to).await {
            let Some(mailbox) = self.recorder.mailboxes().get_mut(to).map(|it| it.take(message.seq)) else {
                return;
            };
            let Some(sent_by) = mailbox else { continue };
            let text = message.as_read();
            let Message { code, others, method, .. } = message;
            let delivery =
                Delivery { to: to.to_owned(), code, text, others, method, sent_by, at: self.recorder.now() };
            self.recorder.caught(epoch, delivery);
        }
    }

    async fn look(&self, to: &str) -> Vec<Message> {
        let (cursor, login_id) = {
            let mailboxes = self.recorder.mailboxes();
            mailboxes.get(to).map_or((0, String::new()), |known| (known.cursor, known.login_id.clone()))
        };
        // A source that cannot be read shows nothing; what depends on it is then open to the judge.
        self.target.codes.messages(to, &login_id, cursor, Duration::ZERO).await.unwrap_or_default()
    }

    /// The number that this request asks a message for, where messages can be seen.
    fn sends_to(&self, passing: &InFlight) -> Option<String> {
        let issues = passing.arrival.operation.is_some_and(|id| self.issues_code(id));
        let (to, _) = recipient(&passing.body()).filter(|_| issues && self.sees_messages())?;
        Some(to)
    }

    fn issues_code(&self, operation: OperationId) -> bool {
        self.target.contract().operation(operation).issues_code
    }

    fn sees_messages(&self) -> bool {
        matches!(self.target.codes.capture(), Capture::EachMessage | Capture::LatestOnly)
    }
}

/// The number that a send goes to, in international form, and what the request named the person by.
fn recipient(body: &Payload) -> Option<(String, String)> {
    let named = ["/phone", "/user/phone", "/loginId"].into_iter().filter_map(|at| body.str_at(at));
    let phone = named.into_iter().find(|text| text.starts_with('+'))?;
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let login_id = body.str_at("/loginId").unwrap_or(phone);
    Some((format!("+{digits}"), login_id.to_owned()))
}
