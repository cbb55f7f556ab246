//! What random trials find is small, is kept, and can be shown again and promoted as it stands.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

use std::path::{Path, PathBuf};

use otp_conformance::app::{Flags, Harness, RunSettings, cases};
use otp_conformance::suite;
use otp_conformance::trial::{Outcome, TrialReport};

/// The trials of a run whose names have this in them.
async fn run(
    pattern: &str,
    seed: u64,
    fault: Option<&str>,
    suites: Option<&Path>,
) -> (Harness, Vec<TrialReport>) {
    let flags = Flags {
        seed: Some(seed.to_string()),
        faults: fault.iter().map(|fault| (*fault).to_owned()).collect(),
        suites: suites.map(Path::to_owned),
        cases: Some("64".into()),
        // What only an SDK depends on is found like everything else.
        strict: true,
        ..Flags::default()
    };
    let settings = RunSettings::with(&flags, &|_| None).unwrap();
    let harness = Harness::prepare(settings, &[pattern.to_owned()]).await.unwrap();
    let mut reports = Vec::new();
    for trial in harness.plan.trials() {
        reports.push(trial.run(harness.ground.clone()).await);
    }
    (harness, reports)
}

/// What becomes of a stored case.
async fn replayed(file: &Path, fault: Option<&str>) -> Outcome {
    let (_, reports) = run("scenario::", 99, fault, Some(file)).await;
    assert_eq!(reports.len(), 1);
    reports[0].outcome
}

/// Lets a trial find a fault, and keeps what it found.
async fn found(pattern: &str, fault: &str) -> (tempfile::TempDir, PathBuf, TrialReport) {
    let mut seed = 7;
    let (harness, report) = loop {
        let (harness, mut reports) = run(pattern, seed, Some(fault), None).await;
        let report = reports.pop().unwrap();
        if report.outcome == Outcome::Fail {
            break (harness, report);
        }
        // Chance may spare a server once, not three times.
        seed += 1;
        assert!(seed < 10, "{fault}: {report:#?}");
    };
    let folder = tempfile::tempdir().unwrap();
    let file = cases::keep(folder.path(), &report, &harness.redactor).unwrap().unwrap();
    (folder, file, report)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequence_that_breaks_something_ends_as_a_small_case() {
    for (pattern, fault, steps) in [
        ("sequence::one-user", "last-two-codes-valid", 5),
        ("sequence::one-user", "logout-forgets", 4),
        ("sequence::several-users", "another-users-code-accepted", 3),
        ("sequence::passing-time", "expired-codes-accepted", 3),
        ("sequence::managed-users", "codes-generated-for-anybody", 3),
        ("sequence::email::one-user", "mail-voids-nothing", 6),
        ("sequence::email::passing-time", "mail-codes-never-expire", 3),
        ("sequence::email::beside-sms", "first-method-wins", 7),
    ] {
        let (_folder, file, report) = found(pattern, fault).await;
        let text = std::fs::read_to_string(&file).unwrap();
        let suite = suite::parse_suite("kept.toml", &text).unwrap();
        assert!(suite.scenarios[0].steps.len() <= steps, "{fault}:\n{text}");
        assert_eq!(replayed(&file, Some(fault)).await, Outcome::Fail, "{text}");
        assert_eq!(replayed(&file, None).await, Outcome::Pass, "{text}");
        let told = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(report.case_file().unwrap().ends_with(&told) && !text.contains("+1"), "{told}\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_body_that_breaks_something_can_be_replayed() {
    let (_folder, file, _) = found("property::signup-in-sms::valid", "null-claims-refused").await;
    assert_eq!(replayed(&file, Some("null-claims-refused")).await, Outcome::Fail);
    assert_eq!(replayed(&file, None).await, Outcome::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_server_goes_through_every_sequence() {
    for seed in 0..2 {
        let (_, reports) = run("sequence::", seed, None, None).await;
        for report in reports {
            let said = (&report.findings, &report.warnings, &report.doubts, &report.case);
            assert_eq!(report.outcome, Outcome::Pass, "seed {seed}, {}: {said:#?}", report.name);
        }
    }
}
