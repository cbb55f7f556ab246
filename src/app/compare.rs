//! Where two runs behave differently: by requirement, by observed policy, by drift.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::contract::RequirementId;
use crate::judge::Finding;
use crate::report::RunReport;
use crate::trial::{Outcome, TrialReport};

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
            (a != b).then(|| Difference { what: id.to_string(), a, b, trials: trials.into_iter().collect() })
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

fn standings(run: &RunReport) -> BTreeMap<RequirementId, (Standing, Vec<String>)> {
    let mut all = BTreeMap::new();
    let told = |trial: &&TrialReport| {
        !matches!(trial.outcome, Outcome::Unsupported | Outcome::Inconclusive | Outcome::HarnessError)
    };
    for trial in run.trials.iter().filter(told) {
        for id in &trial.proves {
            all.entry(*id).or_insert((Standing::Kept, Vec::new()));
        }
    }
    for trial in &run.trials {
        let broken = trial.findings.iter().chain(&trial.warnings).map(|f: &Finding| f.requirement);
        for id in broken {
            let entry = all.entry(id).or_insert((Standing::Broken, Vec::new()));
            entry.0 = Standing::Broken;
            entry.1.push(trial.name.clone());
        }
    }
    all
}

fn observed(a: &RunReport, b: &RunReport) -> Vec<Difference<String>> {
    let (left, right) = (a.observed(), b.observed());
    let questions: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let answer = |side: &BTreeMap<String, BTreeSet<String>>, question: &String| {
        let answers = side.get(question).map(|answers| Vec::from_iter(answers.iter().cloned()).join("; "));
        answers.unwrap_or_else(|| "not observed".into())
    };
    let pairs =
        questions.into_iter().map(|question| (question, answer(&left, question), answer(&right, question)));
    let differing = pairs.filter(|(_, a, b)| a != b);
    differing
        .map(|(question, a, b)| Difference { what: question.clone(), a, b, trials: Vec::new() })
        .collect()
}

fn drift(a: &RunReport, b: &RunReport) -> Vec<Difference<bool>> {
    let texts = |run: &RunReport| -> BTreeSet<String> {
        run.drift().into_iter().map(|drift| format!("{}: {}", drift.at, drift.what)).collect()
    };
    let (left, right) = (texts(a), texts(b));
    let one_sided = left.symmetric_difference(&right);
    one_sided
        .map(|what| Difference {
            what: what.clone(),
            a: left.contains(what),
            b: right.contains(what),
            trials: Vec::new(),
        })
        .collect()
}
