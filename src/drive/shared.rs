//! Numbers for cases that only look at shape: lent to one session at a time, so that thousands of cases neither use up
//! the numbers reserved for fiction nor meet each other.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Numbers;
use super::code::Cursor;

/// So many numbers are lent before the first comes again.
const FEW: usize = 8192;
/// Servers cap the messages to one number in a minute: after that long it may come again.
pub(super) const REST: Duration = Duration::from_secs(60);

/// A number and how far its messages have been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lent {
    pub(super) number: String,
    pub(super) read: Cursor,
}

/// The numbers that are shared.
#[derive(Debug, Default)]
pub(super) struct SharedNumbers(Mutex<Shared>);

#[derive(Debug, Default)]
struct Shared {
    made: usize,
    /// Those longest unused first, and since when.
    free: VecDeque<(Lent, Instant)>,
    /// So many of them have rested, whatever our clock says.
    rested: usize,
}

impl Shared {
    /// Whether the one longest unused may come again.
    fn has_rested(&self) -> bool {
        let longest = self.free.front().map_or(Duration::ZERO, |(_, since)| since.elapsed());
        self.rested > 0 || longest >= REST
    }

    fn pop(&mut self) -> Option<Lent> {
        self.rested = self.rested.saturating_sub(1);
        self.free.pop_front().map(|(lent, _)| lent)
    }
}

impl SharedNumbers {
    /// A number that no other session holds now: one that has rested, else a new one, and where half of all are in use the
    /// one longest unused.
    pub(super) fn lend(&self, numbers: &Numbers) -> Lent {
        let mut shared = self.lock();
        let again = (shared.made >= FEW && shared.has_rested()) || shared.made >= numbers.capacity() / 2;
        if let Some(lent) = again.then(|| shared.pop()).flatten() {
            return lent;
        }
        shared.made += 1;
        Lent { number: numbers.next(), read: 0 }
    }

    /// Takes a number back.
    pub(super) fn give_back(&self, lent: Lent) {
        self.lock().free.push_back((lent, Instant::now()));
    }

    /// Whether new numbers would be spared if those that are free could rest.
    pub(super) fn are_tired(&self) -> bool {
        let shared = self.lock();
        shared.made >= FEW && !shared.has_rested()
    }

    /// The target's clock was moved by more than [`REST`].
    pub(super) fn have_rested(&self) {
        let mut shared = self.lock();
        shared.rested = shared.free.len();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_holds_a_number_that_is_lent() {
        let (numbers, shared) = (Numbers::new(7), SharedNumbers::default());
        let lent: Vec<Lent> = (0..FEW + 5).map(|_| shared.lend(&numbers)).collect();
        let different: HashSet<_> = lent.iter().map(|lent| lent.number.clone()).collect();
        assert_eq!(different.len(), lent.len());
    }

    #[test]
    fn a_number_comes_again_when_it_has_rested_and_with_what_was_read() {
        let (numbers, shared) = (Numbers::new(7), SharedNumbers::default());
        let all: Vec<Lent> = (0..FEW).map(|_| shared.lend(&numbers)).collect();
        let first = Lent { read: 9, ..all[0].clone() };
        shared.give_back(first.clone());
        assert!(shared.are_tired());
        assert!(!all.contains(&shared.lend(&numbers)), "a new one, the first was just in use");
        shared.have_rested();
        assert!(!shared.are_tired());
        assert_eq!(shared.lend(&numbers), first);
        assert!(!all.contains(&shared.lend(&numbers)), "one may come again, and did");
    }

    #[test]
    fn half_of_all_numbers_are_for_others() {
        let (numbers, shared) = (Numbers::few(9), SharedNumbers::default());
        let lent: Vec<Lent> = (0..4).map(|_| shared.lend(&numbers)).collect();
        lent.iter().for_each(|lent| shared.give_back(lent.clone()));
        assert_eq!((0..4).map(|_| shared.lend(&numbers)).collect::<Vec<_>>(), lent);
    }
}
