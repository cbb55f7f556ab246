//! The committed proof holds together: documents follow from the data, figures have not fallen, and what makes them of
//! a run does so rightly.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

use std::collections::BTreeSet;

use crate::false_positives::combinations;
use crate::proof::curve::{convicted, within};
use crate::proof::data::{Matrix, Planned, Row};
use crate::proof::measure::Met;
use crate::proof::order::order;
use crate::proof::ratchet::Ratchet;
use crate::proof::{Documents, Survivors, held_back};
use otp_conformance::app::{Flags, Harness, Plan, RunSettings};
use otp_conformance::contract::{Level, RequirementId};
use otp_conformance::emulator::Variant;
use otp_conformance::exchange::Place;
use otp_conformance::judge::Finding;
use otp_conformance::trial::Outcome;

fn plan() -> Plan {
    let settings = RunSettings::with(&Flags::default(), &|_| None).unwrap();
    Plan::new(&settings, &Harness::contract(&settings).unwrap()).unwrap()
}

#[test]
fn documents_follow_from_the_data() {
    let stale = Documents::read().unwrap().stale();
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

#[test]
fn no_figure_has_fallen() {
    let worse = Documents::read().unwrap().worse(&Survivors::read().unwrap());
    assert!(worse.is_empty(), "{}", worse.join("\n"));
}

#[test]
fn plans_begin_with_what_convicts_most() {
    let documents = Documents::read().unwrap();
    let planned: Vec<String> = plan().all.iter().map(|trial| trial.name.clone()).collect();
    let known: Vec<&str> = documents.order();
    let gone: Vec<&&str> = known.iter().filter(|name| !planned.iter().any(|trial| trial == *name)).collect();
    assert!(gone.is_empty(), "no longer trials: {gone:?}; cargo tools matrix --full");
    assert_eq!(planned[..known.len()], known, "planned in another order than the matrix asks for");
}

#[test]
fn a_budget_plans_what_the_page_counts() {
    let documents = Documents::read().unwrap();
    let (matrix, order) = (&documents.matrix, documents.order());
    for budget in [25, 100, 1_000] {
        let plan = plan().within(Some(budget), None);
        let known = |name: &&str| matrix.trial(name).is_some();
        let planned: BTreeSet<&str> = plan.trials().map(|trial| trial.name.as_str()).filter(known).collect();
        assert_eq!(planned, within(matrix, &order, budget), "{budget} requests");
    }
}

/// A matrix of trials with their costs, each with the faults that it convicts of OTP-901.
fn matrix(trials: &[(&str, u64, &[&str])]) -> Matrix {
    let id = RequirementId::new(901);
    let planned = |(name, requests, _): &(&str, u64, &[&str])| Planned {
        id: 0,
        name: (*name).to_owned(),
        requests: *requests,
        sends: 0,
        plain: true,
        measured: true,
    };
    let faults: BTreeSet<&str> = trials.iter().flat_map(|(.., faults)| faults.iter().copied()).collect();
    let row = |fault: &&str| {
        let mut row = Row::new(fault, vec![id]);
        let convicting = trials.iter().filter(|(.., faults)| faults.contains(fault));
        row.blamed.insert(id, convicting.map(|(name, ..)| (*name).to_owned()).collect());
        row
    };
    Matrix {
        cases: 1,
        trials: trials.iter().map(planned).collect(),
        faults: faults.iter().map(row).collect(),
    }
}

/// Names of faults, some of them held back.
fn names(held: bool, count: usize) -> Vec<String> {
    (0..).map(|n| format!("fault-{n}")).filter(|name| held_back(name) == held).take(count).collect()
}

#[test]
fn the_order_is_by_faults_per_request_and_second_witnesses_come_after_the_first() {
    let names = names(false, 4);
    let f: Vec<&str> = names.iter().map(String::as_str).collect();
    let matrix = matrix(&[
        ("idle", 1, &[]),
        ("dear", 8, &[f[0], f[1], f[2], f[3]]),
        ("cheap", 2, &[f[0], f[1]]),
        ("same-again", 3, &[f[0], f[1]]),
        ("single", 4, &[f[2]]),
    ]);
    // cheap has 2/2; then dear and single have 2/8 and 1/4, and of equals the one with more faults comes first; the
    // others add nothing, so that they count anew.
    assert_eq!(order(&matrix), ["cheap", "dear", "same-again", "single", "idle"]);
}

#[test]
fn faults_that_are_held_back_have_no_say_in_the_order() {
    let (held, seen) = (names(true, 3), names(false, 1));
    let h: Vec<&str> = held.iter().map(String::as_str).collect();
    let matrix = matrix(&[("a", 1, &h), ("b", 1, &[seen[0].as_str()])]);
    assert_eq!(order(&matrix), ["b", "a"]);
}

#[test]
fn a_budget_skips_what_does_not_fit_and_goes_on() {
    let matrix = matrix(&[("a", 2, &["x"]), ("b", 9, &["y"]), ("c", 3, &["z"])]);
    let order = ["a", "b", "c"];
    assert_eq!(within(&matrix, &order, 5), BTreeSet::from(["a", "c"]));
    assert_eq!(convicted(&matrix, &order, 5, |_| true), BTreeSet::from(["x", "z"]));
    assert_eq!(within(&matrix, &order, 4), BTreeSet::from(["a"]));
}

#[test]
fn a_figure_that_falls_is_told() {
    let matrix = matrix(&[("a", 2, &["x"]), ("b", 9, &["y"])]);
    let order = ["a", "b"];
    let now = Ratchet::of(&matrix, &order, &Survivors::default());
    assert_eq!(now.behind(&now), Vec::<String>::new());
    let best = Ratchet { convicted: 3, idle_trials: 1, ..now.clone() };
    assert_eq!(now.behind(&best), ["faults convicted: 2, and were 3"]);
    let mut best = now.clone();
    best.within = [("0025".to_owned(), 3)].into();
    assert_eq!(now.behind(&best), ["faults convicted within 0025 requests: 2, and were 3"]);
    let worse = Ratchet { survivors: 1, ..now.clone() };
    assert_eq!(worse.behind(&now), ["survivors: 1, and were 0"]);
}

/// Takes over a trial that blames these.
fn take(row: &mut Row, found: &[(u16, Level)]) -> bool {
    let finding = |(number, level): &(u16, Level)| Finding {
        requirement: RequirementId::new(*number),
        level: *level,
        expected: String::new(),
        seen: String::new(),
        exchanges: Vec::new(),
        check: "behaviour".into(),
        place: Place { file: String::new(), line: 1 },
        operation: None,
        signature: String::new(),
        history: None,
    };
    let findings: Vec<Finding> = found.iter().map(finding).collect();
    row.take("scenario::a::b", Outcome::Fail, &findings)
}

#[test]
fn wrong_blame_is_a_miss() {
    let mut row = Row::new("some-fault", vec![RequirementId::new(946), RequirementId::new(907)]);
    assert!(!take(&mut row, &[(941, Level::Must)]));
    assert_eq!((row.primary(), row.misled.len(), row.convicting().len()), (None, 1, 0));
    assert!(!take(&mut row, &[(946, Level::May)]), "what is only inferred convicts nobody");
    assert!(take(&mut row, &[(941, Level::Must), (907, Level::Must)]));
    assert_eq!((row.primary(), row.stray.len()), (Some(RequirementId::new(907)), 1));
}

#[test]
fn what_ran_again_is_renewed_and_the_rest_stands() {
    let mut known = matrix(&[("old", 1, &["x"]), ("gone", 1, &["x"]), ("kept", 1, &["x"])]);
    let mut newer = Row::new("x", vec![RequirementId::new(901)]);
    newer.blamed.insert(RequirementId::new(901), BTreeSet::from(["old".to_owned()]));
    let met = Met { row: newer, first: None, requests: 0, harness_errors: Vec::new() };
    known.take(vec![met], |trial| trial != "kept");
    assert_eq!(known.faults[0].convicting(), BTreeSet::from(["kept", "old"]));
}

#[test]
fn combinations_do_not_contradict_themselves_and_none_is_left_out() {
    let lone: BTreeSet<&str> =
        combinations::alone().iter().map(|combination| combination.variants[0].name()).collect();
    assert_eq!(lone.len(), Variant::ALL.len());
    let fives = combinations::mixed(50, 400);
    assert_eq!(fives.iter().map(|combination| combination.seed).collect::<BTreeSet<_>>().len(), 50);
    for (question, group) in combinations::either_or() {
        for combination in &fives {
            let both = combination.variants.iter().filter(|variant| group.contains(&variant.name()));
            assert!(both.count() < 2, "{question}: {combination}");
        }
    }
    assert!(fives.iter().all(|combination| combination.variants.iter().collect::<BTreeSet<_>>().len() == 5));
    let drawn: BTreeSet<_> = fives.iter().flat_map(|combination| &combination.variants).collect();
    assert_eq!(drawn.len(), Variant::ALL.len());
}

#[test]
fn a_written_matrix_is_the_same_when_it_is_read_and_new_trials_change_no_row() {
    let mut first = matrix(&[("b", 1, &["x"]), ("c", 1, &["x"])]);
    first.faults[0].misled.insert("gone".to_owned());
    let read = Matrix::parse(&first.text()).unwrap();
    assert_eq!(read.faults, first.faults, "rows without numbers");
    let text = read.text();
    assert!(text.contains(r#""blamed":{"OTP-901":[1,2]},"misled":["gone"]"#), "{text}");
    let mut next = Matrix::parse(&text).unwrap();
    assert_eq!(next.faults, first.faults, "rows with numbers");
    let planned = |name: &str| Planned { name: name.to_owned(), id: 0, ..next.trials[0].clone() };
    let trials = ["a", "b", "c"].map(planned).to_vec();
    next.plan(1, trials);
    assert_eq!(next.trials.iter().map(|trial| trial.id).collect::<Vec<_>>(), [3, 1, 2]);
    let row = |text: &str| text.lines().find(|line| line.contains("blamed")).map(str::to_owned);
    assert_eq!(row(&next.text()), row(&text));
}
