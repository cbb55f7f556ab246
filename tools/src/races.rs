//! How surely races tell right from wrong: each fault that only overlapping requests show must be convicted in nearly
//! every run, and a right server in none.
//!
//! `cargo tools races` prints a table; `cargo tools races 10 100` runs ten times with each fault and a hundred times
//! without. Ends in 1 where a figure misses its aim.

#![allow(clippy::unwrap_used, reason = "what fails may end the measurement")]

use std::time::Instant;

use otp_conformance::app::{Flags, Harness, RunSettings};
use otp_conformance::emulator::Fault;
use otp_conformance::trial::{Outcome, Trial, TrialReport};
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

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs with each fault
    #[arg(default_value_t = 100)]
    with: u64,
    /// Runs without a fault
    #[arg(default_value_t = 1_000)]
    without: u64,
}

/// The figures that miss their aims.
pub(crate) async fn run(args: &Args) -> Vec<String> {
    println!("| server | runs | convicted | inconclusive | ms a run |\n|---|---|---|---|---|");
    let mut missed = Vec::new();
    for fault in FAULTS {
        let convicted = measure(args.with, Some(fault)).await.convicted;
        if convicted * 100 < args.with * 99 {
            missed.push(format!("{}: convicted in {convicted} of {} runs", fault.name(), args.with));
        }
    }
    let accused = measure(args.without, None).await.convicted;
    if accused > 0 {
        missed.push(format!("a right server was accused in {accused} of {} runs", args.without));
    }
    missed
}

#[derive(Default)]
struct Figures {
    convicted: u64,
    inconclusive: u64,
}

async fn measure(runs: u64, fault: Option<Fault>) -> Figures {
    let (mut seen, started) = (Figures::default(), Instant::now());
    for seed in 0..runs {
        let reports = reports(seed, fault).await;
        let convicts = |report: &TrialReport| {
            let found = report.findings.iter().map(|finding| finding.requirement.to_string());
            found.into_iter().any(|id| fault.is_none_or(|fault| fault.breaks().contains(&id.as_str())))
        };
        seen.convicted += u64::from(reports.iter().any(convicts));
        seen.inconclusive += u64::from(reports.iter().any(|report| report.outcome == Outcome::Inconclusive));
    }
    let each = started.elapsed().as_millis() / u128::from(runs.max(1));
    let name = fault.map_or("right", Fault::name);
    println!("| {name} | {runs} | {} | {} | {each} |", seen.convicted, seen.inconclusive);
    seen
}

/// All races of a right server; of a wrong one those that may show its fault.
async fn reports(seed: u64, fault: Option<Fault>) -> Vec<TrialReport> {
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
