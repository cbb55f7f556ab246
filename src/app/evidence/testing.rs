//! A small run for the tests of this folder.

use std::time::Duration;

use jiff::Timestamp;

use crate::report::RunReport;

/// A run of nothing.
pub(crate) fn run() -> RunReport {
    RunReport {
        target: "http://127.0.0.1:4600".into(),
        profile: "url".into(),
        seed: 7,
        strict: false,
        requirements: "2026-11".into(),
        version: "0.1.0".into(),
        started: Timestamp::UNIX_EPOCH,
        duration: Duration::ZERO,
        requests: 0,
        sends: 0,
        polls: 0,
        trials: Vec::new(),
        planned: 0,
        held: Vec::new(),
        untested: Vec::new(),
        unsupported: Vec::new(),
        not_planned: Vec::new(),
        stale: Vec::new(),
        replays: Vec::new(),
        all: 0,
        shard: None,
        notes: Vec::new(),
        incomplete: None,
        budget_spent: false,
        unreachable: None,
        coverage: None,
        settings: Vec::new(),
        clients: None,
        lags: Default::default(),
        interrupted: false,
        stay: 0,
    }
}
