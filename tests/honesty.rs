//! What cannot be told is never green: lost connections are tried once more with new people, and a failure of ours is
//! called ours.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the lint lets tests do so, but not the helpers beside them"
)]

#[path = "honesty/scripted.rs"]
mod scripted;

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use otp_conformance::contract::{Contract, DeliveryMethod, Level, OperationId, req};
use otp_conformance::drive::code::{CodeSource, Cursor, Message, Reply, Silent};
use otp_conformance::drive::{Journal, Pace, Target, TargetSettings, Transport};
use otp_conformance::emulator::{Emulator, Settings};
use otp_conformance::exchange::{Assumptions, Capture, Redactor};
use otp_conformance::judge::InconclusiveReason;
use otp_conformance::suite::{self, Step, StepAction};
use otp_conformance::trial::{
    BodyClass, Confirmed, Excused, Lags, Maker, Outcome, Property, Rest, Sequence, TargetLease,
    TargetProvider, TestUserSlots, Theme, Trial, TrialContext, TrialError, TrialReport,
};
use scripted::{Found, Scripted};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

const STEP: &str = r#"{ call = "signup-in-sms", with = { loginId = "$ada" }, expect = "accepted" }"#;

fn scenario(contract: &Contract, steps: &str) -> Trial {
    let text =
        format!("title = \"t\"\n[[scenario]]\nname = \"n\"\nproves = [\"OTP-001\"]\nsteps = [{steps}]\n");
    let parsed = suite::parse_suite("honesty.toml", &text).unwrap();
    let issues_code = |id| contract.operation(id).issues_code;
    Trial::scenario("honesty", parsed.scenarios.into_iter().next().unwrap(), &issues_code)
}

/// A trial, and where it finds what the script says.
fn stage(make: impl Fn(&Contract) -> Trial, script: Vec<Found>) -> (Trial, TrialContext, Arc<Scripted>) {
    let contract = Arc::new(Contract::embedded().unwrap());
    let trial = make(&contract);
    let site = Arc::new(Scripted { script: Mutex::new(script.into()), contract: contract.clone() });
    let ground = TrialContext {
        site: site.clone(),
        lasting: false,
        contract,
        methods: DeliveryMethod::usual(),
        assumptions: Assumptions::default(),
        offers: BTreeSet::from_iter(trial.needs.iter().copied()),
        places: TestUserSlots::new(None),
        seed: 7,
        fails_from: Level::Must,
        patience: Duration::ZERO.into(),
        lags: Lags::default(),
        rest: Rest::default(),
        excused: Excused::default(),
        confirmed: Confirmed::default(),
    };
    (trial, ground, site)
}

/// Runs a trial on what the script says, which must be used up.
fn run_trial(make: impl Fn(&Contract) -> Trial, script: Vec<Found>) -> TrialReport {
    let (trial, ground, site) = stage(make, script);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let report = runtime.block_on(trial.run(Arc::new(ground)));
    assert!(site.script.lock().unwrap().is_empty(), "the trial did not ask for all its targets");
    report
}

fn run(script: Vec<Found>) -> TrialReport {
    run_trial(|contract| scenario(contract, STEP), script)
}

#[test]
fn a_right_server_passes_at_once() {
    assert_eq!(run(vec![Found::Right]).outcome, Outcome::Pass);
}

#[test]
fn a_lost_connection_is_tried_once_more_with_new_people() {
    let report = run(vec![Found::HangsUp, Found::Right]);
    assert_eq!((report.outcome, report.requests), (Outcome::Pass, 2), "{report:#?}");
}

#[test]
fn two_lost_connections_are_never_green() {
    let report = run(vec![Found::HangsUp, Found::HangsUp]);
    assert_eq!(report.outcome, Outcome::Inconclusive);
    assert!(matches!(report.doubts.first(), Some(InconclusiveReason::Lost { .. })), "{report:#?}");
}

#[test]
fn a_limit_is_no_fault_and_no_pass() {
    let report = run(vec![Found::Answers(429), Found::Answers(429)]);
    assert_eq!(report.outcome, Outcome::Inconclusive, "{report:#?}");
    assert!(report.findings.is_empty());
}

#[test]
fn a_target_that_asks_for_a_moment_is_asked_again() {
    let busy = || [Found::IsBusy, Found::IsBusy, Found::IsBusy];
    assert_eq!(run(busy().into_iter().chain([Found::Right]).collect()).outcome, Outcome::Pass);
    let report = run(busy().into_iter().chain([Found::IsBusy]).collect());
    assert_eq!(report.outcome, Outcome::Inconclusive, "{report:#?}");
}

