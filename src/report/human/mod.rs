//! What a person reads in a terminal: a line per trial while it runs, and the report at the end.

mod finding;
mod page;
mod sections;

use std::collections::BTreeSet;

use page::Page;
pub use page::Style;

use super::text::{SHOWN, and, plain, shorten};
use super::{Again, RunReport, Sentences};
use crate::contract::Level;
use crate::judge::Finding;
use crate::trial::{Outcome, TrialReport};

/// A finished trial in one line: `race::verify::one-winner ... FAILED`.
pub fn trial_line(trial: &TrialReport, style: Style) -> String {
    format!("{} ... {}", plain(&trial.name), outcome(trial, style))
}

/// A trial that is not green, told in full: its line, and under it what was expected, what was seen and the
/// commands that show it again. What `cargo test` prints as the message of a failure.
pub fn trial(trial: &TrialReport, sentences: &Sentences, again: Again<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    page.line(0, trial_line(trial, style));
    for found in &trial.findings {
        finding::requirement(&mut page, 2, found, sentences);
        finding::facts(&mut page, 2, found);
        finding::evidence(&mut page, 2, found, trial);
    }
    finding::again(&mut page, 2, &trial.name, again);
    page.finish()
}

/// The whole run: everything that needs a look first, then news, then the verdict in the last line.
pub fn report(run: &RunReport, sentences: &Sentences, style: Style) -> String {
    let mut page = Page::new(style);
    for section in sections::ALL {
        section(&mut page, run, sentences);
    }
    page.finish()
}

fn outcome(trial: &TrialReport, style: Style) -> String {
    let reason = |text: &str| match &trial.reason {
        Some(reason) => format!("{text}: {}", shorten(reason, SHOWN)),
        None => text.to_owned(),
    };
    match trial.outcome {
        Outcome::Pass if trial.warnings.is_empty() => style.good("ok"),
        Outcome::Pass => {
            style.good("ok") + &style.doubtful(&format!(" (warned: {})", names(&trial.warnings)))
        }
        Outcome::Fail => style.bad("FAILED"),
        Outcome::ExpectedFail => style.doubtful(&reason("expected failure")),
        Outcome::UnexpectedPass => style.bad(&reason("UNEXPECTED PASS")),
        Outcome::Flaky => style.doubtful(&reason("flaky")),
        Outcome::Unsupported => style.faint(&reason("unsupported")),
        Outcome::Inconclusive => style.doubtful(&format!("INCONCLUSIVE: {}", doubt(trial))),
        Outcome::HarnessError => style.bad(&reason("HARNESS ERROR")),
    }
}

/// Why a trial is inconclusive.
fn doubt(trial: &TrialReport) -> String {
    let doubts = trial.doubts.iter().map(|doubt| shorten(&doubt.to_string(), SHOWN));
    match Vec::from_iter(doubts).as_slice() {
        [] => trial.reason.as_deref().map_or_else(|| "no reason noted".into(), |text| shorten(text, SHOWN)),
        doubts => doubts.join("; "),
    }
}

/// The requirements of some findings, once each.
fn names<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let ids: BTreeSet<_> = findings.into_iter().map(|finding| finding.requirement).collect();
    and(ids)
}
