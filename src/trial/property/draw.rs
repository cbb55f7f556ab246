//! Cases: drawn from strategies, or taken from lists.

use std::collections::{BTreeSet, HashSet};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_jsonschema::{BoundaryCase, InvalidCase, InvalidCases, Unsupported};
use serde_json::Value;

use super::body::Source;
use super::case::{Case, raw_template, template};
use super::{BodyClass, Property, malformed};
use crate::contract::OperationId;
use crate::exchange::Place;
use crate::suite::{Call, RawBody};
use crate::trial::error::NoCases;
use crate::trial::seed::Dice;

/// A case that may be made simpler.
pub(super) struct Drawn {
    pub(super) case: Case,
    pub(super) tree: Option<Tree>,
}

/// A proptest value tree of one of the two kinds we draw.
pub(super) enum Tree {
    Plain(Box<dyn ValueTree<Value = Value>>),
    Mutated(Box<dyn ValueTree<Value = InvalidCase>>),
}

impl Tree {
    pub(super) fn simplify(&mut self) -> bool {
        match self {
            Tree::Plain(tree) => tree.simplify(),
            Tree::Mutated(tree) => tree.simplify(),
        }
    }

    pub(super) fn complicate(&mut self) -> bool {
        match self {
            Tree::Plain(tree) => tree.complicate(),
            Tree::Mutated(tree) => tree.complicate(),
        }
    }

    /// The body; of an invalid one the label does not count.
    fn body(&self) -> Value {
        match self {
            Tree::Plain(tree) => tree.current(),
            Tree::Mutated(tree) => tree.current().value,
        }
    }

    pub(super) fn case(&self, property: &Property) -> Case {
        match self {
            Tree::Plain(tree) => plain(property, property.class.word().to_owned(), tree.current()),
            Tree::Mutated(tree) => mutated(property, tree.current()),
        }
    }
}

/// How many bodies of a trial are remembered, so that none is sent twice. Schemas with few bodies have fewer; of
/// others so many differ that a later repetition does no harm, and memory stays flat.
const REMEMBERED: usize = 4096;

/// All cases of a trial, one after another; a function of the seed alone. There are fewer than asked for where the
/// schema has fewer bodies.
pub(super) fn cases<'p>(
    property: &'p Property,
    seed: u64,
) -> Result<Box<dyn Iterator<Item = Drawn> + 'p>, NoCases> {
    let count = property.cases as usize;
    let mut runner = runner(seed);
    match property.class {
        BodyClass::Valid | BodyClass::WellFormed => {
            let strategy = source(property).generator()?.valid();
            let draw = move || strategy.new_tree(&mut runner).ok().map(|tree| Tree::Plain(Box::new(tree)));
            Ok(Box::new(distinct(property, std::iter::repeat_with(draw).take(count))))
        }
        BodyClass::Invalid => {
            let generator = source(property).generator()?;
            let any = generator.invalid().ok_or(NoCases::Unbreakable)?;
            // One of each kind comes first: drawn at random, some would come many times and others never.
            let mut kinds = generator.invalid_points();
            shuffle(&mut kinds, seed);
            let each = kinds.into_iter().filter_map(|point| generator.breaking(&point));
            let draw = move |strategy: InvalidCases| {
                strategy.new_tree(&mut runner).ok().map(|tree| Tree::Mutated(Box::new(tree)))
            };
            let trees = each.chain(std::iter::repeat(any)).take(count).map(draw);
            Ok(Box::new(distinct(property, trees)))
        }
        BodyClass::Boundary | BodyClass::Malformed => {
            let mut list = list(property)?;
            // Which of the list share a scene must not hang on how the list is ordered.
            shuffle(&mut list, seed);
            Ok(Box::new(list.into_iter().map(|case| Drawn { case, tree: None })))
        }
    }
}

/// Cases with bodies that have not been sent.
fn distinct(property: &Property, trees: impl Iterator<Item = Option<Tree>>) -> impl Iterator<Item = Drawn> {
    let mut seen = HashSet::new();
    let new = move |tree: &Tree| seen.len() >= REMEMBERED || seen.insert(tree.body());
    trees.flatten().filter(new).map(|tree| Drawn { case: tree.case(property), tree: Some(tree) })
}

/// What the bodies of a class are drawn from.
fn source(property: &Property) -> &Source {
    match property.class {
        BodyClass::Valid | BodyClass::Boundary => property.bodies.valid(),
        BodyClass::WellFormed | BodyClass::Invalid | BodyClass::Malformed => property.bodies.well_formed(),
    }
}

/// The keyword × class pairs that a trial exercises, as coverage counts them.
pub(super) fn pairs(property: &Property) -> Result<BTreeSet<String>, Unsupported> {
    let source = source(property);
    Ok(match property.class {
        BodyClass::Boundary => source.boundary()?.iter().map(|case| source.covers(&case.point())).collect(),
        BodyClass::Invalid => {
            source.generator()?.invalid_points().iter().map(|point| source.covers(point)).collect()
        }
        BodyClass::Valid | BodyClass::WellFormed | BodyClass::Malformed => BTreeSet::new(),
    })
}

/// The cases of a class that is a list.
pub(super) fn list(property: &Property) -> Result<Vec<Case>, Unsupported> {
    if property.class == BodyClass::Malformed {
        return Ok(malformed::cases(property.operation));
    }
    let source = source(property);
    let case = |boundary: &BoundaryCase| {
        let label = format!("{} {} {}", boundary.keyword, boundary.class.as_str(), boundary.name);
        let mut case = plain(property, label, boundary.value.clone());
        case.pair = Some(source.covers(&boundary.point()));
        if !boundary.valid {
            case.question = Some(format!("boundary {} {}", boundary.keyword, boundary.class.as_str()));
        }
        if let Some(raw) = &boundary.raw {
            case.call.with = None;
            case.call.raw =
                Some(RawBody { text: raw_template(raw), content_type: "application/json".into() });
        }
        case
    };
    Ok(source.boundary()?.iter().map(case).collect())
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    let mut dice = Dice::new(seed);
    bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&dice.next().to_le_bytes()));
    let config = Config { failure_persistence: None, max_global_rejects: u32::MAX, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn shuffle<T>(cases: &mut [T], seed: u64) {
    let mut dice = Dice::new(seed);
    for at in (1..cases.len()).rev() {
        cases.swap(at, dice.below(at + 1));
    }
}

fn plain(property: &Property, label: String, body: Value) -> Case {
    let place = Place { file: format!("schema/requests/{}.json", property.operation), line: 1 };
    let by = Some("ada".to_owned());
    let call = Call { with: Some(template(body)), by, ..Call::bare(property.operation, place) };
    let question =
        (property.class == BodyClass::WellFormed).then(|| format!("{} well-formed", property.operation));
    Case { label, question, call, pair: None }
}

fn mutated(property: &Property, mutated: InvalidCase) -> Case {
    let label = &mutated.label;
    let words = format!("{} {} at {}", label.keyword, label.operator, label.pointer);
    let question = match property.operation.template() {
        // What these lack is what they are about: a requirement decides, not the server.
        OperationId::SIGNUP_IN | OperationId::VERIFY if label.keyword == "required" => None,
        _ => Some(format!("{} wrong {}", property.operation, label.keyword)),
    };
    let pair = Some(source(property).covers(&label.point()));
    Case { question, pair, ..plain(property, words, mutated.value) }
}
