//! The changes that bring a value to the edge of a keyword, or over it: one arm per keyword.

use serde_json::{Number, Value, json};

use crate::{
    class::BoundaryClass,
    demand::{Fact, Lit, SchemaId, Step},
    json::{items, members, size, texts},
    number::{integer, whole},
    schemas::Schemas,
    types::Types,
};

/// Beyond this, strings and arrays of an exact size are not worth making.
const LARGE: usize = 20_000;
/// How many values of an `enum` or branches of an `anyOf` get a case of their own.
const MANY: usize = 64;

/// One way to change the value at a place.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) name: String,
    pub(crate) class: BoundaryClass,
    pub(crate) change: Change,
}

#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// Draw a value that satisfies everything and this too.
    Meet(Vec<Step>),
    /// Draw a value that breaks the keyword, and only it if possible, and satisfies this.
    Break(Vec<Step>),
    Put(Value),
    RemoveMember(String),
    AddMember(String),
    /// Append a copy of the first item.
    RepeatItem,
    Prepend(&'static str),
    Append(&'static str),
}

impl Operator {
    fn new(name: impl Into<String>, class: BoundaryClass, change: Change) -> Operator {
        Operator { name: name.into(), class, change }
    }
}

fn meet(name: impl Into<String>, class: BoundaryClass, fact: impl Into<Step>) -> Operator {
    Operator::new(name, class, Change::Meet(vec![fact.into()]))
}

fn put(name: impl Into<String>, class: BoundaryClass, value: Value) -> Operator {
    Operator::new(name, class, Change::Put(value))
}

/// All operators of one keyword of a subschema.
pub(crate) fn operators(schemas: &mut Schemas<'_>, id: SchemaId, keyword: &'static str) -> Vec<Operator> {
    let Some(value) = schemas.active(id, keyword) else { return Vec::new() };
    let mut all = match keyword {
        "type" => types(value),
        "const" => near_misses(value),
        "enum" => enumeration(value),
        "required" => texts(value).into_iter().map(missing).collect(),
        "properties" => presence(schemas, id, value),
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            sizes(keyword, value)
        }
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
            bounds(schemas, id, keyword, value)
        }
        "multipleOf" => {
            vec![put("zero", BoundaryClass::At, json!(0)), put("once", BoundaryClass::At, value.clone())]
        }
        "pattern" => patterns(),
        "format" => vec![
            put("empty", BoundaryClass::Outside, json!("")),
            put("word", BoundaryClass::Outside, json!("no such thing")),
            Operator::new("trailing-newline", BoundaryClass::Outside, Change::Append("\n")),
        ],
        "uniqueItems" => vec![Operator::new("repeat-item", BoundaryClass::Outside, Change::RepeatItem)],
        "contains" => contains(schemas, id, value),
        "anyOf" | "oneOf" => branches(schemas, id, value),
        "additionalProperties" | "unevaluatedProperties" if *value == Value::Bool(false) => strangers(),
        _ => Vec::new(),
    };
    if breaks_here(schemas, id, keyword, value) {
        all.push(Operator::new("break", BoundaryClass::Outside, Change::Break(Vec::new())));
    }
    all
}

/// Keywords that hand parts of the value on are broken there, not here, unless they forbid the part.
fn breaks_here(schemas: &Schemas<'_>, id: SchemaId, keyword: &str, value: &Value) -> bool {
    let forbids = |value: &Value| *value == Value::Bool(false);
    match keyword {
        "$ref" | "$dynamicRef" | "$recursiveRef" | "allOf" | "required" => false,
        "items" | "additionalItems" | "additionalProperties" => forbids(value),
        "prefixItems" => items(value).iter().any(forbids),
        "properties" | "patternProperties" => members(Some(value)).any(|(_, schema)| forbids(schema)),
        "if" => ["then", "else"].iter().any(|name| schemas.keyword(id, name).is_some_and(forbids)),
        "dependentSchemas" => members(Some(value)).any(|(_, schema)| forbids(schema)),
        _ => true,
    }
}

