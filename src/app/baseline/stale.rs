//! Which entries no longer fit: an exception list must not rot.
//!
//! An entry that nothing in a run matches may be mended, or its fault is rare and this draw has missed it. So its stored
//! case is run again, and only an entry whose case passes is stale.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::apply::reasons;
use super::{Baseline, Deviation};
use crate::report::{RunReport, Stale};
use crate::trial::{Outcome, TrialReport};

impl Baseline {
    /// Entries that should have shown themselves in this run and did not, and that store a case to be run again.
    pub fn to_replay<'a>(&'a self, run: &'a RunReport) -> impl Iterator<Item = &'a Deviation> {
        let stored = |entry: &&Deviation| entry.trial.is_some() && entry.seed.is_some();
        self.entries.iter().filter(stored).filter(|entry| is_unmatched(entry, run))
    }

    /// Entries that this trial should have shown by itself and did not.
    pub fn due<'a>(&'a self, trial: &'a TrialReport) -> impl Iterator<Item = &'a Deviation> {
        let due = |entry: &&Deviation| {
            entry.kind.must_show() && entry.is_shown_by(&trial.name) && !entry.matches(trial)
        };
        self.entries.iter().filter(due)
    }

    /// Lists the stale entries of a run, and gives the trials in which a mended bug passed their outcome. `known` are the
    /// names of all trials there are. Today is the day of the run.
    pub fn settle(&self, run: &mut RunReport, known: &BTreeSet<String>) {
        let mut stale: Vec<Stale> =
            self.outlived(known, run.started).map(|(entry, why)| stale_entry(entry, &why)).collect();
        let is_mended = |entry: &&Deviation| is_unmatched(entry, run) && entry.has_passed(run);
        let mended: Vec<&Deviation> = self.entries.iter().filter(is_mended).collect();
        stale.extend(mended.iter().map(|entry| stale_entry(entry, entry.passed())));
        for trial in run.trials.iter_mut().filter(|trial| trial.outcome == Outcome::Pass) {
            let shown: Vec<&Deviation> =
                mended.iter().copied().filter(|entry| entry.is_shown_by(&trial.name)).collect();
            if !shown.is_empty() {
                (trial.outcome, trial.reason) = (Outcome::UnexpectedPass, Some(reasons(&shown)));
            }
        }
        stale.dedup();
        run.stale = stale;
    }

    /// Entries that no longer fail in a recorded run, by line: what `settle` finds stale.
    pub fn stale_lines(&self, run: &RunReport, known: &BTreeSet<String>) -> BTreeSet<usize> {
        let mut settled = run.clone();
        self.settle(&mut settled, known);
        settled.stale.iter().filter_map(|entry| Some(entry.place.as_ref()?.line)).collect()
    }

    /// Entries that have expired or speak of no trial there is, by line.
    pub fn stale_today(&self, known: &BTreeSet<String>, now: Timestamp) -> BTreeSet<usize> {
        self.outlived(known, now).map(|(entry, _)| entry.place.line).collect()
    }

    /// Entries that are stale whatever a run shows, and why.
    fn outlived<'a>(
        &'a self,
        known: &'a BTreeSet<String>,
        now: Timestamp,
    ) -> impl Iterator<Item = (&'a Deviation, String)> {
        let today = now.to_zoned(TimeZone::UTC).date();
        self.entries.iter().filter_map(move |entry| {
            let expired = entry.expires.filter(|day| *day <= today);
            let expired = expired.map(|day| format!("expired on {day}"));
            let nothing = entry.names_nothing(known).then(|| "there is no such trial".to_owned());
            Some((entry, expired.or(nothing)?))
        })
    }
}

/// Whether this run was to show an entry, and did not.
fn is_unmatched(entry: &Deviation, run: &RunReport) -> bool {
    entry.kind.must_show() && entry.is_in_scope(run) && !run.trials.iter().any(|trial| entry.matches(trial))
}

impl Deviation {
    /// Whether this run was to show it: its trial was run, or everything was.
    fn is_in_scope(&self, run: &RunReport) -> bool {
        let means = |trial: &TrialReport, id: &str| {
            // A family of trials shows it where its members are about the requirement.
            let meant = !id.contains('*') || trial.proves.contains(&self.requirement);
            meant && self.speaks_of(&trial.name) && has_decided(trial)
        };
        match (&self.trial, &self.id) {
            (Some(name), _) => run.is_whole() || run.trials.iter().any(|trial| trial.name == *name),
            (None, Some(id)) => run.trials.iter().any(|trial| means(trial, id)),
            (None, None) => run.is_whole(),
        }
    }

    /// Whether its case passed: when it was run again, or, where none is stored, in the run itself.
    fn has_passed(&self, run: &RunReport) -> bool {
        match (&self.trial, self.seed) {
            (Some(_), Some(_)) => {
                let mut replays = run.replays.iter().filter(|replay| replay.entry == self.name());
                replays.any(|replay| replay.shows == Some(false))
            }
            _ => true,
        }
    }

    fn passed(&self) -> &'static str {
        match self.seed {
            Some(_) => "its case, run again, passes",
            None => "nothing matches it any more",
        }
    }

    fn names_nothing(&self, known: &BTreeSet<String>) -> bool {
        self.id.is_some() && !known.iter().any(|name| self.speaks_of(name))
    }

    /// Whether this trial is named as the one that shows it.
    fn is_shown_by(&self, trial: &str) -> bool {
        self.trial.as_deref() == Some(trial) || self.id.as_deref() == Some(trial)
    }
}

fn has_decided(trial: &TrialReport) -> bool {
    use Outcome as O;
    !matches!(trial.outcome, O::Unsupported | O::Inconclusive | O::ExpectedDoubt | O::HarnessError)
}

