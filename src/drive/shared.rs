//! Numbers for cases that only look at shape: lent to one session at a time, so that thousands of cases neither use up
//! the numbers reserved for fiction nor meet each other.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::Numbers;
use super::code::Cursor;

/// So many numbers are shared; more than sessions are ever in flight at once.
const MOST: usize = 2048;

/// A number and how far its messages have been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lent {
    pub(super) number: String,
    pub(super) read: Cursor,
}

/// The numbers that are shared, those longest unused first.
#[derive(Debug, Default)]
pub(super) struct SharedNumbers {
    free: Mutex<(usize, VecDeque<Lent>)>,
}

impl SharedNumbers {
    /// A number that nobody else holds now; a new one while there are fewer than may be, or where all are lent.
    pub(super) fn lend(&self, numbers: &Numbers) -> Lent {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.0 >= MOST
            && let Some(lent) = free.1.pop_front()
        {
            return lent;
        }
        free.0 += 1;
        Lent { number: numbers.next(), read: 0 }
    }

    /// Takes a number back.
    pub(super) fn give_back(&self, lent: Lent) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).1.push_back(lent);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_holds_a_number_that_is_lent() {
        let (numbers, shared) = (Numbers::new(7), SharedNumbers::default());
        let lent: Vec<Lent> = (0..MOST + 5).map(|_| shared.lend(&numbers)).collect();
        let different: HashSet<_> = lent.iter().map(|lent| lent.number.clone()).collect();
        assert_eq!(different.len(), lent.len());
    }

    #[test]
    fn what_was_read_comes_back_with_the_number() {
        let (numbers, shared) = (Numbers::new(7), SharedNumbers::default());
        let all: Vec<Lent> = (0..MOST).map(|_| shared.lend(&numbers)).collect();
        let first = Lent { read: 9, ..all[0].clone() };
        shared.give_back(first.clone());
        assert_eq!(shared.lend(&numbers), first);
    }
}
