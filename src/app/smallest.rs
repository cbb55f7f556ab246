//! Which histories of a run that convicts of much are kept to its end: those that a reader is shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::RequirementId;
use crate::report::findings::{Reading, reading};
use crate::trial::TrialReport;

/// So many trials keep the histories that show a requirement broken; where more of them show it, they show it again.
const EACH: usize = 16;

/// The smallest evidence of each requirement so far, by the place of its trial in the plan. What is left at the end does
/// not depend on the order in which trials ended.
#[derive(Default)]
pub(super) struct Smallest {
    of: BTreeMap<RequirementId, BTreeSet<(Reading, usize)>>,
}

impl Smallest {
    /// Takes in what a trial shows. Returns the places of the trials whose histories are needed no more: it is among them
    /// if all that it shows is shown by others with less to read.
    pub(super) fn take(&mut self, at: usize, report: &TrialReport) -> BTreeSet<usize> {
        let mut dropped = BTreeSet::new();
        for (id, reading) in smallest_of(report) {
            let all = self.of.entry(id).or_default();
            all.insert((reading, at));
            if all.len() > EACH {
                dropped.extend(all.pop_last().map(|(_, at)| at));
            }
        }
        dropped.retain(|at| self.of.values().flatten().all(|(_, kept)| kept != at));
        dropped
    }
}

/// The smallest evidence of each requirement that a trial shows broken.
fn smallest_of(report: &TrialReport) -> BTreeMap<RequirementId, Reading> {
    let mut all = BTreeMap::new();
    for found in report.findings.iter().chain(report.warned()) {
        let reading = reading(report, found);
        all.entry(found.requirement)
            .and_modify(|least: &mut Reading| *least = reading.min(*least))
            .or_insert(reading);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Finding;
    use crate::trial::Outcome;

    fn showing(requirement: u16, exchanges: usize) -> TrialReport {
        let found = Finding { exchanges: (1..=exchanges).collect(), ..Finding::bare(requirement) };
        TrialReport { findings: vec![found], ..TrialReport::blank("race::a::b", Vec::new(), Outcome::Fail) }
    }

    /// The places that are left once all were taken, in the order given.
    fn left(order: impl Iterator<Item = usize>, report: impl Fn(usize) -> TrialReport) -> BTreeSet<usize> {
        let (mut smallest, mut left) = (Smallest::default(), BTreeSet::new());
        for at in order {
            left.insert(at);
            for dropped in smallest.take(at, &report(at)) {
                left.remove(&dropped);
            }
        }
        left
    }

    #[test]
    fn what_is_kept_does_not_depend_on_the_order_in_which_trials_end() {
        let report = |at| showing(954, 100 - at);
        let expected: BTreeSet<usize> = (100 - EACH..100).collect();
        assert_eq!(left(0..100, report), expected);
        assert_eq!(left((0..100).rev(), report), expected);
    }

    #[test]
    fn the_only_evidence_of_a_requirement_is_kept_however_much_else_is_shown() {
        let report = |at| if at == 50 { showing(955, 40) } else { showing(954, 1) };
        assert!(left(0..100, report).contains(&50));
    }

    #[test]
    fn a_trial_that_shows_nothing_broken_is_left_alone() {
        let blank = |_| TrialReport::blank("race::a::b", Vec::new(), Outcome::Inconclusive);
        assert_eq!(left(0..3, blank).len(), 3);
    }
}
