//! The trials that a run begins with, to see whether a target's users affect each other.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::contract::{RequirementId, req};
use crate::drive::Learned;
use crate::judge::{Finding, parts};
use crate::trial::{Maker, Trial, TrialKind, TrialReport};

/// How long races are played alone: those of a near target to their end, on a busy machine too.
const NEAR: Duration = Duration::from_secs(20);
/// The same of a target whose answers are long on their way.
const FAR: Duration = Duration::from_secs(5);
/// What a target breaks whose users affect each other: there a trial is disturbed by the trials beside it.
const ISOLATION: [RequirementId; 4] = [
    req::SEND_KEEPS_CODES_OF_OTHERS,
    req::GUESSES_DO_NOT_AFFECT_OTHERS,
    req::CONCURRENT_USERS_ARE_ISOLATED,
    req::LOGOUTALL_SPARES_OTHER_USERS,
];

/// A scenario or race of a few users, which any run can begin with.
pub(super) fn looks_at_isolation(trial: &Trial) -> bool {
    let of_users = matches!(trial.maker, Maker::Scenario(_)) && !trial.is_a_pair();
    of_users && trial.proves.iter().any(|id| ISOLATION.contains(id))
}

/// Scenarios before races, by SMS before by other methods, the widest first: a crowd shows a target that cannot take
/// several requests at once.
pub(super) fn order(trial: &Trial) -> impl Ord + use<> {
    (trial.kind(), trial.method(), Reverse(trial.calls_at_once()))
}

/// What was begun to look, and what it showed.
#[derive(Default)]
pub(super) struct Scouts {
    begun: BTreeSet<usize>,
    /// Since when races are played.
    races_since: Option<Instant>,
    /// How long those races took that failed: looking again at what fails is not what they are bounded for.
    failing: Duration,
    /// Whether one of them showed that users do affect each other.
    pub(super) users_affect_each_other: bool,
}

impl Scouts {
    /// One of them begins, at this place of the plan.
    pub(super) fn begin(&mut self, at: usize, trial: &Trial) {
        self.begun.insert(at);
        if trial.kind() == TrialKind::Race {
            self.races_since.get_or_insert_with(Instant::now);
        }
    }

    /// How long to wait for the last one that began, of a target that is [so far](crate::drive::Target::distance).
    pub(super) fn time_left(&self, distance: usize) -> Duration {
        let most = if distance > 1 { FAR } else { NEAR };
        let left = |since: Instant| (most + self.failing).saturating_sub(since.elapsed());
        self.races_since.map_or(Duration::MAX, left)
    }

    /// Takes in a trial that ended, if it was begun to look, and notes what it shows of the target.
    pub(super) fn ended(&mut self, at: usize, report: &TrialReport, learned: &Learned) {
        if !self.begun.contains(&at) {
            return;
        }
        if self.races_since.is_some() && findings(report).next().is_some() {
            self.failing += report.duration;
        }
        if fails_under_load(report) {
            learned.note_failure_under_load();
        }
        if findings(report).any(|found| ISOLATION.contains(&found.requirement)) {
            self.users_affect_each_other = true;
            learned.keep_users_apart(true);
        }
    }
}

/// What a trial shows broken, known or not.
fn findings(report: &TrialReport) -> impl Iterator<Item = &Finding> {
    report.findings.iter().chain(&report.excused)
}

/// Whether a trial shows that overlapping requests of several users end in server errors.
fn fails_under_load(report: &TrialReport) -> bool {
    findings(report).any(|found| {
        let errors = parts(&found.signature).any(|seen| seen.starts_with('5'));
        found.requirement == req::CONCURRENT_USERS_ARE_ISOLATED && errors
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Outcome;

    fn report(signature: &str) -> TrialReport {
        let found = Finding {
            signature: signature.to_owned(),
            ..Finding::bare(req::CONCURRENT_USERS_ARE_ISOLATED.number())
        };
        TrialReport {
            findings: vec![found],
            ..TrialReport::blank("race::send::a-crowd-is-let-in", Vec::new(), Outcome::Fail)
        }
    }

    #[test]
    fn errors_under_load_differ_from_answers_that_are_mixed_up() {
        for (signature, fails) in [("500 E500000", true), ("200", false)] {
            let (mut scouts, learned) =
                (Scouts { begun: [7].into(), ..Scouts::default() }, Learned::default());
            scouts.ended(7, &report(signature), &learned);
            assert_eq!((scouts.users_affect_each_other, learned.fails_under_load()), (true, fails));
        }
    }

    #[test]
    fn what_others_show_changes_nothing() {
        let (mut scouts, learned) = (Scouts::default(), Learned::default());
        scouts.ended(7, &report("500"), &learned);
        assert!(!scouts.users_affect_each_other && !learned.fails_under_load());
    }
}
