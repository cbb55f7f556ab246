//! BoundaryCase values: a deterministic list for each schema, from every keyword's edge to every odd character.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::{
    class::{BoundaryClass, CoveragePoint},
    edge::STAND_IN,
    mutation::Mutation,
    plan::Plan,
    valid::ValidValues,
};

/// One boundary case.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundaryCase {
    /// Stable from run to run.
    pub name: String,
    /// JSON pointer of the place in the value.
    pub pointer: String,
    /// JSON pointer of the subschema.
    pub schema: String,
    /// The keyword of it that this is about.
    pub keyword: String,
    /// On which side of the keyword it lies.
    pub class: BoundaryClass,
    /// What the validator says of `value`.
    pub valid: bool,
    /// The value.
    pub value: Value,
    /// The JSON text, where no [`Value`] can hold it; `value` is then the nearest one that can be held.
    pub raw: Option<String>,
}

impl BoundaryCase {
    /// The point that this case exercises.
    pub fn point(&self) -> CoveragePoint {
        CoveragePoint { schema: self.schema.clone(), keyword: self.keyword.clone(), class: self.class }
    }
}

/// How often a case is tried before it is left out.
const TRIALS: usize = 12;

/// Makes every case, each from a seed of its own.
pub(crate) fn boundaries(valid: &ValidValues, plan: &Plan, mutations: &[Mutation]) -> Vec<BoundaryCase> {
    let mut all: Vec<BoundaryCase> = Vec::new();
    let mut names = std::collections::HashMap::new();
    for mutation in mutations {
        let name = name(mutation);
        let Some(value) = make(valid, plan, mutation, &mut runner_of(&name)) else {
            if mutation.class == BoundaryClass::Outside {
                valid.stats.count_dropped(mutation.keyword);
            }
            continue;
        };
        let count: &mut usize = names.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name}-{count}") };
        all.push(case(valid, mutation, name, value));
    }
    all
}

fn make(valid: &ValidValues, plan: &Plan, mutation: &Mutation, runner: &mut TestRunner) -> Option<Value> {
    let mut last = None;
    for _ in 0..TRIALS {
        let Some(base) = plan.draw(mutation.base, runner) else { continue };
        if !valid.validator.is_valid(&base) {
            valid.stats.count_contradiction();
            continue;
        }
        let Some(value) = mutation.apply(plan, &base, runner) else { continue };
        let accepted = valid.validator.is_valid(&value);
        let expected = match mutation.class {
            BoundaryClass::Inside | BoundaryClass::At => accepted,
            BoundaryClass::Outside => !accepted,
            BoundaryClass::Edge => true,
        };
        if expected {
            return Some(value);
        }
        last = Some(value);
    }
    // A case that lies elsewhere than it was meant to is no case of its class.
    last.filter(|_| mutation.class == BoundaryClass::Edge)
}

fn case(valid: &ValidValues, mutation: &Mutation, name: String, mut value: Value) -> BoundaryCase {
    let mut raw = None;
    if let Some(text) = &mutation.raw {
        raw = Some(
            value
                .to_string()
                .replace(&format!("{STAND_IN:?}"), text)
                .replace(&format!("\"{STAND_IN}\""), text),
        );
        let nearest = serde_json::from_str(text).unwrap_or_else(|_| nearest(text));
        if let Some(place) = value.pointer_mut(&mutation.pointer()) {
            *place = nearest;
        }
    }
    BoundaryCase {
        name,
        pointer: mutation.pointer(),
        schema: mutation.schema.clone(),
        keyword: mutation.keyword.to_owned(),
        class: mutation.class,
        valid: valid.validator.is_valid(&value),
        value,
        raw,
    }
}

/// What a lenient reader might make of text that has no value.
fn nearest(text: &str) -> Value {
    if text.starts_with('"') { Value::String("\u{fffd}".to_owned()) } else { Value::from(f64::MAX) }
}

fn name(mutation: &Mutation) -> String {
    let place = if mutation.path.is_empty() { "root".to_owned() } else { kebab(&mutation.pointer()) };
    format!("{place}.{}.{}", kebab(mutation.keyword), kebab(&mutation.operator))
}

/// Lower case and hyphens; what has no letters is spelt by its code points.
fn kebab(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        match character {
            'A'..='Z' => {
                if name.ends_with(|last: char| last.is_ascii_lowercase()) {
                    name.push('-');
                }
                name.push(character.to_ascii_lowercase());
            }
            'a'..='z' | '0'..='9' => name.push(character),
            '$' => {}
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    name.trim_end_matches('-').to_owned()
}

/// A runner whose seed is a hash (FNV-1a) of the name, so that no case depends on the ones before it.
fn runner_of(name: &str) -> TestRunner {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&hash.to_le_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}
