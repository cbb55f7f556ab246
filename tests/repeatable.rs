//! Same seed, same target: the same requests and the same findings, whatever runs beside a trial and whatever ends first.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

use std::collections::{BTreeMap, BTreeSet};

use otp_conformance::app::{Flags, Harness, RunSettings};
use otp_conformance::exchange::History;
use otp_conformance::trial::TrialReport;
use tokio::task::JoinSet;

/// Bugs that show in bodies, in codes and in sessions, two of them in the same trials.
const FAULTS: [&str; 3] = ["null-claims-refused", "last-two-codes-valid", "logout-forgets"];
/// Trials of every kind that does not hang on the moment at which calls meet.
const TRIALS: [&str; 4] =
    ["property::signup-in-sms", "sequence::one-user", "scenario::invalidation", "scenario::sessions"];

async fn harness() -> Harness {
    prepared("7", &FAULTS, &TRIALS).await
}

async fn prepared(seed: &str, faults: &[&str], trials: &[&str]) -> Harness {
    let flags = Flags {
        seed: Some(seed.into()),
        faults: faults.iter().map(|&fault| fault.to_owned()).collect(),
        cases: Some("48".into()),
        ..Flags::default()
    };
    let settings = RunSettings::with(&flags, &|_| None).unwrap();
    let trials: Vec<String> = trials.iter().map(|&trial| trial.to_owned()).collect();
    Harness::prepare(settings, &trials).await.unwrap()
}

/// What was sent and found, without the moments.
fn account(report: &TrialReport) -> String {
    let sent = |history: &History| {
        let requests = history.exchanges().map(|exchange| {
            let request = &exchange.request;
            format!("{} {} {:?} {:?}", request.method, request.path, request.headers, request.body)
        });
        requests.collect::<Vec<_>>().join("\n")
    };
    let found = report.findings.iter().chain(&report.warnings).map(|finding| {
        let key = (finding.requirement, finding.operation, &finding.signature, finding.history);
        format!("{key:?} {:?} {} {}", finding.exchanges, finding.expected, finding.seen)
    });
    let histories = report.histories.iter().map(sent).collect::<Vec<_>>().join("\n\n");
    format!("{:?}\n{}\n{histories}", report.outcome, found.collect::<Vec<_>>().join("\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_sent_and_found_does_not_hang_on_what_runs_beside_it() {
    let one = harness().await;
    let mut alone = BTreeMap::new();
    for trial in one.plan.trials() {
        alone.insert(trial.name.clone(), account(&trial.run(one.ground.clone()).await));
    }
    let other = harness().await;
    let mut running = JoinSet::new();
    for trial in other.plan.trials() {
        let (trial, ground) = (trial.clone(), other.ground.clone());
        running.spawn(async move { trial.run(ground).await });
    }
    let beside: BTreeMap<String, String> =
        running.join_all().await.iter().map(|report| (report.name.clone(), account(report))).collect();
    assert!(alone.values().any(|account| account.starts_with("Fail")));
    for (name, account) in alone {
        assert_eq!(beside[&name], account, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_cases_is_sent_whole_in_any_order() {
    let mut sent = Vec::new();
    for seed in ["1", "2", "3"] {
        let harness = prepared(seed, &[], &["property::signup-sms::boundary"]).await;
        let report = harness.plan.trials().next().unwrap().run(harness.ground.clone()).await;
        sent.push(report.requests);
    }
    assert_eq!(sent[0], sent[1]);
    assert_eq!(sent[1], sent[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_blamed_on_what_the_smallest_refused_body_holds() {
    let mut blamed = BTreeSet::new();
    for seed in ["1", "2", "3", "4"] {
        for trial in ["property::signup-in-sms::valid", "property::signin-sms::valid"] {
            let harness = prepared(seed, &["empty-claims-refused"], &[trial]).await;
            let report = harness.plan.trials().next().unwrap().run(harness.ground.clone()).await;
            blamed.extend(report.findings.iter().map(|finding| finding.requirement.to_string()));
        }
    }
    assert_eq!(blamed, BTreeSet::from(["OTP-061".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_one_kind_hides_none_of_another() {
    for seed in ["1", "3", "4", "7"] {
        for (fault, broken) in [("empty-claims-refused", "OTP-061"), ("pkce-challenge-refused", "OTP-068")] {
            let trial = ["property::signup-in-sms::valid"];
            let found = async |faults: &[&str]| {
                let harness = prepared(seed, faults, &trial).await;
                let report = harness.plan.trials().next().unwrap().run(harness.ground.clone()).await;
                report.findings.iter().any(|finding| finding.requirement.to_string() == broken)
            };
            assert!(
                !found(&[fault]).await || found(&[fault, "template-refused"]).await,
                "{fault}, seed {seed}"
            );
        }
    }
}
