//! The planning order: what convicts most per request comes first.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{Matrix, Planned};
use super::held_back;

/// The trials by greedy set cover, weighted by requests: next comes the trial that convicts most of the faults that no
/// trial before it convicts, per request. When none adds anything, all faults count anew for the trials that are left, so
/// that what comes later holds second witnesses. Faults that are held back have no say.
pub(crate) fn order(matrix: &Matrix) -> Vec<&str> {
    let witnesses = witnesses(matrix);
    let convicts =
        |trial: &Planned| witnesses.get(trial.name.as_str()).map_or(0, |faults| faults.len() as u64);
    let (mut left, idle): (Vec<&Planned>, Vec<&Planned>) =
        matrix.trials.iter().partition(|trial| convicts(trial) > 0);
    let mut order = Vec::with_capacity(matrix.trials.len());
    while !left.is_empty() {
        let mut convicted: BTreeSet<&str> = BTreeSet::new();
        loop {
            let gain = |trial: &Planned| witnesses[trial.name.as_str()].difference(&convicted).count() as u64;
            let Some(at) = best(&left, gain) else { break };
            let next = left.remove(at);
            convicted.extend(&witnesses[next.name.as_str()]);
            order.push(next.name.as_str());
        }
    }
    let mut idle = idle;
    idle.sort_by_key(|trial| (trial.requests, &trial.name));
    order.extend(idle.iter().map(|trial| trial.name.as_str()));
    order
}

/// What each trial convicts, of the faults in view.
fn witnesses(matrix: &Matrix) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut witnesses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in matrix.faults.iter().filter(|row| !held_back(&row.fault)) {
        for trial in row.convicting() {
            witnesses.entry(trial).or_default().insert(&row.fault);
        }
    }
    witnesses
}

/// The place of the trial with the greatest gain per request; `None` if none gains anything.
fn best(left: &[&Planned], gain: impl Fn(&Planned) -> u64) -> Option<usize> {
    let gains =
        left.iter().enumerate().map(|(at, trial)| (at, gain(trial), trial.requests.max(1), &trial.name));
    let best = gains.filter(|(_, gain, ..)| *gain > 0).max_by(|a, b| {
        // a.gain / a.requests against b.gain / b.requests, without fractions; among equals the first by name.
        (a.1 * b.2).cmp(&(b.1 * a.2)).then(a.1.cmp(&b.1)).then(b.3.cmp(a.3))
    });
    best.map(|(at, ..)| at)
}
