//! What the crate promises, tried on small schemas; the large corpora are in `json_schema_suite.rs`.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::{
    prelude::*,
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngSeed, TestError, TestRunner},
};
use serde_json::{Value, json};

use proptest_jsonschema::{
    BoundaryCase, BoundaryClass, CustomFormat, Generator, InvalidCase, InvalidCases, Options, ValidValues,
};

fn generator(schema: impl Into<Value>) -> Generator {
    Generator::new(&schema.into(), Options::default()).unwrap()
}

fn runner(seed: u64) -> TestRunner {
    TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() })
}

fn values<S: Strategy>(strategy: &S, seed: u64, count: usize) -> Vec<S::Value> {
    let mut runner = runner(seed);
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// The smallest item that the test refuses.
fn minimal<S: Strategy>(strategy: &S, refuse: impl Fn(&S::Value) -> bool) -> S::Value {
    let judge = |item| if refuse(&item) { Err(TestCaseError::fail("refused")) } else { Ok(()) };
    match runner(5).run(strategy, judge) {
        Err(TestError::Fail(_, item)) => item,
        other => panic!("nothing was refused: {other:?}"),
    }
}

fn eight_members() -> Value {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let members: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    json!({ "type": "object", "properties": members, "required": names, "additionalProperties": false })
}

#[test]
fn one_seed_gives_one_sequence() {
    let generator = generator(eight_members());
    assert_eq!(values(&generator.valid(), 1, 50), values(&generator.valid(), 1, 50));
    assert_ne!(values(&generator.valid(), 1, 50), values(&generator.valid(), 2, 50));
    let invalid = generator.invalid().unwrap();
    assert_eq!(values(&invalid, 1, 50), values(&generator.invalid().unwrap(), 1, 50));
}

#[test]
fn a_string_too_long_by_one_is_minimal() {
    let schema =
        json!({ "type": "object", "properties": { "s": { "type": "string", "maxLength": 7 }, "t": {} } });
    let invalid = generator(schema).invalid().unwrap();
    let found = minimal(&invalid, |case: &InvalidCase| case.label.keyword == "maxLength");
    assert_eq!(found.value, json!({ "s": "aaaaaaaa" }));
    assert_eq!((found.label.pointer.as_str(), &found.label.new), ("/s", &json!("aaaaaaaa")));
}

#[test]
fn one_missing_member_among_eight_is_minimal() {
    let invalid = generator(eight_members()).invalid().unwrap();
    let found = minimal(&invalid, |case: &InvalidCase| case.label.operator == "without-e");
    assert_eq!(found.value, json!({ "a": "", "b": "", "c": "", "d": "", "f": "", "g": "", "h": "" }));
}

#[test]
fn one_bad_item_in_an_array_of_fifty_is_minimal() {
    let item = json!({ "type": "object", "properties": { "n": { "type": "integer", "minimum": 3 } }, "required": ["n"] });
    let list = generator(json!({ "type": "array", "minItems": 50, "maxItems": 60, "items": item }));
    let bad = minimal(&list.invalid().unwrap(), |case: &InvalidCase| case.label.keyword == "minimum");
    let items = bad.value.as_array().unwrap();
    let odd: Vec<&Value> = items.iter().filter(|item| **item != json!({ "n": 3 })).collect();
    assert_eq!((items.len(), odd), (50, vec![&json!({ "n": 0 })]));
    let free = generator(json!({ "type": "array", "maxItems": 60, "items": { "type": "integer" } }));
    let found =
        minimal(&free.valid(), |value| value.as_array().unwrap().iter().any(|item| item.as_i64() > Some(99)));
    assert_eq!(found, json!([100]));
}

#[test]
fn a_valid_value_shrinks_within_its_class() {
    let schema = json!({
        "type": "object",
        "properties": {
            "phone": { "type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$" },
            "tags": { "type": "array", "items": { "enum": ["x", "y"] }, "minItems": 1, "uniqueItems": true }
        },
        "required": ["phone"]
    });
    let found = minimal(&generator(schema).valid(), |value| value.get("tags").is_some());
    let phone = found["phone"].as_str().unwrap();
    assert_eq!((phone.len(), found["tags"].as_array().unwrap().len()), (8, 1), "{found}");
    assert!(phone.ends_with("000000"), "{found}");
}

#[test]
fn the_impossible_is_named_by_pointer() {
    let cases = [
        (json!({ "properties": { "a": false }, "required": ["a"], "type": "object" }), "/properties/a"),
        (json!({ "type": "string", "pattern": "^a+$", "maxLength": 0 }), ""),
        (
            json!({ "type": "object", "required": ["n"], "properties": { "n": { "$ref": "#" } } }),
            "/properties/n",
        ),
        (json!({ "allOf": [{ "type": "string" }, { "type": "integer" }] }), "/allOf/1"),
        (json!({ "type": "array", "minItems": 1, "items": { "enum": [] } }), "/items"),
    ];
    for (schema, pointer) in cases {
        let error = Generator::new(&schema, Options::default()).err().unwrap();
        assert_eq!(error.pointer, pointer, "{schema}: {error}");
    }
}

#[test]
fn a_generator_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Generator>();
    shared::<ValidValues>();
    shared::<InvalidCases>();
}

