//! Where two runs behave differently: by requirement, by observed policy, by drift.
//!
//! Only what both runs have seen can differ: what one of them did not observe is no difference, so that two runs of an
//! unchanged target compare as equal whatever their seeds were.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::contract::{Level, RequirementId};
use crate::report::policies::{self, ChangedPolicy};
use crate::report::{RequirementState, RunReport};

/// What a run says of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Trials show it, and none found it broken.
    Kept,
    /// Some trial found it broken.
    Broken,
    /// Nothing is known of it.
    Untested,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Standing::Kept => "kept",
            Standing::Broken => "broken",
            Standing::Untested => "untested",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference<T> {
    /// What differs: a requirement, a question, a place.
    pub what: String,
    /// In the first run.
    pub a: T,
    /// In the second.
    pub b: T,
    /// Trials that show it, where it is a requirement.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trials: Vec<String>,
}

/// All differences of two runs.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Version of this format.
    pub schema: u32,
    /// The first target.
    pub a: String,
    /// The second.
    pub b: String,
    /// Requirements that stand differently.
    pub requirements: Vec<Difference<Standing>>,
    /// Open questions that are answered differently.
    pub observed: Vec<Difference<String>>,
    /// Undocumented behaviour of one alone.
    pub drift: Vec<Difference<bool>>,
}

impl Comparison {
    /// Compares two runs.
    pub fn new(a: &RunReport, b: &RunReport) -> Comparison {
        let (left, right) = (standings(a), standings(b));
        let ids: BTreeSet<RequirementId> = left.keys().chain(right.keys()).copied().collect();
        let of = |side: &BTreeMap<RequirementId, (Standing, Vec<String>)>, id: &RequirementId| {
            side.get(id).cloned().unwrap_or((Standing::Untested, Vec::new()))
        };
        let requirements = ids.iter().filter_map(|id| {
            let ((a, a_trials), (b, b_trials)) = (of(&left, id), of(&right, id));
            let trials: BTreeSet<String> = a_trials.into_iter().chain(b_trials).collect();
            let both_known = a != Standing::Untested && b != Standing::Untested;
            (both_known && a != b).then(|| Difference {
                what: id.to_string(),
                a,
                b,
                trials: trials.into_iter().collect(),
            })
        });
        Comparison {
            schema: 1,
            a: a.target.clone(),
            b: b.target.clone(),
            requirements: requirements.collect(),
            observed: observed(a, b),
            drift: drift(a, b),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty() && self.observed.is_empty() && self.drift.is_empty()
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = format!("A {}\nB {}\n", self.a, self.b);
        for Difference { what, a, b, trials } in &self.requirements {
            text.push_str(&format!("{what}  A {}, B {}\n", a.word(), b.word()));
            trials.iter().for_each(|trial| text.push_str(&format!("  {trial}\n")));
        }
        for Difference { what, a, b, .. } in &self.observed {
            text.push_str(&format!("{what}\n  A {a}\n  B {b}\n"));
        }
        for Difference { what, a, .. } in &self.drift {
            text.push_str(&format!("only {}: {what}\n", if *a { "A" } else { "B" }));
        }
        text + &format!("{}\n", self.sum())
    }

    /// For a CI step summary.
    pub fn markdown(&self) -> String {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;");
        let mut text = format!("A `{}`  \nB `{}`\n\n{}\n", self.a, self.b, self.sum());
        let mut rows: Vec<(&str, String, String)> = Vec::new();
        let standing = |d: &Difference<Standing>| (d.a.word().to_owned(), d.b.word().to_owned());
        for difference in &self.requirements {
            let (a, b) = standing(difference);
            rows.push((&difference.what, a, b));
        }
        rows.extend(self.observed.iter().map(|d| (d.what.as_str(), d.a.clone(), d.b.clone())));
        let shown = |there: bool| if there { "undocumented".to_owned() } else { String::new() };
        rows.extend(self.drift.iter().map(|d| (d.what.as_str(), shown(d.a), shown(d.b))));
        if !rows.is_empty() {
            text.push_str("\n| | A | B |\n|---|---|---|\n");
        }
        for (what, a, b) in rows {
            text.push_str(&format!("| {} | {} | {} |\n", cell(what), cell(&a), cell(&b)));
        }
        text
    }

    fn sum(&self) -> String {
        if self.is_empty() {
            return "no difference".into();
        }
        format!(
            "{} requirements, {} policies, {} undocumented behaviours differ",
            self.requirements.len(),
            self.observed.len(),
            self.drift.len()
        )
    }
}

/// The standing of each requirement in a run, and the trials that found it broken.
fn standings(run: &RunReport) -> BTreeMap<RequirementId, (Standing, Vec<String>)> {
    let mut all = BTreeMap::new();
    for (id, state) in run.states() {
        let standing = match state {
            RequirementState::Held => Standing::Kept,
            RequirementState::Violated | RequirementState::Warned => Standing::Broken,
            RequirementState::Untested | RequirementState::Unsupported | RequirementState::NotPlanned => {
                Standing::Untested
            }
        };
        all.insert(id, (standing, Vec::new()));
    }
    for trial in &run.trials {
        let found = trial.findings.iter().chain(&trial.excused).chain(&trial.warnings);
        for id in found.filter(|finding| finding.level > Level::May).map(|finding| finding.requirement) {
            let entry = all.entry(id).or_insert((Standing::Broken, Vec::new()));
            if !entry.1.contains(&trial.name) {
                entry.1.push(trial.name.clone());
            }
        }
    }
    all
}

/// Open questions that were answered otherwise.
fn observed(a: &RunReport, b: &RunReport) -> Vec<Difference<String>> {
    let differing = policies::changed(a, b).into_iter().map(|changed| Difference {
        a: ChangedPolicy::words(&changed.before),
        b: ChangedPolicy::words(&changed.now),
        what: changed.question,
        trials: Vec::new(),
    });
    differing.collect()
}

/// Undocumented behaviour of one run at a place that the other one has seen as well, without it.
fn drift(a: &RunReport, b: &RunReport) -> Vec<Difference<bool>> {
    let only = |one: &RunReport, other: &RunReport, in_a: bool| -> Vec<Difference<bool>> {
        let (known, places) = (other.drift(), places(other));
        let one = one.drift();
        let news = one.into_iter().filter(|drift| !known.contains(drift));
        let seen = |at: &str| places.iter().any(|place| at == place || at.starts_with(&format!("{place} ")));
        news.filter(|drift| seen(&drift.at))
            .map(|drift| Difference {
                what: format!("{}: {}", drift.at, drift.what),
                a: in_a,
                b: !in_a,
                trials: Vec::new(),
            })
            .collect()
    };
    [only(a, b, true), only(b, a, false)].concat()
}

/// Operation and status of every answer that a run kept: `verify-sms 200`.
fn places(run: &RunReport) -> BTreeSet<String> {
    let histories = run.trials.iter().flat_map(|trial| &trial.histories);
    let answers = histories.flat_map(|history| history.exchanges()).filter_map(|exchange| {
        Some(format!("{} {}", exchange.operation?, exchange.answer.response()?.status))
    });
    answers.collect()
}

#[cfg(test)]
mod tests;
