//! Keeps what random trials found, so that it can be replayed and promoted into a suite.

use std::path::{Path, PathBuf};

use super::UsageError;
use crate::exchange::Redactor;
use crate::trial::TrialReport;

/// Writes the smallest failing case of a trial into its file below a folder; `None`, if there is no such case. People
/// and codes stand in it by name, and every other hidden value is taken out.
///
/// # Errors
/// The file cannot be written.
pub fn keep(folder: &Path, trial: &TrialReport, redactor: &Redactor) -> Result<Option<PathBuf>, UsageError> {
    let Some((file, text)) = trial.case_file().zip(trial.case_text()) else { return Ok(None) };
    let path = folder.join(file);
    let written = std::fs::create_dir_all(path.parent().unwrap_or(folder))
        .and_then(|()| std::fs::write(&path, redactor.clean(&text)));
    match written {
        Ok(()) => Ok(Some(path)),
        Err(error) => Err(UsageError::Other(format!("the failing case, {}: {error}", path.display()))),
    }
}
