//! Phone updates that apply too early, or to the wrong user.

use super::Bugs;
use crate::emulator::code::{AddressChange, Purpose};
use crate::emulator::fault::Fault;
use crate::emulator::id::UserId;
use crate::emulator::store::Store;

impl Bugs {
    /// An update needs no refresh JWT.
    pub(crate) fn updates_without_token(&self) -> bool {
        self.has(Fault::UpdateNeedsNoToken)
    }

    /// One user's refresh JWT updates the phone of another.
    pub(crate) fn updates_others(&self) -> bool {
        self.has(Fault::UpdateOfOthersAllowed)
    }

    /// An update shows before its code is verified.
    pub(crate) fn apply_early(&self, store: &mut Store, id: UserId, change: &AddressChange) {
        if self.has(Fault::UpdateAddsLoginIdAtOnce)
            && let Some(mut login_ids) = store.user(id).map(|user| user.login_ids.clone())
        {
            login_ids.push(change.address.clone());
            store.set_login_ids(id, login_ids);
        }
        if self.has(Fault::UpdateAppliesAtSend)
            && let Some(user) = store.user_mut(id)
        {
            user.set_address(change.channel, &change.address);
        }
    }

    /// A wrong code completes the update.
    pub(crate) fn apply_by_wrong_guess(&self, store: &mut Store, login_id: &str) {
        if !self.has(Fault::UpdateAppliesOnWrongCode) {
            return;
        }
        let Some(user) = store.find(login_id).and_then(|id| store.user_mut(id)) else { return };
        if let Some(Purpose::Update(change)) = user.codes.last().map(|code| code.purpose.clone()) {
            user.set_address(change.channel, &change.address);
        }
    }
}
