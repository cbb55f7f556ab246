//! What the contract leaves open: listed where an author asked, counted where generated bodies did.

use std::collections::{BTreeMap, BTreeSet};

use super::page::Page;
use crate::judge::Policy;
use crate::report::text::{SHOWN, count, plain, shorten};
use crate::report::{RunReport, Sentences, observed};
use crate::trial::TrialReport;

/// A trial that asks more than this is one of generated bodies: no user reads its answers one by one in a terminal.
const LISTED: usize = 10;

/// Answers of one class of bodies that are counted by name; the rest are counted together.
const NAMED: usize = 6;

pub(super) fn section(page: &mut Page, run: &RunReport, _: &Sentences) {
    let (listed, counted): (Vec<_>, Vec<_>) =
        run.trials.iter().partition(|trial| trial.observed.len() <= LISTED);
    let (table, classes) = (observed(listed), classes(&counted));
    if table.is_empty() && classes.is_empty() {
        return;
    }
    page.heading("observed policy: what the contract leaves open");
    for (question, answers) in table {
        let answers = Vec::from_iter(answers.iter().map(|answer| shorten(answer, SHOWN)));
        page.line(2, format!("{}: {}", shorten(&question, SHOWN), answers.join("; ")));
    }
    for (class, policies) in &classes {
        page.line(2, format!("{} bodies, {}", plain(class), summed_up(policies)));
    }
    if !classes.is_empty() {
        page.line(2, "each question with its answers: --json, --markdown or --html");
    }
}

/// What trials of many questions observed, once each, by the last part of their names: `hostile`.
fn classes<'a>(trials: &[&'a TrialReport]) -> BTreeMap<&'a str, BTreeSet<&'a Policy>> {
    let mut classes: BTreeMap<&str, BTreeSet<&Policy>> = BTreeMap::new();
    for trial in trials {
        let class = trial.name.rsplit("::").next().unwrap_or_default();
        classes.entry(class).or_default().extend(&trial.observed);
    }
    classes
}

/// `312 questions: 280 refused 400, 32 accepted`.
fn summed_up(policies: &BTreeSet<&Policy>) -> String {
    let questions: BTreeSet<&str> = policies.iter().map(|policy| policy.question.as_str()).collect();
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
    for policy in policies {
        // An error code is one detail too many here.
        let kind = policy.answer.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        *sums.entry(kind).or_default() += 1;
    }
    let mut sums = Vec::from_iter(sums);
    sums.sort_by_key(|(kind, number)| (std::cmp::Reverse(*number), kind.clone()));
    let others: usize = sums.iter().skip(NAMED).map(|(_, number)| number).sum();
    let named = sums.iter().take(NAMED).map(|(kind, number)| format!("{number} {}", shorten(kind, SHOWN)));
    let others = (others > 0).then(|| format!("{others} other"));
    format!("{}: {}", count(questions.len(), "question"), Vec::from_iter(named.chain(others)).join(", "))
}
