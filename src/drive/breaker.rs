//! Notices that a target has gone, or does not answer an operation, so that a run ends with what it learned instead of
//! waiting for every request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::patience::Patience;
use crate::contract::OperationId;
use crate::exchange::{Answer, Loss};

/// So many requests in a row without an answer: more than a restart of the target or an unlucky race costs.
const IN_A_ROW: u32 = 8;
/// How long an answer is waited for at least, whatever was in vain before.
const FLOOR: Duration = Duration::from_secs(2);
/// So many requests of one operation in a row without an answer: it seems to hang.
const HANGS: u32 = 2;
/// So many: it will not be answered.
const OF_ONE: u32 = 6;

/// Counts requests without an answer. A dropped connection is one that was accepted: somebody is there.
#[derive(Debug)]
pub struct Breaker {
    in_a_row: AtomicU32,
    /// How long one answer may take.
    timeout: Duration,
    answers: Patience,
    hung: Mutex<HashMap<OperationId, u32>>,
}

impl Breaker {
    /// A closed one. `timeout` is how long an answer may take.
    pub fn new(timeout: Duration) -> Breaker {
        Breaker {
            in_a_row: AtomicU32::new(0),
            timeout,
            answers: Patience::new(FLOOR),
            hung: Mutex::default(),
        }
    }

    /// Takes note of what became of a request, and how long that took.
    pub fn note(&self, operation: Option<OperationId>, answer: &Answer, took: Duration) {
        match answer {
            Answer::Lost(Loss::Unreachable | Loss::TimedOut) => {
                self.in_a_row.fetch_add(1, Ordering::Relaxed);
            }
            // Once open it stays so: trials in flight were told that nobody is there.
            _ if !self.is_open() => self.in_a_row.store(0, Ordering::Relaxed),
            _ => {}
        }
        let timed_out = *answer == Answer::Lost(Loss::TimedOut);
        match answer {
            Answer::Lost(Loss::TimedOut) | Answer::Response(_) => self.answers.note(!timed_out, took),
            Answer::Lost(_) => {}
        }
        if let Some(operation) = operation {
            let mut hung = self.hung();
            let times = hung.entry(operation).or_default();
            *times = if timed_out { *times + 1 } else { 0 };
        }
    }

    /// How long the next answer may take: less than the time limit once some were waited for in vain.
    pub fn patience(&self, operation: Option<OperationId>) -> Duration {
        match self.in_vain(operation) >= HANGS {
            true => self.answers.short(self.timeout),
            false => self.answers.left(self.timeout),
        }
    }

    /// Whether an operation was asked for so often in vain that it is not asked for any more.
    pub fn gave_up(&self, operation: Option<OperationId>) -> bool {
        self.in_vain(operation) >= OF_ONE
    }

    /// How often in a row an operation was not answered.
    fn in_vain(&self, operation: Option<OperationId>) -> u32 {
        operation.and_then(|operation| self.hung().get(&operation).copied()).unwrap_or(0)
    }

    /// Opens it for good.
    pub fn open(&self) {
        self.in_a_row.store(IN_A_ROW, Ordering::Relaxed);
    }

    /// Whether the target has gone.
    pub fn is_open(&self) -> bool {
        self.in_a_row.load(Ordering::Relaxed) >= IN_A_ROW
    }

    fn hung(&self) -> MutexGuard<'_, HashMap<OperationId, u32>> {
        self.hung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Response;

    const LIMIT: Duration = Duration::from_secs(10);

    #[test]
    fn opens_after_losses_in_a_row_and_stays_open() {
        let breaker = Breaker::new(LIMIT);
        let note = |answer| breaker.note(None, &answer, LIMIT);
        for _ in 1..IN_A_ROW {
            note(Answer::Lost(Loss::TimedOut));
        }
        note(Answer::Response(Response::default()));
        for _ in 0..IN_A_ROW {
            note(Answer::Lost(Loss::Dropped));
        }
        assert!(!breaker.is_open());
        for _ in 0..IN_A_ROW {
            note(Answer::Lost(Loss::Unreachable));
        }
        note(Answer::Response(Response::default()));
        assert!(breaker.is_open());
    }

    #[test]
    fn an_operation_that_is_never_answered_is_given_up() {
        let breaker = Breaker::new(LIMIT);
        let (hangs, other) = (Some(OperationId::VerifySms), Some(OperationId::Me));
        for _ in 0..OF_ONE {
            assert!(!breaker.gave_up(hangs));
            breaker.note(hangs, &Answer::Lost(Loss::TimedOut), LIMIT);
            breaker.note(other, &Answer::Response(Response::default()), Duration::from_millis(5));
        }
        assert!(breaker.patience(hangs) < LIMIT && breaker.patience(other) == LIMIT);
        assert!(breaker.gave_up(hangs) && !breaker.gave_up(other) && !breaker.gave_up(None));
        assert!(!breaker.is_open());
    }
}
