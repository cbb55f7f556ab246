//! What a run may send: counted where bytes leave, and never exceeded by one.
//!
//! A plan is a forecast; only the sender can promise. One budget serves every target of a run, so that the doctor,
//! repetitions, shrinking, the search for a lag and the clean-up are counted alike. Questions to a code source are
//! counted apart, and cost nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most that a run may send. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    /// Requests of any kind that leave for the target.
    pub requests: Option<u64>,
    /// Requests that ask for a message.
    pub sends: Option<u64>,
}

/// What has left so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Requests of any kind that left for the target.
    pub requests: u64,
    /// How many of them asked for a message.
    pub sends: u64,
    /// Questions to the code source. No ceiling counts them.
    pub polls: u64,
}

/// A ceiling that a request would have exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reached {
    /// The ceiling on requests. What is reserved for the clean-up counts as sent.
    #[error("the ceiling of {0} requests is reached")]
    Requests(u64),
    /// The ceiling on messages.
    #[error("the ceiling of {0} messages is reached")]
    Sends(u64),
}

/// Bytes of all large bodies of a run: histories may keep each of them to its end.
const LARGE: usize = 24 * 1024 * 1024;

/// The budget of a run, shared by all its targets.
#[derive(Debug, Default)]
pub struct Budget(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    ceiling: Ceiling,
    sent: Sent,
    /// Requests that the clean-up of users will need.
    reserved: u64,
    /// Whether trials send their steps, and nothing after them.
    bare: bool,
    /// Bytes of large bodies that were read.
    large: usize,
}

impl Budget {
    /// A budget with this ceiling.
    pub fn new(ceiling: Ceiling) -> Budget {
        Budget(Mutex::new(Book { ceiling, ..Book::default() }))
    }

    /// Lowers the ceiling; what was lower before stays so.
    pub fn lower(&self, to: Ceiling) {
        let lower = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
        let mut book = self.book();
        book.ceiling = Ceiling {
            requests: lower(book.ceiling.requests, to.requests),
            sends: lower(book.ceiling.sends, to.sends),
        };
    }

    /// Leaves out what trials ask after their steps: there is no room for it.
    pub fn keep_to_steps(&self) {
        self.book().bare = true;
    }

    /// Whether trials send their steps, and nothing after them.
    pub fn keeps_to_steps(&self) -> bool {
        self.book().bare
    }

    /// Pays for one request that is about to leave.
    ///
    /// # Errors
    /// A ceiling would be exceeded; nothing is counted, and it must not leave.
    pub(super) fn pay(&self, asks_for_message: bool) -> Result<(), Reached> {
        let mut book = self.book();
        book.affords(1, asks_for_message)?;
        book.sent.requests += 1;
        book.sent.sends += u64::from(asks_for_message);
        Ok(())
    }

    /// Reserves requests of the clean-up, beside the request that makes them necessary.
    ///
    /// # Errors
    /// The ceiling leaves no room for both; nothing is reserved.
    pub(super) fn reserve(&self, requests: u64, asks_for_message: bool) -> Result<(), Reached> {
        let mut book = self.book();
        book.affords(requests + 1, asks_for_message)?;
        book.reserved += requests;
        Ok(())
    }

    /// Gives back what was reserved and is not needed.
    pub(super) fn release(&self, requests: u64) {
        let mut book = self.book();
        book.reserved = book.reserved.saturating_sub(requests);
    }

    /// Pays for a request of the clean-up by what was reserved for it.
    ///
    /// # Errors
    /// Nothing is reserved any more, and the ceiling is reached.
    pub(super) fn pay_reserved(&self) -> Result<(), Reached> {
        let mut book = self.book();
        match book.reserved.checked_sub(1) {
            Some(left) => book.reserved = left,
            None => book.affords(1, false)?,
        }
        book.sent.requests += 1;
        Ok(())
    }

