//! Sending a code: it voids the one sent before, takes its place, and goes out.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Millis;
use super::code::{self, Code, Origin, Presented, Purpose};
use super::fault::Fault;
use super::inbox::{self, Message};
use super::options::LoginOptions;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::server::Server;
use super::store::Store;
use super::user::{User, UserId};
use super::variant::Variant;

/// The operations that send a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Initiation {
    SignUpOrIn,
    SignUp,
    SignIn,
    UpdatePhone,
}

/// A code to be sent: for whom, where to, and what it will complete.
pub(crate) struct Order {
    pub(crate) by: Initiation,
    pub(crate) login_id: String,
    /// No other send for this login ID is under way.
    pub(crate) alone: bool,
    pub(crate) user: User,
    pub(crate) recipient: String,
    pub(crate) purpose: Purpose,
    pub(crate) options: LoginOptions,
    pub(crate) presented: Option<Presented>,
}

/// A code that is in force, and what it displaced.
pub(crate) struct Sent {
    pub(crate) user: UserId,
    message: Arc<Message>,
    voided: Vec<Code>,
    /// Nothing goes out.
    silent: bool,
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
        self.admit_message(store, &order, now)?;
        let value = self.code_for(&order.user, drawn, now)?;
        let message = Arc::new(self.compose(store, &order, &value, now));
        let code = Code::sent(value, &order, self.rules.max_attempts, now);
        let mut user = order.user;
        let id = user.id;
        let generated = user.test && self.fixed_code(&user).is_none();
        if generated && self.variants.has(Variant::TestUsersAreNotTexted) {
            return Ok(Sent { user: id, message, voided: Vec::new(), silent: true });
        }
        self.heed_options_early(&mut user, &code);
        user.last_message = Some(Arc::clone(&message));
        let voided = self.supersede(&mut user, code, order.alone);
        store.insert(user);
        self.void_others(store, id);
        if !self.variants.has(Variant::LateMessages) {
            store.inbox.deliver(Arc::clone(&message));
        }
        Ok(Sent { user: id, message, voided, silent: false })
    }

    fn compose(&self, store: &mut Store, order: &Order, code: &str, now: Millis) -> Message {
        Message {
            seq: store.inbox.next_seq(),
            recipient: self.addressee(order.recipient.clone()),
            body: self.text(code, &order.options),
            sender: self.sms.as_ref().map_or("Descope", |sms| sms.sender()).to_owned(),
            token: code.to_owned(),
            time: now,
        }
    }

    /// A recipient whose window is full gets no message, and keeps the code it has.
    fn admit_message(&self, store: &mut Store, order: &Order, now: Millis) -> Result<(), Refusal> {
        let window = self.rules.resend_window;
        let counted =
            if self.faults.has(Fault::ResendLimitBySpelling) { &order.login_id } else { &order.recipient };
        let wait = store.inbox.wait(counted, now, self.rules.resend_limit, window);
        match wait {
            Some(wait) if !self.faults.has(Fault::ResendLimitIgnored) => {
                self.refuse_message(store, order, now);
                Err(self.resend_refusal(wait))
            }
            _ => {
                store.inbox.count(counted, now, window);
                Ok(())
            }
        }
    }

    /// What a refused send must leave alone, and does, but for these.
    fn refuse_message(&self, store: &mut Store, order: &Order, now: Millis) {
        if self.faults.has(Fault::LimitedSendVoids) {
            forget_codes(store, &order.login_id);
        }
        if self.faults.has(Fault::LimitedSendStillSends)
            && let Some(code) = order.user.codes.last()
        {
            let message = Message {
                seq: store.inbox.next_seq(),
                recipient: order.recipient.clone(),
                body: inbox::text(&code.value, &order.options),
                sender: "Descope".to_owned(),
                token: code.value.clone(),
                time: now,
            };
            store.inbox.deliver(Arc::new(message));
        }
    }

    /// Options wait for the login they belong to.
    fn heed_options_early(&self, user: &mut User, code: &Code) {
        let Some(options) = code.options.as_ref().filter(|_| self.faults.any()) else { return };
        self.slips().first_options.entry(user.id).or_insert_with(|| options.clone());
        if options.revoke_others && self.faults.has(Fault::RevokeOthersAtInitiation) {
            user.sessions.clear();
        }
    }

    fn addressee(&self, recipient: String) -> String {
        if !self.faults.any() {
            return recipient;
        }
        let mut slips = self.slips();
        let before = std::mem::replace(&mut slips.last_recipient, recipient.clone());
        let misled = self.faults.every(5, Fault::MessageGoesToTheCallerBefore);
        if misled && !before.is_empty() { before } else { recipient }
    }

    fn text(&self, code: &str, options: &LoginOptions) -> String {
        if self.faults.has(Fault::MessageLacksTheCode) {
            return inbox::text("{{code}}", options);
        }
        if self.faults.has(Fault::MessageLosesZeros) {
            return inbox::text(code.trim_start_matches('0'), options);
        }
        inbox::text(code, options)
    }

    /// The code that this user always has, if it has one.
    fn fixed_code(&self, user: &User) -> Option<&str> {
        let (otp, pattern) = self.settings.static_otp.as_ref().zip(self.static_login_ids.as_ref())?;
        let matches = user.test && user.login_ids.iter().any(|id| pattern.is_match(id));
        matches.then_some(otp.code.as_str())
    }

    /// The fixed code of some test users; else the drawn one, unless it is the code it replaces.
    fn code_for(&self, user: &User, mut drawn: String, now: Millis) -> Result<String, Refusal> {
        if let Some(otp) =
            self.settings.static_otp.as_ref().filter(|_| self.faults.has(Fault::StaticCodeForAnybody))
        {
            return Ok(otp.code.clone());
        }
        if let Some(code) = self.fixed_code(user) {
            return Ok(code.to_owned());
        }
        let pending = user.codes.iter().find(|code| code.origin == Origin::Sent && !self.expired(code, now));
        if let Some(pending) = pending
            && self.faults.has(Fault::ResendRepeatsTheCode)
        {
            return Ok(pending.value.clone());
        }
        while user.codes.iter().any(|code| code.value == drawn) {
            drawn = self.fresh_code()?;
        }
        Ok(drawn)
    }

    /// Hands the message to the gateway, if there is one, and answers.
    pub(crate) async fn dispatch(self: &Arc<Self>, sent: Sent) -> Outcome {
        if let Some(sms) = self.sms.as_ref().filter(|_| !sent.silent)
            && !sms.send(&sent.message).await
        {
            self.withdraw(sent);
            return Err(Refusal::not_delivered());
        }
        if self.variants.has(Variant::LateMessages) && !sent.silent {
            self.deliver_late(&sent.message);
        }
        let mut reply = Reply::ok(self.sent_body(&sent.message.recipient));
        self.misdescribe_send(&mut reply, &sent.message.recipient, &sent.message.token);
        Ok(reply)
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
        let Some(user) = store.user_mut(sent.user) else { return };
        let ours = |code: &Code| code.origin == Origin::Sent && code.value == sent.message.token;
        if let Some(at) = user.codes.iter().position(ours) {
            user.codes.remove(at);
            user.codes.extend(sent.voided);
            user.last_message = None;
        }
    }
}

