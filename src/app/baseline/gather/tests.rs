use super::super::testing::{baseline, finding, trial};
use super::*;
use crate::app::evidence::testing::run;
use crate::contract::{OperationId, req};
use crate::judge::{Finding, InconclusiveReason};

fn known() -> Known {
    Known { kind: DeviationKind::Bug, reason: "ticket 7".into(), link: None, expires: None }
}

fn names(added: &[Addition]) -> Vec<String> {
    added.iter().map(|addition| addition.entry.name()).collect()
}

/// A run in which each of these was seen, in a trial each.
fn seen(findings: &[(u16, OperationId, &str)]) -> RunReport {
    let trial = |(number, operation, seen): &(u16, OperationId, &str)| TrialReport {
        findings: vec![Finding { operation: Some(*operation), ..finding((*number, seen)) }],
        name: format!("scenario::{operation}::{seen}"),
        ..trial(Outcome::Fail, &[])
    };
    RunReport { trials: findings.iter().map(trial).collect(), ..run() }
}

#[test]
fn one_bug_is_one_entry_however_many_trials_meet_it() {
    use OperationId as O;
    let same: Vec<_> = (0..9).map(|_| (954, O::VerifySms, "200")).collect();
    for (findings, entries) in [
        (same, vec!["OTP-954 verify-sms 200"]),
        (vec![(954, O::VerifySms, "200"), (954, O::Me, "200")], vec!["OTP-954 verify-sms | me 200"]),
        (vec![(954, O::VerifySms, "200"), (954, O::VerifySms, "204")], vec!["OTP-954 verify-sms 200 | 204"]),
        (
            vec![(954, O::VerifySms, "200"), (954, O::Me, "500")],
            vec!["OTP-954 me 500", "OTP-954 verify-sms 200"],
        ),
        (vec![(954, O::Me, "200"), (955, O::Me, "200")], vec!["OTP-954 me 200", "OTP-955 me 200"]),
        (
            vec![
                (907, O::VerifySms, "500"),
                (907, O::Me, "500"),
                (907, O::Refresh, "500"),
                (907, O::Refresh, "502"),
            ],
            vec!["OTP-907 * 500 | 502"],
        ),
    ] {
        let added = Baseline::default().gather(&seen(&findings), &known());
        let mut names = names(&added);
        names.sort();
        let mut entries = entries;
        entries.sort();
        let sorted = |name: &String| {
            let mut words: Vec<&str> = name.split_whitespace().collect();
            words.sort_unstable();
            words.concat()
        };
        let both = (
            names.iter().map(sorted).collect::<Vec<_>>(),
            entries.iter().map(|e| sorted(&(*e).to_owned())).collect::<Vec<_>>(),
        );
        assert_eq!(both.0, both.1, "{names:?}");
    }
}

#[test]
fn many_members_of_one_object_share_their_beginning() {
    let of = |count: usize| {
        let members: Vec<String> = (0..count).map(|at| format!("member /user/m{at}")).collect();
        let all: Vec<_> = members.iter().map(|member| (977, OperationId::Me, member.as_str())).collect();
        Baseline::default().gather(&seen(&all), &known())
    };
    assert_eq!(names(&of(25)), ["OTP-977 me member /user/*"]);
    assert_eq!(of(25)[0].why, "one operation, seen in 25 ways, in 25 trials");
    assert_eq!(of(7)[0].entry.seen.len(), 7, "a pattern would fit other members too");
}

#[test]
fn what_only_races_show_is_known_of_races_alone() {
    let mut run = seen(&[(954, OperationId::VerifySms, "401"), (954, OperationId::Me, "401")]);
    run.trials[0].name = "race::overlap::login-with-logout".into();
    let mut baseline = Baseline::default();
    let added = baseline.gather(&run, &known());
    let kinds: Vec<_> = added.iter().map(|added| (added.entry.name(), added.entry.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("OTP-954 me 401".to_owned(), DeviationKind::Bug),
            ("OTP-954 verify-* 401".to_owned(), DeviationKind::Flaky)
        ]
    );
    let found = Finding { operation: Some(OperationId::VerifyEmail), ..finding((954, "401")) };
    let excuses = |trial: &str| baseline.entries.iter().any(|entry| entry.excuses(trial, &found));
    assert!(excuses("race::overlap::email::login-with-logout") && !excuses("scenario::sessions::a"));
}

#[test]
fn what_calls_show_in_a_row_is_known_of_calls_that_overlap() {
    let (twice, raced) = (req::CODE_IS_SINGLE_USE, req::CONCURRENT_VERIFIES_ONE_WINNER);
    let race = |seen| {
        let mut run = self::seen(&[(raced.number(), OperationId::VerifySms, seen)]);
        run.trials[0].name = "race::verify::one-winner".into();
        run.trials.remove(0)
    };
    let mut baseline = Baseline::default();
    let mut run = seen(&[(twice.number(), OperationId::VerifySms, "200")]);
    run.trials.push(race("200"));
    assert_eq!(names(&baseline.gather(&run, &known())), [format!("{twice} verify-sms 200")]);
    let excused = |mut trial: TrialReport| {
        baseline.excuse(&mut trial);
        trial.outcome.is_green()
    };
    assert!(excused(race("200")) && !excused(race("500")));
    let alone = RunReport { trials: vec![race("200")], ..run };
    let added = Baseline::default().gather(&alone, &known());
    assert_eq!(names(&added), [format!("{raced} verify-* 200")], "only overlapping calls show it");
}

