//! Sending a code: it voids the one sent before, takes its place, and goes out.

use std::sync::Arc;

use serde_json::json;

use super::clock::Millis;
use super::code::{self, Code, Origin, Presented, Purpose};
use super::inbox::{self, Message};
use super::options::LoginOptions;
use super::phone;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::server::Server;
use super::store::Store;
use super::user::{User, UserId};

/// A code to be sent: for whom, where to, and what it will complete.
pub(crate) struct Order {
    pub(crate) user: User,
    pub(crate) recipient: String,
    pub(crate) purpose: Purpose,
    pub(crate) options: LoginOptions,
    pub(crate) presented: Option<Presented>,
}

/// A code that is in force, and what it displaced.
pub(crate) struct Sent {
    user: UserId,
    message: Arc<Message>,
    voided: Vec<Code>,
}

impl Server {
    /// A code nobody can guess.
    pub(crate) fn fresh_code(&self) -> Result<String, Refusal> {
        code::draw(self.rules.code_length, self.rules.code_alphabet).ok_or_else(Refusal::not_delivered)
    }

    /// Puts a code in force, unless the recipient has had its messages for now; then nothing changes.
    pub(crate) fn issue(
        &self,
        store: &mut Store,
        order: Order,
        drawn: String,
        now: Millis,
    ) -> Result<Sent, Refusal> {
        let window = self.rules.resend_window;
        if let Some(wait) = store.inbox.wait(&order.recipient, now, self.rules.resend_limit, window) {
            return Err(Refusal::limited(wait));
        }
        store.inbox.count(&order.recipient, now, window);
        let value = self.code_for(&order.user, drawn)?;
        let message = Arc::new(Message {
            seq: store.inbox.next_seq(),
            recipient: order.recipient,
            body: inbox::text(&value, &order.options),
            sender: self.sms.as_ref().map_or("Descope", |sms| sms.sender()).to_owned(),
            token: value.clone(),
            time: now,
        });
        let code = Code {
            value,
            origin: Origin::Sent,
            issued: now,
            attempts_left: self.rules.max_attempts,
            purpose: order.purpose,
            options: (order.options != LoginOptions::default()).then(|| Box::new(order.options)),
            presented: order.presented.map(Box::new),
        };
        let mut user = order.user;
        let id = user.id;
        let voided = supersede(&mut user, code);
        store.insert(user);
        store.inbox.deliver(Arc::clone(&message));
        Ok(Sent { user: id, message, voided })
    }

    /// The fixed code of some test users; else the drawn one, unless it is the code it replaces.
    fn code_for(&self, user: &User, mut drawn: String) -> Result<String, Refusal> {
        let fixed = self.settings.static_otp.as_ref().zip(self.static_login_ids.as_ref());
        if let Some((otp, pattern)) = fixed
            && user.test
            && user.login_ids.iter().any(|id| pattern.is_match(id))
        {
            return Ok(otp.code.clone());
        }
        while user.codes.iter().any(|code| code.value == drawn) {
            drawn = self.fresh_code()?;
        }
        Ok(drawn)
    }

    /// Hands the message to the gateway, if there is one, and answers.
    pub(crate) async fn dispatch(&self, sent: Sent) -> Outcome {
        if let Some(sms) = &self.sms
            && !sms.send(&sent.message).await
        {
            self.withdraw(sent);
            return Err(Refusal::not_delivered());
        }
        let masked = phone::masked(&sent.message.recipient);
        Ok(Reply::ok(json!({ "maskedPhone": masked, "verificationAttempts": self.rules.max_attempts })))
    }

    /// A message that never went out voids nothing, unless a later one did.
    fn withdraw(&self, sent: Sent) {
        let mut store = self.store();
        let Some(user) = store.user_mut(sent.user) else { return };
        let ours = |code: &Code| code.origin == Origin::Sent && code.value == sent.message.token;
        if let Some(at) = user.codes.iter().position(ours) {
            user.codes.remove(at);
            user.codes.extend(sent.voided);
        }
    }
}

/// Every initiation, by whatever operation, voids the code sent before (docs: OTP / SMS / Sign-In); a generated one stays.
fn supersede(user: &mut User, code: Code) -> Vec<Code> {
    let (voided, kept) = user.codes.drain(..).partition(|old| old.origin == Origin::Sent);
    user.codes = kept;
    user.codes.push(code);
    voided
}
