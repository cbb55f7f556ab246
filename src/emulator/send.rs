//! Sending a code: it voids the one sent before, takes its place, and goes out.

use std::sync::Arc;
use std::time::Duration;

use super::channel::Channel;
use super::clock::Millis;
use super::code::{self, Code, Origin};
use super::id::UserId;
use super::inbox::{self, Message};
use super::order::Order;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::state::Server;
use super::store::Store;
use super::user::User;
use super::variant::Variant;

/// A code that is in force, and what it displaced.
pub(crate) struct Sent {
    pub(crate) user: UserId,
    message: Arc<Message>,
    voided: Vec<Code>,
    /// Nothing goes out.
    silent: bool,
}

impl Server {
    /// A code that cannot be guessed.
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
        self.admit_message(store, &order, now)?;
        let value = self.code_for(&order.user, drawn, now)?;
        let message = Arc::new(self.compose(store, &order, &value, now));
        let code = order.code(value, self.rules.max_attempts, now);
        let mut user = order.user;
        let id = user.id;
        let generated = user.test && self.fixed_code(&user).is_none();
        if generated && self.variants.has(Variant::TestUsersAreNotTexted) {
            return Ok(Sent { user: id, message, voided: Vec::new(), silent: true });
        }
        self.bugs.heed_options_early(&mut user, &code);
        user.last_message = Some(Arc::clone(&message));
        let voided = self.supersede(&mut user, code, order.alone);
        store.insert(user);
        self.bugs.void_others(store, id);
        if !self.variants.has(Variant::LateMessages) {
            store.inbox.deliver(Arc::clone(&message));
        }
        Ok(Sent { user: id, message, voided, silent: false })
    }

    /// A recipient whose window is full gets no message, and keeps the code it has (docs: OTP settings).
    fn admit_message(&self, store: &mut Store, order: &Order, now: Millis) -> Result<(), Refusal> {
        if self.bugs.passes_by_the_limit(order) {
            return Ok(());
        }
        let counted = self.bugs.counted_by(order).map_or_else(|| self.counted_by(order), |it| vec![it]);
        let window = self.rules.resend_window;
        let waits = counted.iter().map(|it| store.inbox.wait(it, now, self.rules.resend_limit, window));
        match waits.flatten().max() {
            Some(wait) if !self.bugs.sends_without_limit() => {
                self.bugs.after_limited_send(store, order, now);
                Err(self.resend_refusal(wait))
            }
            _ => {
                counted.iter().for_each(|it| store.inbox.count(it, now, window));
                Ok(())
            }
        }
    }

    fn compose(&self, store: &mut Store, order: &Order, code: &str, now: Millis) -> Message {
        let recipient = self.bugs.redirect(order.recipient.clone());
        Message {
            seq: store.inbox.next_seq(),
            channel: self.bugs.way_out(order.channel).to(&recipient),
            recipient,
            body: inbox::text(&self.as_written(self.bugs.code_in_text(code), order.channel), &order.options),
            sender: self.sms.as_ref().map_or("Descope", |sms| sms.sender()).to_owned(),
            token: code.to_owned(),
            time: now,
        }
    }

    /// The fixed code of some test users (docs: Test Users); else the drawn one, unless it is the code it replaces.
    fn code_for(&self, user: &User, mut drawn: String, now: Millis) -> Result<String, Refusal> {
        let of_all = self.settings.static_otp.as_ref().filter(|_| self.bugs.static_code_for_all());
        if let Some(otp) = of_all {
            return Ok(otp.code.clone());
        }
        if let Some(code) = self.fixed_code(user) {
            return Ok(code.to_owned());
        }
        let pending = user.codes.iter().find(|code| code.origin == Origin::Sent && !self.expired(code, now));
        if let Some(pending) = pending.filter(|_| self.bugs.repeats_pending_code()) {
            return Ok(pending.value.clone());
        }
        while user.codes.iter().any(|code| code.value == drawn) {
            drawn = self.fresh_code()?;
        }
        Ok(drawn)
    }

    /// The code that this user always has, if it has one.
    fn fixed_code(&self, user: &User) -> Option<&str> {
        let (otp, pattern) = self.settings.static_otp.as_ref().zip(self.static_login_ids.as_ref())?;
        let matches = user.test && user.login_ids.iter().any(|id| pattern.is_match(id));
        matches.then_some(otp.code.as_str())
    }

    /// Every initiation, by whatever operation, voids the code sent before (docs: OTP / SMS / Sign-In); a generated
    /// one stays. Sends that overlap may not see each other.
    fn supersede(&self, user: &mut User, code: Code, alone: bool) -> Vec<Code> {
        if !alone {
            user.codes.push(code);
            return Vec::new();
        }
        if self.bugs.first_method_wins(user, &code) {
            return Vec::new();
        }
        let Some(code) = self.bugs.supersede(user, code) else { return Vec::new() };
        if self.bugs.mail_voids_nothing(&code) {
            user.codes.push(code);
            return Vec::new();
        }
        let apart = self.variants.has(Variant::MethodsVoidApart);
        let generated_too = self.bugs.voids_generated_codes();
        let within = |old: &Code| !apart || old.channel == code.channel;
        let is_voided = |old: &Code| (old.origin == Origin::Sent && within(old)) || generated_too;
        let (mut voided, mut kept): (Vec<_>, Vec<_>) = user.codes.drain(..).partition(is_voided);
        kept.extend(self.bugs.keep_superseded(&mut voided, code.issued));
        kept.push(code);
        user.codes = kept;
        voided
    }

    /// Hands the message to the gateway, if there is one, and answers.
    pub(crate) async fn dispatch(self: &Arc<Self>, sent: Sent) -> Outcome {
        if !sent.silent && !self.carry(&sent.message).await {
            self.withdraw(sent);
            return Err(Refusal::not_delivered());
        }
        if self.variants.has(Variant::LateMessages) && !sent.silent {
            self.deliver_late(&sent.message);
        }
        let mut reply = Reply::ok(self.sent_body(&sent.message.recipient));
        self.show_other_mask(&mut reply.body, sent.user, sent.message.channel);
        self.bugs.corrupt_send(&mut reply, &sent.message.recipient, &sent.message.token);
        Ok(reply)
    }

    /// Lets the message leave the emulator, where something takes it; false when that failed.
    async fn carry(&self, message: &Message) -> bool {
        match (message.channel, &self.sms, &self.mail) {
            (Channel::Sms, Some(sms), _) => sms.send(message, None).await,
            (Channel::Email, _, Some(mail)) => mail.send(message).await,
            _ => true,
        }
    }

    fn deliver_late(self: &Arc<Self>, message: &Arc<Message>) {
        let (server, message) = (Arc::clone(self), Message::clone(message));
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let inbox = &mut server.store().inbox;
            // In the order of arrival: a reader asks for what came after the last one it saw.
            let seq = inbox.next_seq();
            inbox.deliver(Arc::new(Message { seq, ..message }));
        });
    }

    /// A message that never went out voids nothing, unless a later one did.
    fn withdraw(&self, sent: Sent) {
        let mut store = self.store();
        store.inbox.withdraw(&sent.message);
        let Some(user) = store.user_mut(sent.user) else { return };
        let ours = |code: &Code| code.origin == Origin::Sent && code.value == sent.message.token;
        if let Some(at) = user.codes.iter().position(ours) {
            user.codes.remove(at);
            user.codes.extend(sent.voided);
            user.last_message = None;
        }
    }
}
