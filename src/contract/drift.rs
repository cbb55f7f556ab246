//! Finds members that a schema does not know: no mistake, but news.

use std::collections::BTreeSet;

use serde_json::Value;

use super::lines::escape;

/// Pointers of the members of `instance` that the bundled schema does not list.
///
/// Objects of which the schema lists no members at all are open by intent and hold no news.
pub(crate) fn unknown_members(bundle: &Value, instance: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    walk(bundle, &[bundle], instance, "", &mut found);
    found.into_iter().collect()
}

fn walk(bundle: &Value, schemas: &[&Value], instance: &Value, pointer: &str, found: &mut BTreeSet<String>) {
    let mut applied = Vec::new();
    schemas.iter().for_each(|schema| collect(bundle, schema, &mut applied));
    match instance {
        Value::Object(members) => {
            for (name, member) in members {
                let inner = format!("{pointer}/{}", escape(name));
                match schemas_of_member(&applied, name) {
                    Knowledge::Listed(schemas) => walk(bundle, &schemas, member, &inner, found),
                    Knowledge::Open => {}
                    Knowledge::Unlisted => drop(found.insert(inner)),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(bundle, &schemas_of_item(&applied, index), item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// `schema` and every schema that is applied to the same value with it.
fn collect<'a>(bundle: &'a Value, schema: &'a Value, into: &mut Vec<&'a Value>) {
    if into.iter().any(|known| std::ptr::eq(*known, schema)) {
        return; // a schema may refer to itself
    }
    into.push(schema);
    if let Some(target) =
        schema.get("$ref").and_then(Value::as_str).and_then(|it| bundle.pointer(it.trim_start_matches('#')))
    {
        collect(bundle, target, into);
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        schema
            .get(keyword)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .for_each(|it| collect(bundle, it, into));
    }
    for keyword in ["if", "then", "else"] {
        schema.get(keyword).into_iter().for_each(|it| collect(bundle, it, into));
    }
}

enum Knowledge<'a> {
    Listed(Vec<&'a Value>),
    Open,
    Unlisted,
}

fn schemas_of_member<'a>(applied: &[&'a Value], name: &str) -> Knowledge<'a> {
    let lists: Vec<&Value> = applied.iter().filter_map(|schema| schema.get("properties")).collect();
    let mut schemas: Vec<&Value> = lists.iter().filter_map(|list| list.get(name)).collect();
    let maps =
        || applied.iter().filter_map(|schema| schema.get("additionalProperties")).filter(|it| it.is_object());
    if schemas.is_empty() {
        schemas.extend(maps());
    }
    match (schemas.is_empty(), lists.is_empty()) {
        (false, _) => Knowledge::Listed(schemas),
        (true, true) => Knowledge::Open,
        (true, false) => Knowledge::Unlisted,
    }
}

fn schemas_of_item<'a>(applied: &[&'a Value], index: usize) -> Vec<&'a Value> {
    let of = |schema: &&'a Value| match schema.get("prefixItems").and_then(|items| items.get(index)) {
        Some(item) => Some(item),
        None => schema.get("items"),
    };
    applied.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn unknown(schema: &Value, instance: &Value) -> Vec<String> {
        unknown_members(schema, instance)
    }

    #[test]
    fn members_that_no_applied_schema_lists_are_news() {
        let schema = json!({ "$ref": "#/$defs/base", "properties": { "a": {} }, "anyOf": [{ "properties": { "c": {} } }], "then": { "properties": { "e": {} } },
            "$defs": { "base": { "properties": { "b": { "properties": { "x": {} } } } } } });
        let found = unknown(
            &schema,
            &json!({ "a": 1, "b": { "x": 1, "y/z": 2 }, "c": 1, "d": { "deep": 1 }, "e": 1 }),
        );
        assert_eq!(found, ["/b/y~1z", "/d"]);
    }

    #[test]
    fn open_objects_and_maps_hold_no_news() {
        let schema = json!({ "properties": { "open": { "type": "object" }, "map": { "additionalProperties": { "properties": { "a": {} } } } } });
        let found = unknown(&schema, &json!({ "open": { "x": 1 }, "map": { "k": { "a": 1, "b": 2 } } }));
        assert_eq!(found, ["/map/k/b"]);
    }

    #[test]
    fn items_are_looked_into() {
        let schema = json!({ "prefixItems": [{ "properties": { "a": {} } }], "items": { "$ref": "#" } });
        assert_eq!(unknown(&schema, &json!([{ "a": 1, "b": 1 }, [{ "c": 1 }]])), ["/0/b", "/1/0/c"]);
    }

    #[test]
    fn a_schema_may_refer_to_itself() {
        assert!(unknown(&json!({ "$ref": "#" }), &json!({ "a": 1 })).is_empty());
    }
}
