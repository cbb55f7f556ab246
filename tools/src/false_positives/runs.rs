//! A whole default run against a right server, and all that was said against it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use otp_conformance::app::{self, Flags, Harness, Progress, RunSettings};
use otp_conformance::trial::{Outcome, TrialReport};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::combinations::Combination;
use super::page::Doubtful;

/// A combination after its run.
#[derive(Clone, Debug)]
pub(crate) struct CombinationRun {
    pub(crate) combination: Combination,
    /// Violations, each with its trial: false, all of them.
    pub(crate) accusations: Vec<String>,
    /// Trials in which nothing could be told, and why.
    pub(crate) doubts: BTreeSet<(String, String)>,
    /// Broken SHOULDs: they warn, and accuse under `--strict` only.
    pub(crate) warnings: BTreeSet<String>,
    /// Trials in which we failed.
    pub(crate) failures: Vec<String>,
    pub(crate) trials: usize,
    pub(crate) requests: u64,
}

/// Runs each, so many at a time; in the order given.
///
/// # Errors
/// A harness could not be prepared.
pub(crate) async fn run_all(
    combinations: Vec<Combination>,
    cases: u32,
    only: Option<&str>,
    at_once: usize,
) -> anyhow::Result<Vec<CombinationRun>> {
    let room = Arc::new(Semaphore::new(at_once.max(1)));
    let patterns: Vec<String> = only.map(str::to_owned).into_iter().collect();
    let mut running = JoinSet::new();
    for (at, combination) in combinations.into_iter().enumerate() {
        let (room, patterns) = (room.clone(), patterns.clone());
        running.spawn(async move {
            let _place = room.acquire_owned().await?;
            run_one(combination, cases, &patterns).await.map(|ran| (at, ran))
        });
    }
    let mut all = Vec::new();
    while let Some(ran) = running.join_next().await {
        all.push(ran??);
    }
    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, ran)| ran).collect())
}

async fn run_one(
    combination: Combination,
    cases: u32,
    patterns: &[String],
) -> anyhow::Result<CombinationRun> {
    let flags = Flags {
        seed: Some(combination.seed.to_string()),
        cases: Some(cases.to_string()),
        variants: combination.variants.iter().map(|variant| variant.name().to_owned()).collect(),
        ..Flags::default()
    };
    let settings = RunSettings::with(&flags, &|_| None)?;
    let harness = Harness::prepare(settings, patterns).await?;
    let mut ran = CombinationRun {
        combination,
        accusations: Vec::new(),
        doubts: BTreeSet::new(),
        warnings: BTreeSet::new(),
        failures: Vec::new(),
        trials: 0,
        requests: 0,
    };
    app::run(&harness, Timestamp::now(), &mut ran).await;
    Ok(ran)
}

impl Progress for CombinationRun {
    fn ended(&mut self, trial: &TrialReport) {
        self.trials += 1;
        self.requests += trial.requests;
        let name = &trial.name;
        for finding in &trial.findings {
            let (id, expected, seen) = (finding.requirement, &finding.expected, &finding.seen);
            self.accusations.push(format!("{name}: {id}: expected {expected}, seen {seen}"));
        }
        self.warnings.extend(trial.warnings.iter().map(|finding| finding.requirement.to_string()));
        let reason = || trial.reason.clone().unwrap_or_default();
        match trial.outcome {
            Outcome::HarnessError => self.failures.push(format!("{name}: {}", reason())),
            Outcome::Inconclusive => {
                let why = trial.doubts.first().map_or_else(reason, ToString::to_string);
                self.doubts.insert((name.clone(), why));
            }
            _ => {}
        }
    }
}

impl CombinationRun {
    /// Doubts that no variant of the combination is known to raise.
    pub(crate) fn unexplained(&self, known: &Doubtful) -> Vec<String> {
        if self.combination.variants.iter().any(|variant| known.explains(variant.name())) {
            return Vec::new();
        }
        self.doubts.iter().map(|(trial, why)| format!("{trial}: {why}")).collect()
    }

    /// All runs in a line.
    pub(crate) fn sum(ran: &[CombinationRun]) -> String {
        let accused = ran.iter().filter(|one| !one.accusations.is_empty()).count();
        let doubtful = ran.iter().filter(|one| !one.doubts.is_empty()).count();
        let mut line = format!("{} runs, {accused} with a false accusation, ", ran.len());
        let (trials, requests) =
            ran.iter().fold((0, 0), |(t, r), one| (t + one.trials as u64, r + one.requests));
        let _ = write!(line, "{doubtful} inconclusive; {trials} trials, {requests} requests");
        line
    }
}
