//! What the processes of one nextest run share: nextest starts one for each trial, and they are one run all the same.
//!
//! A folder of the system's temporary one, named by the run. Locks are given up with the process that holds them, however
//! it ends, so that no trial waits for a dead one.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{RunSettings, UsageError};

/// Folders of runs are removed by a later run; none takes that long.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);
const PREFIX: &str = "otp-conformance-nextest-";

/// The folder of a run.
#[derive(Debug)]
pub(super) struct SharedRun {
    folder: PathBuf,
}

impl SharedRun {
    /// The run this process is a part of; `None` outside nextest.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub(super) fn join(run_id: Option<String>) -> Result<Option<SharedRun>, UsageError> {
        let Some(run_id) = run_id else { return Ok(None) };
        let root = std::env::temp_dir();
        let name: String = run_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let folder = root.join(format!("{PREFIX}{name}"));
        if !folder.exists() {
            sweep(&root);
        }
        std::fs::create_dir_all(&folder).map_err(|error| {
            UsageError::Other(format!(
                "what the processes of a nextest run share, {}: {error}; set TMPDIR",
                folder.display()
            ))
        })?;
        Ok(Some(SharedRun { folder }))
    }

    /// The file in which requests to a target are counted.
    pub(super) fn pace(&self) -> PathBuf {
        self.folder.join("pace.json")
    }

    /// A place at the target until the value is dropped: alone, or beside others who are not.
    pub(super) fn turn(&self, alone: bool) -> Option<File> {
        self.locked("turns", alone).ok()
    }

    /// What is found out once for all processes: by the first, while the others wait.
    pub(super) fn once(&self, name: &str, find: impl FnOnce() -> Option<String>) -> Option<String> {
        let path = self.folder.join(name);
        // A process that cannot lock finds out for itself.
        let _held = self.locked(&format!("{name}.lock"), true);
        if let Ok(known) = std::fs::read_to_string(&path) {
            return serde_json::from_str(&known).unwrap_or_default();
        }
        let found = find();
        let _ = serde_json::to_string(&found).map(|text| std::fs::write(&path, text));
        found
    }

    /// Notes for all processes that something has happened.
    pub(super) fn mark(&self, name: &str) {
        let _ = std::fs::write(self.folder.join(name), "");
    }

    /// Whether it has.
    pub(super) fn is_marked(&self, name: &str) -> bool {
        self.folder.join(name).exists()
    }

    fn locked(&self, name: &str, alone: bool) -> io::Result<File> {
        let path = self.folder.join(name);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match alone {
            true => file.lock()?,
            false => file.lock_shared()?,
        }
        Ok(file)
    }
}

/// Whether only one trial at a time can be served: one listener has the gateway's port, and the plan's test users are
/// counted in one process.
pub(super) fn one_at_a_time(settings: &RunSettings) -> bool {
    let codes = settings.codes.value.as_deref().unwrap_or_default();
    settings.target.value.is_some() && (codes == "test-user" || codes.starts_with("sms-gateway"))
}

/// Removes folders of runs that are long over.
fn sweep(root: &Path) {
    let old = |file: &std::fs::DirEntry| {
        let ours = file.file_name().to_string_lossy().starts_with(PREFIX);
        let age =
            file.metadata().and_then(|known| known.modified()).map(|at| at.elapsed().unwrap_or_default());
        ours && age.is_ok_and(|age| age > OLD)
    };
    for file in std::fs::read_dir(root).into_iter().flatten().flatten().filter(old) {
        let _ = std::fs::remove_dir_all(file.path());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_out_is_not_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let process = || SharedRun { folder: folder.path().to_owned() };
        let found = Some("the key is refused".to_owned());
        assert_eq!(process().once("doctor", || found.clone()), found);
        assert_eq!(process().once("doctor", || unreachable!()), found);
        assert_eq!(process().once("nothing", || None), None);
        assert_eq!(process().once("nothing", || unreachable!()), None);
        assert!(!process().is_marked("gone"));
        process().mark("gone");
        assert!(process().is_marked("gone"));
    }

    #[test]
    fn whoever_must_be_alone_is() {
        let folder = tempfile::tempdir().unwrap();
        let run = SharedRun { folder: folder.path().to_owned() };
        let file = || File::open(folder.path().join("turns")).unwrap();
        let two = (run.turn(false).unwrap(), run.turn(false).unwrap());
        assert!(file().try_lock().is_err());
        drop(two);
        let alone = run.turn(true).unwrap();
        assert!(file().try_lock_shared().is_err());
        drop(alone);
        assert!(file().try_lock().is_ok());
    }
}
