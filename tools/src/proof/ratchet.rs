//! The best figures there ever were: a measurement may better them, and nothing may fall behind.

use std::collections::{BTreeMap, BTreeSet};

use otp_conformance::contract::{Contract, DeliveryMethod, Level, Requirement, RequirementId, Side};
use otp_conformance::emulator::Fault;
use otp_conformance::judge::CHECKS;
use serde::{Deserialize, Serialize};

use super::curve::{BUDGETS, convicted};
use super::data::{Matrix, Row};
use super::measure::Met;
use super::{Survivors, held_back};

/// Figures that may only get better.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ratchet {
    /// Faults convicted with the right blame, at least.
    pub(crate) convicted: usize,
    /// Survivors, at most.
    pub(crate) survivors: usize,
    /// Trials that never convict anything, at most.
    pub(crate) idle_trials: usize,
    /// Of ten thousand pairs of a fault and a trial, those in which the trial fails with wrong blame only, at most. A bug
    /// that hits every user, whatever is done, shows in most trials, and not as what it is.
    pub(crate) misled: usize,
    /// Faults convicted within so many requests, at least. Those held back do not count: the order is not theirs.
    pub(crate) within: BTreeMap<String, usize>,
}

impl Ratchet {
    /// The figures of a matrix.
    pub(crate) fn of(matrix: &Matrix, order: &[&str], survivors: &Survivors) -> Ratchet {
        let within = |budget: u64| convicted(matrix, order, budget, |row| !held_back(&row.fault)).len();
        Ratchet {
            convicted: matrix.faults.iter().filter(|row| row.primary().is_some()).count(),
            survivors: survivors.list.len(),
            idle_trials: idle_trials(matrix).len(),
            misled: misled(matrix),
            within: BUDGETS.into_iter().map(|budget| (format!("{budget:04}"), within(budget))).collect(),
        }
    }

    /// Where these figures are worse than the best.
    pub(crate) fn behind(&self, best: &Ratchet) -> Vec<String> {
        let within = |(budget, best): (&String, &usize)| {
            let now = self.within.get(budget).copied().unwrap_or_default();
            (format!("faults convicted within {budget} requests"), now, *best)
        };
        let rising = [("faults convicted".to_owned(), self.convicted, best.convicted)];
        let rising = rising.into_iter().chain(best.within.iter().map(within));
        let falling = [
            ("survivors", self.survivors, best.survivors),
            ("trials that convict nothing", self.idle_trials, best.idle_trials),
            ("trials in ten thousand that fail with wrong blame only", self.misled, best.misled),
        ];
        let falling = falling.into_iter().map(|(what, now, best)| (what.to_owned(), now, best));
        let fell = rising.filter(|(_, now, best)| now < best);
        let grew = falling.filter(|(_, now, best)| now > best);
        fell.chain(grew).map(|(what, now, best)| format!("{what}: {now}, and were {best}")).collect()
    }
}

fn misled(matrix: &Matrix) -> usize {
    let pairs = matrix.faults.len() * matrix.trials.len();
    let misled: usize = matrix.faults.iter().map(|row| row.misled.len()).sum();
    (misled * 10_000).checked_div(pairs).unwrap_or_default()
}

/// Faults that a run let go although they are not listed, listed ones that it convicts, and failures of ours.
pub(crate) fn escaped(met: &[Met], survivors: &Survivors) -> Vec<String> {
    let told = met.iter().filter_map(|met| {
        let fault = &met.row.fault;
        match (met.first.is_some(), survivors.excuse(fault)) {
            (false, false) => Some(format!("{fault} is not convicted of any of {:?}", met.row.breaks)),
            (true, true) => Some(format!("{fault} is convicted: take it off the list of survivors")),
            _ => None,
        }
    });
    let failed = met.iter().filter(|met| !met.harness_errors.is_empty());
    told.chain(failed.map(|met| format!("{}: the harness failed in {:?}", met.row.fault, met.harness_errors)))
        .collect()
}

/// Trials that were measured, and that no fault makes fail with the right blame.
pub(crate) fn idle_trials(matrix: &Matrix) -> Vec<&str> {
    let busy: BTreeSet<&str> = matrix.faults.iter().flat_map(Row::convicting).collect();
    let measured = matrix.trials.iter().filter(|trial| trial.measured);
    measured.map(|trial| trial.name.as_str()).filter(|name| !busy.contains(name)).collect()
}

/// The faults that are convicted of a requirement before any other.
pub(crate) fn primaries(matrix: &Matrix) -> BTreeMap<RequirementId, Vec<&str>> {
    let mut primaries: BTreeMap<RequirementId, Vec<&str>> = BTreeMap::new();
    for row in &matrix.faults {
        if let Some(primary) = row.primary() {
            primaries.entry(primary).or_default().push(&row.fault);
        }
    }
    primaries
}

/// Faults without a row, without a conviction and without a reason; MUSTs and checks that never convict.
pub(crate) fn lacks(matrix: &Matrix, survivors: &Survivors) -> Vec<String> {
    let faults = faults_in_doubt(matrix, survivors);
    let primaries = primaries(matrix);
    let contract = Contract::embedded().ok();
    let requirements = contract.iter().flat_map(|contract| contract.requirements());
    // The matrix is measured by SMS; tests/methods.rs convicts by the other methods.
    let here = |one: &&Requirement| one.side == Side::Server && one.method == DeliveryMethod::Sms;
    let must = requirements.filter(here).filter(|one| one.level == Level::Must);
    // Where the fault that would show it is on the list of survivors, the reason stands there.
    let excused = |id: &RequirementId| {
        let first = |fault: &&Fault| fault.breaks().first().is_some_and(|first| *first == id.to_string());
        Fault::ALL.iter().filter(first).any(|fault| survivors.excuse(fault.name()))
    };
    let unshown = must.map(|one| one.id).filter(|id| !primaries.contains_key(id) && !excused(id));
    let unshown = unshown.map(|id| format!("no fault is convicted of {id} first"));
    let shown: BTreeSet<&str> =
        matrix.faults.iter().flat_map(|row| &row.checks).map(String::as_str).collect();
    let mute = CHECKS.iter().filter(|check| !check.covers().is_empty() && !shown.contains(check.name()));
    let mute = mute.map(|check| format!("the check {} convicts nobody", check.name()));
    faults.into_iter().chain(unshown).chain(mute).collect()
}

fn faults_in_doubt(matrix: &Matrix, survivors: &Survivors) -> Vec<String> {
    let told = |fault: &Fault| {
        let row = matrix.faults.iter().find(|row| row.fault == fault.name());
        let convicted = row.map(|row| row.primary().is_some());
        match (convicted, survivors.excuse(fault.name())) {
            (None, _) => Some(format!("{fault} has no row: cargo tools matrix --full --fault {fault}")),
            (Some(false), false) => Some(format!("{fault} is convicted of none of {:?}", fault.breaks())),
            (Some(true), true) => Some(format!("{fault} is convicted: take it off the list of survivors")),
            _ => None,
        }
    };
    Fault::ALL.iter().filter_map(told).collect()
}
