//! Makes one self-contained schema out of a file and all it refers to.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::lines::escape;

/// The file and the pointer that `reference`, written in `file`, means.
pub(crate) fn resolve(file: &str, reference: &str) -> (String, String) {
    let (path, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    if path.is_empty() {
        return (file.to_owned(), pointer.to_owned());
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    (parts.join("/"), pointer.to_owned())
}

/// The schema of `file` in which every reference is local: other files stand in `$defs` under their names.
pub(crate) fn bundle(file: &str, documents: &BTreeMap<String, Value>) -> Value {
    let mut bundler = Bundler { root: file, documents, pending: Vec::new(), done: Map::new() };
    let mut root = bundler.embed(file);
    while let Some(next) = bundler.pending.pop() {
        if !bundler.done.contains_key(&next) {
            let schema = bundler.embed(&next);
            bundler.done.insert(next, schema);
        }
    }
    if let Value::Object(root) = &mut root
        && !bundler.done.is_empty()
    {
        let definitions = root.entry("$defs").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(definitions) = definitions {
            definitions.extend(bundler.done);
        }
    }
    root
}

struct Bundler<'a> {
    root: &'a str,
    documents: &'a BTreeMap<String, Value>,
    pending: Vec<String>,
    done: Map<String, Value>,
}

impl Bundler<'_> {
    fn embed(&mut self, file: &str) -> Value {
        let mut schema = self.documents.get(file).cloned().unwrap_or_default();
        if let Value::Object(members) = &mut schema {
            members.shift_remove("$id"); // or local references would leave for that address
            members.shift_remove("$schema");
        }
        self.localize(file, &mut schema);
        schema
    }

    fn localize(&mut self, file: &str, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(reference) if name == "$ref" => {
                            *reference = self.local(file, reference);
                        }
                        member => self.localize(file, member),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.localize(file, item)),
            _ => {}
        }
    }

    fn local(&mut self, file: &str, reference: &str) -> String {
        let (target, pointer) = resolve(file, reference);
        if target == self.root {
            return format!("#{pointer}");
        }
        let local = format!("#/$defs/{}{pointer}", escape(&target));
        self.pending.push(target);
        local
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_become_local() {
        let documents = BTreeMap::from([
            (
                "a/x.json".to_owned(),
                json!({ "$id": "u", "$ref": "../y.json", "items": { "$ref": "#/$defs/own" }, "$defs": { "own": true } }),
            ),
            (
                "y.json".to_owned(),
                json!({ "not": { "$ref": "a/x.json#/items" }, "items": { "$ref": "#/not" } }),
            ),
        ]);
        assert_eq!(
            bundle("a/x.json", &documents),
            json!({ "$ref": "#/$defs/y.json", "items": { "$ref": "#/$defs/own" }, "$defs": { "own": true,
                "y.json": { "not": { "$ref": "#/items" }, "items": { "$ref": "#/$defs/y.json/not" } } } })
        );
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        assert_eq!(resolve("a/b/x.json", "../y.json#/p"), ("a/y.json".into(), "/p".into()));
        assert_eq!(resolve("x.json", "./a/y.json"), ("a/y.json".into(), String::new()));
        assert_eq!(resolve("a/x.json", "#/p"), ("a/x.json".into(), "/p".into()));
    }
}
