//! What a run learned of its target while it went on.

use std::sync::atomic::{AtomicBool, Ordering};

/// What was seen of a target's ways. Nothing is known when a run begins.
#[derive(Debug, Default)]
pub struct Learned {
    apart: AtomicBool,
    fails_under_load: AtomicBool,
}

impl Learned {
    /// Whether cases are played one after the other.
    pub(crate) fn plays_one_by_one(&self) -> bool {
        self.apart.load(Ordering::Relaxed)
    }

    /// From now on cases are played one after the other, since the target's users affect each other, or may; or not any
    /// more.
    pub fn keep_users_apart(&self, apart: bool) {
        self.apart.store(apart, Ordering::Relaxed);
    }

    /// Whether it answers requests with 5xx where those of several users overlap.
    pub(crate) fn fails_under_load(&self) -> bool {
        self.fails_under_load.load(Ordering::Relaxed)
    }

    /// It was seen to do so.
    pub fn note_failure_under_load(&self) {
        self.fails_under_load.store(true, Ordering::Relaxed);
    }
}
