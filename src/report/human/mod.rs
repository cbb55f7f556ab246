//! What a person reads in a terminal: a line per trial while it runs, and the report at the end.

mod brief;
mod dense;
mod finding;
mod observed;
mod page;
mod screen;
mod screen_lines;
mod sections;
mod table;
mod verdict;

use std::collections::BTreeSet;

use page::COMMAND;
use page::Page;
pub use page::Style;

use super::text::{SHOWN, and, cut, plain, shorten};
use super::{Again, RunReport, Sentences};
use crate::judge::Finding;
use crate::trial::{Outcome, TrialReport};

/// A finished trial in one line: `race::verify::one-winner ... FAILED`.
pub fn trial_line(trial: &TrialReport, style: Style) -> String {
    format!("{} ... {}", plain(&trial.name), outcome(trial, style))
}

/// A trial that is not green, in full: its line, and under it what was expected, what was seen and the
/// commands that show it again. What `cargo test` prints as the message of a failure.
pub fn trial(trial: &TrialReport, sentences: &Sentences, again: Again<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    page.line(0, trial_line(trial, style));
    for found in &trial.findings {
        finding::requirement(&mut page, 2, found, sentences);
        finding::facts(&mut page, 2, found, trial);
        finding::evidence(&mut page, 2, found, trial);
    }
    finding::again(&mut page, 2, trial, again);
    page.finish()
}

/// A trial that is not green in as few lines as there are findings: what was expected, what was seen. The commands, the
/// sentences and the exchanges stand in the last screen of the run. The reason of a trial that shows nothing is not cut:
/// its end says what to do.
pub fn brief(trial: &TrialReport) -> String {
    let line = |found: &Finding| {
        let said = format!("expected {}; seen {}", plain(&found.expected), plain(&found.seen));
        cut(&format!("{} {}  {said}", found.requirement, found.level), page::WIDTH)
    };
    match trial.findings.as_slice() {
        [] => reason(trial),
        found => found.iter().map(line).collect::<Vec<_>>().join("\n"),
    }
}

/// The last screen of a run: what is broken, how to see it again, and the verdict in the last line. `clean` takes hidden
/// values out of every line but those of commands, which are to be pasted.
pub fn screen(
    run: &RunReport,
    sentences: &Sentences,
    style: Style,
    clean: &dyn Fn(&str) -> String,
) -> String {
    let mut page = Page::new(style);
    screen::screen(&mut page, run, sentences);
    let line = |line: &str| match line.split_once(COMMAND) {
        Some(("", command)) => format!("{command}\n"),
        Some((said, command)) => format!("{}{command}\n", clean(said)),
        None => clean(&format!("{line}\n")),
    };
    page.finish().lines().map(line).collect()
}

/// Everything that the last screen only counts: every trial that shows a finding, doubts, gaps, drift, observed policy,
/// and the entries that would excuse what is new.
pub fn details(run: &RunReport, sentences: &Sentences, style: Style) -> String {
    let mut page = Page::new(style);
    for section in sections::ALL {
        section(&mut page, run, sentences);
    }
    page.finish()
}

/// Why a trial ended as it did, in one line; empty where there is nothing to add.
pub(super) fn reason(trial: &TrialReport) -> String {
    let doubts = trial.doubts.iter().map(|doubt| shorten(&doubt.to_string(), SHOWN));
    let reason = trial.reason.as_deref().map_or_else(String::new, |reason| shorten(reason, SHOWN));
    match trial.outcome {
        Outcome::Inconclusive if !trial.doubts.is_empty() => Vec::from_iter(doubts).join("; "),
        Outcome::ExpectedFail | Outcome::Flaky if !trial.excused.is_empty() => {
            format!("{}: {reason}", names(&trial.excused))
        }
        _ => reason,
    }
}

fn outcome(trial: &TrialReport, style: Style) -> String {
    let because = |word: &str| match reason(trial) {
        reason if reason.is_empty() => word.to_owned(),
        reason => format!("{word}: {reason}"),
    };
    let warned = names(trial.warned());
    match trial.outcome {
        Outcome::Pass if warned.is_empty() => style.good("ok"),
        Outcome::Pass => style.good("ok") + &style.doubtful(&format!(" (warned: {warned})")),
        Outcome::Fail => style.bad("FAILED"),
        Outcome::ExpectedFail => style.doubtful(&because("expected failure")),
        Outcome::UnexpectedPass => style.bad(&because("UNEXPECTED PASS")),
        Outcome::Flaky => style.doubtful(&because("flaky")),
        Outcome::Unsupported => style.faint(&because("unsupported")),
        Outcome::Inconclusive => style.doubtful(&because("INCONCLUSIVE")),
        Outcome::ExpectedDoubt => style.doubtful(&because("expected doubt")),
        Outcome::HarnessError => style.bad(&because("HARNESS ERROR")),
    }
}

/// The requirements of some findings, once each.
fn names<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let ids: BTreeSet<_> = findings.into_iter().map(|finding| finding.requirement).collect();
    and(ids)
}
