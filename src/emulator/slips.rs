//! What a server should not remember from one request to the next; only faults read it.

use std::collections::HashSet;

use super::user::UserId;

/// Leftovers of earlier requests.
#[derive(Debug, Default)]
pub(crate) struct Slips {
    /// Where the last message went.
    pub(crate) last_recipient: String,
    /// Wrong guesses of all users together.
    pub(crate) wrong_guesses: u32,
    /// Codes that were used once.
    pub(crate) used_codes: HashSet<(UserId, String)>,
}
