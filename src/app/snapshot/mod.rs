//! Symbolic transcripts held against the accepted ones: a set for each target profile, in the format of insta.
//!
//! `cargo test` asks insta, so that its settings and `cargo insta review` work as everywhere. `run` compares by itself:
//! insta prints a difference and panics, and a run tells it as drift.

mod contents;
mod review;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use self::contents::contents;
use self::review::difference;
use super::RunSettings;
use super::nextest::SharedRun;
use crate::judge::Drift;
use crate::report::transcript::transcript;
use crate::trial::{Outcome, TrialReport, former_name};

pub use review::{Pending, pending};

/// The accepted transcripts of one target.
#[derive(Debug)]
pub struct Snapshots {
    folder: PathBuf,
    /// There is no set yet: what is seen is accepted, and the report says so.
    recording: bool,
    recorded: AtomicUsize,
    differences: Mutex<Vec<String>>,
}

/// Why a transcript does not pass, and what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum SnapshotError {
    /// The target does other than it did.
    #[error("the transcript of {trial} is not the accepted one; see `cargo insta review`")]
    Differs { trial: String },
    /// Our user's folder cannot be used.
    #[error("snapshots in {} cannot be written: {error}", folder.display())]
    Unwritten { folder: PathBuf, error: io::Error },
}

impl Snapshots {
    /// The set of a target in `snapshots/` below `root`, and a new one where there is none. `None` for a bare URL:
    /// nothing says which target is there today.
    pub(super) fn of(settings: &RunSettings, root: &Path) -> Option<Snapshots> {
        let name = match (&settings.profile, &settings.target.value) {
            (Some(profile), _) => profile.snapshots.clone().or_else(|| profile.name.clone())?,
            (None, None) => "embedded".to_owned(),
            (None, Some(_)) => return None,
        };
        let folder = root.join("snapshots").join(name);
        let recording = !holds_a_snapshot(&folder);
        Some(Snapshots { folder, recording, recorded: AtomicUsize::new(0), differences: Mutex::default() })
    }

    /// The set that `run` looks at: one that is there, or one that the profile asks for by name. A run elsewhere leaves
    /// no files behind that were not asked for.
    pub(super) fn of_run(settings: &RunSettings, root: &Path) -> Option<Snapshots> {
        let wanted = settings.profile.as_ref()?.snapshots.is_some();
        Snapshots::of(settings, root).filter(|set| wanted || !set.recording)
    }

    /// The same set in each process of a nextest run: where the first finds none, all record.
    pub(super) fn in_run(self, run: &SharedRun) -> Snapshots {
        if self.recording {
            run.mark("recording-snapshots");
        }
        Snapshots { recording: run.is_marked("recording-snapshots"), ..self }
    }

    /// How many transcripts were accepted unseen, and where they are.
    pub fn summary(&self) -> Option<String> {
        let recorded = self.recorded.load(Ordering::Relaxed);
        let folder = self.folder.display();
        (recorded > 0).then(|| {
            format!(
                "snapshots: there was no set for this target; {recorded} transcripts recorded in {folder}, to be committed"
            )
        })
    }

    /// What differs from accepted transcripts, trial by trial, in the order in which the trials ended.
    pub fn differences(&self) -> Vec<String> {
        self.differences.lock().map(|list| list.clone()).unwrap_or_default()
    }

