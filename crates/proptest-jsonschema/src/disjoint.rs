//! A quick proof that two subschemas share no value, as the branches of most `oneOf`s do not.

use serde_json::Value;

use crate::{
    demand::SchemaId,
    json::{items, texts},
    number::same,
    schemas::Schemas,
    types::Types,
};

/// True only when no value can satisfy both.
pub(crate) fn disjoint(schemas: &mut Schemas<'_>, left: SchemaId, right: SchemaId) -> bool {
    let (left, right) = (target(schemas, left), target(schemas, right));
    let types = |id| schemas.keyword(id, "type").map_or(Types::ANY, Types::named);
    let (left_types, right_types) = (types(left), types(right));
    if left_types.and(right_types).is_empty() {
        return true;
    }
    if let (Some(left), Some(right)) = (finite(schemas, left), finite(schemas, right)) {
        return apart(&left, &right);
    }
    // Objects are told apart by a member that one requires and both fix.
    let objects = left_types == Types::OBJECT || right_types == Types::OBJECT;
    objects
        && required(schemas, left).iter().chain(&required(schemas, right)).any(|name| {
            match (tag(schemas, left, name), tag(schemas, right, name)) {
                (Some(left), Some(right)) => apart(&left, &right),
                _ => false,
            }
        })
}

fn target(schemas: &mut Schemas<'_>, mut id: SchemaId) -> SchemaId {
    for _ in 0..8 {
        let Some(reference) = schemas.active(id, "$ref").and_then(Value::as_str) else { break };
        match schemas.follow(id, "$ref", reference) {
            Ok(next) => id = next,
            Err(_) => break,
        }
    }
    id
}

fn finite<'r>(schemas: &Schemas<'r>, id: SchemaId) -> Option<Vec<&'r Value>> {
    listed(schemas.value(id))
}

fn listed(schema: &Value) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        (None, Some(values)) => Some(items(values).iter().collect()),
        _ => None,
    }
}

fn required(schemas: &Schemas<'_>, id: SchemaId) -> Vec<String> {
    schemas.keyword(id, "required").map(texts).unwrap_or_default()
}

fn tag<'r>(schemas: &Schemas<'r>, id: SchemaId, name: &str) -> Option<Vec<&'r Value>> {
    listed(schemas.keyword(id, "properties")?.get(name)?)
}

fn apart(left: &[&Value], right: &[&Value]) -> bool {
    !left.iter().any(|value| right.iter().any(|other| same(value, other)))
}
