//! The matrix as data: which trials blame which requirements, for every fault.

use std::collections::{BTreeMap, BTreeSet};

use otp_conformance::contract::{Level, RequirementId};
use otp_conformance::judge::Finding;
use otp_conformance::trial::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::measure::Met;

/// Requirements, and the trials that blame each.
pub(crate) type Blame = BTreeMap<RequirementId, BTreeSet<String>>;

/// Everything that was measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Matrix {
    /// Generated cases per property trial.
    pub(crate) cases: u32,
    /// The trials that were planned.
    pub(crate) trials: Vec<Planned>,
    /// A row for every fault, by name.
    pub(crate) faults: Vec<Row>,
}

/// A trial and what it may send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) name: String,
    /// What rows of the file call it: it stays, so that a new trial changes no row. Nought before it is written.
    #[serde(default)]
    pub(crate) id: u32,
    pub(crate) requests: u64,
    pub(crate) sends: u64,
    /// It neither waits nor asks for two things at once.
    pub(crate) plain: bool,
    /// It ran against the faults; else nothing is known of it.
    #[serde(default)]
    pub(crate) measured: bool,
}

/// What a run said of one fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) fault: String,
    /// The requirements it breaks, the most telling first.
    pub(crate) breaks: Vec<RequirementId>,
    /// The right blame.
    pub(crate) blamed: Blame,
    /// Blame of requirements that the fault is not said to break.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stray: Blame,
    /// Trials that fail without the right blame: misses.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) misled: BTreeSet<String>,
    /// The checks that gave the right blame.
    pub(crate) checks: BTreeSet<String>,
    /// Trials in which nothing could be told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) inconclusive: BTreeSet<String>,
}

impl Row {
    pub(crate) fn new(fault: &str, breaks: Vec<RequirementId>) -> Row {
        Row { fault: fault.to_owned(), breaks, ..Row::default() }
    }

    /// Takes over what a trial said; true if it gave the right blame.
    pub(crate) fn take(&mut self, trial: &str, outcome: Outcome, findings: &[Finding]) -> bool {
        if outcome == Outcome::Inconclusive {
            self.inconclusive.insert(trial.to_owned());
        }
        let told = findings.iter().filter(|finding| finding.level > Level::May);
        let (right, stray): (Vec<_>, Vec<_>) =
            told.partition(|finding| self.breaks.contains(&finding.requirement));
        for finding in &right {
            self.blamed.entry(finding.requirement).or_default().insert(trial.to_owned());
            self.checks.insert(finding.check.clone());
        }
        if right.is_empty() && !stray.is_empty() {
            self.misled.insert(trial.to_owned());
        }
        for finding in stray {
            self.stray.entry(finding.requirement).or_default().insert(trial.to_owned());
        }
        !right.is_empty()
    }

    /// Takes over what a newer run said; of trials that were not in it the older word stands.
    fn renew(&mut self, newer: Row, ran: impl Fn(&str) -> bool) {
        let mend = |old: &mut BTreeSet<String>, new: BTreeSet<String>| {
            old.retain(|trial| !ran(trial));
            old.extend(new);
        };
        for (old, new) in [(&mut self.blamed, newer.blamed), (&mut self.stray, newer.stray)] {
            old.values_mut().for_each(|trials| trials.retain(|trial| !ran(trial)));
            for (requirement, trials) in new {
                old.entry(requirement).or_default().extend(trials);
            }
            old.retain(|_, trials| !trials.is_empty());
        }
        mend(&mut self.misled, newer.misled);
        mend(&mut self.inconclusive, newer.inconclusive);
        self.checks.extend(newer.checks);
        self.breaks = newer.breaks;
    }

    /// The requirement it is convicted of: the most telling one that any trial blames.
    pub(crate) fn primary(&self) -> Option<RequirementId> {
        self.breaks.iter().copied().find(|id| self.blamed.contains_key(id))
    }

    /// The trials that give the right blame.
    pub(crate) fn convicting(&self) -> BTreeSet<&str> {
        self.blamed.values().flatten().map(String::as_str).collect()
    }
}

