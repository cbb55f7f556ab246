//! The evidence of trials that a test runner ran: one recording of each process, of which `judge` makes one verdict.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::UsageError;
use super::evidence::Recorder;
use crate::exchange::Redactor;
use crate::report::RunReport;

/// The variable that names the folder.
const FOLDER: &str = "OTP_RECORDINGS";
/// The recording of a process that ran several trials.
const OF_MANY: &str = "conformance";

/// The folder that recordings are kept in, where the environment asks for them.
pub(super) fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Keeps what a process ran. A trial that is tried again takes the place of its first try, and the file is whole at any time.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn keep(folder: &Path, run: &RunReport, redactor: Arc<Redactor>) -> Result<(), UsageError> {
    let unwritable = |error: std::io::Error| {
        UsageError::Other(format!(
            "{FOLDER}={}: {error}; name a folder that can be written",
            folder.display()
        ))
    };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let name = match run.trials.as_slice() {
        [one] => one.name.replace("::", "."),
        _ => OF_MANY.to_owned(),
    };
    let half = folder.join(format!("{name}.{}.half", std::process::id()));
    let mut recorder = Recorder::create(&half, &RunReport { trials: Vec::new(), ..run.clone() }, redactor)?;
    run.trials.iter().for_each(|trial| recorder.trial(trial));
    recorder.finish(run)?;
    std::fs::rename(&half, folder.join(format!("{name}.ndjson"))).map_err(unwritable)
}
