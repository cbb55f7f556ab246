//! Each report of fixed runs against its snapshot in `snapshots/reports/`, and what must hold of all of them.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

#[path = "reports/fixture.rs"]
mod fixture;
#[path = "reports/histories.rs"]
mod histories;
#[path = "reports/hostile.rs"]
mod hostile;
#[path = "reports/people.rs"]
mod people;
#[path = "reports/programs.rs"]
mod programs;
#[path = "reports/shell.rs"]
mod shell;
#[path = "reports/states.rs"]
mod states;
#[path = "reports/verdict.rs"]
mod verdict;

/// Compares with `snapshots/reports/NAME.snap`.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/reports"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
