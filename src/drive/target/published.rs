//! The keys that the target publishes, as far as they could be read.

use std::sync::Arc;

use tokio::sync::RwLock;

use crate::drive::{KeyRing, Reached};
use crate::exchange::Loss;

/// Why the published keys could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeysError {
    #[error(transparent)]
    Ceiling(#[from] Reached),
    #[error("status {0}")]
    Refused(u16),
    #[error("they are not JSON")]
    NotJson,
    #[error("{0}")]
    Lost(Loss),
}

/// Failed requests for the keys in a row before they are no longer asked for: a rate limit passes, a target that
/// publishes no keys stays so.
pub(super) const PATIENCE: u32 = 5;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Published(pub(super) RwLock<Known>);

#[derive(Debug, Default)]
pub(super) struct Known {
    /// The newest keys that could be read. What fails later takes nothing from them.
    keys: Option<Arc<KeyRing>>,
    /// How often in a row they could not be read since, and what came of the last time.
    failures: u32,
    failed: Arc<KeyRing>,
}

impl Known {
    /// What need not be asked for.
    pub(super) fn of(&self, wanted: Option<&str>) -> Option<Arc<KeyRing>> {
        let known = self.keys.clone().filter(|keys| wanted.is_none_or(|kid| keys.knows(kid)));
        known.or_else(|| (self.failures >= PATIENCE).then(|| self.failed.clone()))
    }

    pub(super) fn take(&mut self, read: Result<KeyRing, KeysError>) -> Arc<KeyRing> {
        match read {
            Ok(keys) => {
                self.failures = 0;
                self.keys.insert(Arc::new(keys)).clone()
            }
            Err(why) => {
                self.failures += 1;
                self.failed = Arc::new(KeyRing::unreadable(format!("the published keys: {why}")));
                self.failed.clone()
            }
        }
    }
}
