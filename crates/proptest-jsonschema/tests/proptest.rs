//! The strategies are proptest's as its users know them: they compose, shrink, and are replayed by its seeds.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{cell::RefCell, fs};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, FileFailurePersistence, RngAlgorithm, RngSeed, TestError, TestRng, TestRunner},
};
use proptest_jsonschema::{Generator, InvalidCases, Options, ValidValues};
use serde_json::{Value, json};

fn generator() -> Generator {
    let schema = json!({
        "type": "object",
        "required": ["id", "tags"],
        "properties": {
            "id": { "type": "string", "pattern": "^[a-z]{3}-[0-9]+$" },
            "tags": { "type": "array", "items": { "type": "string", "maxLength": 8 }, "maxItems": 6 },
            "n": { "type": "integer", "minimum": 0 }
        },
        "additionalProperties": false
    });
    Generator::new(&schema, Options::default()).unwrap()
}

fn orders() -> ValidValues {
    generator().valid()
}

fn broken_orders() -> InvalidCases {
    generator().invalid().unwrap()
}

fn tags(order: &Value) -> usize {
    order["tags"].as_array().map_or(0, Vec::len)
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_strategy_stands_in_the_macro(order in orders(), case in broken_orders()) {
        prop_assert!(order.is_object());
        prop_assert!(!generator().validator().is_valid(&case.value));
    }

    #[test]
    fn a_strategy_maps_filters_and_nests(
        (text, list) in (
            orders().prop_map(|order| order["id"].as_str().unwrap().to_owned()),
            prop::collection::vec(orders().prop_filter("has a tag", |order| tags(order) > 0), 1..3),
        ),
    ) {
        prop_assert_eq!(text.as_bytes()[3], b'-');
        prop_assert!(list.iter().all(|order| tags(order) > 0));
    }

    #[test]
    fn a_strategy_is_one_of_several_and_feeds_the_next(
        value in prop_oneof![orders(), Just(json!({ "id": "abc-1", "tags": ["x"] }))]
            .prop_flat_map(|order| (Just(order.clone()), 0..=tags(&order))),
    ) {
        prop_assert!(value.1 <= tags(&value.0));
    }
}

/// Runs until the test fails, and says which value was left after shrinking.
fn smallest<S: Strategy>(strategy: &S, holds: impl Fn(&S::Value) -> bool) -> S::Value {
    let config = Config { rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..Config::default() };
    let test = |value| if holds(&value) { Ok(()) } else { Err(TestCaseError::fail("does not hold")) };
    match TestRunner::new(config).run(strategy, test) {
        Err(TestError::Fail(_, value)) => value,
        other => panic!("nothing failed: {other:?}"),
    }
}

#[test]
fn what_fails_shrinks_to_the_simplest_of_its_kind() {
    assert_eq!(smallest(&orders(), |order| tags(order) < 2), json!({ "id": "aaa-0", "tags": ["", ""] }));
    let case = smallest(&broken_orders(), |case| case.label.keyword != "maxLength");
    assert_eq!(case.value, json!({ "id": "aaa-0", "tags": ["aaaaaaaaa"] }));
    assert_eq!(case.label.pointer, "/tags/0");
}

#[test]
fn shrinking_goes_through_what_was_mapped() {
    let lengths = orders().prop_map(|order| tags(&order));
    assert_eq!(smallest(&lengths, |length| *length < 3), 3);
}

#[test]
fn a_value_tree_takes_a_step_back() {
    let mut tree = orders().new_tree(&mut TestRunner::deterministic()).unwrap();
    let before = tree.current();
    assert!(tree.simplify());
    assert_ne!(tree.current(), before);
    while tree.complicate() {
        assert!(generator().validator().is_valid(&tree.current()));
    }
    assert_eq!(tree.current(), before, "every step was taken back");
}

#[test]
fn a_fixed_seed_draws_the_same_again() {
    let drawn = |seed| {
        let config = Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() };
        let mut runner = TestRunner::new(config);
        (0..20).map(|_| orders().new_tree(&mut runner).unwrap().current()).collect::<Vec<Value>>()
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}

/// A run with the failures of earlier runs in a file; all values that the test saw, the failing one last.
fn run_with(file: &'static str, seed: u64) -> Vec<Value> {
    let config = Config {
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        source_file: Some(file!()),
        max_shrink_iters: 0,
        ..Config::default()
    };
    let seen = RefCell::new(Vec::new());
    let outcome = TestRunner::new(config).run(&orders(), |order| {
        seen.borrow_mut().push(order.clone());
        prop_assert!(tags(&order) < 4);
        Ok(())
    });
    assert!(outcome.is_err());
    seen.into_inner()
}

#[test]
fn a_failure_is_kept_in_the_regression_file_and_played_first_the_next_time() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/kept-failures.txt");
    let _ = fs::remove_file(file);
    let first = run_with(file, 11);
    assert!(first.len() > 1, "the failure was found on the way");
    assert!(fs::read_to_string(file).unwrap().contains("cc "));
    let second = run_with(file, 12);
    assert_eq!(second, [first.last().unwrap().clone()], "another seed, and the kept failure comes first");
}

#[test]
fn every_random_bit_comes_from_the_runner() {
    let config = Config { rng_algorithm: RngAlgorithm::Recorder, ..Config::default() };
    let mut recorder = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::Recorder, &[7; 32]));
    let strategy = (orders(), broken_orders());
    let recorded = strategy.new_tree(&mut recorder).unwrap().current();
    let bits = recorder.bytes_used();
    let replay = TestRng::from_seed(RngAlgorithm::PassThrough, &bits);
    let mut player = TestRunner::new_with_rng(Config::default(), replay);
    assert_eq!(strategy.new_tree(&mut player).unwrap().current(), recorded);
}