#[test]
fn a_cap_that_comes_each_time_makes_a_trial_unsupported() {
    let run = |script| run_trial(|contract| scenario(contract, &[STEP; 4].join(",")), script);
    let report = run(vec![Found::Caps(3), Found::Caps(3)]);
    assert_eq!(report.outcome, Outcome::Unsupported, "{report:#?}");
    assert!(report.reason.is_some_and(|why| why.contains("more than 3 messages")));
    let report = run(vec![Found::Caps(3), Found::Caps(2)]);
    assert_eq!(report.outcome, Outcome::Inconclusive, "it is not the number of messages: {report:#?}");
}

#[test]
fn a_limit_convicts_nobody_of_another_status() {
    let step = r#"{ call = "signup-in-sms", with = { loginId = "$ada" }, expect = { status = 200, proves = "OTP-001" } }"#;
    let report =
        run_trial(|contract| scenario(contract, step), vec![Found::Answers(429), Found::Answers(429)]);
    assert_eq!(report.outcome, Outcome::Inconclusive, "{report:#?}");
}

#[test]
fn a_late_message_was_not_sent_by_whoever_is_refused_meanwhile() {
    let steps = r#"
        { call = "signup-in-sms", with = { loginId = "$ada" }, expect = "accepted" },
        { call = "signup-in-sms", with = { loginId = "$ada" }, expect = "answered" }
    "#;
    let report = run_trial(|contract| scenario(contract, steps), vec![Found::OneLateMessage]);
    assert_eq!(report.outcome, Outcome::Pass, "{report:#?}");
}

#[test]
fn a_conviction_by_new_people_is_not_tried_again() {
    let (trial, mut ground, _site) = stage(|contract| scenario(contract, STEP), vec![Found::Answers(500)]);
    ground.assumptions.fresh_numbers = true;
    let report = tokio::runtime::Runtime::new().unwrap().block_on(trial.run(Arc::new(ground)));
    assert_eq!(report.outcome, Outcome::Fail, "{report:#?}");
}

#[test]
fn a_conviction_by_people_who_may_be_known_must_come_again() {
    let bad = || Found::Answers(500);
    let report = run(vec![bad(), bad()]);
    assert_eq!(report.outcome, Outcome::Fail, "{report:#?}");
    for once in [vec![bad(), Found::Right], vec![bad(), Found::Nothing]] {
        let report = run(once);
        assert_eq!(report.outcome, Outcome::Inconclusive, "{report:#?}");
        // The request was right: its server error is blamed on the sentence that asks for its acceptance.
        let acceptance = req::SIGNUP_IN_ACCEPTS_PHONE;
        let again = |doubt: &InconclusiveReason| matches!(doubt, InconclusiveReason::NotAgain { requirement, .. } if *requirement == acceptance);
        assert!(report.findings.is_empty() && report.doubts.iter().any(again), "{report:#?}");
    }
}

#[test]
fn what_came_again_in_one_trial_is_not_asked_again_in_the_next() {
    let script = vec![Found::Answers(500), Found::Answers(500), Found::Answers(500)];
    let (trial, ground, site) = stage(|contract| scenario(contract, STEP), script);
    let (runtime, ground) = (tokio::runtime::Runtime::new().unwrap(), Arc::new(ground));
    for left in [1, 0] {
        let report = runtime.block_on(trial.run(ground.clone()));
        assert_eq!(report.outcome, Outcome::Fail, "{report:#?}");
        assert_eq!(site.script.lock().unwrap().len(), left);
    }
}

#[test]
fn a_target_that_is_not_there_convicts_nobody() {
    let report = run(vec![Found::Nothing]);
    assert_eq!((report.outcome, report.reason.as_deref()), (Outcome::Inconclusive, Some("no such server")));
}

#[test]
fn a_panic_of_ours_is_a_harness_error() {
    for script in [vec![Found::Panic], vec![Found::HangsUp, Found::Panic], vec![Found::OurCodesPanic]] {
        let report = run(script);
        assert_eq!(report.outcome, Outcome::HarnessError, "{report:#?}");
        assert!(report.reason.is_some_and(|why| why.contains("the harness failed")));
    }
}

#[test]
fn a_panic_of_ours_in_a_race_is_a_harness_error() {
    let race = format!("{{ together = [{STEP}, {STEP}] }}");
    let report = run_trial(|contract| scenario(contract, &race), vec![Found::OurCodesPanic]);
    assert_eq!(report.outcome, Outcome::HarnessError, "{report:#?}");
}

