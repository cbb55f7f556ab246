//! How surely races tell right from wrong: each fault that only overlapping requests show must be convicted in nearly
//! every run, and a right server in none.
//!
//! `cargo bench --bench races` prints a table; `cargo bench --bench races -- 10 100` runs ten times with each fault
//! and a hundred times without. Ends in 1 where a figure misses its aim.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a table for people; what fails may end the measurement"
)]

use std::process::ExitCode;
use std::time::Instant;

use otp_conformance::app::{Flags, Harness, RunSettings};
use otp_conformance::emulator::Fault;
use otp_conformance::trial::{Outcome, Trial, TrialReport};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// The faults that need requests to overlap.
const FAULTS: [Fault; 8] = [
    Fault::CheckedThenSpent,
    Fault::LoginForgetsNewerCodes,
    Fault::ParallelGuessesCountOnce,
    Fault::OverlappingSendsBothLive,
    Fault::OverlappingSignUpsMakeTwoUsers,
    Fault::AnswersSwapUnderLoad,
    Fault::CrashesUnderLoad,
    Fault::LogoutLosesToRefresh,
];

/// Runs with each fault, and runs without one.
const RUNS: [u64; 2] = [100, 1_000];

fn main() -> ExitCode {
    let mut given = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let [with, without] = RUNS.map(|runs| given.next().unwrap_or(runs));
    let runtime = Runtime::new().unwrap();
    println!("| server | runs | convicted | inconclusive | ms a run |\n|---|---|---|---|---|");
    let mut missed = false;
    for fault in FAULTS {
        let told = runtime.block_on(measure(with, Some(fault)));
        missed |= told.convicted * 100 < with * 99;
    }
    let told = runtime.block_on(measure(without, None));
    missed |= told.convicted > 0;
    ExitCode::from(u8::from(missed))
}

#[derive(Default)]
struct Told {
    convicted: u64,
    inconclusive: u64,
}

async fn measure(runs: u64, fault: Option<Fault>) -> Told {
    let (mut told, started) = (Told::default(), Instant::now());
    for seed in 0..runs {
        let reports = run(seed, fault).await;
        let convicts = |report: &TrialReport| {
            let found = report.findings.iter().map(|finding| finding.requirement.to_string());
            found.into_iter().any(|id| fault.is_none_or(|fault| fault.breaks().contains(&id.as_str())))
        };
        told.convicted += u64::from(reports.iter().any(convicts));
        told.inconclusive += u64::from(reports.iter().any(|report| report.outcome == Outcome::Inconclusive));
    }
    let each = started.elapsed().as_millis() / u128::from(runs.max(1));
    let name = fault.map_or("right", Fault::name);
    println!("| {name} | {runs} | {} | {} | {each} |", told.convicted, told.inconclusive);
    told
}

/// All races of a right server; of a wrong one those that may show its fault.
async fn run(seed: u64, fault: Option<Fault>) -> Vec<TrialReport> {
    let flags = Flags {
        seed: Some(seed.to_string()),
        strict: true,
        faults: fault.iter().map(|fault| fault.name().to_owned()).collect(),
        ..Flags::default()
    };
    let settings = RunSettings::with(&flags, &|_| None).unwrap();
    let harness = Harness::prepare(settings, &["race::".into()]).await.unwrap();
    let proves = |trial: &&Trial| {
        let ids = || trial.proves.iter().map(ToString::to_string);
        fault.is_none_or(|fault| ids().any(|id| fault.breaks().contains(&id.as_str())))
    };
    let mut running = JoinSet::new();
    for trial in harness.plan.trials().filter(proves) {
        let (trial, ground) = (trial.clone(), harness.ground.clone());
        running.spawn(async move { trial.run(ground).await });
    }
    running.join_all().await
}
