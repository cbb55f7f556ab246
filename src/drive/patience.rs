//! How long is waited for what may never come: long at first, shorter once that was often in vain.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So often in a row it is waited for as long as may be.
const FULL: u32 = 2;
/// After that as many times as long as the slowest so far took, and never less than the floor.
const TIMES: u32 = 8;

/// What was learned by waiting.
#[derive(Debug)]
pub(super) struct Patience {
    floor: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    slowest: Duration,
    in_vain: u32,
}

impl Patience {
    /// Never less than the floor, unless less may be waited.
    pub(super) fn new(floor: Duration) -> Patience {
        Patience { floor, seen: Mutex::default() }
    }

    /// How long to wait, where `most` may be waited.
    pub(super) fn left(&self, most: Duration) -> Duration {
        if self.seen().in_vain < FULL { most } else { self.short(most) }
    }

    /// How long to wait for what has not come before.
    pub(super) fn short(&self, most: Duration) -> Duration {
        (self.seen().slowest * TIMES).max(self.floor).min(most)
    }

    /// Takes note of how long was waited, and whether it came.
    pub(super) fn note(&self, came: bool, waited: Duration) {
        let mut seen = self.seen();
        if came {
            seen.slowest = seen.slowest.max(waited);
            // What came takes back half of what was in vain: one operation that hangs is not all of them.
            seen.in_vain /= 2;
        } else {
            seen.in_vain = seen.in_vain.saturating_add(1);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_after_waiting_in_vain_and_knows_the_slowest() {
        let (patience, most) = (Patience::new(Duration::from_millis(500)), Duration::from_secs(5));
        patience.note(true, Duration::from_millis(200));
        for _ in 0..FULL {
            assert_eq!(patience.left(most), most);
            patience.note(false, most);
        }
        assert_eq!(patience.left(most), Duration::from_millis(1600));
        assert_eq!(patience.left(Duration::from_secs(1)), Duration::from_secs(1), "never more than may be");
        patience.note(true, Duration::from_secs(2));
        assert_eq!(patience.left(most), most, "what comes again is waited for again");
    }
}
