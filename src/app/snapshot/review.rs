//! Differences from accepted transcripts that wait for a decision, where cargo-insta is not at hand.

use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::contents::contents;
use crate::app::UsageError;
use crate::app::baseline::fits_text;

/// The ending of a transcript that waits for a decision.
const NEW: &str = "snap.new";

/// A transcript that differs from the accepted one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The trial, with the folder of its set: `staging/scenario::verification::a-code-opens-one-session`.
    pub name: String,
    /// What has changed, as a unified diff; all of it, where none was accepted before.
    pub diff: String,
    file: PathBuf,
}

/// Every undecided transcript below `snapshots/` of a folder that one of the patterns names in whole or in part, by
/// name; no pattern names all.
///
/// # Errors
/// The folder cannot be read.
pub fn pending(root: &Path, patterns: &[String]) -> Result<Vec<Pending>, UsageError> {
    let top = root.join("snapshots");
    let mut found = Vec::new();
    for set in entries(&top)?.into_iter().filter(|path| path.is_dir()) {
        for file in entries(&set)? {
            let Some(stem) = named(&file) else { continue };
            let folder = set.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let name = format!("{folder}/{}", stem.replace("__", "::"));
            let old = contents(&set.join(format!("{stem}.snap"))).unwrap_or_default();
            let new = contents(&file).unwrap_or_default();
            found.push(Pending { name, diff: difference(&old, &new), file });
        }
    }
    let wanted =
        |name: &str| patterns.is_empty() || patterns.iter().any(|text| fits_text(&format!("*{text}*"), name));
    found.retain(|pending| wanted(&pending.name));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

impl Pending {
    /// Makes it the accepted transcript.
    ///
    /// # Errors
    /// The file cannot be moved.
    pub fn accept(&self) -> Result<(), UsageError> {
        let accepted = self.file.with_extension("");
        fs::rename(&self.file, &accepted).map_err(|error| unwritable(&self.file, &error))
    }

    /// Forgets it; the accepted transcript stays.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn reject(&self) -> Result<(), UsageError> {
        fs::remove_file(&self.file).map_err(|error| unwritable(&self.file, &error))
    }
}

/// What has changed between two transcripts, with a line around each change.
pub(super) fn difference(old: &str, new: &str) -> String {
    let (old, new) = (format!("{}\n", old.trim_end()), format!("{}\n", new.trim_end()));
    TextDiff::from_lines(&old, &new).unified_diff().context_radius(1).to_string()
}

/// The stem of a file that waits, or none where it is another file.
fn named(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_string_lossy().into_owned();
    name.strip_suffix(&format!(".{NEW}")).map(str::to_owned)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let wrong = |error: std::io::Error| {
        let what = "run with a profile that names `snapshots` first, or from the folder that holds them";
        UsageError::Other(format!("{}: {error}; {what}", folder.display()))
    };
    let listed = fs::read_dir(folder).map_err(wrong)?;
    listed.map(|entry| Ok(entry.map_err(wrong)?.path())).collect()
}

fn unwritable(file: &Path, error: &std::io::Error) -> UsageError {
    UsageError::Other(format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let set = folder.path().join("snapshots/staging");
        fs::create_dir_all(&set).unwrap();
        for (file, text) in
            [("a__b.snap", "one\ntwo"), ("a__b.snap.new", "one\nthree"), ("a__c.snap.new", "new")]
        {
            fs::write(set.join(file), format!("---\nsource: x\n---\n{text}\n")).unwrap();
        }
        folder
    }

    #[test]
    fn what_waits_is_shown_as_a_difference() {
        let folder = folder();
        let all = pending(folder.path(), &[]).unwrap();
        assert_eq!(
            all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            ["staging/a::b", "staging/a::c"]
        );
        assert!(all[0].diff.contains("-two\n+three\n"), "{}", all[0].diff);
        assert!(all[1].diff.contains("+new\n"), "{}", all[1].diff);
        assert_eq!(pending(folder.path(), &["a::c".into()]).unwrap().len(), 1);
    }

    #[test]
    fn what_is_accepted_replaces_and_what_is_rejected_goes() {
        let folder = folder();
        let all = pending(folder.path(), &[]).unwrap();
        all[0].accept().unwrap();
        all[1].reject().unwrap();
        assert!(pending(folder.path(), &[]).unwrap().is_empty());
        let set = folder.path().join("snapshots/staging");
        assert!(fs::read_to_string(set.join("a__b.snap")).unwrap().contains("three"));
        assert!(!set.join("a__c.snap").exists());
    }

    #[test]
    fn a_folder_without_snapshots_says_what_to_do() {
        let error = pending(tempfile::tempdir().unwrap().path(), &[]).unwrap_err().to_string();
        assert!(error.contains("names `snapshots`"), "{error}");
    }
}
