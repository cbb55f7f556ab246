//! What is known of a user, and how a line of the journal says it.

use serde::{Deserialize, Serialize};

/// What is known of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// Asked for; whether it is there, and whose it is then, is not known.
    Asked,
    /// Ours: no user had this login ID when we came, or the target said that it was made for us.
    Made,
    /// Not there when we came, and refused each time. A server may refuse a request and have made the user all the same.
    Refused,
    /// Not there any more, or never ours.
    Gone,
    /// Not there when we came, and not asked for since. Never written.
    #[serde(skip)]
    Free,
    /// There before we came: a stranger's. Never written.
    #[serde(skip)]
    Stranger,
}

impl State {
    /// Whether a user of ours may be there.
    pub(super) fn is_living(self) -> bool {
        matches!(self, State::Asked | State::Made)
    }
}

/// Whose user a login ID names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// No user had it when this run came; the one that is there now was made by this run.
    Ours,
    /// It was there before this run came.
    Stranger,
    /// Not known: it was not looked up, or that failed.
    Unknown,
}

/// What became of a request that may make a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::drive) struct Became {
    /// `Some(true)` it was accepted, `Some(false)` the target refused, `None` it is not known.
    pub(in crate::drive) made: Option<bool>,
    /// It brought the user onto the list of those that may be there.
    pub(in crate::drive) new: bool,
    /// It was refused, and not for what it held: it may have made the user before that.
    pub(in crate::drive) open: bool,
    /// To be accepted proves that the user was made by it.
    pub(in crate::drive) proves: bool,
}

/// What an answer changed on the list of users that may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::drive) enum Change {
    /// Nothing.
    None,
    /// A user came onto it.
    Came,
    /// A user went from it.
    Went,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) login_id: String,
    pub(super) state: State,
    /// Seconds since 1970, when it was asked for.
    pub(super) at: i64,
}

/// A user that a dead run may have left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its login ID.
    pub login_id: String,
    /// Whether the run knew that it made it. If not, it may be another user of the same name.
    pub sure: bool,
    /// When it was asked for, in seconds since 1970.
    pub asked_at: i64,
}

/// What this run knows of a login ID.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) state: State,
    /// Seconds since 1970, when it was first spoken of.
    pub(super) at: i64,
    /// Whether the target accepted a request that makes it.
    pub(super) accepted: bool,
}
