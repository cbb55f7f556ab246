//! Whom a run makes it deletes, and nobody else; also when it is interrupted or killed.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use otp_conformance::app::{self, Flags, Harness, Profile, Progress, RunSettings};
use otp_conformance::contract::{Bearer, Case, OperationId, RequirementId, req};
use otp_conformance::drive::{Session, Whose};
use otp_conformance::emulator::{self, Emulator, Fault, Variant};
use otp_conformance::exchange::Assumptions;
use otp_conformance::report::RunReport;
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::{Value, json};

const STRANGER: &str = "+442079460001";

struct Silent;

impl Progress for Silent {
    fn ended(&mut self, _: &TrialReport) {}
}

/// Settings of a run against an emulator, its journal in that folder, with or without the management key.
fn settings(emulator: &Emulator, journal: &Path, key: bool) -> RunSettings {
    let own = emulator::Settings::default();
    let flags = Flags {
        target: Some(emulator.url()),
        project_id: Some(own.project_id),
        codes: Some("emulator".into()),
        seed: Some("7".into()),
        ..Flags::default()
    };
    let variable = |name: &str| (key && name == "OTP_MANAGEMENT_KEY").then(|| own.management_key.clone());
    let mut settings = RunSettings::with(&flags, &variable).unwrap();
    settings.profile = Some(Profile { journal: Some(journal.to_owned()), ..Profile::default() });
    settings
}

/// The whole run.
async fn run(harness: &Harness) -> RunReport {
    app::run(harness, "2026-01-01T00:00:00Z".parse().unwrap(), &mut Silent).await
}

/// What fails it.
fn broken(report: &RunReport) -> BTreeSet<RequirementId> {
    report.trials.iter().flat_map(|trial| &trial.findings).map(|found| found.requirement).collect()
}

/// The answer of the management API.
async fn manage(harness: &Harness, operation: OperationId, body: Value) -> Value {
    let target = &harness.target;
    let own = emulator::Settings::default();
    let bearer = Bearer::of(&[&own.project_id, &own.management_key]);
    let session = Session::new(target.clone(), Assumptions::default());
    let wire = target.wire(Case::new(operation, bearer).with_json(body), None);
    let noted = session.send(&wire, Some(operation)).await.unwrap();
    noted.body().json().cloned().unwrap_or_default()
}

/// Signs somebody up, to the end: a user is shown once its first code was verified.
async fn sign_up(harness: &Harness, login_id: &str) {
    let target = &harness.target;
    let session = Session::new(target.clone(), Assumptions::default());
    let bearer = Bearer::of(&[&target.project_id]);
    let send = async |operation, body| {
        let wire = target.wire(Case::new(operation, bearer.clone()).with_json(body), None);
        assert!(session.send(&wire, Some(operation)).await.unwrap().accepted());
    };
    send(OperationId::SignupInSms, json!({ "loginId": login_id })).await;
    let messages = session.messages(login_id, login_id, None, Duration::from_secs(5)).await.unwrap();
    let code = &messages.last().unwrap().code;
    send(OperationId::VerifySms, json!({ "loginId": login_id, "code": code })).await;
}

