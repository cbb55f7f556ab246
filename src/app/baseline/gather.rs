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
mod tests {
    use super::super::testing::{baseline, finding, trial};
    use super::*;
    use crate::app::evidence::testing::run;
    use crate::contract::{OperationId, req};
    use crate::judge::{Finding, InconclusiveReason};

    fn known() -> Known {
        Known { kind: DeviationKind::Bug, reason: "ticket 7".into(), link: None, expires: None }
    }

    fn names(added: &[Addition]) -> Vec<String> {
        added.iter().map(|addition| addition.entry.name()).collect()
    }

    /// A run in which each of these was seen, in a trial each.
    fn seen(findings: &[(u16, OperationId, &str)]) -> RunReport {
        let trial = |(number, operation, seen): &(u16, OperationId, &str)| TrialReport {
            findings: vec![Finding { operation: Some(*operation), ..finding((*number, seen)) }],
            name: format!("scenario::{operation}::{seen}"),
            ..trial(Outcome::Fail, &[])
        };
        RunReport { trials: findings.iter().map(trial).collect(), ..run() }
    }

    #[test]
    fn one_bug_is_one_entry_however_many_trials_meet_it() {
        use OperationId as O;
        let same: Vec<_> = (0..9).map(|_| (954, O::VerifySms, "200")).collect();
        for (findings, entries) in [
            (same, vec!["OTP-954 verify-sms 200"]),
            (vec![(954, O::VerifySms, "200"), (954, O::Me, "200")], vec!["OTP-954 verify-sms | me 200"]),
            (
                vec![(954, O::VerifySms, "200"), (954, O::VerifySms, "204")],
                vec!["OTP-954 verify-sms 200 | 204"],
            ),
            (
                vec![(954, O::VerifySms, "200"), (954, O::Me, "500")],
                vec!["OTP-954 me 500", "OTP-954 verify-sms 200"],
            ),
            (vec![(954, O::Me, "200"), (955, O::Me, "200")], vec!["OTP-954 me 200", "OTP-955 me 200"]),
            (
                vec![
                    (907, O::VerifySms, "500"),
                    (907, O::Me, "500"),
                    (907, O::Refresh, "500"),
                    (907, O::Refresh, "502"),
                ],
                vec!["OTP-907 * 500 | 502"],
            ),
        ] {
            let added = Baseline::default().gather(&seen(&findings), &known());
            let mut names = names(&added);
            names.sort();
            let mut entries = entries;
            entries.sort();
            let sorted = |name: &String| {
                let mut words: Vec<&str> = name.split_whitespace().collect();
                words.sort_unstable();
                words.concat()
            };
            let both = (
                names.iter().map(sorted).collect::<Vec<_>>(),
                entries.iter().map(|e| sorted(&(*e).to_owned())).collect::<Vec<_>>(),
            );
            assert_eq!(both.0, both.1, "{names:?}");
        }
    }

    #[test]
    fn many_members_of_one_object_share_their_beginning() {
        let of = |count: usize| {
            let members: Vec<String> = (0..count).map(|at| format!("member /user/m{at}")).collect();
            let all: Vec<_> = members.iter().map(|member| (977, OperationId::Me, member.as_str())).collect();
            Baseline::default().gather(&seen(&all), &known())
        };
        assert_eq!(names(&of(25)), ["OTP-977 me member /user/*"]);
        assert_eq!(of(25)[0].why, "one operation, seen in 25 ways, in 25 trials");
        assert_eq!(of(7)[0].entry.seen.len(), 7, "a pattern would fit other members too");
    }

    #[test]
    fn what_only_races_show_is_known_of_races_alone() {
        let mut run = seen(&[(954, OperationId::VerifySms, "401"), (954, OperationId::Me, "401")]);
        run.trials[0].name = "race::overlap::login-with-logout".into();
        let mut baseline = Baseline::default();
        let added = baseline.gather(&run, &known());
        let kinds: Vec<_> = added.iter().map(|added| (added.entry.name(), added.entry.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("OTP-954 me 401".to_owned(), DeviationKind::Bug),
                ("OTP-954 verify-* 401".to_owned(), DeviationKind::Flaky)
            ]
        );
        let found = Finding { operation: Some(OperationId::VerifyEmail), ..finding((954, "401")) };
        let excuses = |trial: &str| baseline.entries.iter().any(|entry| entry.excuses(trial, &found));
        assert!(excuses("race::overlap::email::login-with-logout") && !excuses("scenario::sessions::a"));
    }

    #[test]
    fn what_calls_show_in_a_row_is_known_of_calls_that_overlap() {
        let (twice, raced) = (req::CODE_IS_SINGLE_USE, req::CONCURRENT_VERIFIES_ONE_WINNER);
        let race = |seen| {
            let mut run = self::seen(&[(raced.number(), OperationId::VerifySms, seen)]);
            run.trials[0].name = "race::verify::one-winner".into();
            run.trials.remove(0)
        };
        let mut baseline = Baseline::default();
        let mut run = seen(&[(twice.number(), OperationId::VerifySms, "200")]);
        run.trials.push(race("200"));
        assert_eq!(names(&baseline.gather(&run, &known())), [format!("{twice} verify-sms 200")]);
        let excused = |mut trial: TrialReport| {
            baseline.excuse(&mut trial);
            trial.outcome.is_green()
        };
        assert!(excused(race("200")) && !excused(race("500")));
        let alone = RunReport { trials: vec![race("200")], ..run };
        let added = Baseline::default().gather(&alone, &known());
        assert_eq!(names(&added), [format!("{raced} verify-* 200")], "only overlapping calls show it");
    }

