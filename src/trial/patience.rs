//! How long a message is waited for: less, once several did not come at all.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// So many messages are waited for with full patience before it shrinks, and what is left of it then.
const FEW: (u32, u32) = (3, 8);
/// The same once it has shrunk: a target that loses a whole kind of messages loses many.
const MANY: (u32, u32) = (20, 40);

/// How long a message of an accepted send is waited for.
///
/// A target that loses one message in a while costs a full wait each time; one that loses a whole kind of them would
/// keep a run busy with nothing but waiting.
#[derive(Debug)]
pub struct Patience {
    full: Duration,
    lost: AtomicU32,
}

impl From<Duration> for Patience {
    fn from(full: Duration) -> Patience {
        Patience { full, lost: AtomicU32::new(0) }
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
        match self.lost.load(Ordering::Relaxed) {
            lost if lost < FEW.0 => self.full,
            lost if lost < MANY.0 => self.full / FEW.1,
            _ => self.full / MANY.1,
        }
    }

    /// A message that was waited for did not come.
    pub(super) fn lose(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_shrinks_after_a_few_losses() {
        let patience = Patience::from(Duration::from_secs(8));
        for _ in 0..FEW.0 {
            assert_eq!(patience.now(), patience.full());
            patience.lose();
        }
        assert_eq!(patience.now(), Duration::from_secs(1));
        (FEW.0..MANY.0).for_each(|_| patience.lose());
        assert_eq!(patience.now(), Duration::from_millis(200));
    }
}
