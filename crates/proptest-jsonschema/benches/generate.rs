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

/// A sign-in request with everything that it may hold.
fn schema() -> Value {
    let text = |max: u64| json!({ "type": "string", "minLength": 1, "maxLength": max });
    json!({
        "type": "object",
        "required": ["loginId", "loginOptions"],
        "properties": {
            "loginId": { "type": "string", "pattern": "^\\+1[2-9][0-9]{2}55501[0-9]{2}$" },
            "providerId": text(24),
            "ssoAppId": text(24),
            "templateId": text(24),
            "loginOptions": {
                "type": "object",
                "required": ["customClaims"],
                "properties": {
                    "stepup": { "type": "boolean" },
                    "mfa": { "type": "boolean" },
                    "locale": { "enum": ["en", "de", "fr", "ja"] },
                    "ttl": { "type": "integer", "minimum": 1, "maximum": 86400 },
                    "customClaims": {
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
                    "templateOptions": {
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
    let claim = prop_oneof![
        text(24),
        (0..=1000i64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        vec(text(12), 0..=4).prop_map(Value::from),
    ];
    let map = |value: BoxedStrategy<Value>, least: usize| {
        btree_map("[a-z]{1,8}", value, least..=3)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    };
    let options = (
        option::of(any::<bool>().prop_map(Value::from)),
        option::of(any::<bool>().prop_map(Value::from)),
        option::of(prop::sample::select(vec!["en", "de", "fr", "ja"]).prop_map(Value::from)),
        option::of((1..=86400i64).prop_map(Value::from)),
        map(claim.boxed(), 0),
        option::of(map(text(24), 1)),
    )
        .prop_map(|(stepup, mfa, locale, ttl, claims, template)| {
            object(vec![
                ("stepup", stepup),
                ("mfa", mfa),
                ("locale", locale),
                ("ttl", ttl),
                ("customClaims", Some(claims)),
                ("templateOptions", template),
            ])
        });
    let phone = "\\+1[2-9][0-9]{2}55501[0-9]{2}".prop_map(Value::from);
    let text = || option::of(text(24));
    (phone, text(), text(), text(), options)
        .prop_map(|(login, provider, app, template, options)| {
            object(vec![
                ("loginId", Some(login)),
                ("providerId", provider),
                ("ssoAppId", app),
                ("templateId", template),
                ("loginOptions", Some(options)),
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
        [("generated", plain), ("by-hand", by_hand()), ("generated-and-validated", validated)]
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
