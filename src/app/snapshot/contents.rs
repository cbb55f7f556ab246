//! Reads the files that insta writes.

use std::path::Path;

/// The text of a file as insta writes it.
pub(super) fn contents(file: &Path) -> Option<String> {
    let snapshot = insta::Snapshot::from_file(file).ok()?;
    Some(snapshot.contents().as_text()?.to_string())
}
