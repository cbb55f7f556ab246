//! How a run ends: its word, its exit status and its summary, and what they are counted from.

use crate::fixture::{finding, full, hostile, id, run, sequential, trial};
use crate::snapshot;
use otp_conformance::contract::Level;
use otp_conformance::judge::{Drift, Policy};
use otp_conformance::report::{Gap, RunReport, RunVerdict, Stale, Summary};
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::Value;

/// Every way to end, alone.
fn endings() -> Vec<(RunVerdict, u8, RunReport)> {
    let with =
        |outcome| RunReport { trials: vec![trial("t::ok", Outcome::Pass), trial("t", outcome)], ..run() };
    let passing = || with(Outcome::Pass);
    let gap = |fails| vec![Gap { requirement: id(901), reason: "r".into(), remedy: None, fails }];
    let drifting = TrialReport {
        drift: vec![Drift { at: "a".into(), what: "b".into() }],
        warnings: vec![finding(923, Level::Should, "a", "b")],
        ..trial("t", Outcome::Pass)
    };
    let stale = vec![Stale { what: "gone".into(), place: None }];
    vec![
        (RunVerdict::HarnessError, 70, with(Outcome::HarnessError)),
        (RunVerdict::Fail, 1, with(Outcome::Fail)),
        (RunVerdict::Fail, 1, RunReport { strict: true, trials: vec![drifting.clone()], ..run() }),
        (RunVerdict::Inconclusive, 3, with(Outcome::Inconclusive)),
        (RunVerdict::Inconclusive, 3, RunReport { unreachable: Some("refused".into()), ..passing() }),
        (RunVerdict::Budget, 6, RunReport { budget_spent: true, ..passing() }),
        (RunVerdict::Stale, 5, with(Outcome::UnexpectedPass)),
        (RunVerdict::Stale, 5, RunReport { stale, ..passing() }),
        (RunVerdict::Untested, 4, run()),
        (RunVerdict::Untested, 4, RunReport { trials: vec![trial("t", Outcome::Unsupported)], ..run() }),
        (RunVerdict::Untested, 4, RunReport { untested: gap(true), ..passing() }),
        (RunVerdict::Pass, 0, RunReport { untested: gap(false), not_planned: vec![id(902)], ..passing() }),
        (RunVerdict::Pass, 0, RunReport { trials: vec![drifting], ..run() }),
        (RunVerdict::Pass, 0, passing()),
        (RunVerdict::Pass, 0, with(Outcome::ExpectedFail)),
        (RunVerdict::Pass, 0, with(Outcome::Flaky)),
        (RunVerdict::Pass, 0, with(Outcome::Unsupported)),
    ]
}

#[test]
fn each_ending_has_its_word_and_status() {
    for (verdict, status, run) in endings() {
        assert_eq!((run.verdict(), run.exit_status()), (verdict, status), "{run:#?}");
    }
    assert_eq!((RunVerdict::Usage.word(), RunVerdict::Usage.exit_status()), ("usage", 2));
}

#[test]
fn of_two_endings_the_graver_one_wins() {
    let endings = endings();
    for (at, (graver, _, one)) in endings.iter().enumerate() {
        for (_, _, other) in &endings[at..] {
            let mut both =
                RunReport { trials: [one.trials.clone(), other.trials.clone()].concat(), ..one.clone() };
            both.strict |= other.strict;
            both.budget_spent |= other.budget_spent;
            both.unreachable = both.unreachable.or_else(|| other.unreachable.clone());
            both.stale.extend(other.stale.clone());
            both.untested.extend(other.untested.clone());
            // A run that tested nothing is the one ending that another run takes away.
            if both.tested_anything() == one.tested_anything() {
                assert_eq!(both.verdict(), *graver, "{both:#?}");
            }
        }
    }
}

#[test]
fn the_summary_writes_the_same_words_as_the_verdict() {
    for (verdict, status, run) in endings() {
        let summary: Value = serde_json::from_str(&Summary::new(&run).json()).unwrap();
        assert_eq!((&summary["verdict"], &summary["exit_status"]), (&verdict.word().into(), &status.into()));
    }
}

#[test]
fn an_excused_violation_is_not_listed_as_violated() {
    let excused = TrialReport { outcome: Outcome::ExpectedFail, ..sequential() };
    assert_eq!(RunReport { trials: vec![excused], ..run() }.violated(), []);
}

#[test]
fn a_requirement_is_listed_once_with_its_earliest_request() {
    let late = TrialReport { name: "late".into(), first_request: Some(90), ..sequential() };
    let early = TrialReport { name: "early".into(), first_request: Some(12), ..sequential() };
    let violated = RunReport { trials: vec![late, early, sequential()], ..run() }.violated();
    assert_eq!(violated.len(), 1);
    assert_eq!(violated[0].first_request, Some(12));
    assert_eq!(violated[0].trials, ["late", "early", "scenario::verify::a-code-opens-one-session"]);
}

#[test]
fn a_trial_is_named_once_however_often_it_convicts() {
    let mut twice = sequential();
    twice.findings.push(twice.findings[0].clone());
    assert_eq!(RunReport { trials: vec![twice], ..run() }.violated()[0].trials.len(), 1);
}

#[test]
fn every_answer_to_an_open_question_is_kept() {
    let answering = |answer: &str| TrialReport {
        observed: vec![Policy { question: "spaces around a code".into(), answer: answer.into() }],
        ..trial(answer, Outcome::Pass)
    };
    let run = RunReport { trials: ["refused 400", "accepted", "refused 400"].map(answering).into(), ..run() };
    assert_eq!(Summary::new(&run).observed["spaces around a code"], "accepted; refused 400");
}

#[test]
fn a_may_is_observed_and_not_warned_of() {
    let run = full();
    assert_eq!(run.warned().iter().map(|broken| broken.requirement).collect::<Vec<_>>(), [id(923)]);
    assert!(run.observed().keys().any(|question| question.starts_with("OTP-990")));
}

#[test]
fn a_run_survives_storage() {
    for run in [run(), full(), hostile()] {
        let stored = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<RunReport>(&stored).unwrap(), run);
    }
}

#[test]
fn the_summary_keeps_its_published_form() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/summary.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let runs = [full(), run(), hostile()].into_iter().chain(endings().into_iter().map(|(.., run)| run));
    for run in runs {
        let summary = Summary::new(&run);
        let written: Value = serde_json::from_str(&summary.json()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&written).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{written:#}");
        assert_eq!(serde_json::from_value::<Summary>(written).unwrap(), summary);
    }
}

#[test]
fn every_published_member_of_the_summary_is_written() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/summary.json")).unwrap();
    let written: Value = serde_json::from_str(&Summary::new(&full()).json()).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&schema["properties"]));
}

#[test]
fn summary() {
    snapshot("summary", &Summary::new(&full()).json());
}

#[test]
fn every_requirement_is_in_one_list_of_the_summary() {
    for run in [run(), full(), hostile()] {
        let summary: Value = serde_json::from_str(&Summary::new(&run).json()).unwrap();
        let lists = ["held", "violated", "warned", "untested", "unsupported", "not_planned"];
        let ids = lists.iter().flat_map(|list| summary[list].as_array().unwrap());
        let mut ids: Vec<&str> =
            ids.map(|row| row.as_str().or(row["requirement"].as_str()).unwrap()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), all), (run.states().len(), run.states().len()), "{summary:#}");
    }
}
