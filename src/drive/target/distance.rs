//! How far a target is, and how many requests must be on their way so that a run does not wait for each.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An answer that takes so long is waited for by one request more for each that a near target has in flight.
const STEP: Duration = Duration::from_millis(10);
/// So many times as many requests as a near target takes are on their way to the farthest.
const FARTHEST: usize = 6;
/// Answers that take so many times as long as the shortest wait for each other: such a target is busy, and not far.
const BUSY: u32 = 5;
/// The weight of one answer in the usual time is one in so many.
const WEIGHT: u32 = 32;

/// How long answers take.
#[derive(Debug, Default)]
pub(super) struct Distance(Mutex<Option<Times>>);

#[derive(Clone, Copy, Debug)]
struct Times {
    /// What the way and the target take at least, whatever else is going on.
    shortest: Duration,
    /// What answers take of late.
    usual: Duration,
}

impl Distance {
    /// Takes note of an answer that came after this time.
    pub(super) fn note(&self, took: Duration) {
        let mut times = self.times();
        *times = Some(match *times {
            None => Times { shortest: took, usual: took },
            Some(Times { shortest, usual }) => {
                Times { shortest: shortest.min(took), usual: usual - usual / WEIGHT + took / WEIGHT }
            }
        });
    }

    /// How many times as many requests may be on their way as to a near target; 1 as long as nothing was answered, and to
    /// a target that is busy.
    pub(super) fn factor(&self) -> usize {
        let idle = self.times().filter(|times| times.usual < times.shortest * BUSY);
        let steps = idle.map_or(0, |times| times.shortest.as_millis() / STEP.as_millis());
        usize::try_from(1 + steps).unwrap_or(FARTHEST).min(FARTHEST)
    }

    fn times(&self) -> MutexGuard<'_, Option<Times>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(distance: &Distance, millis: &[u64]) -> usize {
        millis.iter().for_each(|millis| distance.note(Duration::from_millis(*millis)));
        distance.factor()
    }

    #[test]
    fn the_shortest_answer_tells_how_far_a_target_is() {
        let distance = Distance::default();
        assert_eq!(distance.factor(), 1);
        assert_eq!(after(&distance, &[900]), 6);
        assert_eq!(after(&Distance::default(), &[51, 60, 52]), 6);
        assert_eq!(after(&Distance::default(), &[24, 20, 40]), 3);
        assert_eq!(after(&Distance::default(), &[9, 12]), 1);
    }

    #[test]
    fn a_target_whose_answers_wait_for_each_other_is_busy_and_not_far() {
        let distance = Distance::default();
        assert_eq!(after(&distance, &[50; 20]), 6);
        assert_eq!(after(&distance, &[800; 20]), 1);
        assert_eq!(after(&distance, &[50; 200]), 6);
    }
}
