//! What known deviations make of the outcomes of a run.

use jiff::civil::Date;

use super::{Baseline, Deviation, Kind};
use crate::judge::Finding;
use crate::report::Stale;
use crate::trial::{Outcome, TrialReport};

impl Baseline {
    /// Gives a trial the outcome it has in the light of what is known.
    pub fn excuse(&self, trial: &mut TrialReport) {
        match trial.outcome {
            Outcome::Fail => self.excuse_failure(trial),
            Outcome::Pass => self.notice_pass(trial),
            _ => {}
        }
    }

    /// Every finding must be known; what is not fails the trial as if nothing else were.
    fn excuse_failure(&self, trial: &mut TrialReport) {
        let entries = Vec::from_iter(self.speaking_of(&trial.name));
        let known = |finding: &Finding| entries.iter().find(|entry| entry.requirement == finding.requirement);
        let excuses = Vec::from_iter(trial.findings.iter().filter_map(known).copied());
        if excuses.is_empty() {
            return;
        }
        let (excused, open): (Vec<_>, Vec<_>) =
            std::mem::take(&mut trial.findings).into_iter().partition(|finding| known(finding).is_some());
        trial.reason = Some(told(&excuses));
        if open.is_empty() {
            let flaky = excuses.iter().all(|entry| entry.kind == Kind::Flaky);
            trial.outcome = if flaky { Outcome::Flaky } else { Outcome::ExpectedFail };
            trial.findings = excused;
        } else {
            trial.warnings.extend(excused);
            trial.findings = open;
        }
    }

    /// A bug or a gap that a trial should have shown and did not is news, and makes the run red.
    fn notice_pass(&self, trial: &mut TrialReport) {
        let mended = self.no_longer(trial);
        if !mended.is_empty() {
            let reason = told(&mended);
            trial.outcome = Outcome::UnexpectedPass;
            trial.reason = Some(reason);
        }
    }

    /// Entries that this trial should have shown, and did not.
    fn no_longer<'a>(&'a self, trial: &'a TrialReport) -> Vec<&'a Deviation> {
        let shows = |entry: &&Deviation| {
            let meant = entry.is_exact() || trial.proves.contains(&entry.requirement);
            let warned = trial.warnings.iter().any(|finding| finding.requirement == entry.requirement);
            entry.kind != Kind::Flaky && meant && !warned
        };
        Vec::from_iter(self.speaking_of(&trial.name).filter(shows))
    }

    /// Lines of the entries that no longer fail in a recorded run: those that made a trial pass unexpectedly.
    pub fn mended(&self, trials: &mut [TrialReport]) -> Vec<usize> {
        let mut lines = Vec::new();
        for trial in trials {
            if trial.outcome == Outcome::UnexpectedPass {
                trial.outcome = Outcome::Pass;
            }
            if trial.outcome == Outcome::Pass {
                lines.extend(self.no_longer(trial).iter().map(|entry| entry.place.line));
            }
        }
        lines
    }

    fn speaking_of<'a>(&'a self, trial: &'a str) -> impl Iterator<Item = &'a Deviation> {
        self.entries.iter().filter(move |entry| entry.matches(trial))
    }

    /// Entries that have expired or speak of no trial there is.
    pub fn stale<'a>(&self, trials: impl IntoIterator<Item = &'a str>, today: Date) -> Vec<Stale> {
        let names = Vec::from_iter(trials);
        let what = |entry: &Deviation| {
            let expired = entry.expires.filter(|day| *day <= today);
            match expired {
                Some(day) => Some(format!("{} {}: expired on {day}", entry.id, entry.requirement)),
                None if names.iter().any(|name| entry.matches(name)) => None,
                None => Some(format!("{} {}: there is no such trial", entry.id, entry.requirement)),
            }
        };
        let stale = |entry: &Deviation| Some(Stale { what: what(entry)?, place: Some(entry.place.clone()) });
        self.entries.iter().filter_map(stale).collect()
    }
}

