//! What became of a whole run, as plain data that every report reads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Again, RunVerdict, Setting};
use crate::contract::{Level, RequirementId};
use crate::exchange::Place;
use crate::judge::{Drift, Finding};
use crate::trial::{Outcome, TrialReport};

/// All that is told of a run. A run that could not begin has none: it ends in [`RunVerdict::Usage`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Base URL of the target.
    pub target: String,
    /// Name of the profile it was run under.
    pub profile: String,
    /// The run's seed.
    pub seed: u64,
    /// Whether a broken SHOULD, and drift, fail the run.
    pub strict: bool,
    /// Name of the requirement set judged by: `2026-11`.
    pub requirements: String,
    /// Version of this program.
    pub version: String,
    /// When the run began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Requests that left for the target, whatever for: those of trials, of the doctor and of the clean-up.
    pub requests: u64,
    /// How many of them cause a message.
    pub sends: u64,
    /// Questions to the code source, which are counted in neither.
    #[serde(default)]
    pub polls: u64,
    /// The trials that ended, in the order of the plan.
    pub trials: Vec<TrialReport>,
    /// Trials that were planned.
    pub planned: usize,
    /// Requirements that the selection, shard or budget left out beforehand. Not held against the run.
    #[serde(default)]
    pub not_planned: Vec<RequirementId>,
    /// Requirements without evidence, and why.
    #[serde(default)]
    pub untested: Vec<Untested>,
    /// Entries of the deviations file that fit nothing any more.
    #[serde(default)]
    pub stale: Vec<Stale>,
    /// The budget ran out before the plan did.
    #[serde(default)]
    pub budget_spent: bool,
    /// Why the target could not be reached.
    #[serde(default)]
    pub unreachable: Option<String>,
    /// Whether the run was interrupted.
    #[serde(default)]
    pub interrupted: bool,
    /// Users that the run made, or may have made, and that stay at the target.
    #[serde(default)]
    pub stay: usize,
    /// Keyword × class pairs of the contract that generated bodies exercised, and how many there are.
    #[serde(default)]
    pub coverage: Option<(usize, usize)>,
    /// What a repetition must set besides the seed.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// How late the target is, in words, for each broken requirement that it meets in the end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lags: BTreeMap<RequirementId, String>,
}

/// A requirement that this run shows nothing about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Untested {
    /// The requirement.
    pub requirement: RequirementId,
    /// Why there is no evidence.
    pub reason: String,
    /// An applicable MUST: held against the run. What the target cannot show is named, and not held.
    pub held: bool,
}

/// An entry of the deviations file that has to go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stale {
    /// The entry and what is wrong with it.
    pub what: String,
    /// Where it stands.
    pub place: Option<Place>,
}

/// A requirement that trials found broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// The requirement.
    pub requirement: RequirementId,
    /// Its level.
    pub level: Level,
    /// The trials that show it, in the order of the run.
    pub trials: Vec<String>,
    /// Requests of the whole run when the first of them had it in hand.
    pub first_request: Option<u64>,
}

impl RunReport {
    /// The word the run ends with.
    pub fn verdict(&self) -> RunVerdict {
        RunVerdict::of(self)
    }

    /// The exit status of the binary.
    pub fn exit_status(&self) -> u8 {
        self.verdict().exit_status()
    }

    /// How many trials had each outcome, every outcome named.
    pub fn counts(&self) -> [(Outcome, usize); 8] {
        Outcome::ALL.map(|outcome| (outcome, self.with(outcome).count()))
    }

    /// The trials with that outcome.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &TrialReport> {
        self.trials.iter().filter(move |trial| trial.outcome == outcome)
    }

    /// Whether any trial got as far as an answer to its question.
    pub fn tested_anything(&self) -> bool {
        self.trials.iter().any(|trial| trial.outcome != Outcome::Unsupported)
    }

    /// Requirements whose violation fails the run, by number.
    pub fn violated(&self) -> Vec<Broken> {
        broken(self.with(Outcome::Fail).flat_map(|trial| trial.findings.iter().map(move |f| (trial, f))))
    }

    /// Broken requirements that fail nothing, by number. A MAY is no promise: it is observed, not warned of.
    pub fn warned(&self) -> Vec<Broken> {
        let promises = |finding: &&Finding| finding.level > Level::May;
        broken(
            self.trials.iter().flat_map(|trial| {
                trial.warnings.iter().filter(promises).map(move |finding| (trial, finding))
            }),
        )
    }

    /// Everything undocumented, once each, sorted.
    pub fn drift(&self) -> Vec<&Drift> {
        let all: BTreeSet<&Drift> = self.trials.iter().flat_map(|trial| &trial.drift).collect();
        all.into_iter().collect()
    }

    /// Open questions of the contract and every answer this target gave. A MAY that it does not keep is one of them.
    pub fn observed(&self) -> BTreeMap<String, BTreeSet<String>> {
        observed(&self.trials)
    }

    /// How to see a trial of this run again.
    pub fn again(&self) -> Again<'_> {
        Again { seed: self.seed, settings: &self.settings }
    }
}

/// Open questions and answers of some trials.
pub(super) fn observed<'a>(
    trials: impl IntoIterator<Item = &'a TrialReport>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for trial in trials {
        for policy in &trial.observed {
            table.entry(policy.question.clone()).or_default().insert(policy.answer.clone());
        }
        for finding in trial.warnings.iter().filter(|finding| finding.level == Level::May) {
            let question = format!("{}: {}", finding.requirement, finding.expected);
            table.entry(question).or_default().insert(finding.seen.clone());
        }
    }
    table
}

fn broken<'a>(found: impl Iterator<Item = (&'a TrialReport, &'a Finding)>) -> Vec<Broken> {
    let mut all: BTreeMap<RequirementId, Broken> = BTreeMap::new();
    for (trial, finding) in found {
        let entry = all.entry(finding.requirement).or_insert_with(|| Broken {
            requirement: finding.requirement,
            level: finding.level,
            trials: Vec::new(),
            first_request: None,
        });
        entry.level = entry.level.max(finding.level);
        if !entry.trials.contains(&trial.name) {
            entry.trials.push(trial.name.clone());
        }
        entry.first_request = [entry.first_request, trial.first_request].into_iter().flatten().min();
    }
    all.into_values().collect()
}
