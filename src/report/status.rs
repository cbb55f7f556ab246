//! The one word a run ends with, and its exit status.

use serde::{Deserialize, Serialize};

use super::RunReport;
use crate::trial::Outcome;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunVerdict {
    /// As expected.
    Pass,
    /// A violation that no listed deviation excuses.
    Fail,
    /// Usage, configuration or suite error: our input is wrong, and nothing was run.
    Usage,
    /// The target is unreachable, or a trial was inconclusive.
    Inconclusive,
    /// Nothing was tested, or an applicable MUST is without evidence.
    Untested,
    /// The list of known deviations no longer fits.
    Stale,
    /// The budget was spent in mid-plan.
    Budget,
    /// Our own fault.
    HarnessError,
    /// The command whose client was judged failed: its own tests, most likely.
    CommandFailed,
}

impl RunVerdict {
    /// Where several apply, the first of these wins; where none does, the run passes.
    const GRAVEST_FIRST: [RunVerdict; 8] = [
        RunVerdict::HarnessError,
        RunVerdict::Usage,
        RunVerdict::Fail,
        RunVerdict::CommandFailed,
        RunVerdict::Inconclusive,
        RunVerdict::Budget,
        RunVerdict::Stale,
        RunVerdict::Untested,
    ];

    /// The word in summaries.
    pub fn word(self) -> &'static str {
        match self {
            RunVerdict::Pass => "pass",
            RunVerdict::Fail => "fail",
            RunVerdict::Usage => "usage",
            RunVerdict::Inconclusive => "inconclusive",
            RunVerdict::Untested => "untested",
            RunVerdict::Stale => "stale",
            RunVerdict::Budget => "budget",
            RunVerdict::HarnessError => "harness-error",
            RunVerdict::CommandFailed => "command-failed",
        }
    }

    /// The exit status of the binary.
    pub fn exit_status(self) -> u8 {
        match self {
            RunVerdict::Pass => 0,
            RunVerdict::Fail => 1,
            RunVerdict::Usage => 2,
            RunVerdict::Inconclusive => 3,
            RunVerdict::Untested => 4,
            RunVerdict::Stale => 5,
            RunVerdict::Budget => 6,
            RunVerdict::CommandFailed => 7,
            RunVerdict::HarnessError => 70,
        }
    }

    /// The verdict on a run that took place.
    fn of(run: &RunReport) -> RunVerdict {
        let applying = RunVerdict::GRAVEST_FIRST.into_iter().find(|verdict| verdict.applies(run));
        applying.unwrap_or(RunVerdict::Pass)
    }

    fn applies(self, run: &RunReport) -> bool {
        let clients = run.clients.as_ref();
        let any = |outcome| run.trials.iter().any(|trial| trial.outcome == outcome);
        match self {
            RunVerdict::Pass | RunVerdict::Usage => false,
            RunVerdict::HarnessError => any(Outcome::HarnessError),
            RunVerdict::CommandFailed => clients.is_some_and(|clients| clients.failed.is_some()),
            RunVerdict::Fail => any(Outcome::Fail) || (run.strict && !run.drift().is_empty()),
            RunVerdict::Inconclusive => {
                run.unreachable.is_some() || run.incomplete.is_some() || any(Outcome::Inconclusive)
            }
            RunVerdict::Budget => run.budget_spent,
            RunVerdict::Stale => any(Outcome::UnexpectedPass) || !run.stale.is_empty(),
            RunVerdict::Untested if clients.is_some_and(|clients| !clients.missing.is_empty()) => true,
            RunVerdict::Untested => !run.tested_anything() || run.untested.iter().any(|gap| gap.fails),
        }
    }
}

impl RunReport {
    /// The word the run ends with.
    pub fn verdict(&self) -> RunVerdict {
        RunVerdict::of(self)
    }

    /// The exit status of the binary.
    pub fn exit_status(&self) -> u8 {
        self.verdict().exit_status()
    }
}
