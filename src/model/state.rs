//! What a right server may believe about one group of connected identities.

use std::collections::{BTreeMap, BTreeSet};

use super::call::SendKind;
use crate::contract::{DeliveryMethod, RequirementId};
use crate::exchange::Micros;

/// A requirement that must have been broken, for a history to make sense.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Breach {
    /// The requirement.
    pub requirement: RequirementId,
    /// What a right server would have said.
    pub expected: String,
    /// What this one said.
    pub seen: String,
    /// Exchanges that show it besides the one at hand.
    pub with: Vec<usize>,
    /// It is the weaker, second sentence of the requirement that is broken.
    pub second: bool,
}

impl Breach {
    pub(super) fn new(
        requirement: RequirementId,
        expected: impl Into<String>,
        seen: impl Into<String>,
    ) -> Breach {
        Breach { requirement, expected: expected.into(), seen: seen.into(), with: Vec::new(), second: false }
    }

    pub(super) fn with(mut self, exchange: usize) -> Breach {
        self.with.push(exchange);
        self
    }
}

/// How far the server knows a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Registration {
    /// Not known to us: the number may have been used before this run.
    #[default]
    Unknown,
    /// Certainly not registered.
    Absent,
    /// Asked for a code, never used one.
    Pending,
    /// Made by the management API, never logged in.
    Invited,
    /// Has logged in.
    Registered,
}

/// Why a code no longer opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Void {
    /// A later send replaced it.
    Superseded {
        /// The exchange of that send.
        by: usize,
        /// The exchange that had sent the code.
        of: usize,
        /// Through which doors the two went.
        doors: (SendKind, SendKind),
    },
    /// It opened a session.
    Spent {
        /// The exchange that did.
        by: usize,
    },
}

/// One live code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PendingCode {
    /// The code; `None` was never seen by us.
    pub code: Option<String>,
    /// The exchange that asked for it.
    pub exchange: usize,
    /// Through which door.
    pub door: SendKind,
    /// How it was delivered, or was to be; `None` for one that was generated where no method was named.
    pub method: Option<DeliveryMethod>,
    /// Whether there was a send by another method since.
    pub crossed: bool,
    /// It was sent no earlier than this.
    pub call: Micros,
    /// And no later than this.
    pub ret: Micros,
    /// Exchange of a refused send since, if there was one.
    pub refused_send: Option<usize>,
    /// An initiation took place since (test users only: it must leave a generated code alone).
    pub initiated: Option<usize>,
    /// Whether it must still work; the contract leaves open whether a newer generated code replaces an older one.
    pub certain: bool,
    /// Wrong guesses that surely count against it.
    pub guesses: u32,
    /// The guess that was refused with the word that there were too many, after others that were not.
    pub locked: Option<usize>,
    /// The `verificationAttempts` that its send announced; what that means is not documented.
    pub announced: Option<u64>,
}

/// One user, as far as the server must remember.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct User {
    /// How far known.
    pub standing: Registration,
    /// The user ID, once seen.
    pub id: Option<String>,
    /// Whether it is a test user.
    pub test: bool,
    /// The live code of the newest send.
    pub sent: Option<PendingCode>,
    /// Codes of other methods that were sent before it, and may work beside it or not.
    pub beside: Vec<PendingCode>,
    /// Live codes that the management API generated.
    pub generated: Vec<PendingCode>,
    /// Codes that no longer work, and why.
    pub void: BTreeMap<String, Void>,
    /// Refusals since the last login that may count as wrong guesses: some servers count on over a resend, and some
    /// count what others call malformed.
    pub guesses: u32,
    /// When the newest of them was refused.
    pub guessed_at: Micros,
    /// A code may have been sent before the record began.
    pub earlier: bool,
    /// A send whose answer was lost: from then on this user proves nothing.
    pub opaque: bool,
    /// Its status may be other than `enabled`: then its sessions may be refused, those of later logins too.
    pub suspended: bool,
}

