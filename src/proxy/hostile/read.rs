//! Hostile cases read from `suites/hostile/*.toml`, or from a folder of our user's.

use std::path::Path;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use toml::Spanned;

use super::row::{Row, cases};
use super::{HostileCase, HostileError};
use crate::contract::Contract;
use crate::exchange::Place;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/suites/hostile");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "case")]
    cases: Vec<Spanned<Row>>,
}

/// The hostile cases inside the binary, by file and order.
///
/// # Errors
/// None in a released binary; a test reads them all.
pub fn hostile_suite(contract: &Contract) -> Result<Vec<HostileCase>, HostileError> {
    let mut files: Vec<_> =
        FILES.files().filter(|file| file.path().extension().is_some_and(|it| it == "toml")).collect();
    files.sort_by_key(|file| file.path());
    let mut all = Vec::new();
    for file in files {
        let path = format!("suites/hostile/{}", file.path().display());
        all.extend(parse_hostile(&path, file.contents_utf8().unwrap_or_default(), contract)?);
    }
    Ok(all)
}

/// The hostile cases of a folder: of `hostile/` in it, where there is one.
///
/// # Errors
/// The folder or a file cannot be read, holds no case, or makes no sense.
pub fn hostile_suite_in(folder: &Path, contract: &Contract) -> Result<Vec<HostileCase>, HostileError> {
    let inner = folder.join("hostile");
    let folder = if inner.is_dir() { inner } else { folder.to_owned() };
    let wrong = |path: &Path, what: String| HostileError {
        place: Place { file: path.display().to_string(), line: 1 },
        what,
    };
    let entries = std::fs::read_dir(&folder).map_err(|error| wrong(&folder, error.to_string()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "toml"));
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, error.to_string()))?;
        all.extend(parse_hostile(&path.display().to_string(), &text, contract)?);
    }
    if all.is_empty() {
        return Err(wrong(&folder, "no hostile answers in *.toml; docs/drivers.md shows their form".into()));
    }
    Ok(all)
}

/// The cases of one file; its stem is part of their names.
///
/// # Errors
/// The text is not TOML, has members that the format does not know, or makes no sense.
pub fn parse_hostile(file: &str, text: &str, contract: &Contract) -> Result<Vec<HostileCase>, HostileError> {
    let place =
        |at: usize| Place { file: file.to_owned(), line: text[..at.min(text.len())].lines().count().max(1) };
    let parsed: File = toml::from_str(text).map_err(|error| HostileError {
        place: place(error.span().map_or(0, |span| span.start)),
        what: error.message().to_owned(),
    })?;
    let suite =
        Path::new(file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let case = |row: Spanned<Row>| {
        let place = Place { line: text[..row.span().start].lines().count() + 1, file: file.to_owned() };
        cases(&suite, row.into_inner(), place, contract)
    };
    let cases = parsed.cases.into_iter().map(case).collect::<Result<Vec<_>, _>>()?;
    Ok(cases.into_iter().flatten().collect())
}
