//! The import graph of files: who names whom by a path, and where that goes round in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

static USE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);").unwrap());
static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:crate|super)(?:::\w+)+").unwrap());

static VISIBLE_IN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bpub\(in [^)]*\)").unwrap());

/// Modules and their code: `emulator::send`, without tests.
pub(crate) struct Graph {
    code: BTreeMap<String, String>,
    /// What a module passes on, by the name it gives it.
    passed_on: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Graph {
    /// The graph of files, each with its path below `src/` and its code.
    pub(crate) fn new(files: impl IntoIterator<Item = (String, String)>) -> Graph {
        let code: BTreeMap<String, String> =
            files.into_iter().map(|(path, code)| (module(&path), without_tests(&code))).collect();
        let mut graph = Graph { code, passed_on: BTreeMap::new() };
        for (name, code) in &graph.code {
            let mut passed_on = BTreeMap::new();
            for found in USE.captures_iter(code).filter(|found| found.get(1).is_some()) {
                for (path, alias) in leaves(&found[2]) {
                    passed_on.extend(graph.absolute(name, &path).map(|target| (alias, target)));
                }
            }
            graph.passed_on.insert(name.clone(), passed_on);
        }
        graph
    }

    /// The groups of files of which each names the next, and the last the first.
    pub(crate) fn circles(&self) -> Vec<BTreeSet<String>> {
        let edges: BTreeMap<&str, BTreeSet<String>> =
            self.code.keys().map(|name| (name.as_str(), self.named(name))).collect();
        let reached = |from: &str| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
            while let Some(name) = open.pop() {
                for next in edges.get(name.as_str()).into_iter().flatten() {
                    if seen.insert(next.clone()) {
                        open.push(next.clone());
                    }
                }
            }
            seen
        };
        let all: BTreeMap<&str, BTreeSet<String>> = edges.keys().map(|name| (*name, reached(name))).collect();
        let mut circles = BTreeSet::new();
        for (name, reached) in all.iter().filter(|(name, reached)| reached.contains(**name)) {
            let back = |other: &&String| all[other.as_str()].contains(*name);
            circles.insert(reached.iter().filter(back).cloned().collect::<BTreeSet<_>>());
        }
        circles.into_iter().collect()
    }

    /// The files that a file names.
    fn named(&self, name: &str) -> BTreeSet<String> {
        let code = &self.code[name];
        let uses = USE.captures_iter(code).filter(|found| found.get(1).is_none());
        let imported = uses.flat_map(|found| leaves(&found[2])).map(|(path, _)| path);
        let rest = USE.replace_all(code, "");
        let inline: Vec<String> = PATH.find_iter(&rest).map(|path| path.as_str().to_owned()).collect();
        let paths = imported.chain(inline).filter_map(|path| self.absolute(name, &path));
        paths.map(|path| self.home(path, 0)).filter(|home| home != name && !home.is_empty()).collect()
    }

    /// A path from the crate's root; nothing where it leads to another crate.
    fn absolute(&self, from: &str, path: &str) -> Option<Vec<String>> {
        let parts: Vec<&str> = path.split("::").collect();
        let here: Vec<&str> = from.split("::").filter(|part| !part.is_empty()).collect();
        let up = parts.iter().take_while(|part| **part == "super").count();
        let (base, rest) = match parts[0] {
            "crate" => (&here[..0], &parts[1..]),
            "self" => (&here[..], &parts[1..]),
            "super" => (&here[..here.len().checked_sub(up)?], &parts[up..]),
            first if self.code.contains_key(&[&here[..], &[first]].concat().join("::")) => {
                (&here[..], &parts[..])
            }
            _ => return None,
        };
        Some(base.iter().chain(rest).map(|part| (*part).to_owned()).collect())
    }

    /// The file in which what a path names is written, wherever it is passed on.
    fn home(&self, path: Vec<String>, hops: usize) -> String {
        let length = (0..=path.len()).rev().find(|n| self.code.contains_key(&path[..*n].join("::")));
        let (module, rest) = path.split_at(length.unwrap_or(0));
        let module = module.join("::");
        let target = rest.first().and_then(|name| self.passed_on.get(&module)?.get(name));
        match target.filter(|_| hops < 8) {
            Some(target) => self.home(target.iter().chain(&rest[1..]).cloned().collect(), hops + 1),
            None => module,
        }
    }
}

/// `emulator/send.rs` is `emulator::send`, `emulator/mod.rs` is `emulator`.
fn module(path: &str) -> String {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { String::new() } else { path.replace('/', "::") }
}

fn without_tests(code: &str) -> String {
    let end = code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len());
    let code = code[..end].replace("#[cfg(test)]\nuse ", "#[cfg(test)]\nuse_in_tests ");
    VISIBLE_IN.replace_all(&code, "pub").into_owned()
}

/// The paths of a `use`, each with the name it gets.
fn leaves(tree: &str) -> Vec<(String, String)> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path = path.strip_suffix("::self").unwrap_or(path);
        let name = if alias.is_empty() { path.rsplit("::").next().unwrap_or(path) } else { alias };
        return vec![(path.to_owned(), name.to_owned())];
    };
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for character in group.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        match parts.last_mut() {
            Some(_) if character == ',' && depth == 0 => parts.push(String::new()),
            Some(part) => part.push(character),
            None => {}
        }
    }
    let full = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    full.flat_map(|part| leaves(&format!("{}{part}", prefix.trim()))).collect()
}

#[test]
fn a_circle_of_files_is_found_through_what_is_passed_on() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a/mod.rs", "mod inner;\npub(crate) use inner::{Thing as Renamed, more::Other};"),
        ("a/inner.rs", "use crate::b::{Use, deep::{self, More}};\nuse std::fmt;"),
        ("b.rs", "use super::a::Renamed;\n"),
        ("c.rs", "fn f() { crate::b::call() }"),
    ];
    let graph = Graph::new(files.map(|(path, code)| (path.to_owned(), code.to_owned())));
    let circle = BTreeSet::from(["a::inner".to_owned(), "b".to_owned()]);
    assert_eq!(graph.circles(), [circle]);
    assert_eq!(graph.named("c"), BTreeSet::from(["b".to_owned()]));
}
