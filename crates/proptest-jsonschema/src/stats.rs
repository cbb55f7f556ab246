//! What happened while values were made.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// What happened behind the scenes; shared by all strategies of one generator.
#[derive(Debug, Default)]
pub struct Stats {
    contradictions: AtomicU64,
    generated: AtomicU64,
    mutated: AtomicU64,
    dropped: Mutex<BTreeMap<String, u64>>,
}

impl Stats {
    /// Values meant to be valid that the validator refused: each is a bug of this module. Must be 0.
    pub fn contradictions(&self) -> u64 {
        self.contradictions.load(Ordering::Relaxed)
    }

    /// Valid values handed out.
    pub fn generated(&self) -> u64 {
        self.generated.load(Ordering::Relaxed)
    }

    /// Labelled changes handed out.
    pub fn mutated(&self) -> u64 {
        self.mutated.load(Ordering::Relaxed)
    }

    /// Changes that could not be labelled cleanly and were dropped, by keyword.
    pub fn dropped(&self) -> BTreeMap<String, u64> {
        self.dropped.lock().map(|dropped| dropped.clone()).unwrap_or_default()
    }

    pub(crate) fn count_contradiction(&self) {
        self.contradictions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_generated(&self) {
        self.generated.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_mutated(&self) {
        self.mutated.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_dropped(&self, keyword: &str) {
        if let Ok(mut dropped) = self.dropped.lock() {
            *dropped.entry(keyword.to_owned()).or_default() += 1;
        }
    }
}
