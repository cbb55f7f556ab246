//! What became of a whole run, as plain data that every report reads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Again, Clients, Setting};
use crate::contract::{Level, RequirementId};
use crate::exchange::Place;
use crate::judge::{Drift, Finding};
use crate::trial::{Outcome, TrialReport};

/// The report of a run. A run that could not begin has none: it ends in [`RunVerdict::Usage`](super::RunVerdict).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Requirements that are held, and what shows it.
    #[serde(default)]
    pub held: Vec<Held>,
    /// Requirements without evidence, and why.
    #[serde(default)]
    pub untested: Vec<Gap>,
    /// Requirements that this target cannot show, and why.
    #[serde(default)]
    pub unsupported: Vec<Gap>,
    /// Requirements that the selection, shard or budget left out beforehand. Not held against the run.
    #[serde(default)]
    pub not_planned: Vec<RequirementId>,
    /// Entries of the deviations file that fit nothing any more.
    #[serde(default)]
    pub stale: Vec<Stale>,
    /// Cases of known deviations that were run again, since nothing in the run matched their entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replays: Vec<Replay>,
    /// How many trials there are, selected or not; 0 where the run did not note it.
    #[serde(default)]
    pub all: usize,
    /// The share of the trials that was selected, from 1, and of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<(u64, u64)>,
    /// What was remarkable when recordings were put together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why a part of the run is missing, where recordings were put together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
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
    /// What the clients did, where they are not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<Clients>,
}

/// A requirement that is held: a check that can convict looked at evidence that could have convicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The requirement.
    pub requirement: RequirementId,
    /// Some of the trials that show it, in the order of the run.
    pub by: Vec<String>,
    /// How many trials show it.
    pub trials: usize,
}

/// A requirement that this run shows nothing about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The requirement.
    pub requirement: RequirementId,
    /// Why there is no evidence.
    pub reason: String,
    /// The line of the profile, the setting or the command that would change it, where there is one.
    #[serde(default)]
    pub remedy: Option<String>,
    /// An applicable MUST: the run cannot pass without it.
    #[serde(alias = "held")]
    pub fails: bool,
}

/// An entry of the deviations file that has to go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stale {
    /// The entry and what is wrong with it.
    pub what: String,
    /// Its place.
    pub place: Option<Place>,
}

/// The case of a known deviation, run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// The entry: requirement, operation and what is seen.
    pub entry: String,
    /// The trial that was run.
    pub trial: String,
    /// Whether it shows the deviation; `None` where it could not tell.
    pub shows: Option<bool>,
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
    /// The ways in which it shows: operation and what is seen, `verify-sms 200`.
    pub seen: BTreeSet<String>,
}

impl RunReport {
    /// How many trials had each outcome, every outcome named.
    pub fn counts(&self) -> [(Outcome, usize); 9] {
        Outcome::ALL.map(|outcome| (outcome, self.with(outcome).count()))
    }

    /// The trials with that outcome.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &TrialReport> {
        self.trials.iter().filter(move |trial| trial.outcome == outcome)
    }

    /// Whether every trial there is has ended.
    pub fn is_whole(&self) -> bool {
        self.all > 0 && self.trials.len() == self.all
    }

    /// Whether any trial got as far as an answer to its question.
    pub fn tested_anything(&self) -> bool {
        self.trials.iter().any(|trial| trial.outcome != Outcome::Unsupported)
    }

    /// Requirements whose violation fails the run, by number.
    pub fn violated(&self) -> Vec<Broken> {
        broken(self.with(Outcome::Fail).flat_map(|trial| trial.findings.iter().map(move |f| (trial, f))))
    }

    /// Broken promises that fail nothing, by number, and that are not violated as well. A MAY is no promise: it is
    /// observed, not warned of.
    pub fn warned(&self) -> Vec<Broken> {
        self.tolerated(|trial| &trial.warnings)
    }

    /// What known deviations excuse, by number, and is not violated as well.
    pub fn excused(&self) -> Vec<Broken> {
        self.tolerated(|trial| &trial.excused)
    }

    fn tolerated<'a>(&'a self, of: impl Fn(&'a TrialReport) -> &'a Vec<Finding>) -> Vec<Broken> {
        let violated: BTreeSet<RequirementId> =
            self.violated().into_iter().map(|broken| broken.requirement).collect();
        let fails_nothing =
            |finding: &&Finding| finding.level > Level::May && !violated.contains(&finding.requirement);
        let all = self.trials.iter().flat_map(|trial| of(trial).iter().map(move |finding| (trial, finding)));
        broken(all.filter(|(_, finding)| fails_nothing(finding)))
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
        Again { seed: self.seed, settings: &self.settings, clients: self.clients.as_ref() }
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
            seen: BTreeSet::new(),
        });
        entry.seen.insert(form(finding));
        entry.level = entry.level.max(finding.level);
        if !entry.trials.contains(&trial.name) {
            entry.trials.push(trial.name.clone());
        }
        entry.first_request = [entry.first_request, trial.first_request].into_iter().flatten().min();
    }
    all.into_values().collect()
}

/// Operation and what is seen, in one line: `verify-sms 200`.
pub(super) fn form(finding: &Finding) -> String {
    match finding.operation {
        Some(operation) => format!("{operation} {}", finding.signature),
        None => finding.signature.clone(),
    }
}
