//! Sends that count, write or void the wrong thing.

use std::sync::Arc;

use super::Bugs;
use crate::emulator::clock::Millis;
use crate::emulator::code::{Code, Initiation, Origin, Purpose};
use crate::emulator::fault::Fault;
use crate::emulator::id::UserId;
use crate::emulator::inbox::{self, Message};
use crate::emulator::order::Order;
use crate::emulator::store::Store;
use crate::emulator::user::User;

impl Bugs {
    /// Messages are counted by the login ID as it was written, or by what the caller says its address is, and not by the
    /// recipient.
    pub(crate) fn counted_by(&self, order: &Order) -> Option<String> {
        if self.has(Fault::MessagesCountByForwardedAddress) {
            return Some(format!("{} from {}", order.recipient, order.forwarded_for));
        }
        self.has(Fault::ResendLimitBySpelling).then(|| order.login_id.clone())
    }

    /// Messages of phone updates pass by the limit.
    pub(crate) fn passes_by_the_limit(&self, order: &Order) -> bool {
        matches!(order.purpose, Purpose::Update(_)) && self.has(Fault::UpdatesAreNotCapped)
    }

    /// Messages are not counted at all.
    pub(crate) fn sends_without_limit(&self) -> bool {
        self.has(Fault::ResendLimitIgnored)
    }

    /// A send that was refused for its number clears the codes, or goes out all the same.
    pub(crate) fn after_limited_send(&self, store: &mut Store, order: &Order, now: Millis) {
        if self.has(Fault::LimitedSendVoids) {
            store.forget_codes(&order.login_id);
        }
        if self.has(Fault::LimitedSendStillSends)
            && let Some(code) = order.user.codes.last()
        {
            let message = Message {
                channel: order.channel,
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

    /// Options take effect before the login they belong to.
    pub(crate) fn heed_options_early(&self, user: &mut User, code: &Code) {
        let Some(options) = code.options.as_ref().filter(|_| self.any()) else { return };
        self.memory().first_options.entry(user.id).or_insert_with(|| options.clone());
        if options.revoke_others && self.has(Fault::RevokeOthersAtInitiation) {
            user.sessions.clear();
        }
    }

    /// Where a message really goes.
    pub(crate) fn redirect(&self, recipient: String) -> String {
        if !self.any() {
            return recipient;
        }
        let before = std::mem::replace(&mut self.memory().last_recipient, recipient.clone());
        let misled = self.every(5, Fault::MessageGoesToTheCallerBefore);
        if misled && !before.is_empty() { before } else { recipient }
    }

    /// The code as the message shows it.
    pub(crate) fn code_in_text<'a>(&self, code: &'a str) -> &'a str {
        if self.has(Fault::MessageLacksTheCode) {
            return "{{code}}";
        }
        if self.has(Fault::MessageLosesZeros) { code.trim_start_matches('0') } else { code }
    }

    /// The static code is every user's.
    pub(crate) fn static_code_for_all(&self) -> bool {
        self.has(Fault::StaticCodeForAnybody)
    }

    /// A resend repeats the pending code.
    pub(crate) fn repeats_pending_code(&self) -> bool {
        self.has(Fault::ResendRepeatsTheCode)
    }

    /// Puts a code in force beside or instead of others as only a bug does; gives it back where all is right.
    pub(crate) fn supersede(&self, user: &mut User, mut code: Code) -> Option<Code> {
        if !self.any() {
            return Some(code);
        }
        let resend = user.codes.iter().any(|old| old.origin == Origin::Sent);
        let beside = (code.by == Initiation::SignIn && self.has(Fault::SignInVoidsNothing))
            || (code.by == Initiation::SignUp && self.has(Fault::SignUpVoidsNothing))
            || (resend && self.every(3, Fault::EveryThirdResendKeepsTheOld));
        if beside {
            user.codes.push(code);
            return None;
        }
        if resend && self.has(Fault::FirstCodeWins) {
            return None;
        }
        if resend && self.has(Fault::ResentCodeNotStored) {
            code.attempts_left = 0;
        }
        Some(code)
    }

    /// A send voids the generated code too.
    pub(crate) fn voids_generated_codes(&self) -> bool {
        self.has(Fault::InitiationVoidsGenerated)
    }

    /// Codes that live on although a newer one, issued now, voids them.
    pub(crate) fn keep_superseded(&self, voided: &mut Vec<Code>, now: Millis) -> Vec<Code> {
        let mut kept = Vec::new();
        if self.has(Fault::LastTwoCodesValid) {
            kept.extend(voided.pop());
        }
        if self.has(Fault::OldCodeLingers) {
            kept.extend(voided.iter().cloned().map(|old| Code { dies: Some(now + 2_000), ..old }));
        }
        kept
    }

    /// A send voids the codes of other users.
    pub(crate) fn void_others(&self, store: &mut Store, id: UserId) {
        if self.has(Fault::SendVoidsEverybody) {
            store.users_mut().filter(|user| user.id != id).for_each(|user| user.codes.clear());
        }
        if self.has(Fault::SendVoidsTheUserBefore)
            && let Some(before) = store.user_before(id)
        {
            before.codes.clear();
        }
    }
}