fn stale_entry(entry: &Deviation, what: &str) -> Stale {
    Stale { what: format!("{}: {what}", entry.name()), place: Some(entry.place.clone()) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{baseline, trial};
    use super::*;
    use crate::app::evidence::testing::run;
    use crate::contract::req;
    use crate::report::Replay;

    const STORED: &str =
        "operation = \"verify-sms\"\nseen = \"200\"\ntrial = \"scenario::invalidation::x\"\nseed = 7";
    const UNSTORED: &str = "operation = \"verify-sms\"\nseen = \"200\"";

    /// What is stale after a run of the one trial there is, and what became of that trial.
    fn settled(kind: &str, key: &str, seen: TrialReport, shows: Option<bool>) -> (Vec<String>, Outcome) {
        let baseline = baseline(kind, key);
        let replay = Replay { entry: baseline.entries[0].name(), trial: seen.name.clone(), shows };
        let known = BTreeSet::from([seen.name.clone()]);
        let mut run = RunReport { trials: vec![seen], all: 1, replays: vec![replay], ..run() };
        run.trials.iter_mut().for_each(|trial| baseline.excuse(trial));
        baseline.settle(&mut run, &known);
        (run.stale.into_iter().map(|entry| entry.what).collect(), run.trials[0].outcome)
    }

    #[test]
    fn an_entry_is_stale_only_if_its_case_passes_when_it_is_run_again() {
        let passes = || trial(Outcome::Pass, &[]);
        let (stale, outcome) = settled("bug", STORED, passes(), Some(false));
        assert_eq!(stale, ["OTP-954 verify-sms 200: its case, run again, passes"]);
        assert_eq!(outcome, Outcome::UnexpectedPass);
        for shows in [Some(true), None] {
            assert_eq!(settled("bug", STORED, passes(), shows), (vec![], Outcome::Pass), "{shows:?}");
        }
        for kind in ["flaky", "inconclusive"] {
            assert_eq!(settled(kind, STORED, passes(), Some(false)), (vec![], Outcome::Pass), "{kind}");
        }
    }

    #[test]
    fn a_bug_of_acceptance_shows_under_another_sentence_too() {
        let entry = Deviation {
            requirement: req::PKCE_CHALLENGE_HAS_NO_EFFECT,
            ..baseline("bug", STORED).entries[0].clone()
        };
        let shows = |requirement, seen: &str| {
            let mut trial = trial(Outcome::Fail, &[(954, seen)]);
            trial.findings[0].requirement = requirement;
            entry.matches(&trial)
        };
        assert!(shows(req::CUSTOM_CLAIMS_WITHIN_LIMITS, "200"));
        assert!(
            !shows(req::CUSTOM_CLAIMS_WITHIN_LIMITS, "400") && !shows(req::NEWEST_CODE_IS_ACCEPTED, "200")
        );
    }

    #[test]
    fn what_still_shows_is_neither_stale_nor_run_again() {
        let shown = || trial(Outcome::Fail, &[(954, "200")]);
        assert_eq!(settled("bug", STORED, shown(), Some(false)), (vec![], Outcome::ExpectedFail));
        let baseline = baseline("bug", STORED);
        let run = RunReport { trials: vec![shown()], all: 1, ..run() };
        assert_eq!(baseline.to_replay(&run).count(), 0);
        let passing = RunReport { trials: vec![trial(Outcome::Pass, &[])], ..run };
        assert_eq!(baseline.to_replay(&passing).count(), 1);
    }

    #[test]
    fn without_a_stored_case_only_a_whole_run_tells() {
        let (stale, _) = settled("bug", UNSTORED, trial(Outcome::Pass, &[]), None);
        assert_eq!(stale, ["OTP-954 verify-sms 200: nothing matches it any more"]);
        let baseline = baseline("bug", UNSTORED);
        let mut part = RunReport { trials: vec![trial(Outcome::Pass, &[])], all: 2, ..run() };
        baseline.settle(&mut part, &BTreeSet::new());
        assert!(part.stale.is_empty());
    }

    #[test]
    fn a_family_of_trials_is_stale_only_where_its_members_should_show_it() {
        let entry = "id = \"scenario::invalidation::*\"";
        assert_eq!(settled("bug", entry, trial(Outcome::Pass, &[]), None).0.len(), 1);
        let mut other = trial(Outcome::Pass, &[]);
        other.proves.clear();
        assert_eq!(settled("bug", entry, other.clone(), None).0.len(), 0);
        let exact = settled("bug", "id = \"scenario::invalidation::x\"", other, None);
        assert_eq!((exact.0.len(), exact.1), (1, Outcome::UnexpectedPass));
    }

    #[test]
    fn expired_entries_and_those_about_no_trial_are_stale() {
        let names = BTreeSet::from(["scenario::invalidation::x".to_owned()]);
        let stale = |id: &str, now: &str| {
            let baseline = baseline("bug", &format!("id = \"{id}\""));
            let mut run = RunReport { started: now.parse().unwrap(), ..run() };
            baseline.settle(&mut run, &names);
            run.stale.into_iter().map(|entry| entry.what).collect::<Vec<_>>().concat()
        };
        assert_eq!(stale("scenario::invalidation::x", "2027-01-30T12:00:00Z"), "");
        assert!(
            stale("scenario::invalidation::x", "2027-01-31T12:00:00Z").ends_with("expired on 2027-01-31")
        );
        assert!(
            stale("scenario::invalidation::y", "2026-01-01T12:00:00Z").ends_with("there is no such trial")
        );
    }
}