fn types(value: &Value) -> Vec<Operator> {
    let allowed = Types::named(value);
    let examples = [
        ("null", json!(null)),
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("fraction", json!(1.5)),
        ("string", json!("text")),
        ("digits", json!("7")),
        ("array", json!([])),
        ("object", json!({})),
    ];
    let several = allowed.each().count() > 1;
    let mut all: Vec<Operator> = Vec::new();
    for (name, example) in examples {
        let one = Types::of(&example);
        if !allowed.contains(one) {
            all.push(put(format!("as-{name}"), BoundaryClass::Outside, example));
        } else if several && name != "digits" {
            all.push(meet(format!("as-{name}"), BoundaryClass::Inside, Fact::Types(one)));
        }
    }
    if allowed.contains(Types::ARRAY) {
        for (name, count) in [("empty", 0), ("one-item", 1), ("many-items", 8)] {
            let exact = vec![
                Fact::Types(Types::ARRAY).into(),
                Fact::MinItems(count).into(),
                Fact::MaxItems(count).into(),
            ];
            all.push(Operator::new(name, BoundaryClass::Inside, Change::Meet(exact)));
        }
    }
    all
}

fn near_misses(value: &Value) -> Vec<Operator> {
    match value {
        Value::String(text) => {
            let swapped: String = text
                .chars()
                .map(
                    |one| {
                        if one.is_lowercase() { one.to_ascii_uppercase() } else { one.to_ascii_lowercase() }
                    },
                )
                .collect();
            vec![
                put("other-case", BoundaryClass::Outside, json!(swapped)),
                put("with-space", BoundaryClass::Outside, json!(format!("{text} "))),
                put("longer", BoundaryClass::Outside, json!(format!("{text}x"))),
            ]
        }
        Value::Number(number) => {
            neighbour(number, 1).map(|next| put("next", BoundaryClass::Outside, next)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn enumeration(value: &Value) -> Vec<Operator> {
    let values = items(value);
    let listed = values.iter().take(MANY).enumerate();
    let mut all: Vec<Operator> = listed
        .map(|(index, value)| {
            meet(format!("value-{index}"), BoundaryClass::Inside, Fact::OneOf(vec![value.clone()]))
        })
        .collect();
    all.extend(values.first().map(near_misses).unwrap_or_default());
    all
}

fn missing(name: String) -> Operator {
    Operator::new(format!("without-{name}"), BoundaryClass::Outside, Change::RemoveMember(name))
}

fn presence(schemas: &Schemas<'_>, id: SchemaId, value: &Value) -> Vec<Operator> {
    let required = schemas.keyword(id, "required").map(texts).unwrap_or_default();
    let allowed = |schema: &Value| *schema != Value::Bool(false);
    let names: Vec<&String> =
        members(Some(value)).filter(|(_, schema)| allowed(schema)).map(|(name, _)| name).collect();
    let optional: Vec<&String> = names.iter().copied().filter(|name| !required.contains(name)).collect();
    let present = |name: &&String| Step::Fact(Fact::Required((*name).clone()));
    let absent = |name: &&String| Step::Fact(Fact::Absent((*name).clone()));
    let object = || Step::Fact(Fact::Types(Types::OBJECT));
    let with = |steps: Vec<Step>| Change::Meet(std::iter::once(object()).chain(steps).collect());
    let mut all = vec![
        Operator::new("all-members", BoundaryClass::Inside, with(names.iter().map(present).collect())),
        Operator::new(
            "no-optional-members",
            BoundaryClass::Inside,
            with(optional.iter().map(absent).collect()),
        ),
    ];
    for name in &optional {
        let others = optional.iter().filter(|other| other != &name).map(absent);
        all.push(Operator::new(
            format!("only-{name}"),
            BoundaryClass::Inside,
            with(others.chain([present(name)]).collect()),
        ));
        let others = optional.iter().filter(|other| other != &name).map(present);
        all.push(Operator::new(
            format!("all-but-{name}"),
            BoundaryClass::Inside,
            with(others.chain([absent(name)]).collect()),
        ));
    }
    all
}

fn exact(keyword: &str, count: usize) -> Vec<Step> {
    let (types, low, high) = match keyword {
        "minLength" | "maxLength" => (Types::STRING, Fact::MinLength(count), Fact::MaxLength(count)),
        "minItems" | "maxItems" => (Types::ARRAY, Fact::MinItems(count), Fact::MaxItems(count)),
        _ => (Types::OBJECT, Fact::MinProperties(count), Fact::MaxProperties(count)),
    };
    vec![Fact::Types(types).into(), low.into(), high.into()]
}

fn sizes(keyword: &'static str, value: &Value) -> Vec<Operator> {
    let Some(limit) = size(value).filter(|limit| *limit <= LARGE) else { return Vec::new() };
    let (inside, outside) = match keyword.starts_with("min") {
        true => (Some(limit + 1), limit.checked_sub(1)),
        false => (limit.checked_sub(1), Some(limit + 1)),
    };
    let at = Operator::new("at", BoundaryClass::At, Change::Meet(exact(keyword, limit)));
    let inside =
        inside.map(|size| Operator::new("inside", BoundaryClass::Inside, Change::Meet(exact(keyword, size))));
    let outside = outside
        .map(|size| Operator::new("outside", BoundaryClass::Outside, Change::Break(exact(keyword, size))));
    std::iter::once(at).chain(inside).chain(outside).collect()
}

/// The number one step away.
fn neighbour(number: &Number, step: i128) -> Option<Value> {
    match whole(number) {
        Some(value) => integer(value + step).map(Value::Number),
        None => Number::from_f64(number.as_f64()? + step as f64).map(Value::Number),
    }
}

fn bounds(schemas: &Schemas<'_>, id: SchemaId, keyword: &str, value: &Value) -> Vec<Operator> {
    let Value::Number(limit) = value else { return Vec::new() };
    let is_low = keyword.to_ascii_lowercase().contains("min");
    let flag = if is_low { "exclusiveMinimum" } else { "exclusiveMaximum" };
    let exclusive = keyword.starts_with("exclusive") || schemas.keyword(id, flag) == Some(&Value::Bool(true));
    let inwards = if is_low { 1 } else { -1 };
    let value_case = |name: &str, class: BoundaryClass, value: Value| {
        let fact = vec![Step::Fact(Fact::OneOf(vec![value]))];
        let change = if class == BoundaryClass::Outside { Change::Break(fact) } else { Change::Meet(fact) };
        Operator::new(name, class, change)
    };
    let mut all = vec![value_case(
        "at",
        if exclusive { BoundaryClass::Outside } else { BoundaryClass::At },
        value.clone(),
    )];
    all.extend(neighbour(limit, inwards).map(|next| value_case("inside", BoundaryClass::Inside, next)));
    all.extend(neighbour(limit, -inwards).map(|next| value_case("outside", BoundaryClass::Outside, next)));
    // Large numbers have no neighbours: the next one that differs is far away.
    let far =
        limit.as_f64().map(|limit| limit - inwards as f64 * limit.abs().max(8.0)).and_then(Number::from_f64);
    all.extend(far.map(|next| value_case("far-outside", BoundaryClass::Outside, Value::Number(next))));
    let hair = limit.as_f64().map(|limit| limit - inwards as f64 * 1e-6).and_then(Number::from_f64);
    all.extend(hair.map(|next| value_case("just-outside", BoundaryClass::Outside, Value::Number(next))));
    all
}

fn patterns() -> Vec<Operator> {
    vec![
        Operator::new("leading-space", BoundaryClass::Outside, Change::Prepend(" ")),
        Operator::new("trailing-space", BoundaryClass::Outside, Change::Append(" ")),
        Operator::new("trailing-newline", BoundaryClass::Outside, Change::Append("\n")),
        put("empty", BoundaryClass::Outside, json!("")),
    ]
}

fn contains(schemas: &mut Schemas<'_>, id: SchemaId, value: &Value) -> Vec<Operator> {
    let (min, max) = schemas.contains_bounds(id);
    let Some(value) = schemas.active(id, "contains").filter(|same| *same == value) else { return Vec::new() };
    let lit = schemas.holds(id, value);
    let matching = |count: usize| {
        let fact = Fact::Contains { lit, min: count, max: Some(count) };
        Change::Meet(vec![Fact::Types(Types::ARRAY).into(), fact.into()])
    };
    let least = Operator::new("fewest-matches", BoundaryClass::At, matching(min));
    std::iter::once(least)
        .chain(max.map(|max| Operator::new("most-matches", BoundaryClass::At, matching(max))))
        .collect()
}

fn branches(schemas: &mut Schemas<'_>, id: SchemaId, value: &Value) -> Vec<Operator> {
    let Some(value) =
        ["anyOf", "oneOf"].iter().find_map(|name| schemas.active(id, name).filter(|same| *same == value))
    else {
        return Vec::new();
    };
    let listed = items(value).iter().take(MANY).enumerate();
    let lits: Vec<(usize, Lit)> = listed.map(|(index, branch)| (index, schemas.holds(id, branch))).collect();
    lits.into_iter()
        .map(|(index, lit)| meet(format!("branch-{index}"), BoundaryClass::Inside, Step::Lit(lit)))
        .collect()
}

fn strangers() -> Vec<Operator> {
    let names = ["unknown-member", "__proto__", "constructor", ""];
    let add = |name: &str| {
        let label = if name.is_empty() { "empty-name" } else { name };
        Operator::new(format!("add-{label}"), BoundaryClass::Outside, Change::AddMember(name.to_owned()))
    };
    names.into_iter().map(add).collect()
}
