//! An order to send a code: for whom, where to, and what its verification will complete.

use super::channel::Channel;
use super::clock::Millis;
use super::code::{Code, Initiation, Presented, Purpose};
use super::options::LoginOptions;
use super::user::User;

/// A code to be sent: for whom, where to, and what it will complete.
pub(crate) struct Order {
    pub(crate) by: Initiation,
    pub(crate) channel: Channel,
    pub(crate) login_id: String,
    /// No other send for this login ID is under way.
    pub(crate) alone: bool,
    pub(crate) user: User,
    pub(crate) recipient: String,
    pub(crate) purpose: Purpose,
    pub(crate) options: LoginOptions,
    pub(crate) presented: Option<Presented>,
    /// The address that the request says it was forwarded for.
    pub(crate) forwarded_for: String,
}

impl Order {
    /// The code that goes out for it.
    pub(crate) fn code(&self, value: String, attempts: u32, now: Millis) -> Code {
        Code {
            value,
            issued: now,
            attempts_left: attempts,
            purpose: self.purpose.clone(),
            options: LoginOptions::kept(&self.options),
            presented: self.presented.clone().map(Box::new),
            by: self.by,
            channel: self.channel,
            ..Code::found(now)
        }
    }
}