/// A lockout after wrong guesses may outlast a new code; for how long nothing says, but not for ever.
const LOCKOUT: Micros = 86_400 * 1_000_000;

impl User {
    /// The codes that wait for it: sent or generated.
    pub(super) fn pending(&mut self) -> impl Iterator<Item = &mut PendingCode> {
        self.sent.iter_mut().chain(&mut self.beside).chain(&mut self.generated)
    }

    /// From now on either answer to the code of that exchange is right.
    pub(super) fn unsettle(&mut self, exchange: usize) {
        self.pending().filter(|slot| slot.exchange == exchange).for_each(|slot| slot.certain = false);
    }

    /// Refusals that may still count as wrong guesses at this moment.
    pub(super) fn guesses_at(&self, moment: Micros) -> u32 {
        if moment.saturating_sub(self.guessed_at) > LOCKOUT { 0 } else { self.guesses }
    }
}

/// Whether a refresh token still works, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SessionStatus {
    /// It works.
    Live,
    /// It was logged out.
    LoggedOut(usize),
    /// All of the user's sessions were.
    LoggedOutAll(usize),
    /// A login with `revokeOtherSessions` ended it.
    Revoked(usize),
    /// Its user's end, or rotation: either answer is right.
    Unknown,
}

impl SessionStatus {
    /// Whether nothing is known to have ended it.
    pub(super) fn may_live(self) -> bool {
        matches!(self, SessionStatus::Live | SessionStatus::Unknown)
    }
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KnownSession {
    /// Login ID of its user.
    pub who: String,
    /// The first token of the chain of refreshes that it belongs to: servers may end them together.
    pub family: String,
    /// Whether it works.
    pub life: SessionStatus,
    /// Whether a refresh replaced it.
    pub rotated: bool,
    /// Issued no earlier than this.
    pub call: Micros,
    /// And no later than this.
    pub ret: Micros,
    /// Seconds between `iat` and `exp`, if readable.
    pub lifetime: Option<u64>,
}

impl KnownSession {
    /// From now on either answer is right, if it still worked.
    pub(super) fn unsettle(&mut self) {
        if self.life == SessionStatus::Live {
            self.life = SessionStatus::Unknown;
        }
    }
}

/// What the history has shown of a limit that the profile does not give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interval {
    /// It is no less than this.
    pub least: u64,
    /// And no more than this, as this exchange showed.
    pub most: Option<(u64, usize)>,
}

impl Interval {
    /// The value was seen to be allowed.
    pub(super) fn allows(&mut self, value: u64) {
        self.least = self.least.max(value);
    }

    /// The value was seen to be too much.
    pub(super) fn forbids(&mut self, value: u64, exchange: usize) {
        if self.most.is_none_or(|(most, _)| value < most) {
            self.most = Some((value, exchange));
        }
    }
}

/// What a right server may believe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// Users by login ID.
    pub users: BTreeMap<String, User>,
    /// Sessions by refresh token.
    pub sessions: BTreeMap<String, KnownSession>,
    /// Deliveries that were matched with a send.
    pub bound: BTreeSet<String>,
    /// Lifetime of a sent code in microseconds, where the profile does not say.
    pub lifetime: Interval,
    /// Wrong guesses a code survives, where the profile does not say.
    pub attempts: Interval,
    /// Exchanges that refused a code which ran out while they were under way, or did not.
    pub undecided: BTreeSet<usize>,
}

impl State {
    /// The user of a login ID, made known if it was not.
    pub(super) fn user(&mut self, who: &str, fresh: bool) -> &mut User {
        self.users.entry(who.to_owned()).or_insert_with(|| User {
            standing: if fresh { Registration::Absent } else { Registration::Unknown },
            earlier: !fresh,
            ..User::default()
        })
    }
}

/// What one step may lead to.
pub(super) type Next = Vec<(State, Vec<Breach>)>;
