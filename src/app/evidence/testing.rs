//! A small run for the tests of this folder.

use crate::report::RunReport;

/// A run of nothing.
pub(crate) fn run() -> RunReport {
    RunReport {
        target: "http://127.0.0.1:4600".into(),
        profile: "url".into(),
        seed: 7,
        requirements: "2026-11".into(),
        version: "0.1.0".into(),
        ..RunReport::default()
    }
}
