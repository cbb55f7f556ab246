//! What some calls of a history show of limits that hold for all users.

use super::super::call::ModelCall;
use super::super::state::{Interval, State};

/// Fewer guesses than any project is known to allow.
const SMALLEST_LIMIT: u64 = 3;

/// Limits of a project hold for everybody: what one user's calls have shown of them is known of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct Learnt {
    /// Wrong guesses a code survives.
    pub(in crate::model) attempts: Interval,
}

impl Learnt {
    /// What a group has shown. Where calls overlapped, another order may show something else, and nothing is certain.
    pub(in crate::model) fn of(part: &[&ModelCall], state: &State) -> Learnt {
        let overlap = |pair: &[&ModelCall]| pair[0].overlaps(pair[1]);
        match part.windows(2).any(overlap) {
            true => Learnt::default(),
            false => Learnt { attempts: state.attempts },
        }
    }

    /// Where one user's code survived more guesses than seem to have locked another's, one of the two answers is wrong. A
    /// limit that no answer announces, and smaller than any, explains less than a live code that was refused.
    pub(in crate::model) fn settle(&mut self, announces: impl Fn(usize) -> bool) {
        let least = self.attempts.least;
        let is_none = |most: u64, by| most < least && most < SMALLEST_LIMIT && !announces(by);
        self.attempts.most.take_if(|(most, by)| is_none(*most, *by));
    }

    /// Takes over what another group has shown.
    pub(in crate::model) fn join(&mut self, other: &Learnt) {
        self.attempts.allows(other.attempts.least);
        if let Some((most, exchange)) = other.attempts.most {
            self.attempts.forbids(most, exchange);
        }
    }

    /// Whether it says more than nothing.
    pub(in crate::model) fn is_worth_another_look(&self) -> bool {
        self.attempts.most.is_some() || self.attempts.least > 1
    }
}