    /// Compares under `cargo test`.
    ///
    /// # Errors
    /// They differ, or this one is missing in the set: insta has written a `.snap.new`, and `cargo insta review` shows it.
    pub(super) fn check(&self, trial: &TrialReport) -> Result<(), SnapshotError> {
        let text = text(trial);
        if self.recording {
            return self.accept(trial, &text).map_err(|error| self.unwritten(error));
        }
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(&self.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(&trial.name);
        // insta reports a difference by a panic, after it has printed it and written the new text.
        let compared = catch_unwind(AssertUnwindSafe(|| {
            settings.bind(|| insta::assert_snapshot!(stem(&trial.name), text));
        }));
        compared.map_err(|_| SnapshotError::Differs { trial: trial.name.clone() })
    }

    /// Compares in a run: a difference is drift of the trial, and a `.snap.new` is written for `review`, or `cargo insta review`.
    pub(super) fn note(&self, trial: &mut TrialReport) {
        if !has_transcript(trial) {
            return;
        }
        let text = text(trial);
        let drift = match (self.recording, self.accepted(&trial.name)) {
            (true, _) => self.accept(trial, &text).err().map(|error| self.unwritten(error).to_string()),
            (false, Some(accepted)) if accepted.trim_end() == text.trim_end() => None,
            (false, accepted) => Some(
                self.differ(trial, &text, accepted.as_deref())
                    .unwrap_or_else(|error| self.unwritten(error).to_string()),
            ),
        };
        trial.drift.extend(drift.map(|what| Drift { at: format!("snapshot::{}", trial.name), what }));
    }

    /// Notes a difference, and writes what was seen beside what is accepted.
    fn differ(&self, trial: &TrialReport, text: &str, accepted: Option<&str>) -> io::Result<String> {
        let shown = format!("snapshot::{}\n{}", trial.name, difference(accepted.unwrap_or_default(), text));
        if let Ok(mut list) = self.differences.lock() {
            list.push(shown);
        }
        write(&self.file(trial, "snap.new"), trial, text)?;
        let what = match accepted {
            Some(_) => "the transcript is not the accepted one",
            None => "no transcript of this trial is accepted",
        };
        Ok(format!("{what}; see `otp-conformance review`"))
    }

    fn accept(&self, trial: &TrialReport, text: &str) -> io::Result<()> {
        write(&self.file(trial, "snap"), trial, text)?;
        self.recorded.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The accepted transcript; a set that was made before a trial was renamed has it under the former name.
    fn accepted(&self, trial: &str) -> Option<String> {
        let of = |name: &str| contents(&self.folder.join(stem(name) + ".snap"));
        of(trial).or_else(|| former_name(trial).and_then(|former| of(&former)))
    }

    fn file(&self, trial: &TrialReport, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", stem(&trial.name)))
    }

    fn unwritten(&self, error: io::Error) -> SnapshotError {
        SnapshotError::Unwritten { folder: self.folder.clone(), error }
    }
}

/// As insta writes names into file names.
fn stem(trial: &str) -> String {
    trial.replace("::", "__")
}

/// Whether what a trial saw is the same in every run: of one that fails as much as of one that passes, excused or not.
pub(super) fn has_transcript(trial: &TrialReport) -> bool {
    use Outcome as O;
    let steady = matches!(trial.outcome, O::Pass | O::Fail | O::ExpectedFail | O::UnexpectedPass);
    steady && !trial.histories.is_empty()
}

/// What the first attempt saw. How often a trial was played again depends on what it met.
fn text(trial: &TrialReport) -> String {
    trial.histories.first().map(|history| transcript(&history.without_epilogue())).unwrap_or_default()
}

fn holds_a_snapshot(folder: &Path) -> bool {
    let is_snapshot = |file: io::Result<fs::DirEntry>| {
        file.is_ok_and(|file| file.path().extension().is_some_and(|end| end == "snap"))
    };
    fs::read_dir(folder).is_ok_and(|mut files| files.any(is_snapshot))
}

/// A file as insta writes it.
fn write(path: &Path, trial: &TrialReport, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let description = serde_json::to_string(&trial.name)?;
    fs::write(
        path,
        format!("---\nsource: {}\ndescription: {description}\n---\n{}\n", file!(), text.trim_end()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_is_found_under_the_former_name_of_its_trial() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenario__verification__no-code-works-for-everybody.snap");
        fs::write(file, "---\nsource: a\n---\n> verify-sms\n").unwrap();
        let set = Snapshots {
            folder: folder.path().to_owned(),
            recording: false,
            recorded: AtomicUsize::new(0),
            differences: Mutex::default(),
        };
        let accepted = set.accepted("scenario::verification::no-code-verifies-every-user");
        assert_eq!(accepted.as_deref().map(str::trim), Some("> verify-sms"));
        assert_eq!(set.accepted("scenario::verification::another"), None);
    }
}
