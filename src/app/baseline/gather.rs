//! From the findings of a run to entries: one bug is one entry, however many trials meet it.
//!
//! Findings of one requirement are put together where they share an operation or an answer. Lists stay lists as long as
//! they are short. Only what is seen at many operations, or in many ways, becomes a pattern, and no pattern spans two
//! requirements. What only overlapping calls show is known of all races and by every method, and of no other trial: the next
//! run may see it in another race, or not at all. What only drawn requests show is known of every method, for the same
//! reason.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::entry::NO_OPERATION;
use super::group::{Shown, answers, grouped, in_trials, operations, operations_of_races, why};
use super::{Baseline, Deviation, DeviationKind};
use crate::contract::RequirementId;
use crate::exchange::Place;
use crate::judge::{in_a_row, parts};
use crate::report::RunReport;
use crate::trial::{Outcome, TrialReport};

/// What is said of every entry that is added.
#[derive(Clone, Debug)]
pub struct Known {
    /// What it is; doubts become entries of their own kind.
    pub kind: DeviationKind,
    /// Why it is known and not mended.
    pub reason: String,
    /// Where more is written.
    pub link: Option<String>,
    /// From this day on it must be looked at again.
    pub expires: Option<Date>,
}

/// An entry that a run asks for.
#[derive(Clone, Debug)]
pub struct Addition {
    /// The entry.
    pub entry: Deviation,
    /// Why it is one entry, and not several or a part of another.
    pub why: String,
}

impl Baseline {
    /// Adds an entry for everything in a run that no entry excuses, and rewrites entries by trial, of older files, where
    /// the run shows what they excuse. Returns what was added; `known` says why it stays.
    pub fn gather(&mut self, run: &RunReport, known: &Known) -> Vec<Addition> {
        let (by_trial, keyed): (Vec<Deviation>, Vec<Deviation>) =
            std::mem::take(&mut self.entries).into_iter().partition(Deviation::is_by_trial);
        self.entries = keyed;
        let mut added = Vec::new();
        for old in by_trial {
            let same = Known {
                kind: old.kind,
                reason: old.reason.clone(),
                link: old.link.clone(),
                expires: old.expires,
            };
            let rewritten =
                self.additions(run, &same, &|trial, id| old.requirement == id && old.speaks_of(&trial.name));
            match rewritten.is_empty() {
                true => self.entries.push(old),
                false => self.take(rewritten, &mut added),
            }
        }
        // What is known of calls in a row excuses them where they overlap.
        for of_overlap in [false, true] {
            let new = self.additions(run, known, &|_, id| in_a_row(id).is_empty() != of_overlap);
            self.take(new, &mut added);
        }
        let doubts = self.doubts(run, known);
        self.take(doubts, &mut added);
        added
    }

    fn take(&mut self, new: Vec<Addition>, added: &mut Vec<Addition>) {
        self.entries.extend(new.iter().map(|addition| addition.entry.clone()));
        added.extend(new);
    }

    /// Entries for the findings that `wanted` picks and none of the present entries excuses.
    fn additions(
        &self,
        run: &RunReport,
        known: &Known,
        wanted: &dyn Fn(&TrialReport, RequirementId) -> bool,
    ) -> Vec<Addition> {
        let mut shown: BTreeMap<RequirementId, BTreeMap<(String, String), Shown<'_>>> = BTreeMap::new();
        for trial in &run.trials {
            for finding in trial.findings.iter().chain(&trial.excused) {
                let excused = self.entries.iter().any(|entry| entry.excuses(&trial.name, finding));
                if excused || !wanted(trial, finding.requirement) {
                    continue;
                }
                let operation = finding.operation.map_or(NO_OPERATION, |operation| operation.as_str());
                let shown = shown.entry(finding.requirement).or_default();
                for seen in parts(&finding.signature) {
                    let key = (operation.to_owned(), seen);
                    shown.entry(key.clone()).or_default().note(key, trial);
                }
            }
        }
        let entries = shown.into_iter().flat_map(|(requirement, keys)| {
            let (races, steady): (Vec<_>, Vec<_>) = keys.into_values().partition(Shown::is_of_races);
            let steady = steady.into_iter().map(|shown| shown.by_chance(requirement)).collect();
            let steady = grouped(steady).into_iter().map(|group| known.addition(requirement, run, &group));
            let races = races.into_iter().reduce(Shown::join);
            let races = races.map(|group| known.addition_of_races(requirement, run, &group));
            steady.chain(races).collect::<Vec<_>>()
        });
        entries.collect()
    }

    /// Entries for what could not be decided: one for each kind of doubt about a requirement.
    fn doubts(&self, run: &RunReport, known: &Known) -> Vec<Addition> {
        let mut shown: BTreeMap<(RequirementId, &str), Shown<'_>> = BTreeMap::new();
        for trial in run.with(Outcome::Inconclusive) {
            let Some(main) = trial.proves.first() else { continue };
            for doubt in &trial.doubts {
                if !self.entries.iter().any(|entry| entry.excuses_doubt(trial, doubt)) {
                    let shown = shown.entry((*main, doubt.word())).or_default();
                    shown.note((String::new(), doubt.word().to_owned()), trial);
                }
            }
        }
        let entry = |((requirement, word), group): ((RequirementId, &str), Shown<'_>)| {
            let known = Known { kind: DeviationKind::Inconclusive, ..known.clone() };
            let only = group.trials.first().filter(|_| group.trials.len() == 1);
            let entry = Deviation {
                seen: vec![word.to_owned()],
                id: only.map(|name| (*name).to_owned()),
                ..known.entry(requirement, run, &group)
            };
            Addition { entry, why: format!("cannot be decided here, {}", in_trials(&group)) }
        };
        shown.into_iter().map(entry).collect()
    }
}

impl Known {
    /// The entry of a group of findings.
    fn addition(&self, requirement: RequirementId, run: &RunReport, group: &Shown<'_>) -> Addition {
        let (operation, seen) = (operations(group), answers(group));
        let by_chance = self.kind == DeviationKind::Bug && group.is_of_sequences();
        let kind = if by_chance { DeviationKind::Flaky } else { self.kind };
        let entry = Deviation { operation, seen, kind, ..self.entry(requirement, run, group) };
        let why = why(group) + if by_chance { ", and in random sequences only" } else { "" };
        Addition { entry, why }
    }

    /// The entry of findings that only races show. Which calls overlap, and what comes of it, is chance.
    fn addition_of_races(&self, requirement: RequirementId, run: &RunReport, group: &Shown<'_>) -> Addition {
        let entry = Deviation {
            operation: operations_of_races(requirement, group),
            seen: answers(group),
            id: Some("race::**".to_owned()),
            kind: DeviationKind::Flaky,
            ..self.entry(requirement, run, group)
        };
        Addition { entry, why: format!("only calls that overlap show it, {}", in_trials(group)) }
    }

    /// An entry that says no more than this.
    fn entry(&self, requirement: RequirementId, run: &RunReport, group: &Shown<'_>) -> Deviation {
        Deviation {
            requirement,
            operation: Vec::new(),
            seen: Vec::new(),
            id: None,
            kind: self.kind,
            reason: self.reason.clone(),
            link: self.link.clone(),
            expires: self.expires,
            trial: group.least.map(|trial| trial.name.clone()),
            seed: group.least.map(|_| run.seed),
            place: Place::default(),
        }
    }
}

impl Deviation {
    /// Whether it names trials only, as older files do.
    fn is_by_trial(&self) -> bool {
        self.id.is_some() && self.operation.is_empty() && self.seen.is_empty()
    }
}

#[cfg(test)]
mod tests;
