//! Bodies per second: the compiled generator, a hand-written strategy of the same distribution, and the
//! generator with every body validated.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use proptest_jsonschema::{Generator, Options};
use serde_json::{Map, Value, json};

/// An order with everything that it may hold.
fn schema() -> Value {
    let text = |max: u64| json!({ "type": "string", "minLength": 1, "maxLength": max });
    json!({
        "type": "object",
        "required": ["number", "delivery"],
        "properties": {
            "number": { "type": "string", "pattern": "^\\+1[2-9][0-9]{2}77701[0-9]{2}$" },
            "carrier": text(24),
            "account": text(24),
            "voucher": text(24),
            "delivery": {
                "type": "object",
                "required": ["labels"],
                "properties": {
                    "express": { "type": "boolean" },
                    "insured": { "type": "boolean" },
                    "locale": { "enum": ["en", "de", "fr", "ja"] },
                    "weight": { "type": "integer", "minimum": 1, "maximum": 86400 },
                    "labels": {
                        "type": "object",
                        "maxProperties": 4,
                        "propertyNames": { "pattern": "^[a-z]{1,8}$" },
                        "additionalProperties": {
                            "anyOf": [
                                text(24),
                                { "type": "integer", "minimum": 0, "maximum": 1000 },
                                { "type": "boolean" },
                                { "type": "array", "maxItems": 4, "items": text(12) }
                            ]
                        }
                    },
                    "greeting": {
                        "type": "object",
                        "minProperties": 1,
                        "maxProperties": 4,
                        "propertyNames": { "pattern": "^[a-z]{1,8}$" },
                        "additionalProperties": text(24)
                    }
                },
                "additionalProperties": false
            }
        },
        "additionalProperties": false
    })
}

fn text(max: usize) -> BoxedStrategy<Value> {
    vec(prop::char::ranges(vec!['a'..='z', 'A'..='Z', '0'..='9'].into()), 1..=max)
        .prop_map(|characters| Value::String(characters.into_iter().collect()))
        .boxed()
}

fn object(members: Vec<(&'static str, Option<Value>)>) -> Value {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<String, Value>>())
}

/// What one would write by hand for the same bodies.
fn by_hand() -> BoxedStrategy<Value> {
    let label = prop_oneof![
        text(24),
        (0..=1000i64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        vec(text(12), 0..=4).prop_map(Value::from),
    ];
    let map = |value: BoxedStrategy<Value>, least: usize| {
        btree_map("[a-z]{1,8}", value, least..=3)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    };
    let delivery = (
        option::of(any::<bool>().prop_map(Value::from)),
        option::of(any::<bool>().prop_map(Value::from)),
        option::of(prop::sample::select(vec!["en", "de", "fr", "ja"]).prop_map(Value::from)),
        option::of((1..=86400i64).prop_map(Value::from)),
        map(label.boxed(), 0),
        option::of(map(text(24), 1)),
    )
        .prop_map(|(express, insured, locale, weight, labels, greeting)| {
            object(vec![
                ("express", express),
                ("insured", insured),
                ("locale", locale),
                ("weight", weight),
                ("labels", Some(labels)),
                ("greeting", greeting),
            ])
        });
    let number = "\\+1[2-9][0-9]{2}77701[0-9]{2}".prop_map(Value::from);
    let text = || option::of(text(24));
    (number, text(), text(), text(), delivery)
        .prop_map(|(number, carrier, account, voucher, delivery)| {
            object(vec![
                ("number", Some(number)),
                ("carrier", carrier),
                ("account", account),
                ("voucher", voucher),
                ("delivery", Some(delivery)),
            ])
        })
        .boxed()
}

fn mean_size(strategy: &BoxedStrategy<Value>) -> usize {
    let mut runner = TestRunner::deterministic();
    let sizes =
        (0..2000).map(|_| strategy.new_tree(&mut runner).map_or(0, |tree| tree.current().to_string().len()));
    sizes.sum::<usize>() / 2000
}

fn bench(criterion: &mut Criterion) {
    let options = |validate| Options { validate, max_length: 24, ..Options::default() };
    let build = |validate| Generator::new(&schema(), options(validate)).map(|generator| generator.valid());
    let (Ok(plain), Ok(validated)) = (build(false), build(true)) else { return };
    let mut group = criterion.benchmark_group("bodies");
    group.throughput(Throughput::Elements(1));
    for (name, strategy) in
        [("generated", plain.boxed()), ("by-hand", by_hand()), ("generated-and-validated", validated.boxed())]
    {
        let mut runner = TestRunner::deterministic();
        let name = format!("{name} (mean {} bytes)", mean_size(&strategy));
        group.bench_function(name, |bencher| {
            bencher.iter(|| strategy.new_tree(&mut runner).map(|tree| tree.current()));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
