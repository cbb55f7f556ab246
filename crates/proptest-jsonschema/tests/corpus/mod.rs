//! The schemas that generation is measured against, as fetched by `scripts/fetch-schemas.sh`.

pub(crate) mod measure;
pub(crate) mod table;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

/// One schema of a corpus.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) schema: Value,
    /// Values that the corpus itself says are valid: with one, the schema is satisfiable.
    pub(crate) witnesses: Vec<Value>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/schemas")
}

/// Whether the corpora have been fetched.
pub(crate) fn is_there() -> bool {
    folder().join("complete").exists()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    found.sort();
    found
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The official suite for draft 2020-12, its optional part included.
pub(crate) fn suite() -> Vec<Sample> {
    let folder = folder().join("suite/tests/draft2020-12");
    let mut samples = Vec::new();
    for path in files(&folder) {
        let file = path.strip_prefix(&folder).unwrap().with_extension("").display().to_string();
        for group in read(&path).as_array().unwrap() {
            let tests = group["tests"].as_array().unwrap().iter();
            samples.push(Sample {
                name: format!("{file}: {}", group["description"].as_str().unwrap()),
                schema: group["schema"].clone(),
                witnesses: tests
                    .filter(|test| test["valid"] == true)
                    .map(|test| test["data"].clone())
                    .collect(),
            });
        }
    }
    samples
}

/// The documents that the suite refers to as if they were served from `http://localhost:1234`.
pub(crate) fn remotes() -> Vec<(String, Value)> {
    let folder = folder().join("suite/remotes");
    files(&folder)
        .iter()
        .filter(|path| {
            let name = path.strip_prefix(&folder).unwrap().display().to_string();
            !name.starts_with("draft") || name.starts_with("draft2020-12") || name.starts_with("draft2019-09")
        })
        .map(|path| {
            let name = path.strip_prefix(&folder).unwrap().display().to_string();
            (format!("http://localhost:1234/{name}"), read(path))
        })
        .collect()
}

/// Configuration files of continuous-integration services, as `check-jsonschema` vendors their schemas.
pub(crate) fn services() -> Vec<Sample> {
    files(&folder().join("ci"))
        .iter()
        .map(|path| plain(path.file_stem().unwrap().to_str().unwrap(), read(path)))
        .collect()
}

/// GitHub's webhook payloads: each event that the schema defines is a schema of its own.
pub(crate) fn webhooks() -> Vec<Sample> {
    let whole = read(&folder().join("webhooks/schema.json"));
    let names = whole["definitions"].as_object().unwrap().keys();
    names
        .map(|name| {
            let start = json!({ "$ref": format!("#/definitions/{name}") });
            let mut reached = BTreeSet::new();
            reach(&start, &whole["definitions"], &mut reached);
            let definitions: serde_json::Map<String, Value> =
                reached.into_iter().map(|name| (name.clone(), whole["definitions"][&name].clone())).collect();
            let schema = json!({
                "$schema": "http://json-schema.org/draft-07/schema#",
                "definitions": definitions,
                "allOf": [start],
            });
            plain(name, schema)
        })
        .collect()
}

/// The definitions that a schema refers to, directly or not.
fn reach(schema: &Value, definitions: &Value, reached: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            let name = target.and_then(|target| target.strip_prefix("#/definitions/"));
            if let Some(name) = name.filter(|name| reached.insert((*name).to_owned())) {
                reach(&definitions[name], definitions, reached);
            }
            members.values().for_each(|member| reach(member, definitions, reached));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(item, definitions, reached)),
        _ => {}
    }
}

fn plain(name: &str, schema: Value) -> Sample {
    Sample { name: name.to_owned(), schema, witnesses: Vec::new() }
}
