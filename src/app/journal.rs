//! Where the journal of created users lies: one folder for all targets, so that any next run finds it.

use std::path::PathBuf;

use super::{RunSettings, UsageError};
use crate::drive::Journal;

/// The journal of a run against the target of the settings, and those of runs that have died. An emulator of our own takes
/// its users with it, and a run without a management key can neither create users nor delete them: both have none.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn open(settings: &RunSettings) -> Result<(Journal, Vec<PathBuf>), UsageError> {
    let none = || Ok((Journal::in_memory(), Vec::new()));
    let Some(base) = &settings.target.value else { return none() };
    if settings.dry_run || settings.management_key.value.is_none() {
        return none();
    }
    let named = settings.profile.as_ref().and_then(|profile| profile.journal.clone());
    let folder = named.unwrap_or_else(default_folder);
    let project = settings.project_id.value.as_deref().unwrap_or_default();
    Journal::open(&folder, &format!("{base} {project}")).map_err(|error| {
        UsageError::Other(format!(
            "journal of created users, {}: {error}; name another folder with `journal` in the profile",
            folder.display()
        ))
    })
}

/// The state folder of this user, as the XDG base directory specification has it; the system's temporary folder
/// where there is no home.
fn default_folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    state.unwrap_or_else(std::env::temp_dir).join("otp-conformance")
}
