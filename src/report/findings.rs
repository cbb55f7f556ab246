//! The findings of a run as a table: one row for each broken requirement, with every way in which it shows.

use std::collections::{BTreeMap, BTreeSet};

use super::RunReport;
use super::run::form;
use crate::contract::{Level, RequirementId};
use crate::exchange::History;
use crate::judge::Finding;
use crate::trial::{Outcome, TrialReport};

/// A broken requirement: how it shows, and the smallest evidence.
#[derive(Clone, Debug)]
pub struct FindingRow<'a> {
    /// The requirement.
    pub requirement: RequirementId,
    /// The highest level at which it is broken.
    pub level: Level,
    /// The ways in which it shows, `verify-sms 200`, those of most trials first.
    pub forms: Vec<String>,
    /// How many trials show it.
    pub trials: usize,
    /// The trial with the smallest evidence.
    pub trial: &'a TrialReport,
    /// That evidence.
    pub finding: &'a Finding,
    /// All evidence of as few exchanges, of the trials with the fewest requests first.
    pub as_small: Vec<(&'a TrialReport, &'a Finding)>,
}

/// What fails the run, the gravest first, and among equals by number.
pub fn violated(run: &RunReport) -> Vec<FindingRow<'_>> {
    let found =
        run.with(Outcome::Fail).flat_map(|trial| trial.findings.iter().map(move |found| (trial, found)));
    rows(found)
}

/// Broken promises that fail nothing and that no known deviation excuses.
pub fn warned(run: &RunReport) -> Vec<FindingRow<'_>> {
    let violated: BTreeSet<RequirementId> = run.violated().into_iter().map(|row| row.requirement).collect();
    let promise = |found: &&Finding| found.level > Level::May && !violated.contains(&found.requirement);
    let trials = run.trials.iter();
    rows(trials.flat_map(|trial| trial.warnings.iter().filter(promise).map(move |found| (trial, found))))
}

fn rows<'a>(found: impl Iterator<Item = (&'a TrialReport, &'a Finding)>) -> Vec<FindingRow<'a>> {
    let mut all: BTreeMap<RequirementId, Vec<(&TrialReport, &Finding)>> = BTreeMap::new();
    for (trial, finding) in found {
        all.entry(finding.requirement).or_default().push((trial, finding));
    }
    let mut rows: Vec<FindingRow<'_>> = all.into_iter().filter_map(|(id, shown)| row(id, &shown)).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.level), row.requirement));
    rows
}

fn row<'a>(requirement: RequirementId, shown: &[(&'a TrialReport, &'a Finding)]) -> Option<FindingRow<'a>> {
    let mut forms: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (trial, finding) in shown {
        forms.entry(form(finding)).or_default().insert(&trial.name);
    }
    let mut forms: Vec<(String, usize)> =
        forms.into_iter().map(|(form, trials)| (form, trials.len())).collect();
    forms.sort_by_key(|(form, trials)| (std::cmp::Reverse(*trials), form.clone()));
    let trials: BTreeSet<&str> = shown.iter().map(|(trial, _)| trial.name.as_str()).collect();
    let (trial, finding) = *shown.iter().min_by_key(|(trial, finding)| size(trial, finding))?;
    let few = |(trial, finding): &(&TrialReport, &Finding)| few(trial, finding);
    let least = few(&(trial, finding));
    let mut as_small = Vec::from_iter(shown.iter().copied().filter(|evidence| few(evidence) == least));
    as_small.sort_by_key(|(trial, finding)| size(trial, finding));
    Some(FindingRow {
        requirement,
        level: shown.iter().map(|(_, finding)| finding.level).max()?,
        forms: forms.into_iter().map(|(form, _)| form).collect(),
        trials: trials.len(),
        trial,
        finding,
        as_small,
    })
}

/// The history that shows a finding: the one that it names; else, as in a race that is judged round by round, the last one
/// that has its exchanges. `None` where the report keeps none.
pub(super) fn shown_in<'a>(finding: &Finding, trial: &'a TrialReport) -> Option<&'a History> {
    if let Some(history) = finding.history.and_then(|nth| trial.histories.get(nth.checked_sub(1)?)) {
        return Some(history);
    }
    let shows = |history: &&History| finding.exchanges.iter().all(|id| history.exchange(*id).is_some());
    trial.histories.iter().rev().find(shows).filter(|_| !finding.exchanges.is_empty())
}

/// How much there is to read to see a finding: its exchanges, the number of the last of them, the requests of its trial.
pub type Reading = (usize, Option<usize>, u64);

/// How much there is to read to see a finding, and how soon it shows.
pub fn reading(trial: &TrialReport, finding: &Finding) -> Reading {
    (finding.exchanges.len(), finding.exchanges.iter().max().copied(), trial.requests)
}

/// The same; evidence that no history holds is the last choice.
fn size(trial: &TrialReport, finding: &Finding) -> (bool, Reading) {
    (trial.histories.is_empty(), reading(trial, finding))
}

/// The same, without what has to be played to see it.
fn few(trial: &TrialReport, finding: &Finding) -> (bool, usize) {
    (trial.histories.is_empty(), finding.exchanges.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Answer, Event, Exchange, Request, Response};

    fn history(path: &str) -> History {
        let request = Request { path: path.into(), ..Request::default() };
        let answer = Answer::Response(Response::default());
        let exchange =
            Exchange { id: 1, operation: None, request, answer, call: 0, ret: 1, facts: Vec::new() };
        History { events: vec![Event::Exchange(Box::new(exchange))], ..History::default() }
    }

    /// Each case of a property trial numbers its exchanges anew.
    #[test]
    fn the_history_that_a_finding_names_shows_it() {
        let blank = TrialReport::blank("property::a::b", Vec::new(), Outcome::Fail);
        let trial = TrialReport { histories: ["/1", "/2", "/3"].map(history).to_vec(), ..blank };
        let shown = |history| {
            let found = Finding { history, ..Finding::bare(954) };
            shown_in(&found, &trial).and_then(|history| Some(history.exchange(1)?.request.path.clone()))
        };
        assert_eq!(shown(Some(2)).as_deref(), Some("/2"));
        assert_eq!(shown(None).as_deref(), Some("/3"));
        assert_eq!(shown(Some(9)).as_deref(), Some("/3"));
    }
}