impl Server {
    /// Every initiation, by whatever operation, voids the code sent before (docs: OTP / SMS / Sign-In); a generated
    /// one stays.
    fn supersede(&self, user: &mut User, mut code: Code, alone: bool) -> Vec<Code> {
        let sent = |old: &Code| old.origin == Origin::Sent;
        let resend = user.codes.iter().any(sent);
        let keeps = |fault| self.faults.has(fault);
        let by = code.by;
        let lenient = !alone
            || (by == Initiation::SignIn && keeps(Fault::SignInVoidsNothing))
            || (by == Initiation::SignUp && keeps(Fault::SignUpVoidsNothing))
            || (resend && self.faults.every(3, Fault::EveryThirdResendKeepsTheOld));
        if lenient {
            user.codes.push(code);
            return Vec::new();
        }
        if resend && keeps(Fault::FirstCodeWins) {
            return Vec::new();
        }
        if resend && keeps(Fault::ResentCodeNotStored) {
            code.attempts_left = 0;
        }
        let generated_too = keeps(Fault::InitiationVoidsGenerated);
        let (mut voided, kept): (Vec<_>, Vec<_>) =
            user.codes.drain(..).partition(|old| sent(old) || generated_too);
        user.codes = kept;
        if keeps(Fault::LastTwoCodesValid) {
            user.codes.extend(voided.pop());
        }
        if keeps(Fault::OldCodeLingers) {
            let lingering = voided.iter().cloned().map(|old| Code { dies: Some(code.issued + 2_000), ..old });
            user.codes.extend(lingering);
        }
        user.codes.push(code);
        voided
    }

    /// A send is nobody else's business.
    fn void_others(&self, store: &mut Store, id: UserId) {
        if self.faults.has(Fault::SendVoidsEverybody) {
            store.users_mut().filter(|user| user.id != id).for_each(|user| user.codes.clear());
        }
        if self.faults.has(Fault::SendVoidsTheUserBefore)
            && let Some(before) = store.user_before(id)
        {
            before.codes.clear();
        }
    }
}

/// Drops the codes of whoever has this login ID; only a bug does.
pub(crate) fn forget_codes(store: &mut Store, login_id: &str) {
    if let Some(user) = store.find(login_id).and_then(|id| store.user_mut(id)) {
        user.codes.clear();
    }
}
