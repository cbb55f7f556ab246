//! The composition root: the only place that sees harness and emulator both.
//!
//! Settings become a plan, a plan becomes a run, a run becomes a report. `otp-conformance run` and `cargo test` walk
//! the same way with the same trials.

mod embedded;
mod error;
mod flags;
mod harness;
mod plan;
mod run;
mod settings;
mod site;
mod spec;

pub use embedded::{embedded_assumptions, emulator_settings};
pub use error::UsageError;
pub use flags::Flags;
pub use harness::Harness;
pub use plan::{Plan, matches};
pub use run::{Progress, run};
pub use settings::{Origin, Settings, Sourced};
