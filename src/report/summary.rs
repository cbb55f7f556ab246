//! The `--json` summary: what a program wants to know of a run. Published as `schema/summary.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Broken, Clients, Held, RunReport, RunVerdict};
use crate::contract::{Level, RequirementId};
use crate::judge::Drift;

/// Version of the format. Members may be added without a new one; none changes its meaning.
const SCHEMA: u32 = 1;

/// The summary, member by member in the order in which it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this format.
    pub schema: u32,
    /// One word for the whole run.
    pub verdict: RunVerdict,
    /// The exit status that goes with it.
    pub exit_status: u8,
    /// Base URL of the target.
    pub target: String,
    /// The run's seed.
    pub seed: u64,
    /// Requests sent.
    pub requests: u64,
    /// How many of them cause a message.
    pub sends: u64,
    /// Questions to the code source, which are counted in neither.
    pub polls: u64,
    /// Users that the run made, or may have made, and that stay at the target.
    pub users_left: usize,
    /// How long the run took.
    pub duration_ms: u64,
    /// Trials by outcome, every outcome named.
    pub counts: Map<String, Value>,
    /// Requirements whose violation fails the run.
    pub violated: Vec<Row>,
    /// Broken requirements that fail nothing.
    pub warned: Vec<Row>,
    /// Requirements that are held, and what shows it.
    pub held: Vec<Held>,
    /// Requirements without evidence, and why.
    pub untested: Vec<UntestedRow>,
    /// Requirements that this target cannot show, and why.
    pub unsupported: Vec<UntestedRow>,
    /// Requirements that were left out beforehand.
    pub not_planned: Vec<RequirementId>,
    /// What is undocumented.
    pub drift: Vec<Drift>,
    /// Open questions of the contract, and this target's answers.
    pub observed: BTreeMap<String, String>,
    /// How much of the contract generated bodies exercised; null where none were planned.
    pub coverage: Option<Coverage>,
    /// What the clients did, where they are not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<Clients>,
}

/// A broken requirement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The requirement.
    pub requirement: RequirementId,
    /// `MUST`, `SHOULD` or `MAY`.
    pub level: Level,
    /// The trials that show it.
    pub trials: Vec<String>,
    /// Requests sent when the first finding was in hand; null where the run did not note it.
    pub first_request: Option<u64>,
    /// The ways in which it shows: operation and what is seen.
    pub seen: Vec<String>,
    /// Whether a known deviation excuses it.
    pub excused: bool,
}

/// A requirement without evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UntestedRow {
    /// The requirement.
    pub requirement: RequirementId,
    /// Why.
    pub reason: String,
    /// What would change it; null where nothing is known that would.
    pub remedy: Option<String>,
}

/// Keyword × class pairs of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Exercised.
    pub pairs: usize,
    /// All there are.
    pub of: usize,
}

impl Summary {
    /// Sums up a run.
    pub fn new(run: &RunReport) -> Summary {
        let counts = run.counts().map(|(outcome, number)| (outcome.word().to_owned(), number.into()));
        let gap = |gap: &super::Gap| UntestedRow {
            requirement: gap.requirement,
            reason: gap.reason.clone(),
            remedy: gap.remedy.clone(),
        };
        let answers = |answers: std::collections::BTreeSet<String>| Vec::from_iter(answers).join("; ");
        Summary {
            schema: SCHEMA,
            verdict: run.verdict(),
            exit_status: run.exit_status(),
            target: run.target.clone(),
            seed: run.seed,
            requests: run.requests,
            sends: run.sends,
            polls: run.polls,
            users_left: run.stay,
            duration_ms: u64::try_from(run.duration.as_millis()).unwrap_or(u64::MAX),
            counts: counts.into_iter().collect(),
            violated: rows(run.violated(), false),
            warned: tolerated(run),
            held: run.held.clone(),
            untested: run.untested.iter().map(gap).collect(),
            unsupported: run.unsupported.iter().map(gap).collect(),
            not_planned: run.not_planned.clone(),
            drift: run.drift().into_iter().cloned().collect(),
            observed: run.observed().into_iter().map(|(question, all)| (question, answers(all))).collect(),
            coverage: run.coverage.map(|(pairs, of)| Coverage { pairs, of }),
            clients: run.clients.clone(),
        }
    }

    /// The summary as a JSON document, ending in a line break.
    pub fn json(&self) -> String {
        // Nothing in it can fail to be written: every key is a string and no number is a float.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// Warnings, and what is excused and not warned of as well, by number.
fn tolerated(run: &RunReport) -> Vec<Row> {
    let mut all = rows(run.warned(), false);
    let excused = rows(run.excused(), true);
    all.retain(|row| excused.iter().all(|other| other.requirement != row.requirement));
    all.extend(excused);
    all.sort_by_key(|row| row.requirement);
    all
}

fn rows(broken: Vec<Broken>, excused: bool) -> Vec<Row> {
    let row = |broken: Broken| Row {
        excused,
        requirement: broken.requirement,
        level: broken.level,
        trials: broken.trials,
        first_request: broken.first_request,
        seen: broken.seen.into_iter().collect(),
    };
    broken.into_iter().map(row).collect()
}
