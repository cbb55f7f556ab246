//! The rest of a run, as a trial that has begun with it waits for it: time that passes anyway.
//!
//! A target without a clock shows what needs seconds only to a trial that asks twice, and waiting costs nothing where
//! other trials are under way meanwhile.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The longest wait of a case that is played again, where no longer one was asked for.
const AGAIN: Duration = Duration::from_secs(15);

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    /// Its trials are under way.
    goes_on: bool,
    /// So many of them wait for the others to end.
    waiting: usize,
}

/// Whether the other trials of a run have ended.
#[derive(Debug)]
pub struct Rest {
    state: watch::Sender<State>,
    /// No wait is shorter.
    least: Duration,
    /// The longest wait so far.
    waited: Mutex<Duration>,
}

impl Default for Rest {
    fn default() -> Rest {
        Rest::of(Duration::ZERO)
    }
}

impl Rest {
    /// Of a run with at least so much patience.
    pub fn of(least: Duration) -> Rest {
        Rest { state: watch::Sender::default(), least, waited: Mutex::default() }
    }

    /// The run has begun: from now on trials wait.
    pub fn begin(&self) {
        self.state.send_replace(State { goes_on: true, waiting: 0 });
    }

    /// Waits until so many trials wait.
    pub async fn are_waiting(&self, trials: usize) {
        // The sender lives as long as this.
        let _ = self.state.subscribe().wait_for(|state| state.waiting >= trials).await;
    }

    /// All others have ended: no trial has to wait any more.
    pub fn over(&self) {
        self.state.send_modify(|state| state.goes_on = false);
    }

    /// Waits for the others, as a trial. A case that is played again when they have ended waits as long as before.
    pub(super) async fn pass(&self) {
        let begun = Instant::now();
        if self.state.borrow().goes_on {
            self.state.send_modify(|state| state.waiting += 1);
            let _ = self.state.subscribe().wait_for(|state| !state.goes_on).await;
            tokio::time::sleep(self.least.saturating_sub(begun.elapsed())).await;
            let mut waited = self.waited.lock().unwrap_or_else(PoisonError::into_inner);
            *waited = begun.elapsed().max(*waited);
        } else {
            tokio::time::sleep(self.again()).await;
        }
    }

    fn again(&self) -> Duration {
        let waited = *self.waited.lock().unwrap_or_else(PoisonError::into_inner);
        waited.min(AGAIN.max(self.least))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_trial_waits_for_the_others_and_not_where_there_are_none() {
        let rest = Arc::new(Rest::default());
        rest.pass().await;
        rest.begin();
        let waits = tokio::spawn({
            let rest = rest.clone();
            async move { rest.pass().await }
        });
        rest.are_waiting(1).await;
        assert!(!waits.is_finished());
        rest.over();
        waits.await.unwrap();
        assert!(rest.again() > Duration::ZERO);
    }
}