#[test]
fn which_of_overlapping_requests_fails_under_load_is_chance() {
    let overloaded = req::CONCURRENT_USERS_ARE_ISOLATED;
    let mut run = seen(&[(overloaded.number(), OperationId::SignupInSms, "500")]);
    run.trials[0].name = "race::send::a-crowd-is-let-in".into();
    let added = Baseline::default().gather(&run, &known());
    assert_eq!(names(&added), [format!("{overloaded} * 500")]);
}

#[test]
fn what_only_drawn_requests_show_is_known_by_every_method() {
    let of = |trials: [&str; 2]| {
        let mut run =
            seen(&[(954, OperationId::SigninSms, "400"), (954, OperationId::SigninSms, "400 E011003")]);
        run.trials.iter_mut().zip(trials).for_each(|(trial, name)| trial.name = name.into());
        names(&Baseline::default().gather(&run, &known()))
    };
    let drawn = "property::signin-sms::valid-requests-are-accepted";
    for (trials, operation) in [
        ([drawn, "sequence::single-user"], "signin-*"),
        ([drawn, "scenario::a::b"], "signin-*"),
        (["scenario::a::b", "scenario::a::c"], "signin-sms"),
    ] {
        assert_eq!(of(trials), [format!("OTP-954 {operation} 400 | 400 E011003")]);
    }
}

#[test]
fn what_only_random_sequences_show_may_stay_away() {
    for (trial, kind) in [
        ("sequence::managed-users", DeviationKind::Flaky),
        ("property::verify-sms::valid", DeviationKind::Bug),
    ] {
        let mut run = seen(&[(954, OperationId::VerifySms, "401 E061104")]);
        run.trials[0].name = trial.into();
        let mut baseline = Baseline::default();
        let added = baseline.gather(&run, &known());
        assert_eq!(added[0].entry.kind, kind, "{trial}");
        assert_eq!(added[0].why.ends_with("random sequences only"), !kind.must_show(), "{trial}");
    }
}

#[test]
fn what_is_refused_for_its_options_is_known_of_every_send() {
    let options = req::CUSTOM_CLAIMS_WITHIN_LIMITS.number();
    let seen =
        seen(&[(options, OperationId::SignupInSms, "400"), (options, OperationId::SigninEmail, "400")]);
    let added = Baseline::default().gather(&seen, &known());
    assert_eq!(names(&added), [format!("{} sign* 400", req::CUSTOM_CLAIMS_WITHIN_LIMITS)]);
}

#[test]
fn members_that_are_wrong_together_are_known_one_by_one() {
    let mut baseline = Baseline::default();
    baseline.gather(&seen(&[(977, OperationId::Me, "member /user/a /user/b")]), &known());
    let excuses = |seen: &str| {
        let found = Finding { operation: Some(OperationId::Me), ..finding((977, seen)) };
        baseline.entries.iter().any(|entry| entry.excuses("a::b", &found))
    };
    assert!(excuses("member /user/b") && excuses("member /user/a /user/b"));
    assert!(!excuses("member /user/a /user/c"), "what is new beside it is not known");
}

#[test]
fn what_is_added_excuses_the_run_and_is_not_added_twice() {
    let mut baseline = Baseline::default();
    let mut run = seen(&[(954, OperationId::VerifySms, "200"), (907, OperationId::Me, "500")]);
    run.trials.push(TrialReport {
        doubts: vec![InconclusiveReason::OutOfBudget],
        ..trial(Outcome::Inconclusive, &[])
    });
    assert_eq!(baseline.gather(&run, &known()).len(), 3);
    assert!(baseline.gather(&run, &known()).is_empty());
    run.trials.iter_mut().for_each(|trial| baseline.excuse(trial));
    assert!(run.trials.iter().all(|trial| trial.outcome.is_green()), "{run:#?}");
}

#[test]
fn an_entry_by_trial_is_rewritten_once_it_shows_and_keeps_its_reason() {
    let mut baseline = baseline("missing", "id = \"scenario::**\"");
    let run = seen(&[(954, OperationId::VerifySms, "200")]);
    baseline.gather(&run, &known());
    assert_eq!(baseline.entries.len(), 1);
    let entry = &baseline.entries[0];
    assert_eq!(
        (entry.name().as_str(), entry.kind, entry.reason.as_str()),
        ("OTP-954 verify-sms 200", DeviationKind::Missing, "r")
    );
    assert_eq!((entry.trial.is_some(), entry.seed), (true, Some(7)));
    let mut kept = super::super::testing::baseline("bug", "id = \"race::**\"");
    kept.gather(&RunReport { trials: Vec::new(), ..run }, &known());
    assert_eq!(kept.entries[0].id.as_deref(), Some("race::**"));
}