#[test]
fn recursion_ends() {
    let schema = json!({
        "type": "object",
        "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" }, "n": { "type": "integer" } },
        "required": ["n"]
    });
    fn depth(value: &Value) -> usize {
        value.as_object().map_or(0, |members| 1 + members.values().map(depth).max().unwrap_or(0))
    }
    let values = values(&generator(schema).valid(), 3, 300);
    assert!(values.iter().all(|value| depth(value) <= 6));
    assert!(values.iter().any(|value| depth(value) >= 4));
}

#[test]
fn a_callers_format_is_drawn_and_checked() {
    let mut options = Options::default();
    let codes = CustomFormat::new("[0-9]{3}-x", |text| text.ends_with("-x"));
    options.formats.insert("odd-code".to_owned(), codes);
    let schema = json!({ "type": "object", "properties": { "c": { "format": "odd-code", "type": "string" } }, "required": ["c"] });
    let generator = Generator::new(&schema, options).unwrap();
    for value in values(&generator.valid(), 9, 100) {
        assert!(value["c"].as_str().unwrap().ends_with("-x"), "{value}");
    }
    let invalid = values(&generator.invalid().unwrap(), 9, 200);
    assert!(invalid.iter().any(|case| case.label.keyword == "format"));
}

#[test]
fn every_label_is_what_the_validator_says() {
    let schema = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "minLength": 1, "maxLength": 9 },
            "n": { "type": "integer", "minimum": 0, "maximum": 10, "multipleOf": 2 },
            "kind": { "enum": ["one", "two"] },
            "more": { "anyOf": [{ "type": "null" }, { "type": "array", "uniqueItems": true, "maxItems": 3 }] }
        },
        "required": ["id", "n"],
        "additionalProperties": false
    });
    let generator = generator(schema);
    let cases = values(&generator.invalid().unwrap(), 4, 2000);
    for case in &cases {
        let (label, value) = (&case.label, &case.value);
        assert_eq!(value.pointer(&label.pointer), Some(&label.new), "{case:?}");
        let mut restored = value.clone();
        *restored.pointer_mut(&label.pointer).unwrap() = label.original.clone();
        assert!(generator.validator().is_valid(&restored), "{case:?}");
        let errors: Vec<_> = generator.validator().iter_errors(value).collect();
        assert!(errors.iter().any(|error| error.kind().keyword() == label.keyword), "{case:?}");
        assert!(
            errors.iter().all(|error| error.instance_path().as_str().starts_with(&label.pointer)),
            "{case:?}"
        );
    }
    let broken = |keyword: &str| cases.iter().any(|case| case.label.keyword == keyword);
    for keyword in ["type", "required", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "enum"]
    {
        assert!(broken(keyword), "{keyword} was never broken");
    }
    let points = generator.coverage_points();
    assert!(cases.iter().all(|case| points.contains(&case.label.point())));
    assert!(broken("anyOf") && broken("additionalProperties"));
    assert_eq!(generator.stats().contradictions(), 0);
}

#[test]
fn boundaries_are_on_the_side_they_claim() {
    let schema = json!({
        "type": "object",
        "properties": { "s": { "type": "string", "minLength": 2, "maxLength": 4 }, "n": { "type": "integer", "exclusiveMinimum": 5 } },
        "required": ["s"]
    });
    let generator = generator(schema);
    let cases = generator.boundary();
    assert_eq!(cases, generator.boundary());
    let names: std::collections::HashSet<&String> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
    for case in &cases {
        match case.class {
            BoundaryClass::Inside | BoundaryClass::At => assert!(case.valid, "{case:?}"),
            BoundaryClass::Outside => assert!(!case.valid, "{case:?}"),
            BoundaryClass::Edge => {}
        }
    }
    let lengths = |name: &str| {
        let case = cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case {name}"));
        case.value["s"].as_str().unwrap().chars().count()
    };
    assert_eq!(lengths("s.max-length.at"), 4);
    assert_eq!(lengths("s.max-length.outside"), 5);
    assert_eq!(lengths("s.min-length.outside"), 1);
    let lone = cases.iter().find(|case| case.name == "s.type.edge-lone-high-surrogate").unwrap();
    assert!(lone.raw.as_ref().unwrap().contains(r#""\ud800""#));
    for point in cases.iter().map(BoundaryCase::point) {
        assert!(generator.coverage_points().contains(&point));
    }
}

#[test]
fn keywords_apply_to_the_values() {
    let strings = values(&generator(json!({ "minLength": 2 })).valid(), 1, 50);
    assert!(strings.iter().all(Value::is_string));
    let arrays = values(&generator(json!({ "contains": { "const": 7 } })).valid(), 1, 50);
    assert!(arrays.iter().all(|value| value.as_array().unwrap().contains(&json!(7))));
    let extra = json!({ "patternProperties": { "^x-": { "type": "integer" } }, "additionalProperties": { "type": "null" } });
    let objects = values(&generator(extra).valid(), 1, 80);
    let members = || objects.iter().flat_map(|value| value.as_object().unwrap());
    assert!(members().any(|(name, value)| name.starts_with("x-") && value.is_i64()));
    assert!(members().any(|(_, value)| value.is_null()));
}
