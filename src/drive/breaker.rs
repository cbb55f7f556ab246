//! Notices that a target has gone, so that a run ends with what it learned instead of waiting for every request.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::exchange::{Answer, Loss};

/// So many requests in a row without an answer: more than a restart of the target or an unlucky race costs.
const IN_A_ROW: u32 = 8;

/// Counts requests without an answer. A dropped connection is one that was accepted: somebody is there.
#[derive(Debug, Default)]
pub struct Breaker(AtomicU32);

impl Breaker {
    /// Takes note of what became of a request.
    pub fn note(&self, answer: &Answer) {
        match answer {
            Answer::Lost(Loss::Unreachable | Loss::TimedOut) => {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            // Once open it stays so: trials in flight were told that nobody is there.
            _ if !self.is_open() => self.0.store(0, Ordering::Relaxed),
            _ => {}
        }
    }

    /// Opens it for good.
    pub fn open(&self) {
        self.0.store(IN_A_ROW, Ordering::Relaxed);
    }

    /// Whether the target has gone.
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= IN_A_ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Response;

    #[test]
    fn opens_after_losses_in_a_row_and_stays_open() {
        let breaker = Breaker::default();
        let answer = Answer::Response(Response::default());
        for _ in 1..IN_A_ROW {
            breaker.note(&Answer::Lost(Loss::TimedOut));
        }
        breaker.note(&answer);
        for _ in 0..IN_A_ROW {
            breaker.note(&Answer::Lost(Loss::Dropped));
        }
        assert!(!breaker.is_open());
        for _ in 0..IN_A_ROW {
            breaker.note(&Answer::Lost(Loss::Unreachable));
        }
        breaker.note(&answer);
        assert!(breaker.is_open());
    }
}
