//! Each deliberate bug of the emulator is convicted of a requirement that it breaks; without a bug, nobody is accused.
//!
//! A bug is met by the scenarios and races that prove what it breaks, one after another on an emulator of its own,
//! until one convicts. The first requirement a bug breaks comes first; one of its others will do.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

use std::collections::BTreeSet;
use std::sync::Arc;

use otp_conformance::app::{Flags, Harness, RunSettings};
use otp_conformance::emulator::Fault;
use otp_conformance::trial::{Outcome, Trial, TrialReport};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Bugs that no scenario and no race convicts, each with its reason. The list may only shrink: who is convicted must go from it.
const SURVIVORS: [(Fault, &str); 3] = [
    (
        Fault::DropsChunkedBodies,
        "a dropped connection may be the network's; such a trial is inconclusive, never green",
    ),
    (Fault::DuplicateKeysDisagree, "a history holds one of two members of a name; both readings are right"),
    (Fault::ForeignIssuerAccepted, "nobody outside a project can sign a token with its key"),
];

/// Emulators at a time: each waits more than it works.
const AT_ONCE: usize = 8;

async fn harness(fault: Option<Fault>) -> Harness {
    let flags = Flags {
        seed: Some("7".into()),
        strict: true,
        faults: fault.iter().map(|fault| fault.name().to_owned()).collect(),
        ..Flags::default()
    };
    Harness::prepare(RunSettings::with(&flags, &|_| None).unwrap(), &[]).await.unwrap()
}

fn is_written(trial: &&Trial) -> bool {
    ["scenario::", "race::"].iter().any(|kind| trial.name.starts_with(kind))
}

/// The requirement among `breaks` that a report convicts of. What is only inferred convicts nobody: it is observed, and
/// told as something that this target does not do.
fn convicted(report: &TrialReport, breaks: &[&str]) -> Option<String> {
    let found = report.findings.iter().map(|finding| finding.requirement.to_string());
    let refuted = report.observed.iter().filter(|policy| policy.answer.starts_with("no: "));
    let told = refuted.filter_map(|policy| policy.question.split(' ').next().map(str::to_owned));
    found.chain(told).find(|id| breaks.contains(&id.as_str()))
}

/// The trial and the requirement that convict a bug.
async fn conviction(fault: Fault) -> Option<(String, String)> {
    let harness = harness(Some(fault)).await;
    let mut met = BTreeSet::new();
    for wanted in fault.breaks() {
        let proving =
            |trial: &&Trial| is_written(trial) && trial.proves.iter().any(|id| id.to_string() == *wanted);
        for trial in harness.plan.trials().filter(proving) {
            if met.insert(trial.name.clone()) {
                let report = trial.run(harness.ground.clone()).await;
                if let Some(id) = convicted(&report, fault.breaks()) {
                    return Some((trial.name.clone(), id));
                }
            }
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_convicted_of_what_it_breaks() {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut trials = JoinSet::new();
    for fault in Fault::ALL.iter().copied() {
        let room = room.clone();
        trials.spawn(async move {
            let _place = room.acquire_owned().await.unwrap();
            (fault, conviction(fault).await)
        });
    }
    let (mut escaped, mut caught) = (Vec::new(), Vec::new());
    while let Some(met) = trials.join_next().await {
        let (fault, conviction) = met.unwrap();
        let survives = SURVIVORS.iter().any(|(survivor, _)| *survivor == fault);
        match conviction {
            None if !survives => escaped.push(format!("{fault} breaks {:?}", fault.breaks())),
            Some((trial, id)) if survives => caught.push(format!("{fault}: {trial} convicts it of {id}")),
            _ => {}
        }
    }
    escaped.sort();
    assert!(escaped.is_empty(), "no scenario convicts\n{}", escaped.join("\n"));
    assert!(caught.is_empty(), "to be taken from the list of survivors\n{}", caught.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_server_is_acquitted() {
    let harness = harness(None).await;
    for trial in harness.plan.trials().filter(is_written) {
        let report = trial.run(harness.ground.clone()).await;
        let said = (&report.findings, &report.doubts);
        assert_eq!(report.outcome, Outcome::Pass, "{}: {said:?}", trial.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_late_is_told_from_who_is_wrong_for_ever() {
    let resend = "scenario::invalidation::resend-voids-the-first-code";
    for (fault, late) in [(Fault::OldCodeLingers, true), (Fault::LastTwoCodesValid, false)] {
        let harness = harness(Some(fault)).await;
        let trial = harness.plan.trials().find(|trial| trial.name == resend).unwrap();
        let report = trial.run(harness.ground.clone()).await;
        let lags = harness.ground.lags.measure(&harness.ground, &[report]).await;
        let told = lags.values().any(|lag| lag.contains("late, not wrong for ever"));
        assert_eq!(told, late, "{fault}: {lags:?}");
    }
}
