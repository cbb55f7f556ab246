//! What became of a trial, as plain data that every report reads.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::contract::{Level, RequirementId};
use crate::exchange::{History, Place};
use crate::judge::{Drift, Finding, InconclusiveReason, Policy, Verdict};

/// One of nine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Conforms; a broken SHOULD leaves it a pass.
    Pass,
    /// A judged violation.
    Fail,
    /// Violates as a listed deviation says.
    ExpectedFail,
    /// A listed bug or gap no longer fails.
    UnexpectedPass,
    /// Listed as flaky and violated this time.
    Flaky,
    /// This target cannot show it.
    Unsupported,
    /// Cannot tell.
    Inconclusive,
    /// Cannot tell, as a listed deviation says.
    ExpectedDoubt,
    /// Our own fault.
    HarnessError,
}

impl Outcome {
    /// Every outcome, in the order of the summary.
    pub const ALL: [Outcome; 9] = [
        Outcome::Pass,
        Outcome::Fail,
        Outcome::ExpectedFail,
        Outcome::UnexpectedPass,
        Outcome::Flaky,
        Outcome::Unsupported,
        Outcome::Inconclusive,
        Outcome::ExpectedDoubt,
        Outcome::HarnessError,
    ];

    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::ExpectedFail => "expected-fail",
            Outcome::UnexpectedPass => "unexpected-pass",
            Outcome::Flaky => "flaky",
            Outcome::Unsupported => "unsupported",
            Outcome::Inconclusive => "inconclusive",
            Outcome::ExpectedDoubt => "expected-doubt",
            Outcome::HarnessError => "harness-error",
        }
    }

    /// What a verdict makes of a trial that ran to its end.
    pub fn of(verdict: &Verdict) -> Outcome {
        match verdict {
            Verdict::Conforms => Outcome::Pass,
            Verdict::Violates(_) => Outcome::Fail,
            Verdict::Inconclusive(_) => Outcome::Inconclusive,
        }
    }

    /// Whether a release gate lets it through.
    pub fn is_green(self) -> bool {
        use Outcome as O;
        matches!(self, O::Pass | O::ExpectedFail | O::ExpectedDoubt | O::Flaky | O::Unsupported)
    }
}

/// The report of one trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialReport {
    /// `scenario::invalidation::resend-voids-the-first-code`.
    pub name: String,
    /// The requirements it gives evidence for.
    pub proves: Vec<RequirementId>,
    /// What became of it.
    pub outcome: Outcome,
    /// Violations that count, the gravest first.
    pub findings: Vec<Finding>,
    /// Broken requirements that do not fail the trial.
    pub warnings: Vec<Finding>,
    /// Violations that the list of known deviations excuses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<Finding>,
    /// Requirements that its checks examined: one that is not among them is not shown to be held by this trial.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub examined: BTreeSet<RequirementId>,
    /// Why it is inconclusive.
    pub doubts: Vec<InconclusiveReason>,
    /// Why it is unsupported, or our own fault; or the deviation that excuses it.
    pub reason: Option<String>,
    /// What is undocumented.
    pub drift: Vec<Drift>,
    /// Open questions of the contract, and this target's answers.
    pub observed: Vec<Policy>,
    /// The trial's own seed, derived from the run's and its name.
    pub seed: u64,
    /// Requests sent, and how many of them cause a message.
    pub requests: u64,
    /// How many of the requests cause a message.
    pub sends: u64,
    /// Requests of the whole run when the first finding was in hand.
    pub first_request: Option<u64>,
    /// How long it took.
    pub duration: Duration,
    /// The smallest case that fails, in suite format: to be replayed, kept, or promoted into a suite file.
    #[serde(default)]
    pub case: Option<String>,
    /// Keyword × class pairs of the contract that its bodies exercised.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pairs: BTreeSet<String>,
    /// Where the trial is defined.
    pub place: Option<Place>,
    /// The histories it was judged by; kept where evidence is recorded, of a failure always.
    pub histories: Vec<History>,
}

