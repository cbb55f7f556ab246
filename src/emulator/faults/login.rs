//! Logins that mix up users, options and sessions.

use super::Bugs;
use crate::emulator::code::{Code, Initiation};
use crate::emulator::fault::Fault;
use crate::emulator::id::UserId;
use crate::emulator::options::LoginOptions;
use crate::emulator::store::Store;
use crate::emulator::user::User;

impl Bugs {
    /// A user who logs in again gets another ID.
    pub(crate) fn identity(&self, store: &mut Store, id: UserId, by: Initiation) -> UserId {
        if !self.any() {
            return id;
        }
        let id = if self.renews_identity(store, id, by) { store.renew_id(id) } else { id };
        if self.memory().made_twins {
            store.point_to_twin(id);
        }
        id
    }

    fn renews_identity(&self, store: &Store, id: UserId, by: Initiation) -> bool {
        store.user(id).is_some_and(|user| user.has_logged_in)
            && (self.has(Fault::FreshIdAtEachLogin)
                || self.every(3, Fault::FreshIdEveryThirdLogin)
                || (by == Initiation::SignIn && self.has(Fault::SignInForksTheUser)))
    }

    /// The options that a login heeds, where they are not those of its own send.
    pub(crate) fn options(&self, user: &User, code: &Code) -> Option<Box<LoginOptions>> {
        let own = code.options.clone();
        if !self.any() {
            return own;
        }
        let mut memory = self.memory();
        let heeded = if self.has(Fault::OptionsStick) {
            own.or_else(|| memory.last_options.get(&user.id).cloned())
        } else if self.has(Fault::SupersededOptionsStay) {
            memory.first_options.remove(&user.id).or(own)
        } else {
            own
        };
        if let Some(options) = &heeded {
            memory.last_options.insert(user.id, options.clone());
        }
        heeded
    }

    /// No login is ever a step-up.
    pub(crate) fn ignores_stepup(&self) -> bool {
        self.has(Fault::StepUpIgnored)
    }

    /// A step-up lasts for all later logins of the user.
    pub(crate) fn keeps_stepup(&self, user: &User) -> bool {
        self.has(Fault::StepUpSticks) && user.sessions.iter().any(|old| old.stepped_up_until.is_some())
    }

    /// Two verifications over one channel count as two factors.
    pub(crate) fn counts_one_channel_twice(&self) -> bool {
        self.has(Fault::SameChannelIsMultiFactor)
    }

    /// The other sessions live on.
    pub(crate) fn ignores_revocation(&self) -> bool {
        self.has(Fault::RevokeOthersIgnored)
    }

    /// The new session ends with the others.
    pub(crate) fn revokes_the_new_session(&self) -> bool {
        self.has(Fault::RevokeOthersTakesTheNew)
    }
}