fn told(entries: &[&Deviation]) -> String {
    let one = |entry: &&Deviation| {
        let link = entry.link.as_ref().map_or_else(String::new, |link| format!(", {link}"));
        let Deviation { requirement, kind, reason, place, .. } = entry;
        format!("{requirement} {}: {reason}{link} ({place})", kind.word())
    };
    let mut all = Vec::from_iter(entries.iter().map(one));
    all.dedup();
    all.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Level, RequirementId};
    use crate::exchange::Place;

    fn baseline(kind: &str, id: &str) -> Baseline {
        let text = format!(
            "[[deviation]]\nid = \"{id}\"\nrequirement = \"OTP-954\"\nkind = \"{kind}\"\nreason = \"r\"\nexpires = 2027-01-31\n"
        );
        Baseline::parse("d.toml", &text).unwrap()
    }

    fn finding(number: u16) -> Finding {
        Finding {
            requirement: RequirementId::new(number),
            level: Level::Must,
            expected: "a".into(),
            seen: "b".into(),
            exchanges: vec![1],
            check: "behaviour".into(),
            place: Place::default(),
            operation: None,
            signature: "200".into(),
            history: None,
        }
    }

    fn trial(outcome: Outcome, broken: &[u16]) -> TrialReport {
        TrialReport {
            findings: broken.iter().map(|number| finding(*number)).collect(),
            ..TrialReport::blank("scenario::invalidation::x", vec![RequirementId::new(954)], outcome)
        }
    }

    fn excused(kind: &str, mut trial: TrialReport) -> TrialReport {
        baseline(kind, "scenario::invalidation::*").excuse(&mut trial);
        trial
    }

    #[test]
    fn each_kind_makes_its_outcome() {
        for (kind, broken, outcome) in [
            ("bug", true, Outcome::ExpectedFail),
            ("missing", true, Outcome::ExpectedFail),
            ("flaky", true, Outcome::Flaky),
            ("bug", false, Outcome::UnexpectedPass),
            ("missing", false, Outcome::UnexpectedPass),
            ("flaky", false, Outcome::Pass),
        ] {
            let seen = if broken { trial(Outcome::Fail, &[954]) } else { trial(Outcome::Pass, &[]) };
            assert_eq!(excused(kind, seen).outcome, outcome, "{kind}, broken {broken}");
        }
    }

    #[test]
    fn a_new_violation_beside_a_known_one_fails() {
        let seen = excused("bug", trial(Outcome::Fail, &[954, 946]));
        assert_eq!(seen.outcome, Outcome::Fail);
        assert_eq!(seen.findings, [finding(946)]);
        assert_eq!(seen.warnings, [finding(954)]);
    }

    #[test]
    fn what_cannot_be_told_is_never_excused() {
        for outcome in [Outcome::Inconclusive, Outcome::HarnessError, Outcome::Unsupported] {
            assert_eq!(excused("bug", trial(outcome, &[])).outcome, outcome);
        }
    }

    #[test]
    fn a_family_is_red_only_where_its_members_should_show_it() {
        let mut other = trial(Outcome::Pass, &[]);
        other.proves = vec![RequirementId::new(957)];
        assert_eq!(excused("bug", other.clone()).outcome, Outcome::Pass);
        baseline("bug", "scenario::invalidation::x").excuse(&mut other);
        assert_eq!(other.outcome, Outcome::UnexpectedPass, "an entry by name is meant");
    }

    #[test]
    fn expired_and_unmatched_entries_are_stale() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let stale = |id: &str, today: &str| {
            let names = ["scenario::invalidation::x"].into_iter();
            baseline("bug", id)
                .stale(names, day(today))
                .into_iter()
                .map(|entry| entry.what)
                .collect::<Vec<_>>()
        };
        assert!(stale("scenario::invalidation::x", "2027-01-30").is_empty());
        assert!(stale("scenario::invalidation::x", "2027-01-31")[0].contains("expired on 2027-01-31"));
        assert!(stale("scenario::invalidation::y", "2026-01-01")[0].contains("no such trial"));
    }
}