/// Login IDs of everybody at the emulator.
async fn everybody(emulator: &Emulator) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let harness = Harness::prepare(settings(emulator, folder.path(), true), &[]).await.unwrap();
    let found =
        manage(&harness, OperationId::SearchUsers, json!({ "limit": 100, "withTestUser": true })).await;
    let users = found["users"].as_array().unwrap();
    users.iter().map(|user| user["loginIds"][0].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_nobody_behind_and_deletes_no_stranger() {
    let emulator = Emulator::start(emulator::Settings::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let before = Harness::prepare(settings(&emulator, folder.path(), false), &[]).await.unwrap();
    sign_up(&before, STRANGER).await;
    assert_eq!(before.target.staying(), 1, "without a key users are counted");
    assert_eq!(everybody(&emulator).await, [STRANGER]);

    let trials = ["scenario::verification", "scenario::update", "scenario::management"].map(str::to_owned);
    let harness = Harness::prepare(settings(&emulator, folder.path(), true), &trials).await.unwrap();
    let mut report = run(&harness).await;
    sign_up(&harness, STRANGER).await;
    assert_eq!(harness.target.whose(STRANGER), Whose::Stranger);
    assert!(everybody(&emulator).await.len() > 1);
    assert_eq!(harness.clean_up().await, Vec::<String>::new());
    app::count(&harness, &mut report);
    assert_eq!(report.stay, 0);
    assert_eq!(everybody(&emulator).await, [STRANGER]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a settled journal goes");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_users_affect_each_other_trials_run_one_at_a_time() {
    let own = emulator::Settings { faults: vec![Fault::SendVoidsEverybody], ..emulator::Settings::default() };
    let emulator = Emulator::start(own).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let trials = ["scenario::invalidation", "scenario::verification"].map(str::to_owned);
    let harness = Harness::prepare(settings(&emulator, folder.path(), true), &trials).await.unwrap();
    let report = run(&harness).await;
    // Beside each other nearly all of them lost their codes to each other, and could tell nothing.
    let unsure: Vec<_> =
        report.trials.iter().filter(|trial| trial.outcome == Outcome::Inconclusive).collect();
    assert!(unsure.is_empty(), "{unsure:?}");
    assert_eq!(broken(&report), BTreeSet::from([req::SEND_KEEPS_CODES_OF_OTHERS]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_fails_when_many_ask_at_once_is_asked_one_by_one_and_keeps_nobody() {
    let own = emulator::Settings { faults: vec![Fault::CrashesUnderLoad], ..emulator::Settings::default() };
    let emulator = Emulator::start(own).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let trials = ["send::a-crowd-is-let-in", "scenario::session::a"].map(str::to_owned);
    let harness = Harness::prepare(settings(&emulator, folder.path(), true), &trials).await.unwrap();
    let report = run(&harness).await;
    assert_eq!(broken(&report), BTreeSet::from([req::CONCURRENT_USERS_ARE_ISOLATED]));
    assert_eq!(harness.clean_up().await, Vec::<String>::new());
    assert_eq!(everybody(&emulator).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn users_with_login_ids_of_any_notation_are_deleted_and_what_a_target_does_not_take_is_unsupported() {
    for (variants, unsupported) in
        [(Vec::new(), 0), (vec![Variant::NamesAreAscii, Variant::NamesHaveNoSpaces], 3)]
    {
        let own = emulator::Settings { variants, ..emulator::Settings::default() };
        let emulator = Emulator::start(own).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let trials = ["scenario::identity::a-name-*", "scenario::test-users::*"].map(str::to_owned);
        let harness = Harness::prepare(settings(&emulator, folder.path(), true), &trials).await.unwrap();
        let mut refused = Vec::new();
        for trial in harness.plan.trials() {
            let report = trial.run(harness.ground.clone()).await;
            match (report.outcome, &report.reason) {
                (Outcome::Pass, _) => {}
                // Some of them need a project that is ours alone.
                (Outcome::Unsupported, Some(why)) => {
                    refused.extend(why.contains("does not take a login ID").then(|| trial.name.clone()));
                }
                other => panic!("{}: {other:?} {:?} {:?}", trial.name, report.findings, report.doubts),
            }
        }
        assert_eq!(refused.len(), unsupported, "{refused:?}");
        assert_eq!(harness.clean_up().await, Vec::<String>::new());
        assert_eq!(everybody(&emulator).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_made_by_a_refused_request_is_deleted() {
    let emulator = Emulator::start(emulator::Settings {
        variants: vec![Variant::UnknownUserIs404],
        ..emulator::Settings::default()
    })
    .await
    .unwrap();
    let (folder, other_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let none = ["scenario::none".to_owned()];
    let harness = Harness::prepare(settings(&emulator, folder.path(), true), &none).await.unwrap();
    let server = Harness::prepare(settings(&emulator, other_folder.path(), false), &none).await.unwrap();
    let own = emulator::Settings::default();
    let session = Session::new(harness.target.clone(), Assumptions::default());
    let case = Case::new(OperationId::SigninSms, Bearer::of(&[&own.project_id]));
    let wire = harness.target.wire(case.with_json(json!({ "loginId": STRANGER })), None);
    assert!(!session.send(&wire, Some(OperationId::SigninSms)).await.unwrap().accepted());
    // As if the server had made the user before it refused.
    sign_up(&server, STRANGER).await;

    assert_eq!((harness.target.staying(), everybody(&emulator).await), (0, vec![STRANGER.to_owned()]));
    assert_eq!(harness.clean_up().await, Vec::<String>::new());
    assert_eq!(everybody(&emulator).await, Vec::<String>::new());
}

/// The number that follows one.
fn next(number: &str) -> String {
    format!("+{}", number[1..].parse::<u64>().unwrap() + 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_keeps_off_the_users_of_a_run_beside_it() {
    let emulator = Emulator::start(emulator::Settings::default()).await.unwrap();
    let (folder, other_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let trials = ["scenario::verification::a-code-opens-one-session".to_owned()];
    let harness = Harness::prepare(settings(&emulator, folder.path(), true), &trials).await.unwrap();
    let other = Harness::prepare(settings(&emulator, other_folder.path(), true), &[]).await.unwrap();
    // A block of numbers ends with 99; those after this one must be of its block.
    let number = loop {
        let number = harness.target.numbers.next();
        if number[number.len() - 2..] < *"96" {
            break number;
        }
    };
    let ahead: Vec<String> =
        std::iter::successors(Some(next(&number)), |number| Some(next(number))).take(3).collect();
    for number in &ahead {
        sign_up(&other, number).await;
    }
    let asked = Session::new(other.target.clone(), Assumptions::default());
    let own = emulator::Settings::default();
    let case = Case::new(OperationId::SigninSms, Bearer::of(&[&own.project_id]));
    let wire = other.target.wire(case.with_json(json!({ "loginId": ahead[0] })), None);
    assert!(asked.send(&wire, Some(OperationId::SigninSms)).await.unwrap().accepted());
    let code =
        asked.messages(&ahead[0], &ahead[0], None, Duration::from_secs(5)).await.unwrap().pop().unwrap().code;

    let report = run(&harness).await;
    assert_eq!(report.exit_status(), 0);
    let case = Case::new(OperationId::VerifySms, Bearer::of(&[&own.project_id]));
    let wire = other.target.wire(case.with_json(json!({ "loginId": ahead[0], "code": code })), None);
    assert!(
        asked.send(&wire, Some(OperationId::VerifySms)).await.unwrap().accepted(),
        "its code is still live"
    );
    assert_eq!(harness.clean_up().await, Vec::<String>::new());
    assert_eq!(everybody(&emulator).await, ahead);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_left_is_deleted_by_its_journal() {
    let emulator = Emulator::start(emulator::Settings::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let killed = Harness::prepare(settings(&emulator, folder.path(), true), &[]).await.unwrap();
    let login_id = killed.target.numbers.next();
    sign_up(&killed, &login_id).await;
    assert_eq!(everybody(&emulator).await, [login_id]);
    drop(killed);
    let done = app::clean_up(settings(&emulator, folder.path(), true)).await.unwrap();
    assert_eq!((done.deleted, done.left), (1, 0));
    assert_eq!(everybody(&emulator).await, Vec::<String>::new());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dedicated_project_is_cleaned_up_by_name() {
    let emulator = Emulator::start(emulator::Settings::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let before = Harness::prepare(settings(&emulator, folder.path(), false), &[]).await.unwrap();
    for login_id in [STRANGER, "otpc-bcdfgh-1", "somebody"] {
        manage(&before, OperationId::CreateUser, json!({ "loginId": login_id })).await;
    }
    let mut ours = settings(&emulator, folder.path(), true);
    assert_eq!(app::clean_up(ours.clone()).await.unwrap().deleted, 0, "nobody is in a journal");
    ours.profile = ours.profile.map(|profile| Profile { dedicated: true, ..profile });
    assert_eq!(app::clean_up(ours).await.unwrap().deleted, 2);
    assert_eq!(everybody(&emulator).await, ["somebody"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_says_so_and_cleans_up() {
    let emulator = Emulator::start(emulator::Settings::default()).await.unwrap();
    let (own, folder) = (emulator::Settings::default(), tempfile::tempdir().unwrap());
    let profile = folder.path().join("paced.toml");
    let text = "rate.all = { requests = 60 }\njournal = \"journal\"\ncodes = \"emulator\"\n";
    std::fs::write(&profile, text).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_otp-conformance"));
    run.args(["run", "--verbose", "--target", &emulator.url(), "--project-id", &own.project_id, "--profile"]);
    run.arg(&profile).env("OTP_MANAGEMENT_KEY", &own.management_key).current_dir(folder.path());
    let mut run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stdout.take().unwrap()).lines();
    // A paced run of all trials takes an hour.
    let begun = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("doctor: capture"));
    assert!(begun.is_some());
    let killed = Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let told: String = lines.map(|line| line.unwrap() + "\n").collect();
    let mut complaints = String::new();
    run.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(3), "{told}{complaints}");
    assert!(told.contains("interrupted") && !told.contains("cannot be reached"), "{told}");
    assert!(complaints.contains("interrupted: ending the trials"), "{complaints}");
    assert_eq!(everybody(&emulator).await, Vec::<String>::new());
}