    #[test]
    fn which_of_overlapping_requests_fails_under_load_is_chance() {
        let overloaded = req::CONCURRENT_USERS_ARE_ISOLATED;
        let mut run = seen(&[(overloaded.number(), OperationId::SignupInSms, "500")]);
        run.trials[0].name = "race::send::a-crowd-is-let-in".into();
        let added = Baseline::default().gather(&run, &known());
        assert_eq!(names(&added), [format!("{overloaded} * 500")]);
    }

    #[test]
    fn what_only_drawn_requests_show_is_known_by_every_method() {
        let of = |trials: [&str; 2]| {
            let mut run =
                seen(&[(954, OperationId::SigninSms, "400"), (954, OperationId::SigninSms, "400 E011003")]);
            run.trials.iter_mut().zip(trials).for_each(|(trial, name)| trial.name = name.into());
            names(&Baseline::default().gather(&run, &known()))
        };
        let drawn = "property::signin-sms::valid-requests-are-accepted";
        for (trials, operation) in [
            ([drawn, "sequence::single-user"], "signin-*"),
            ([drawn, "scenario::a::b"], "signin-*"),
            (["scenario::a::b", "scenario::a::c"], "signin-sms"),
        ] {
            assert_eq!(of(trials), [format!("OTP-954 {operation} 400 | 400 E011003")]);
        }
    }

    #[test]
    fn what_only_random_sequences_show_may_stay_away() {
        for (trial, kind) in [
            ("sequence::managed-users", DeviationKind::Flaky),
            ("property::verify-sms::valid", DeviationKind::Bug),
        ] {
            let mut run = seen(&[(954, OperationId::VerifySms, "401 E061104")]);
            run.trials[0].name = trial.into();
            let mut baseline = Baseline::default();
            let added = baseline.gather(&run, &known());
            assert_eq!(added[0].entry.kind, kind, "{trial}");
            assert_eq!(added[0].why.ends_with("random sequences only"), !kind.must_show(), "{trial}");
        }
    }

    #[test]
    fn what_is_refused_for_its_options_is_known_of_every_send() {
        let options = req::CUSTOM_CLAIMS_WITHIN_LIMITS.number();
        let seen =
            seen(&[(options, OperationId::SignupInSms, "400"), (options, OperationId::SigninEmail, "400")]);
        let added = Baseline::default().gather(&seen, &known());
        assert_eq!(names(&added), [format!("{} sign* 400", req::CUSTOM_CLAIMS_WITHIN_LIMITS)]);
    }

    #[test]
    fn members_that_are_wrong_together_are_known_one_by_one() {
        let mut baseline = Baseline::default();
        baseline.gather(&seen(&[(977, OperationId::Me, "member /user/a /user/b")]), &known());
        let excuses = |seen: &str| {
            let found = Finding { operation: Some(OperationId::Me), ..finding((977, seen)) };
            baseline.entries.iter().any(|entry| entry.excuses("a::b", &found))
        };
        assert!(excuses("member /user/b") && excuses("member /user/a /user/b"));
        assert!(!excuses("member /user/a /user/c"), "what is new beside it is not known");
    }

    #[test]
    fn what_is_added_excuses_the_run_and_is_not_added_twice() {
        let mut baseline = Baseline::default();
        let mut run = seen(&[(954, OperationId::VerifySms, "200"), (907, OperationId::Me, "500")]);
        run.trials.push(TrialReport {
            doubts: vec![InconclusiveReason::OutOfBudget],
            ..trial(Outcome::Inconclusive, &[])
        });
        assert_eq!(baseline.gather(&run, &known()).len(), 3);
        assert!(baseline.gather(&run, &known()).is_empty());
        run.trials.iter_mut().for_each(|trial| baseline.excuse(trial));
        assert!(run.trials.iter().all(|trial| trial.outcome.is_green()), "{run:#?}");
    }

    #[test]
    fn an_entry_by_trial_is_rewritten_once_it_shows_and_keeps_its_reason() {
        let mut baseline = baseline("missing", "id = \"scenario::**\"");
        let run = seen(&[(954, OperationId::VerifySms, "200")]);
        baseline.gather(&run, &known());
        assert_eq!(baseline.entries.len(), 1);
        let entry = &baseline.entries[0];
        assert_eq!(
            (entry.name().as_str(), entry.kind, entry.reason.as_str()),
            ("OTP-954 verify-sms 200", DeviationKind::Missing, "r")
        );
        assert_eq!((entry.trial.is_some(), entry.seed), (true, Some(7)));
        let mut kept = super::super::testing::baseline("bug", "id = \"race::**\"");
        kept.gather(&RunReport { trials: Vec::new(), ..run }, &known());
        assert_eq!(kept.entries[0].id.as_deref(), Some("race::**"));
    }
}
