//! Boundary values: a deterministic list for each schema, from every keyword's edge to every odd character.

use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::{edge::STAND_IN, mutation::Mutation, plan::Plan, random::Random, valid::Valid};

/// Where a case lies with respect to its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Allowed, next to the bound or one of the allowed choices.
    Inside,
    /// Allowed, exactly on the bound.
    At,
    /// Not allowed, next to the bound.
    Outside,
    /// A value that is often mishandled, whatever the schema says of it.
    Edge,
}

impl Class {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Inside => "inside",
            Class::At => "at",
            Class::Outside => "outside",
            Class::Edge => "edge",
        }
    }
}

/// One boundary case.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// Stable from run to run.
    pub name: String,
    /// JSON pointer of the place in the value.
    pub pointer: String,
    /// JSON pointer of the subschema.
    pub schema: String,
    /// The keyword of it that this is about.
    pub keyword: String,
    /// On which side of the keyword it lies.
    pub class: Class,
    /// What the validator says of `value`.
    pub valid: bool,
    /// The value.
    pub value: Value,
    /// The JSON text, where no [`Value`] can hold it; `value` is then the nearest one that can be held.
    pub raw: Option<String>,
}

/// A keyword together with a class, as coverage counts them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// JSON pointer of the subschema.
    pub schema: String,
    /// The keyword.
    pub keyword: String,
    /// The class.
    pub class: Class,
}

impl Boundary {
    /// The pair that this case exercises.
    pub fn pair(&self) -> Pair {
        Pair { schema: self.schema.clone(), keyword: self.keyword.clone(), class: self.class }
    }
}

/// How often a case is tried before it is left out.
const TRIALS: usize = 12;

/// Makes every case, each from a seed of its own.
pub(crate) fn boundaries(valid: &Valid, plan: &Plan, mutations: &[Mutation]) -> Vec<Boundary> {
    let mut runner = TestRunner::deterministic();
    let mut all: Vec<Boundary> = Vec::new();
    let mut names = std::collections::HashMap::new();
    for mutation in mutations {
        let name = name(mutation);
        let mut random = Random::new(seed(&name));
        let Some(value) = make(valid, plan, mutation, &mut random, &mut runner) else {
            if mutation.class == Class::Outside {
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

fn make(
    valid: &Valid,
    plan: &Plan,
    mutation: &Mutation,
    random: &mut Random,
    runner: &mut TestRunner,
) -> Option<Value> {
    let mut last = None;
    for _ in 0..TRIALS {
        let Some(base) = plan.draw(mutation.base, Random::new(random.next()), runner) else { continue };
        if !valid.validator.is_valid(&base) {
            valid.stats.count_contradiction();
            continue;
        }
        let Some(value) = mutation.apply(plan, &base, random, runner) else { continue };
        let accepted = valid.validator.is_valid(&value);
        let expected = match mutation.class {
            Class::Inside | Class::At => accepted,
            Class::Outside => !accepted,
            Class::Edge => true,
        };
        if expected {
            return Some(value);
        }
        last = Some(value);
    }
    // A case that lies elsewhere than it was meant to is no case of its class.
    last.filter(|_| mutation.class == Class::Edge)
}

fn case(valid: &Valid, mutation: &Mutation, name: String, mut value: Value) -> Boundary {
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
    Boundary {
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

fn seed(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
