//! Each report of fixed runs against its snapshot in `snapshots/reports/`, and what must hold of all of them.

#[path = "reports/fixture.rs"]
mod fixture;

use fixture::{finding, full, history, hostile, id, race, run, sentences, sequential, trial};
use otp_conformance::contract::Level;
use otp_conformance::judge::Drift;
use otp_conformance::report::{RunReport, RunVerdict, Stale, Style, Summary, Untested};
use otp_conformance::report::{human, timeline, transcript};
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::Value;

/// Compares with `snapshots/reports/NAME.snap`.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/reports"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

// ---- the verdict ---------------------------------------------------------------------------------------------

/// Every way to end, alone.
fn endings() -> Vec<(RunVerdict, u8, RunReport)> {
    let with =
        |outcome| RunReport { trials: vec![trial("t::ok", Outcome::Pass), trial("t", outcome)], ..run() };
    let passing = || with(Outcome::Pass);
    let gap = |held| vec![Untested { requirement: id(1), reason: "r".into(), held }];
    let drifting = TrialReport {
        drift: vec![Drift { at: "a".into(), what: "b".into() }],
        warnings: vec![finding(23, Level::Should, "a", "b")],
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
        (RunVerdict::Pass, 0, RunReport { untested: gap(false), not_planned: vec![id(2)], ..passing() }),
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

// ---- what is read from a run ---------------------------------------------------------------------------------

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
fn a_may_is_observed_and_not_warned_of() {
    let run = full();
    assert_eq!(run.warned().iter().map(|broken| broken.requirement).collect::<Vec<_>>(), [id(23)]);
    assert!(run.observed().keys().any(|question| question.starts_with("OTP-090")));
}

#[test]
fn a_run_survives_storage() {
    for run in [run(), full(), hostile()] {
        let stored = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<RunReport>(&stored).unwrap(), run);
    }
}

// ---- the summary ---------------------------------------------------------------------------------------------

#[test]
fn the_summary_keeps_its_published_form() {
    let schema: Value = serde_json::from_str(include_str!("../schema/summary.json")).unwrap();
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
    let schema: Value = serde_json::from_str(include_str!("../schema/summary.json")).unwrap();
    let written: Value = serde_json::from_str(&Summary::new(&full()).json()).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&schema["properties"]));
}

#[test]
fn summary() {
    snapshot("summary", &Summary::new(&full()).json());
}

// ---- for people ----------------------------------------------------------------------------------------------

#[test]
fn terminal() {
    snapshot("terminal", &human::report(&full(), &sentences(), Style::Plain));
}

#[test]
fn terminal_of_a_pass() {
    let passing =
        RunReport { trials: vec![trial("scenario::verify::right-code", Outcome::Pass)], planned: 1, ..run() };
    snapshot("terminal-pass", &human::report(&passing, &sentences(), Style::Plain));
}

#[test]
fn terminal_lines() {
    let lines: Vec<String> =
        full().trials.iter().map(|trial| human::trial_line(trial, Style::Plain)).collect();
    snapshot("terminal-lines", &lines.join("\n"));
}

#[test]
fn terminal_of_one_failure() {
    snapshot("terminal-failure", &human::trial(&race(), &sentences(), full().again(), Style::Plain));
}

#[test]
fn colour_only_where_it_is_asked_for_and_nothing_else() {
    let strip = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for run in [full(), hostile()] {
        let [plain, colour] =
            [Style::Plain, Style::Colour].map(|style| human::report(&run, &sentences(), style));
        assert!(!plain.contains('\u{1b}') && colour.contains('\u{1b}'));
        assert_eq!(strip.replace_all(&colour, ""), plain);
    }
}

#[test]
fn symbolic_transcript() {
    snapshot("transcript", &transcript::transcript(&history()));
}

#[test]
fn a_transcript_knows_neither_clock_nor_order_of_members() {
    let mut later = history();
    let text = serde_json::to_string(&later).unwrap();
    let moved =
        text.replace("1787590000", "1999990000").replace("2419199", "2419200").replace(":30:00", ":31:07");
    later = serde_json::from_str(&moved).unwrap();
    assert_ne!(later, history());
    assert_eq!(transcript::transcript(&later), transcript::transcript(&history()));
    let renamed = text.replace("<user:1>", "<user:2>");
    let renamed = serde_json::from_str(&renamed).unwrap();
    assert_ne!(transcript::transcript(&renamed), transcript::transcript(&history()));
}

#[test]
fn calls_one_after_the_other_need_no_time_line() {
    assert_eq!(timeline::timeline(&history(), &[1, 2, 3]), "");
    let overlapping = &race().histories[0];
    assert_eq!(timeline::timeline(overlapping, &[1, 2]), "");
    assert_eq!(timeline::timeline(overlapping, &[2, 3]).lines().count(), 3);
}

// ---- hostile texts -------------------------------------------------------------------------------------------

#[test]
fn no_text_of_a_target_reaches_the_terminal_as_it_is() {
    let run = hostile();
    let mut shown = human::report(&run, &sentences(), Style::Plain);
    for trial in &run.trials {
        shown += &human::trial(trial, &sentences(), run.again(), Style::Plain);
        shown += &transcript::transcript(&trial.histories[0]);
        shown += &timeline::timeline(&trial.histories[0], &[1, 2]);
    }
    let bad = shown.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(bad, None);
    assert!(!shown.contains("\n::error"));
}

#[test]
fn a_long_text_does_not_fill_the_screen() {
    let run = hostile();
    let longest = human::report(&run, &sentences(), Style::Plain).lines().map(str::len).max();
    assert!(longest.unwrap() < 3_000, "{longest:?}");
}
