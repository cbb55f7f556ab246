//! A whole default run against a right server, and all that was said against it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use otp_conformance::app::{self, Flags, Harness, Progress, RunSettings};
use otp_conformance::trial::{Outcome, TrialReport};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::companies::Company;
use super::page::Doubtful;

/// A company after its run.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) company: Company,
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

/// Hears each, so many at a time; in the order given.
///
/// # Errors
/// A harness could not be prepared.
pub(crate) async fn hear_all(
    companies: Vec<Company>,
    cases: u32,
    only: Option<&str>,
    at_once: usize,
) -> Result<Vec<Heard>, String> {
    let room = Arc::new(Semaphore::new(at_once.max(1)));
    let patterns: Vec<String> = only.map(str::to_owned).into_iter().collect();
    let mut hearings = JoinSet::new();
    for (at, company) in companies.into_iter().enumerate() {
        let (room, patterns) = (room.clone(), patterns.clone());
        hearings.spawn(async move {
            let _place = room.acquire_owned().await.map_err(|error| error.to_string())?;
            hear(company, cases, &patterns).await.map(|heard| (at, heard))
        });
    }
    let mut all = Vec::new();
    while let Some(heard) = hearings.join_next().await {
        all.push(heard.map_err(|error| error.to_string())??);
    }
    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, heard)| heard).collect())
}

async fn hear(company: Company, cases: u32, patterns: &[String]) -> Result<Heard, String> {
    let flags = Flags {
        seed: Some(company.seed.to_string()),
        cases: Some(cases.to_string()),
        variants: company.variants.iter().map(|variant| variant.name().to_owned()).collect(),
        ..Flags::default()
    };
    let settings = RunSettings::with(&flags, &|_| None).map_err(|error| error.to_string())?;
    let harness = Harness::prepare(settings, patterns).await.map_err(|error| error.to_string())?;
    let mut heard = Heard {
        company,
        accusations: Vec::new(),
        doubts: BTreeSet::new(),
        warnings: BTreeSet::new(),
        failures: Vec::new(),
        trials: 0,
        requests: 0,
    };
    app::run(&harness, Timestamp::now(), &mut heard).await;
    Ok(heard)
}

impl Progress for Heard {
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

impl Heard {
    /// Doubts that no variant of the company is known to raise.
    pub(crate) fn unexplained(&self, known: &Doubtful) -> Vec<String> {
        if self.company.variants.iter().any(|variant| known.explains(variant.name())) {
            return Vec::new();
        }
        self.doubts.iter().map(|(trial, why)| format!("{trial}: {why}")).collect()
    }

    /// All hearings in a line.
    pub(crate) fn sum(heard: &[Heard]) -> String {
        let accused = heard.iter().filter(|one| !one.accusations.is_empty()).count();
        let doubtful = heard.iter().filter(|one| !one.doubts.is_empty()).count();
        let mut line = format!("{} runs, {accused} with a false accusation, ", heard.len());
        let (trials, requests) =
            heard.iter().fold((0, 0), |(t, r), one| (t + one.trials as u64, r + one.requests));
        let _ = write!(line, "{doubtful} inconclusive; {trials} trials, {requests} requests");
        line
    }
}
