//! What a server should not remember from one request to the next.

use std::collections::{HashMap, HashSet};

use crate::emulator::clock::Millis;
use crate::emulator::code::{AddressChange, Code};
use crate::emulator::id::UserId;
use crate::emulator::options::LoginOptions;
use crate::emulator::user::Login;

/// Leftovers of earlier requests.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Addresses that updates replace.
    pub(crate) old_mail: HashMap<UserId, String>,
    /// Updates of e-mail addresses that wait for their code.
    pub(crate) waiting_update: HashMap<UserId, AddressChange>,
    /// Where the last message went.
    pub(crate) last_recipient: String,
    /// Wrong guesses of all users together.
    pub(crate) wrong_guesses: u32,
    /// Wrong guesses at a code, by the program that made them.
    pub(crate) guesses_by_client: HashMap<(String, String), u32>,
    /// The last completed login of any user.
    pub(crate) last_login: Option<Login>,
    /// Two users of one number exist.
    pub(crate) made_twins: bool,
    /// Requests under way.
    pub(crate) requests_in_flight: u32,
    /// Sends under way by login ID.
    pub(crate) sends_in_flight: HashMap<String, u32>,
    /// Options of the last login.
    pub(crate) last_options: HashMap<UserId, Box<LoginOptions>>,
    /// Options of the first initiation since the last login.
    pub(crate) first_options: HashMap<UserId, Box<LoginOptions>>,
    /// Codes that were spent, and when.
    pub(crate) spent_codes: Vec<(UserId, Code, Millis)>,
    /// Codes that were used once.
    pub(crate) used_codes: HashSet<(UserId, String)>,
}
