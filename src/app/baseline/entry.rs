//! One known deviation: what it excuses, and how it is written.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::glob::{fits_name, fits_text};
use crate::contract::RequirementId;
use crate::exchange::Place;
use crate::judge::{Finding, InconclusiveReason, in_a_row, is_of_acceptance, parts};
use crate::trial::TrialReport;

/// In place of an operation: the finding rests on no answer of one.
pub(super) const NO_OPERATION: &str = "none";

/// What a deviation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviationKind {
    /// It is wrong.
    Bug,
    /// It is not there yet.
    Missing,
    /// It is wrong now and then; either result is excused.
    Flaky,
    /// It cannot be decided on this target; either result is excused.
    Inconclusive,
}

impl DeviationKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [DeviationKind; 4] =
        [DeviationKind::Bug, DeviationKind::Missing, DeviationKind::Flaky, DeviationKind::Inconclusive];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            DeviationKind::Bug => "bug",
            DeviationKind::Missing => "missing",
            DeviationKind::Flaky => "flaky",
            DeviationKind::Inconclusive => "inconclusive",
        }
    }

    /// Whether the entry is stale once its case passes.
    pub(super) fn must_show(self) -> bool {
        matches!(self, DeviationKind::Bug | DeviationKind::Missing)
    }
}

/// A deviation that the target's owner knows of: one requirement, at some operations, seen in some ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The requirement that is broken, or that cannot be decided.
    pub requirement: RequirementId,
    /// Patterns of operations, `*` for any characters; none fits every operation.
    pub operation: Vec<String>,
    /// Patterns of what is seen, such as `200`, `400 E011003` or `member /user/*`; none fits everything.
    pub seen: Vec<String>,
    /// Pattern of the only trials it speaks of; `None` is every trial. `*` is one part of a name, `**` for any
    /// number of them.
    pub id: Option<String>,
    /// What it is.
    pub kind: DeviationKind,
    /// Why it is known and not mended.
    pub reason: String,
    /// Where more is written.
    pub link: Option<String>,
    /// From this day on it must be looked at again.
    pub expires: Option<Date>,
    /// The trial that shows it with the least effort. It is run again before the entry is called stale.
    pub trial: Option<String>,
    /// The seed of the run in which that trial showed it.
    pub seed: Option<u64>,
    /// Its place in the file.
    pub place: Place,
}

impl Deviation {
    /// Whether it excuses this finding of that trial: every member by itself, where several are wrong at once. What calls
    /// show in a row is known of calls that overlap: there it is the same bug, which shows by chance.
    pub fn excuses(&self, trial: &str, finding: &Finding) -> bool {
        let in_a_row = || in_a_row(finding.requirement).contains(&self.requirement);
        (self.requirement == finding.requirement || in_a_row()) && self.fits(trial, finding)
    }

    /// Whether a finding may be of the bug that it speaks of. Which sentence about the acceptance of a request a bug breaks
    /// is read off the smallest body that is refused, and a body that is known is not made small.
    fn may_be_of(&self, trial: &str, finding: &Finding) -> bool {
        let of_acceptance = [self.requirement, finding.requirement].into_iter().all(is_of_acceptance);
        of_acceptance && self.fits(trial, finding)
    }

    fn fits(&self, trial: &str, finding: &Finding) -> bool {
        let operation = finding.operation.map_or(NO_OPERATION, |operation| operation.as_str());
        self.kind != DeviationKind::Inconclusive
            && fits_any(&self.operation, operation)
            && (fits_any(&self.seen, &finding.signature)
                || parts(&finding.signature).all(|part| fits_any(&self.seen, &part)))
            && self.speaks_of(trial)
    }

    /// Whether it excuses that this trial could not decide, for this reason.
    pub fn excuses_doubt(&self, trial: &TrialReport, doubt: &InconclusiveReason) -> bool {
        self.kind == DeviationKind::Inconclusive
            && trial.proves.contains(&self.requirement)
            && fits_any(&self.seen, doubt.word())
            && self.speaks_of(&trial.name)
    }

    /// Whether anything in this trial may be of the bug, or the doubt, that it speaks of.
    pub fn matches(&self, trial: &TrialReport) -> bool {
        let mut findings = trial.findings.iter().chain(&trial.excused).chain(&trial.warnings);
        let shows = |finding| self.excuses(&trial.name, finding) || self.may_be_of(&trial.name, finding);
        findings.any(shows) || trial.doubts.iter().any(|doubt| self.excuses_doubt(trial, doubt))
    }

    /// Whether the entry is not restricted to other trials than this one.
    pub fn speaks_of(&self, trial: &str) -> bool {
        self.id.as_ref().is_none_or(|id| fits_name(id, trial))
    }

    /// Requirement, operation and what is seen in one line: `OTP-054 verify-sms 200`.
    pub fn name(&self) -> String {
        let list = |patterns: &[String]| match patterns {
            [] => "*".to_owned(),
            patterns => patterns.join(" | "),
        };
        match (&self.id, self.operation.is_empty() && self.seen.is_empty()) {
            (Some(id), true) => format!("{} {id}", self.requirement),
            _ => format!("{} {} {}", self.requirement, list(&self.operation), list(&self.seen)),
        }
    }

    /// The entry as it is written in a file.
    pub fn toml(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let list = |patterns: &[String]| match patterns {
            [one] => quoted(one),
            several => toml::Value::from(several.to_vec()).to_string(),
        };
        let mut text = format!("[[deviation]]\nrequirement = \"{}\"\n", self.requirement);
        let mut line = |key: &str, value: Option<String>| {
            text.extend(value.map(|value| format!("{key} = {value}\n")));
        };
        line("operation", Some(&self.operation).filter(|some| !some.is_empty()).map(|some| list(some)));
        line("seen", Some(&self.seen).filter(|some| !some.is_empty()).map(|some| list(some)));
        line("id", self.id.as_deref().map(quoted));
        line("kind", Some(quoted(self.kind.word())));
        line("reason", Some(quoted(&self.reason)));
        line("link", self.link.as_deref().map(quoted));
        line("expires", self.expires.map(|day| day.to_string()));
        line("trial", self.trial.as_deref().map(quoted));
        line("seed", self.seed.map(|seed| seed.to_string()));
        text
    }
}

fn fits_any(patterns: &[String], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| fits_text(pattern, text))
}