impl Matrix {
    /// Reads trials in rows by name or by number.
    ///
    /// # Errors
    /// The text is not a matrix.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Matrix> {
        let mut written: Value = serde_json::from_str(text)?;
        let trials = written["trials"].as_array().into_iter().flatten();
        let named = trials.filter_map(|trial| Some((trial["id"].as_u64()?, trial["name"].clone())));
        let names: BTreeMap<u64, Value> = named.collect();
        for row in written["faults"].as_array_mut().into_iter().flatten() {
            each_trial(row, &mut |trial| {
                if let Some(name) = trial.as_u64().and_then(|id| names.get(&id)) {
                    *trial = name.clone();
                }
            });
        }
        let mut matrix: Matrix = serde_json::from_value(written)?;
        matrix.number();
        Ok(matrix)
    }

    /// JSON with a line for each trial and fault, so that a review shows what changed. Rows hold the numbers of trials:
    /// with their names they were seven times as long.
    pub(crate) fn text(&self) -> String {
        let ids: BTreeMap<&str, u32> =
            self.trials.iter().map(|trial| (trial.name.as_str(), trial.id)).collect();
        let row = |row: &Row| {
            let mut row = serde_json::to_value(row).unwrap_or_default();
            each_trial(&mut row, &mut |trial| {
                if let Some(id) = trial.as_str().and_then(|name| ids.get(name)).filter(|id| **id > 0) {
                    *trial = (*id).into();
                }
            });
            row.to_string()
        };
        let trials: Vec<String> =
            self.trials.iter().filter_map(|trial| serde_json::to_string(trial).ok()).collect();
        let rows: Vec<String> = self.faults.iter().map(row).collect();
        let (trials, rows) = (trials.join(",\n"), rows.join(",\n"));
        format!("{{\"cases\":{},\"trials\":[\n{trials}\n],\"faults\":[\n{rows}\n]}}\n", self.cases)
    }

    /// Gives a number to each trial that has none.
    fn number(&mut self) {
        let mut last = self.trials.iter().map(|trial| trial.id).max().unwrap_or(0);
        for trial in self.trials.iter_mut().filter(|trial| trial.id == 0) {
            last += 1;
            trial.id = last;
        }
    }

    /// Takes over what runs of some trials said.
    pub(crate) fn take(&mut self, met: Vec<Met>, ran: impl Fn(&str) -> bool) {
        for Met { row, .. } in met {
            match self.faults.iter_mut().find(|known| known.fault == row.fault) {
                Some(known) => known.renew(row, &ran),
                None => self.faults.push(row),
            }
        }
        self.faults.sort_by(|a, b| a.fault.cmp(&b.fault));
    }

    /// These trials have met every fault: one that met a few is not called idle.
    pub(crate) fn measured(&mut self, ran: impl Fn(&str) -> bool) {
        self.trials.iter_mut().filter(|trial| ran(&trial.name)).for_each(|trial| trial.measured = true);
    }

    /// Takes over what is planned today. Trials that are no more are forgotten; what they said stays until their
    /// faults run again.
    pub(crate) fn plan(&mut self, cases: u32, mut trials: Vec<Planned>) {
        trials.sort_by(|a, b| a.name.cmp(&b.name));
        for trial in &mut trials {
            let known = self.trial(&trial.name);
            (trial.id, trial.measured) = known.map_or((0, false), |known| (known.id, known.measured));
        }
        (self.cases, self.trials) = (cases, trials);
        self.number();
    }

    /// The trial of that name.
    pub(crate) fn trial(&self, name: &str) -> Option<&Planned> {
        self.trials.iter().find(|trial| trial.name == name)
    }
}

/// Each trial that a written row names.
fn each_trial(row: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    for (member, value) in row.as_object_mut().into_iter().flatten() {
        match (member.as_str(), value) {
            ("blamed" | "stray", Value::Object(blame)) => {
                blame.values_mut().filter_map(Value::as_array_mut).flatten().for_each(&mut *change);
            }
            ("misled" | "inconclusive", Value::Array(trials)) => trials.iter_mut().for_each(&mut *change),
            _ => {}
        }
    }
}
