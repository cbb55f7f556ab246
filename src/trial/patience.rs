//! How long a message is waited for: less, once several did not come at all.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Each message that did not come divides what the next is waited for by this much: all waits of a run that are in vain
/// last hardly longer than the first, however many messages a target loses.
const SHRINKS: u32 = 4;
/// The smallest part of the full patience that is waited.
const LEAST_PART: u32 = 400;
/// So many messages that were there at the first look, and none that was waited for, make a target prompt: it is waited
/// for so many times less.
const PROMPT: (u32, u32) = (50, 4);
/// How long another message is waited for after one that repeats an earlier code, which a gateway may have delivered twice;
/// and after how many in vain no more: then the target repeats its codes.
const REPEATED: (Duration, u32) = (Duration::from_secs(1), 4);
/// Never less than so many times as long as the slowest that came has taken.
const TIMES: u32 = 2;

/// How long a message of an accepted send is waited for.
#[derive(Debug)]
pub struct Patience {
    full: Duration,
    lost: AtomicU32,
    /// So many were there at the first look.
    prompt: AtomicU32,
    /// What the slowest took that came, in microseconds.
    slowest: AtomicU64,
    /// So many repeated an earlier code, and no other one came after them.
    repeated: AtomicU32,
}

impl From<Duration> for Patience {
    fn from(full: Duration) -> Patience {
        Patience {
            full,
            lost: AtomicU32::new(0),
            prompt: AtomicU32::new(0),
            slowest: AtomicU64::new(0),
            repeated: AtomicU32::new(0),
        }
    }
}

impl Patience {
    /// The same, of a run that has lost nothing.
    pub(super) fn anew(&self) -> Patience {
        self.full.into()
    }

    /// The patience of a run that has lost nothing.
    pub fn full(&self) -> Duration {
        self.full
    }

    /// How long to wait now.
    pub fn now(&self) -> Duration {
        let lost = self.lost.load(Ordering::Relaxed);
        let slowest = Duration::from_micros(self.slowest.load(Ordering::Relaxed));
        let part = SHRINKS.saturating_pow(lost).min(LEAST_PART);
        let prompt = slowest.is_zero() && self.prompt.load(Ordering::Relaxed) >= PROMPT.0;
        let part = if prompt { (part * PROMPT.1).min(LEAST_PART) } else { part };
        (self.full / part).max(slowest * TIMES).min(self.full)
    }

    /// A message that was waited for did not come.
    pub(super) fn lose(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// How long to wait for the message of a send beside one that repeats an earlier code.
    pub(super) fn beside_a_repetition(&self) -> Duration {
        if self.repeated.load(Ordering::Relaxed) < REPEATED.1 { REPEATED.0 } else { Duration::ZERO }
    }

    /// No other message came beside one that repeats an earlier code.
    pub(super) fn repeat(&self) {
        self.repeated.fetch_add(1, Ordering::Relaxed);
    }

    /// A message was there at the first look.
    pub(super) fn find_at_once(&self) {
        self.prompt.fetch_add(1, Ordering::Relaxed);
    }

    /// A message came after so long.
    pub(super) fn find(&self, waited: Duration) {
        let waited = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        self.slowest.fetch_max(waited, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_shrinks_after_losses_and_knows_the_slowest_message() {
        let patience = Patience::from(Duration::from_secs(8));
        let lose = |count: u32| (0..count).for_each(|_| patience.lose());
        for (lost, left) in [(0, 8_000), (1, 2_000), (1, 500), (80, 20)] {
            lose(lost);
            assert_eq!(patience.now(), Duration::from_millis(left));
        }
        patience.find(Duration::from_millis(150));
        assert_eq!(patience.now(), Duration::from_millis(300));
        patience.find(Duration::from_secs(6));
        assert_eq!(patience.now(), patience.full(), "never more than that");
    }

    #[test]
    fn a_prompt_target_is_waited_for_less_until_it_is_late() {
        let patience = Patience::from(Duration::from_secs(8));
        (0..50).for_each(|_| patience.find_at_once());
        assert_eq!(patience.now(), Duration::from_secs(2));
        (0..2).for_each(|_| patience.lose());
        assert_eq!(patience.now(), Duration::from_millis(125));
        patience.find(Duration::from_millis(700));
        assert_eq!(patience.now(), Duration::from_millis(1_400));
    }
}