#[test]
fn a_race_in_which_nothing_overlapped_shows_nothing() {
    let alone = format!("{{ together = [{STEP}, {STEP}] }}");
    let apart = |contract: &Contract| {
        let mut trial = scenario(contract, &alone);
        // As if the second call had always waited for the first one's answer.
        if let Maker::Scenario(inner) = &mut trial.maker {
            let inner = Arc::make_mut(inner);
            let StepAction::Together(calls) = inner.steps[0].action.clone() else { panic!("no race") };
            inner.steps = calls
                .into_iter()
                .map(|call| Step { action: StepAction::Together(vec![call]), ..inner.steps[0].clone() })
                .collect();
        }
        trial
    };
    let report = run_trial(apart, vec![Found::Right, Found::Right]);
    assert_eq!(report.outcome, Outcome::Inconclusive, "{report:#?}");
    assert!(matches!(report.doubts.first(), Some(InconclusiveReason::NotShown { .. })), "{report:#?}");
    assert_eq!(run_trial(|contract| scenario(contract, &alone), vec![Found::Right]).outcome, Outcome::Pass);
}

#[test]
fn sequences_of_which_nothing_can_be_done_show_nothing() {
    // No code ever reaches us, whatever the target's profile says.
    let sequences = |contract: &Contract| {
        let method = DeliveryMethod::Sms;
        Trial::sequence(Sequence { theme: Theme::OneUser, method, beside: None, count: 2 }, contract)
    };
    let report = run_trial(sequences, vec![Found::Right, Found::Right]);
    assert_eq!(report.outcome, Outcome::Inconclusive, "{report:#?}");
    assert!(
        report.doubts.iter().any(|doubt| doubt.to_string().contains("no login succeeded")),
        "{report:#?}"
    );
}

#[test]
fn a_panic_of_ours_in_sequences_is_a_harness_error() {
    let sequences = |contract: &Contract| {
        let method = DeliveryMethod::Sms;
        Trial::sequence(Sequence { theme: Theme::OneUser, method, beside: None, count: 2 }, contract)
    };
    assert_eq!(run_trial(sequences, vec![Found::OurCodesPanic]).outcome, Outcome::HarnessError);
}

/// Some valid bodies for `verify-sms`.
fn property(contract: &Contract, cases: u32) -> Trial {
    let all = Property::of(contract, OperationId::VerifySms, cases);
    Trial::property(all.into_iter().find(|property| property.class == BodyClass::Valid).unwrap())
}

#[test]
fn a_panic_of_ours_in_a_property_is_a_harness_error() {
    let report = run_trial(|contract| property(contract, 4), vec![Found::OurCodesPanic]);
    assert_eq!(report.outcome, Outcome::HarnessError, "{report:#?}");
}

/// Some bodies for `signup-in-sms` that are not right.
fn invalid(contract: &Contract) -> Trial {
    let all = Property::of(contract, OperationId::SignupInSms, 8);
    Trial::property(all.into_iter().find(|property| property.class == BodyClass::Invalid).unwrap())
}

#[test]
fn a_lost_answer_of_a_property_is_asked_for_again() {
    let report = run_trial(invalid, vec![Found::Loses(1)]);
    let note = report.reason.clone().unwrap_or_default();
    assert!(report.outcome == Outcome::Pass && note.contains("asked again"), "{report:#?}");
}

#[test]
fn what_is_lost_on_a_used_connection_only_is_no_violation() {
    let report = run_trial(invalid, vec![Found::LosesWhatFollows]);
    assert!(report.outcome == Outcome::Pass && report.findings.is_empty(), "{report:#?}");
}

#[test]
fn a_property_that_is_given_up_leaves_nobody_at_work() {
    let asked = Arc::new(Notify::new());
    // The first person's case fails, and again with another; the next is one with whom a smaller case is looked for.
    let script = vec![Found::MessagesNeverCome(asked.clone()), Found::MessagesNeverCome(asked.clone())];
    let (trial, ground, _) = stage(|contract| property(contract, 1), script);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::select! {
            report = trial.run(Arc::new(ground)) => panic!("nobody answered: {report:#?}"),
            () = asked.notified() => {}
        }
    });
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        drop(runtime); // waits for its threads
        tell.send(())
    });
    assert!(told.recv_timeout(Duration::from_secs(60)).is_ok(), "a thread goes on with the trial");
}
