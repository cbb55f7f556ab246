//! Symbolic transcripts held against the accepted ones, with insta.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::report::transcript::transcript;
use crate::trial::TrialReport;

/// Compares what a trial saw with the accepted snapshot in `folder`.
///
/// # Errors
/// They differ, or there is no accepted one: insta has written a `.snap.new`, and `cargo insta review` shows it.
pub(super) fn check(folder: &Path, name: &str, report: &TrialReport) -> Result<(), String> {
    let text: String = report.histories.iter().map(transcript).collect();
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(name);
    // insta reports a difference by a panic, after it has printed it and written the new text.
    let file = name.replace("::", "__");
    let compared = catch_unwind(AssertUnwindSafe(|| settings.bind(|| insta::assert_snapshot!(file, text))));
    compared
        .map_err(|_| format!("the transcript of {name} is not the accepted one; see `cargo insta review`"))
}
