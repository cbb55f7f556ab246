//! What became of users that were to be deleted, and why some stay.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::drive::Reached;
use crate::exchange::{Loss, Response};

/// What became of users that were to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanUp {
    /// How many are not there any more.
    pub deleted: usize,
    /// How many stay.
    pub left: usize,
    /// Why, and how many for that reason.
    pub reasons: BTreeMap<String, usize>,
}

impl CleanUp {
    pub(super) fn note(&mut self, result: Result<(), UserStays>) {
        match result {
            Ok(()) => self.deleted += 1,
            Err(why) => {
                self.left += 1;
                *self.reasons.entry(why.to_string()).or_default() += 1;
            }
        }
    }

    /// Adds what became of others.
    pub fn add(&mut self, other: CleanUp) {
        self.deleted += other.deleted;
        self.left += other.left;
        other.reasons.into_iter().for_each(|(why, count)| *self.reasons.entry(why).or_default() += count);
    }

    /// A line for each reason for which users stay.
    pub fn lines(&self) -> Vec<String> {
        let line = |(why, count): (&String, &usize)| {
            let users = if *count == 1 { "user" } else { "users" };
            format!("{count} {users} could not be deleted: {why}; the next run or `cleanup` tries again")
        };
        self.reasons.iter().map(line).collect()
    }
}

/// However soon the target says that it will do, it is not asked at once.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// Why a user is not deleted.
#[derive(Debug, thiserror::Error)]
pub(super) enum UserStays {
    #[error("there is no management key")]
    NoKey,
    #[error("no answer: {0}")]
    Unanswered(Loss),
    #[error(transparent)]
    Ceiling(#[from] Reached),
    #[error("the {what} was answered {status} {code}")]
    Answered { what: &'static str, status: u16, code: String, not_now: Option<Duration> },
    #[error("there was no time left")]
    NoTime,
    /// So many before it were not answered.
    #[error("the target does not answer")]
    Silence,
}

impl UserStays {
    pub(super) fn answered(what: &'static str, response: &Response) -> UserStays {
        let code = response.error_code().unwrap_or("without an error code").to_owned();
        let wait = response.retry_after().unwrap_or(Duration::from_secs(1)).max(SHORTEST_WAIT);
        let not_now = response.says_not_now().then_some(wait);
        UserStays::Answered { what, status: response.status, code, not_now }
    }

    /// Whether the target failed, and did not say that it will do later.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self, UserStays::Answered { status: 500.., not_now: None, .. })
    }

    /// After how long to ask again, where the target said "not now".
    pub(super) fn not_now(&self) -> Option<Duration> {
        match self {
            UserStays::Answered { not_now, .. } => *not_now,
            _ => None,
        }
    }
}
