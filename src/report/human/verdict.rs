//! The last line of every report: the verdict, and what made it.

use super::page::Page;
use crate::contract::Level;
use crate::report::text::count;
use crate::report::{RunReport, RunVerdict};
use crate::trial::Outcome;

/// The last line of every report.
pub(super) fn verdict_line(page: &mut Page, run: &RunReport) {
    let word = match run.verdict() {
        RunVerdict::Pass => page.style.good("pass"),
        other => page.style.bad(other.word()),
    };
    page.line(0, format!("verdict: {word}{} (exit status {})", because(run), run.exit_status()));
}

/// What made the verdict, in a few words.
fn because(run: &RunReport) -> String {
    let why = match run.verdict() {
        RunVerdict::Pass | RunVerdict::Usage => return String::new(),
        RunVerdict::Fail if run.violated().is_empty() => "drift under --strict".to_owned(),
        RunVerdict::Fail => {
            let musts = run.violated().iter().filter(|broken| broken.level == Level::Must).count();
            let all = run.violated().len();
            format!("{} broken, {musts} of them a {}", count(all, "requirement"), Level::Must)
        }
        RunVerdict::Inconclusive if run.interrupted => "the run was interrupted".to_owned(),
        RunVerdict::Inconclusive if run.unreachable.is_some() => "the target cannot be reached".to_owned(),
        RunVerdict::Inconclusive if run.incomplete.is_some() => "a part of the run is missing".to_owned(),
        RunVerdict::Inconclusive => {
            format!("{} inconclusive", count(run.with(Outcome::Inconclusive).count(), "trial"))
        }
        RunVerdict::Untested if !run.tested_anything() => "nothing was tested".to_owned(),
        RunVerdict::Untested if run.clients.as_ref().is_some_and(|clients| !clients.missing.is_empty()) => {
            "what was required was not called, or not answered".to_owned()
        }
        RunVerdict::Untested => "an applicable MUST is without evidence".to_owned(),
        RunVerdict::Stale => "the list of known deviations no longer fits".to_owned(),
        RunVerdict::Budget => format!("{} of {} trials within the budget", run.trials.len(), run.planned),
        RunVerdict::HarnessError => "a fault of this program".to_owned(),
        RunVerdict::CommandFailed => {
            "your command failed; what it showed until then is judged above".to_owned()
        }
    };
    format!(", {why}")
}
