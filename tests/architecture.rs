//! Who may use whom, read back from the sources: a layer kept only in prose gets crossed.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

#[path = "architecture/files.rs"]
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Each folder of `src/`, and the folders it may use besides itself. What happens flows from the top to the bottom.
const USES: [(&str, &[&str]); 13] = [
    ("contract", &[]),
    ("exchange", &["contract"]),
    ("malformed", &[]),
    ("suite", &["contract", "exchange"]),
    ("drive", &["contract", "exchange"]),
    ("model", &["contract", "exchange"]),
    ("judge", &["contract", "exchange", "model"]),
    ("trial", &["contract", "exchange", "malformed", "suite", "drive", "model", "judge"]),
    ("report", &["contract", "exchange", "judge", "trial"]),
    ("proxy", &["contract", "exchange", "drive", "judge", "trial", "report"]),
    ("emulator", &[]),
    (
        "app",
        &[
            "contract",
            "exchange",
            "malformed",
            "suite",
            "drive",
            "judge",
            "trial",
            "report",
            "proxy",
            "emulator",
        ],
    ),
    ("cli", &["contract", "exchange", "suite", "judge", "trial", "report", "proxy", "emulator", "app"]),
];

/// Where something waits for something else; everywhere else are plain functions.
const WAITS: [&str; 6] = ["drive", "proxy", "emulator", "trial", "app", "cli"];

/// Where something is printed: the commands, and the one place that `cargo test` writes through.
const PRINTS: [&str; 2] = ["src/cli/", "src/app/mod.rs"];

static OWN_PATHS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:crate|otp_conformance)::(?:\{([^;]*)\}|(\w+))").unwrap());
static FIRST_NAMES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:^|,)\s*(\w+)").unwrap());
static WAITING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\basync\b|\.await\b|\btokio::").unwrap());
static PRINTING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\be?print(?:ln)?!|\bio::(?:stdout|stderr)\b").unwrap());

/// Every source file below a folder, without its comments.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.push((path, code.join("\n")));
        }
    }
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Path from the package's root, with slashes.
fn shown(path: &Path) -> String {
    let path = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The folders that a text names by a path of ours.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in OWN_PATHS.captures_iter(code) {
        match (path.get(1), path.get(2)) {
            (Some(group), _) => {
                let flat = outermost(group.as_str());
                names.extend(FIRST_NAMES.captures_iter(&flat).map(|name| name[1].to_owned()));
            }
            (None, Some(name)) => {
                names.insert(name.as_str().to_owned());
            }
            (None, None) => {}
        }
    }
    names
}

/// The text without what stands in inner braces.
fn outermost(group: &str) -> String {
    let mut depth = 0;
    let outer = group.chars().filter(|character| {
        depth += i32::from(*character == '{');
        let kept = depth == 0;
        depth -= i32::from(*character == '}');
        kept
    });
    outer.collect()
}

#[test]
fn nobody_uses_what_it_may_not() {
    let folders: BTreeMap<&str, &[&str]> = USES.into_iter().collect();
    let mut crossed = Vec::new();
    for (folder, allowed) in &folders {
        for (path, code) in sources(&src().join(folder)) {
            let mine = |name: &str| name == *folder || allowed.contains(&name);
            let others =
                used(&code).into_iter().filter(|name| folders.contains_key(name.as_str()) && !mine(name));
            crossed.extend(others.map(|name| format!("{} uses {name}", shown(&path))));
        }
    }
    assert!(crossed.is_empty(), "{}", crossed.join("\n"));
}

#[test]
fn no_file_uses_itself_by_way_of_others() {
    let root = src();
    let below = |path: &Path| shown(path).strip_prefix("src/").unwrap_or_default().to_owned();
    let files = sources(&root).into_iter().map(|(path, code)| (below(&path), code));
    let tested = |path: &str| path.contains("/tests") || path.ends_with("testing.rs");
    let graph = files::Graph::new(files.filter(|(path, _)| !tested(path)));
    let circles = graph.circles();
    assert!(circles.is_empty(), "each of these files uses the others: {circles:#?}");
}

#[test]
fn no_two_public_types_share_a_name() {
    static TYPE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^\s*pub (?:struct|enum|trait|type) (\w+)").unwrap());
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, code) in sources(&src()) {
        for found in TYPE.captures_iter(&code) {
            places.entry(found[1].to_owned()).or_default().push(shown(&path));
        }
    }
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "a reader of a stack trace cannot tell them apart: {places:#?}");
}

#[test]
fn every_folder_has_its_place() {
    let entries = fs::read_dir(src()).unwrap().map(|entry| entry.unwrap().path());
    let found: BTreeSet<String> = entries
        .filter(|path| path.is_dir())
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let listed: BTreeSet<String> = USES.iter().map(|(folder, _)| (*folder).to_owned()).collect();
    assert_eq!(found, listed, "a new folder needs a line in USES");
}

#[test]
fn only_a_few_wait() {
    let mut waiting = Vec::new();
    for (folder, _) in USES.iter().filter(|(folder, _)| !WAITS.contains(folder)) {
        let files = sources(&src().join(folder)).into_iter().filter(|(_, code)| WAITING.is_match(code));
        waiting.extend(files.map(|(path, _)| shown(&path)));
    }
    assert!(waiting.is_empty(), "async outside of {WAITS:?}: {waiting:?}");
}

#[test]
fn only_the_commands_print() {
    let printing = sources(&src()).into_iter().filter(|(_, code)| PRINTING.is_match(code));
    let elsewhere: Vec<String> = printing
        .map(|(path, _)| shown(&path))
        .filter(|path| PRINTS.iter().all(|place| !path.starts_with(place)))
        .collect();
    assert!(elsewhere.is_empty(), "printed outside of {PRINTS:?}: {elsewhere:?}");
}

#[test]
fn paths_are_read_in_all_their_forms() {
    let code =
        "use crate::judge::{Finding, verdict};\nuse crate::{drive, exchange::{History, Micros}, model};";
    assert_eq!(used(code), ["drive", "exchange", "judge", "model"].map(str::to_owned).into());
    assert_eq!(used("pub(crate) use otp_conformance::app;"), ["app".to_owned()].into());
}

/// A file of tests that no module names is not compiled, and its tests pass for run ones.
#[test]
fn every_file_of_tests_is_compiled() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let all = sources(&tests);
    let module = |line: &str| {
        let line = line.trim();
        let name = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub ")).unwrap_or(line);
        Some(name.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
    };
    let named: BTreeSet<PathBuf> = all
        .iter()
        .flat_map(|(path, code)| {
            let folder = path.parent().unwrap_or(&tests);
            let root = folder == tests || path.ends_with("mod.rs");
            let inner = if root { folder.to_owned() } else { path.with_extension("") };
            let files = |name| [inner.join(format!("{name}.rs")), inner.join(name).join("mod.rs")];
            let placed =
                |line: &str| Some(folder.join(line.strip_prefix("#[path = \"")?.strip_suffix("\"]")?));
            let mut found: Vec<PathBuf> = code.lines().filter_map(module).flat_map(files).collect();
            found.extend(code.lines().filter_map(placed));
            found
        })
        .collect();
    let nested = all.iter().map(|(path, _)| path).filter(|path| path.parent() != Some(tests.as_path()));
    let lost: Vec<_> = nested.filter(|path| !named.contains(*path)).collect();
    assert!(lost.is_empty(), "no `mod` names {lost:?}");
}
