//! The composition root: the only place that sees harness and emulator both.
//!
//! Settings become a plan, a plan becomes a run, a run becomes a report. `otp-conformance run` and `cargo test` walk
//! the same way with the same trials.

mod access;
#[cfg(feature = "tls")]
mod authority;
mod backend;
pub mod baseline;
pub mod cases;
mod cleanup;
pub mod compare;
pub mod doctor;
mod embedded;
mod error;
pub mod evidence;
mod frozen;
mod harness;
pub mod init;
mod journal;
mod libtest;
mod look;
mod nextest;
mod plan;
pub mod profile;
mod recordings;
mod run;
mod schedule;
mod settings;
mod site;
mod smallest;
mod snapshot;
mod spec;
mod states;
mod stop;

use std::io::IsTerminal as _;

use crate::report::Style;
#[cfg(feature = "tls")]
pub use authority::Authority;
pub use backend::Backend;
pub use cleanup::clean_up;
pub use embedded::{embedded_assumptions, emulator_settings};
pub use error::UsageError;
pub use harness::Harness;
pub use libtest::{test_main, test_main_with};
pub use look::LackingMethod;
pub use plan::{Plan, matches};
pub use profile::Profile;
pub use run::{count, head, run};
pub use schedule::Progress;
pub use settings::{
    Flags, KeptHistories, KnownSetting, Origin, ProfileMember, RunSettings, SETTINGS, SettingList,
    SettingsOf, ShownSetting, SomeFlags, Sourced,
};
pub use snapshot::{Pending, Snapshots, pending};
pub use states::assign as assign_states;
pub use stop::Stop;

pub use crate::drive::Target;

/// Colours for people only: on a terminal, outside CI, and where `NO_COLOR` does not ask for none.
pub fn style() -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let plain = set("NO_COLOR") || set("CI") || !std::io::stdout().is_terminal();
    if plain { Style::Plain } else { Style::Colour }
}

/// Writes to standard output where no report can: before libtest-mimic takes over.
fn say(text: &str) {
    use std::io::Write as _;
    // A reader that went away is no error of ours.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