    /// Whether another large body of so many bytes may be kept in memory. Those of a run are few.
    pub(super) fn holds_large(&self, bytes: usize) -> bool {
        let mut book = self.book();
        book.large = book.large.saturating_add(bytes);
        book.large <= LARGE
    }

    /// Counts a question to a code source.
    pub fn note_poll(&self) {
        self.book().sent.polls += 1;
    }

    /// What has left so far.
    pub fn sent(&self) -> Sent {
        self.book().sent
    }

    /// What may still leave, beside what is reserved.
    pub fn left(&self) -> Ceiling {
        let book = self.book();
        let requests =
            book.ceiling.requests.map(|most| most.saturating_sub(book.sent.requests + book.reserved));
        Ceiling { requests, sends: book.ceiling.sends.map(|most| most.saturating_sub(book.sent.sends)) }
    }

    /// The ceiling that keeps back every further request, if one does.
    pub fn reached(&self) -> Option<Reached> {
        self.book().affords(1, false).err()
    }

    /// The ceiling in force.
    pub fn ceiling(&self) -> Ceiling {
        self.book().ceiling
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic while the book was held leaves it whole: every change is an addition.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn affords(&self, requests: u64, asks_for_message: bool) -> Result<(), Reached> {
        let Ceiling { requests: most, sends } = self.ceiling;
        if let Some(most) = most.filter(|most| self.sent.requests + self.reserved + requests > *most) {
            return Err(Reached::Requests(most));
        }
        match sends.filter(|most| asks_for_message && self.sent.sends >= *most) {
            Some(most) => Err(Reached::Sends(most)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(requests: u64, sends: u64) -> Budget {
        Budget::new(Ceiling { requests: Some(requests), sends: Some(sends) })
    }

    #[test]
    fn nothing_leaves_beyond_a_ceiling() {
        let budget = budget(3, 1);
        assert_eq!(budget.pay(true), Ok(()));
        assert_eq!(budget.pay(true), Err(Reached::Sends(1)));
        assert_eq!(budget.pay(false), Ok(()));
        assert_eq!(budget.pay(false), Ok(()));
        assert_eq!(budget.pay(false), Err(Reached::Requests(3)));
        assert_eq!(budget.sent(), Sent { requests: 3, sends: 1, polls: 0 });
    }

    #[test]
    fn what_is_reserved_is_kept_for_the_clean_up() {
        let budget = budget(3, 9);
        assert_eq!(
            budget.reserve(3, true),
            Err(Reached::Requests(3)),
            "there is no room for the request itself"
        );
        assert_eq!(budget.reserve(1, true), Ok(()));
        assert_eq!((budget.pay(true), budget.pay(false)), (Ok(()), Ok(())));
        assert_eq!(budget.pay(false), Err(Reached::Requests(3)));
        assert_eq!(budget.left(), Ceiling { requests: Some(0), sends: Some(8) });
        assert_eq!(budget.pay_reserved(), Ok(()));
        assert_eq!(budget.pay_reserved(), Err(Reached::Requests(3)));
        assert_eq!(budget.sent().requests, 3);
    }

    #[test]
    fn what_is_not_needed_is_given_back() {
        let budget = budget(2, 9);
        assert_eq!(budget.reserve(1, false), Ok(()));
        budget.release(1);
        assert_eq!((budget.pay(false), budget.pay(false)), (Ok(()), Ok(())));
    }

    #[test]
    fn a_ceiling_is_only_ever_lowered() {
        let budget = budget(2, 9);
        budget.lower(Ceiling { requests: Some(5), sends: Some(4) });
        assert_eq!(budget.ceiling(), Ceiling { requests: Some(2), sends: Some(4) });
        assert_eq!(Budget::default().pay(true), Ok(()), "no ceiling is none");
    }

    #[test]
    fn polls_cost_nothing() {
        let budget = budget(0, 0);
        budget.note_poll();
        assert_eq!(budget.sent(), Sent { polls: 1, ..Sent::default() });
    }
}
