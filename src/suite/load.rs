//! Where suites come from: the binary, a folder, a file.

use std::path::Path;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use super::{Suite, SuiteError, parse};

static SUITES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/suites");

/// The suites inside the binary, by name.
///
/// # Errors
/// None in a released binary; a test reads them all.
pub fn embedded() -> Result<Vec<Suite>, SuiteError> {
    // Read once in a process: tests open many harnesses in one.
    static READ: OnceLock<Vec<Suite>> = OnceLock::new();
    if let Some(suites) = READ.get() {
        return Ok(suites.clone());
    }
    let suites = read_embedded()?;
    Ok(READ.get_or_init(|| suites).clone())
}

fn read_embedded() -> Result<Vec<Suite>, SuiteError> {
    let mut files: Vec<_> =
        SUITES.files().filter(|file| file.path().extension().is_some_and(|e| e == "toml")).collect();
    files.sort_by_key(|file| file.path());
    let read = |file: &&include_dir::File<'_>| {
        let path = format!("suites/{}", file.path().display());
        parse_suite(&path, file.contents_utf8().unwrap_or_default())
    };
    files.iter().map(read).collect()
}

/// The suites of a folder, by name, or the one in a file.
///
/// # Errors
/// The folder or a file cannot be read, holds no suite, or a suite is wrong.
pub fn from_dir(dir: &Path) -> Result<Vec<Suite>, SuiteError> {
    let unreadable =
        |path: &Path, source| SuiteError::Unreadable { path: path.display().to_string(), source };
    if dir.is_file() {
        let text = std::fs::read_to_string(dir).map_err(|error| unreadable(dir, error))?;
        return Ok(vec![parse_suite(&dir.display().to_string(), &text)?]);
    }
    let entries = std::fs::read_dir(dir).map_err(|error| unreadable(dir, error))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    if paths.is_empty() {
        return Err(SuiteError::Empty { path: dir.display().to_string() });
    }
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
        parse_suite(&path.display().to_string(), &text)
    };
    paths.iter().map(read).collect()
}

/// One suite from its text; its name is the stem of `file`, which is also the path shown in messages.
///
/// # Errors
/// The text is not TOML, has members that the format does not know, or makes no sense.
pub fn parse_suite(file: &str, text: &str) -> Result<Suite, SuiteError> {
    let name =
        Path::new(file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    parse::parse(file, &name.replace('_', "-"), text)
}
