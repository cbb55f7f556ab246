//! What is measured of each schema of a corpus, and the sum over all of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use proptest_jsonschema::{BoundaryClass, Generator, Options};
use serde_json::Value;

use super::Sample;

pub(crate) const VALUES: usize = 100;
/// Schemas longer than this have boundary lists of megabytes, which are not made here.
const SMALL: usize = 8_000;

/// The sums over one corpus.
#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) schemas: usize,
    /// Schemas that allow nothing, or that our validator cannot read: nobody could generate for them.
    pub(crate) empty: Vec<String>,
    pub(crate) supported: usize,
    pub(crate) unsupported: Vec<String>,
    /// Wrong values, panics and strategies that gave up.
    pub(crate) wrong: Vec<String>,
    pub(crate) values: usize,
    /// Values of a type that some keyword of the root schema is about.
    pub(crate) applying: usize,
    pub(crate) contradictions: u64,
    pub(crate) invalid: usize,
    pub(crate) boundary: usize,
    /// How many schemas use a keyword, and in how many of them a labelled value breaks it.
    pub(crate) keywords: BTreeMap<String, (usize, usize)>,
    pub(crate) unlabelled: Vec<String>,
    pub(crate) slowest: (Duration, String),
}

/// Measures one corpus; `options` says what its schemas may refer to.
pub(crate) fn measure(samples: &[Sample], options: &Options) -> Totals {
    let mut totals = Totals::default();
    for sample in samples {
        let start = Instant::now();
        totals.schemas += 1;
        if catch_unwind(AssertUnwindSafe(|| one(sample, options.clone(), &mut totals))).is_err() {
            totals.wrong.push(format!("{}: panicked", sample.name));
        }
        if start.elapsed() > totals.slowest.0 {
            totals.slowest = (start.elapsed(), sample.name.clone());
        }
    }
    totals
}

fn one(sample: &Sample, options: Options, totals: &mut Totals) {
    let generator = match Generator::new(&sample.schema, options) {
        Ok(generator) => generator,
        Err(why) => {
            let satisfiable = !sample.witnesses.is_empty();
            let list = if satisfiable { &mut totals.unsupported } else { &mut totals.empty };
            return list.push(format!("{}: {why}", sample.name));
        }
    };
    totals.supported += 1;
    valid_values(sample, &generator, totals);
    invalid_values(sample, &generator, totals);
    if sample.schema.to_string().len() < SMALL {
        boundary_cases(sample, &generator, totals);
    }
    totals.contradictions += generator.stats().contradictions();
}

fn valid_values(sample: &Sample, generator: &Generator, totals: &mut Totals) {
    let (strategy, mut runner) = (generator.valid(), TestRunner::deterministic());
    for _ in 0..VALUES {
        match strategy.new_tree(&mut runner) {
            Ok(tree) if generator.validator().is_valid(&tree.current()) => {
                totals.values += 1;
                totals.applying += usize::from(applies(&sample.schema, &tree.current()));
            }
            Ok(tree) => return totals.wrong.push(format!("{}: {}", sample.name, tree.current())),
            Err(why) => return totals.wrong.push(format!("{}: {why}", sample.name)),
        }
    }
}

fn boundary_cases(sample: &Sample, generator: &Generator, totals: &mut Totals) {
    for case in generator.boundary() {
        let misplaced = match case.class {
            BoundaryClass::Inside | BoundaryClass::At => !case.valid,
            BoundaryClass::Outside => case.valid,
            BoundaryClass::Edge => false,
        };
        if misplaced || case.valid != generator.validator().is_valid(&case.value) {
            totals.wrong.push(format!("{}: boundary case {}", sample.name, case.name));
        }
        totals.boundary += 1;
    }
}

fn invalid_values(sample: &Sample, generator: &Generator, totals: &mut Totals) {
    let labelled: BTreeSet<String> =
        generator.invalid_points().into_iter().map(|point| point.keyword).collect();
    if let Some(strategy) = generator.invalid() {
        let mut runner = TestRunner::deterministic();
        for _ in 0..VALUES {
            let Ok(tree) = strategy.new_tree(&mut runner) else { break };
            let case = tree.current();
            let errors: Vec<_> = generator.validator().iter_errors(&case.value).collect();
            let outside =
                errors.iter().any(|error| !error.instance_path().as_str().starts_with(&case.label.pointer));
            if errors.is_empty() || outside {
                totals.wrong.push(format!("{}: label {:?}", sample.name, case.label));
            }
            totals.invalid += 1;
        }
    }
    let dropped: BTreeSet<String> = generator.stats().dropped().into_keys().collect();
    let missing: Vec<&String> = dropped.difference(&labelled).collect();
    for keyword in labelled.union(&dropped) {
        let (used, broken) = totals.keywords.entry(keyword.clone()).or_default();
        *used += 1;
        *broken += usize::from(labelled.contains(keyword));
    }
    if !missing.is_empty() {
        totals.unlabelled.push(format!("{}: {missing:?}", sample.name));
    }
}

/// Whether some keyword of the root schema is about values of this type; true where none says.
fn applies(schema: &Value, value: &Value) -> bool {
    let about: &[(&str, &[&str])] = &[
        ("string", &["minLength", "maxLength", "pattern", "format"]),
        ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
        (
            "array",
            &["items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems"],
        ),
        (
            "object",
            &[
                "properties",
                "patternProperties",
                "additionalProperties",
                "propertyNames",
                "required",
                "minProperties",
                "maxProperties",
                "dependentRequired",
                "dependentSchemas",
                "unevaluatedProperties",
            ],
        ),
    ];
    let kind = match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        _ => "other",
    };
    let elsewhere = ["type", "$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "const", "enum"];
    let has = |keyword: &&str| schema.get(keyword).is_some();
    let types: Vec<&str> =
        about.iter().filter(|(_, keywords)| keywords.iter().any(&has)).map(|(kind, _)| *kind).collect();
    types.is_empty() || elsewhere.iter().any(has) || types.contains(&kind)
}
