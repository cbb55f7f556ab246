//! How far a target is, and how many requests must be on their way so that a run does not wait for each.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// An answer that takes so long is waited for by one request more for each that a near target has in flight.
const STEP: Duration = Duration::from_millis(10);
/// So many times as many requests as a near target takes are on their way to the farthest.
const FARTHEST: u64 = 6;

/// The shortest time in which an answer came: what the way and the target take at least, whatever else is going on.
#[derive(Debug)]
pub(super) struct Distance(AtomicU64);

impl Default for Distance {
    fn default() -> Distance {
        Distance(AtomicU64::new(u64::MAX))
    }
}

impl Distance {
    /// Takes note of an answer that came after this time.
    pub(super) fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.0.fetch_min(micros, Ordering::Relaxed);
    }

    /// How many times as many requests may be on their way as to a near target; 1 as long as nothing was answered.
    pub(super) fn factor(&self) -> usize {
        let shortest = self.0.load(Ordering::Relaxed);
        let step = u64::try_from(STEP.as_micros()).unwrap_or(u64::MAX);
        let factor = if shortest == u64::MAX { 1 } else { (1 + shortest / step).min(FARTHEST) };
        usize::try_from(factor).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_answer_tells_how_far_a_target_is() {
        let distance = Distance::default();
        assert_eq!(distance.factor(), 1);
        let after = |millis| {
            distance.note(Duration::from_millis(millis));
            distance.factor()
        };
        assert_eq!(after(900), 6);
        assert_eq!([after(51), after(20), after(400)], [6, 3, 3]);
        assert_eq!([after(9), after(0)], [1, 1]);
    }
}
