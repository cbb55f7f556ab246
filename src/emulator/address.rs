//! The addresses of a user, by channel.

use super::channel::Channel;
use super::user::{Profile, User};

impl User {
    /// Where the codes of a channel go; empty where nothing is on file.
    pub(crate) fn address(&self, channel: Channel) -> &str {
        match channel.is_mail() {
            false => &self.phone,
            true => self.profile.as_ref().map_or("", |profile| &profile.email),
        }
    }

    pub(crate) fn set_address(&mut self, channel: Channel, address: &str) {
        match channel.is_mail() {
            false => address.clone_into(&mut self.phone),
            true => address.clone_into(&mut self.own_profile().email),
        }
    }

    /// The address is the user's own: a code that went there came back.
    pub(crate) fn verify_address(&mut self, channel: Channel) {
        match channel.is_mail() {
            false => self.verified_phone = true,
            true => self.own_profile().verified_email = true,
        }
    }

    fn own_profile(&mut self) -> &mut Profile {
        self.profile.get_or_insert_default()
    }
}