impl TrialReport {
    /// Drops the histories that show nothing: of a trial that convicts or warns those without a finding, of another green
    /// one all, of one that shows nothing none. A run that convicts of much needs the memory.
    pub(crate) fn keep_what_shows(&mut self) {
        if self.outcome.is_green() && !self.warns() {
            self.histories.clear();
            return;
        }
        let (warnings, policies): (Vec<&mut Finding>, Vec<&mut Finding>) =
            self.warnings.iter_mut().partition(|found| found.level > Level::May);
        let shown: Vec<&mut Finding> =
            self.findings.iter_mut().chain(&mut self.excused).chain(warnings).collect();
        if shown.is_empty() {
            return;
        }
        // Where it is unknown which shows it, each may.
        let Some(kept) = shown.iter().map(|found| found.history).collect::<Option<BTreeSet<usize>>>() else {
            return;
        };
        let place = |nth: usize| kept.iter().position(|other| *other == nth).map(|at| at + 1);
        for found in shown {
            found.history = found.history.and_then(place);
        }
        policies.into_iter().for_each(|found| found.history = None);
        let mut nth = 0;
        self.histories.retain(|_| {
            nth += 1;
            kept.contains(&nth)
        });
    }

    /// Whether it shows a promise broken that is not known of the target.
    pub(crate) fn warns(&self) -> bool {
        self.warned().next().is_some()
    }

    /// The broken promises that fail nothing; what the contract leaves open is none.
    pub(crate) fn warned(&self) -> impl Iterator<Item = &Finding> {
        self.warnings.iter().filter(|found| found.level > Level::May)
    }

    /// A report of a trial that has seen nothing: no findings, no requests, seed 0.
    pub fn blank(name: &str, proves: Vec<RequirementId>, outcome: Outcome) -> TrialReport {
        TrialReport {
            name: name.to_owned(),
            proves,
            outcome,
            findings: Vec::new(),
            warnings: Vec::new(),
            excused: Vec::new(),
            examined: BTreeSet::new(),
            doubts: Vec::new(),
            reason: None,
            drift: Vec::new(),
            observed: Vec::new(),
            seed: 0,
            requests: 0,
            sends: 0,
            first_request: None,
            duration: Duration::ZERO,
            case: None,
            pairs: BTreeSet::new(),
            place: None,
            histories: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(level: Level, history: Option<usize>) -> Finding {
        Finding { level, history, ..Finding::bare(954) }
    }

    /// A report of four histories, each with an epilogue that begins at its number.
    fn report(outcome: Outcome, findings: Vec<Finding>, warnings: Vec<Finding>) -> TrialReport {
        let histories = (1..=4).map(|nth| History { epilogue: Some(nth), ..History::default() }).collect();
        TrialReport {
            findings,
            warnings,
            histories,
            ..TrialReport::blank("scenario::a::b", Vec::new(), outcome)
        }
    }

    fn kept(mut report: TrialReport) -> (Vec<Option<usize>>, Vec<Option<usize>>) {
        report.keep_what_shows();
        let named = report.findings.iter().chain(&report.warnings).map(|found| found.history);
        (report.histories.iter().map(|history| history.epilogue).collect(), named.collect())
    }

    #[test]
    fn what_shows_a_finding_or_a_warning_is_kept_and_still_named() {
        let findings = vec![finding(Level::Must, Some(4)), finding(Level::Must, Some(2))];
        let warnings = vec![finding(Level::Should, Some(2)), finding(Level::May, Some(1))];
        let seen = kept(report(Outcome::Fail, findings, warnings));
        assert_eq!(seen, (vec![Some(2), Some(4)], vec![Some(2), Some(1), Some(1), None]));
        let warned = report(Outcome::Pass, Vec::new(), vec![finding(Level::Should, Some(3))]);
        assert_eq!(kept(warned), (vec![Some(3)], vec![Some(1)]));
    }

    #[test]
    fn nothing_is_kept_of_a_pass_and_all_of_what_shows_nothing() {
        let policy = vec![finding(Level::May, Some(1))];
        assert!(kept(report(Outcome::Pass, Vec::new(), policy)).0.is_empty());
        assert_eq!(kept(report(Outcome::Inconclusive, Vec::new(), Vec::new())).0.len(), 4);
        let unknown = vec![finding(Level::Must, None), finding(Level::Must, Some(1))];
        assert_eq!(kept(report(Outcome::Fail, unknown, Vec::new())).0.len(), 4);
    }
}
