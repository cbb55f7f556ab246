//! What known deviations make of the outcome of a trial.

use super::{Baseline, Deviation, DeviationKind};
use crate::trial::{Outcome, TrialReport};

impl Baseline {
    /// Gives a trial the outcome it has in the light of what is known. Findings are excused one by one: what is not
    /// known fails the trial as if nothing else were there.
    pub fn excuse(&self, trial: &mut TrialReport) {
        match trial.outcome {
            Outcome::Fail => self.excuse_findings(trial),
            Outcome::Inconclusive => self.excuse_doubts(trial),
            _ => {}
        }
    }

    fn excuse_findings(&self, trial: &mut TrialReport) {
        let mut used: Vec<&Deviation> = Vec::new();
        let mut open = Vec::new();
        for finding in std::mem::take(&mut trial.findings) {
            match self.entries.iter().find(|entry| entry.excuses(&trial.name, &finding)) {
                Some(entry) => {
                    used.push(entry);
                    trial.excused.push(finding);
                }
                None => open.push(finding),
            }
        }
        trial.findings = open;
        if used.is_empty() {
            return;
        }
        trial.reason = Some(reasons(&used));
        if trial.findings.is_empty() {
            let flaky = used.iter().all(|entry| entry.kind == DeviationKind::Flaky);
            trial.outcome = if flaky { Outcome::Flaky } else { Outcome::ExpectedFail };
        }
    }

    /// Every doubt must be known, or the trial stays inconclusive.
    fn excuse_doubts(&self, trial: &mut TrialReport) {
        let known = |doubt| self.entries.iter().find(|entry| entry.excuses_doubt(trial, doubt));
        let used: Option<Vec<&Deviation>> = trial.doubts.iter().map(known).collect();
        if let Some(used) = used.filter(|used| !used.is_empty()) {
            (trial.outcome, trial.reason) = (Outcome::ExpectedDoubt, Some(reasons(&used)));
        }
    }
}

/// `OTP-054 bug: ticket 7 (deviations.toml:12)`, once for each entry.
pub(super) fn reasons(entries: &[&Deviation]) -> String {
    let one = |entry: &&Deviation| {
        let link = entry.link.as_ref().map_or_else(String::new, |link| format!(", {link}"));
        let Deviation { requirement, kind, reason, place, .. } = entry;
        format!("{requirement} {}: {reason}{link} ({place})", kind.word())
    };
    let mut all = Vec::from_iter(entries.iter().map(one));
    all.sort();
    all.dedup();
    all.join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{baseline, finding, trial};
    use super::*;
    use crate::judge::InconclusiveReason;

    const KEY: &str = "operation = \"verify-sms\"\nseen = \"200\"";

    fn excused(kind: &str, key: &str, mut seen: TrialReport) -> TrialReport {
        baseline(kind, key).excuse(&mut seen);
        seen
    }

    #[test]
    fn each_kind_makes_its_outcome() {
        let seen = || trial(Outcome::Fail, &[(954, "200")]);
        for (kind, outcome) in
            [("bug", Outcome::ExpectedFail), ("missing", Outcome::ExpectedFail), ("flaky", Outcome::Flaky)]
        {
            assert_eq!(excused(kind, KEY, seen()).outcome, outcome, "{kind}");
        }
        assert_eq!(excused("inconclusive", KEY, seen()).outcome, Outcome::Fail);
    }

    #[test]
    fn a_new_finding_beside_a_known_one_fails() {
        for new in [(946, "200"), (954, "204")] {
            let seen = excused("bug", KEY, trial(Outcome::Fail, &[(954, "200"), new]));
            assert_eq!(seen.outcome, Outcome::Fail);
            assert_eq!(seen.findings, [finding(new)]);
            assert_eq!(seen.excused, [finding((954, "200"))]);
        }
    }

    #[test]
    fn globs_and_lists_widen_an_entry_and_an_id_narrows_it() {
        for (key, excuses) in [
            ("operation = \"*\"\nseen = \"2*\"", true),
            ("operation = [\"me\", \"verify-sms\"]", true),
            ("seen = [\"400 E011003\", \"200\"]", true),
            ("operation = \"me\"", false),
            ("seen = \"4*\"", false),
            ("id = \"scenario::invalidation::*\"", true),
            ("operation = \"*\"\nid = \"race::**\"", false),
        ] {
            let outcome = excused("bug", key, trial(Outcome::Fail, &[(954, "200")])).outcome;
            assert_eq!(outcome == Outcome::ExpectedFail, excuses, "{key}");
        }
    }

    #[test]
    fn a_doubt_is_excused_by_its_kind_and_only_if_all_are() {
        let doubtful = |doubts: &[InconclusiveReason]| TrialReport {
            doubts: doubts.to_vec(),
            ..trial(Outcome::Inconclusive, &[])
        };
        let (shown, lost) = (InconclusiveReason::OutOfBudget, InconclusiveReason::Limited { exchange: 1 });
        let key = "seen = \"out-of-budget\"";
        assert_eq!(
            excused("inconclusive", key, doubtful(std::slice::from_ref(&shown))).outcome,
            Outcome::ExpectedDoubt
        );
        assert_eq!(
            excused("inconclusive", key, doubtful(&[shown.clone(), lost])).outcome,
            Outcome::Inconclusive
        );
        assert_eq!(excused("bug", key, doubtful(&[shown])).outcome, Outcome::Inconclusive);
        assert_eq!(excused("inconclusive", key, doubtful(&[])).outcome, Outcome::Inconclusive);
    }

    #[test]
    fn our_own_fault_is_never_excused() {
        for outcome in [Outcome::HarnessError, Outcome::Unsupported, Outcome::Pass] {
            assert_eq!(excused("bug", KEY, trial(outcome, &[])).outcome, outcome);
        }
    }
}
