//! No file uses, directly or not, a file that uses it, but for the recursive type of values and its walk.

#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Arrays and objects hold values, and values are arrays and objects.
const RECURSIVE: [&str; 3] = ["array", "object", "plan"];

type Graph = BTreeMap<String, BTreeSet<String>>;

/// The modules that a source names after `crate::`, singly or in braces.
fn used(source: &str) -> BTreeSet<String> {
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let outer = group.chars().take_while(|character| {
            depth += i32::from(*character == '{') - i32::from(*character == '}');
            depth >= 0
        });
        let mut depth = 0;
        let flat: String = outer
            .filter(|character| {
                depth += i32::from(*character == '{');
                let kept = depth == 0;
                depth -= i32::from(*character == '}');
                kept
            })
            .collect();
        names.extend(flat.split(',').map(|part| word(part.trim())).filter(|name| !name.is_empty()));
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// Each module with those it uses.
fn graph() -> Graph {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(src).unwrap().map(|entry| entry.unwrap().path());
    let mut graph: Graph = files
        .filter(|path| path.extension().is_some_and(|kind| kind == "rs"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, used(&fs::read_to_string(path).unwrap()))
        })
        .filter(|(name, _)| name != "lib" && name != "tests")
        .collect();
    let modules: BTreeSet<String> = graph.keys().cloned().collect();
    graph.values_mut().for_each(|uses| uses.retain(|name| modules.contains(name)));
    graph
}

fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    let (mut seen, mut queue) = (BTreeSet::new(), vec![from]);
    while let Some(at) = queue.pop() {
        for next in &graph[at] {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                queue.push(next);
            }
        }
    }
    false
}

#[test]
fn the_files_form_no_circle_but_the_recursive_one() {
    let graph = graph();
    assert!(graph["generator"].contains("compile"), "{graph:?}");
    let circular: Vec<&str> =
        graph.keys().map(String::as_str).filter(|name| reaches(&graph, name, name)).collect();
    assert_eq!(circular, RECURSIVE);
}

#[test]
fn paths_are_read_in_all_their_forms() {
    let names = used("use crate::{\n    plan::{Draw, Node},\n    text,\n};\nuse crate::number::same;");
    assert_eq!(names, ["number", "plan", "text"].map(str::to_owned).into());
}
