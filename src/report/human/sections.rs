//! The parts of the final report, in the order in which they are read. A part with nothing to say is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::page::Page;
use super::{finding, observed, reason};
use crate::contract::RequirementId;
use crate::judge::Finding;
use crate::report::findings;
use crate::report::text::{SHOWN, and, count, plain, shell, shorten};
use crate::report::{Broken, RunReport, Sentences};
use crate::trial::{Outcome, TrialReport};

/// One part of the report.
pub(super) type Section = fn(&mut Page, &RunReport, &Sentences);

/// Every part but the last screen, in order.
pub(super) const ALL: [Section; 14] = [
    head,
    violated,
    harness_errors,
    unreachable,
    inconclusive,
    stale,
    warned,
    excused,
    unsupported,
    untested,
    not_planned,
    drift,
    covered,
    observed::section,
];

/// Trials of one broken requirement that are shown in full; the others are named.
const IN_FULL: usize = 2;

fn head(page: &mut Page, run: &RunReport, _: &Sentences) {
    let target = format!("target {}, profile {}", plain(&run.target), plain(&run.profile));
    let rules = format!("requirements {}, seed {}", plain(&run.requirements), run.seed);
    page.line(0, format!("otp-conformance {}: {target}, {rules}", plain(&run.version)));
}

fn violated(page: &mut Page, run: &RunReport, sentences: &Sentences) {
    let violated = run.violated();
    if violated.is_empty() {
        return;
    }
    page.heading("violated");
    for (at, broken) in violated.iter().enumerate() {
        if at > 0 {
            page.line(0, "");
        }
        let found = Vec::from_iter(shown_by(run, broken, |trial| &trial.findings));
        let Some((_, first)) = found.first() else { continue };
        finding::requirement(page, 0, first, sentences);
        if let Some(lag) = run.lags.get(&broken.requirement) {
            page.line(2, lag);
        }
        for (trial, found) in found.iter().take(IN_FULL) {
            page.line(2, plain(&trial.name));
            finding::facts(page, 4, found, trial);
            finding::evidence(page, 4, found, trial);
            finding::again(page, 4, trial, run.again());
        }
        let others = Vec::from_iter(found.iter().skip(IN_FULL).map(|(trial, _)| plain(&trial.name)));
        if !others.is_empty() {
            page.line(2, format!("and in {}: {}", count(others.len(), "more trial"), others.join(", ")));
        }
    }
    page.heading("known already? with a reason, into deviations.toml");
    for row in findings::violated(run) {
        let seen = seen_ways(run, row.requirement);
        for (operation, signature) in seen.iter().take(IN_FULL_WAYS) {
            let entry = format!("{} {operation} {}", row.requirement, plain(&shell(signature)));
            page.line(2, format!("otp-conformance baseline add {entry} --reason 'say why'"));
        }
        if seen.len() > IN_FULL_WAYS {
            let more = format!("and {} of {}", count(seen.len() - IN_FULL_WAYS, "more way"), row.requirement);
            page.line(
                2,
                format!("{more}: record the run, and `otp-conformance baseline add --from` takes all"),
            );
        }
    }
}

/// Ways in which one broken requirement is shown that are printed as entries.
const IN_FULL_WAYS: usize = 6;

/// At which operations a requirement is broken, and how that is seen: the key of a known deviation.
fn seen_ways(run: &RunReport, requirement: RequirementId) -> BTreeSet<(&str, &str)> {
    let found = run.with(Outcome::Fail).flat_map(|trial| &trial.findings);
    let of = found.filter(|found| found.requirement == requirement);
    of.map(|found| (found.operation.map_or("none", |operation| operation.as_str()), found.signature.as_str()))
        .collect()
}

fn harness_errors(page: &mut Page, run: &RunReport, _: &Sentences) {
    by_trial(page, "harness errors (ours, not the target's)", run.with(Outcome::HarnessError));
}

fn unreachable(page: &mut Page, run: &RunReport, _: &Sentences) {
    if let Some(why) = &run.unreachable {
        page.heading(if run.interrupted { "interrupted" } else { "unreachable" });
        page.line(2, format!("{}: {}", plain(&run.target), shorten(why, SHOWN)));
    }
}

fn inconclusive(page: &mut Page, run: &RunReport, _: &Sentences) {
    by_trial(page, "inconclusive", run.with(Outcome::Inconclusive));
    if run.with(Outcome::Inconclusive).next().is_some() {
        page.line(2, "inconclusive trials neither pass nor fail; run them again");
    }
}

fn stale(page: &mut Page, run: &RunReport, _: &Sentences) {
    by_trial(page, "listed as broken, and no longer so", run.with(Outcome::UnexpectedPass));
    if !run.stale.is_empty() {
        page.heading("stale entries of the deviations file (`otp-conformance baseline prune` removes them)");
        for entry in &run.stale {
            let place = entry.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
            page.line(2, format!("{}{}", plain(&place), shorten(&entry.what, SHOWN)));
        }
    }
}

fn warned(page: &mut Page, run: &RunReport, sentences: &Sentences) {
    let warned = run.warned();
    if warned.is_empty() {
        return;
    }
    page.heading("warned (with --strict these fail)");
    for broken in &warned {
        let found = Vec::from_iter(shown_by(run, broken, |trial| &trial.warnings));
        let Some((trial, first)) = found.first() else { continue };
        finding::requirement(page, 0, first, sentences);
        page.line(2, plain(&trial.name));
        finding::facts(page, 4, first, trial);
        if found.len() > 1 {
            page.line(2, format!("and in {}", count(found.len() - 1, "more trial")));
        }
    }
}

fn excused(page: &mut Page, run: &RunReport, _: &Sentences) {
    let listed = run
        .trials
        .iter()
        .filter(|t| matches!(t.outcome, Outcome::ExpectedFail | Outcome::ExpectedDoubt | Outcome::Flaky));
    by_trial(page, "excused by a listed deviation", listed);
}

fn unsupported(page: &mut Page, run: &RunReport, _: &Sentences) {
    let mut reasons: BTreeMap<&str, Vec<&TrialReport>> = BTreeMap::new();
    for trial in run.with(Outcome::Unsupported) {
        reasons.entry(trial.reason.as_deref().unwrap_or("no reason noted")).or_default().push(trial);
    }
    if reasons.is_empty() {
        return;
    }
    page.heading("unsupported here");
    for (reason, trials) in reasons {
        page.line(2, format!("{} ({})", shorten(reason, SHOWN), count(trials.len(), "trial")));
        for trial in trials {
            page.line(4, plain(&trial.name));
        }
    }
}

fn untested(page: &mut Page, run: &RunReport, sentences: &Sentences) {
    for (heading, gaps) in [("without evidence", &run.untested), ("cannot be shown here", &run.unsupported)] {
        if !gaps.is_empty() {
            page.heading(heading);
        }
        for (at, gap) in gaps.iter().enumerate() {
            let fails = if gap.fails { " (applicable, so the run cannot pass)" } else { "" };
            page.line(2, format!("{}  {}", gap.requirement, plain(sentences.words(gap.requirement))));
            // What is missing for several is said once.
            if gaps.get(at + 1).is_some_and(|next| (&next.reason, &next.remedy) == (&gap.reason, &gap.remedy))
            {
                continue;
            }
            page.line(11, format!("{}{}", shorten(&gap.reason, SHOWN), page.style.bad(fails)));
            if let Some(remedy) = &gap.remedy {
                page.line(11, format!("to change it: {}", shorten(remedy, SHOWN)));
            }
        }
    }
}

fn not_planned(page: &mut Page, run: &RunReport, _: &Sentences) {
    if !run.not_planned.is_empty() {
        page.heading("not planned by this selection");
        page.line(2, and(&run.not_planned));
    }
}

fn drift(page: &mut Page, run: &RunReport, _: &Sentences) {
    let drift = run.drift();
    if drift.is_empty() {
        return;
    }
    page.heading(if run.strict {
        "drift (fails under --strict)"
    } else {
        "drift: undocumented, and not held against it"
    });
    for news in drift {
        page.line(2, format!("{}: {}", shorten(&news.at, SHOWN), shorten(&news.what, SHOWN)));
    }
}

fn covered(page: &mut Page, run: &RunReport, _: &Sentences) {
    let Some(clients) = &run.clients else { return };
    page.heading("covered");
    for (what, all) in clients.rows() {
        page.line(2, format!("{what}: {all}"));
    }
}

/// A heading, and each trial with the reason it gave.
fn by_trial<'a>(page: &mut Page, heading: &str, trials: impl Iterator<Item = &'a TrialReport>) {
    let mut trials = trials.peekable();
    if trials.peek().is_some() {
        page.heading(heading);
    }
    for trial in trials {
        page.line(2, plain(&trial.name));
        page.line(4, reason(trial));
    }
}

/// The trials that show a broken requirement, each with its first finding against it.
fn shown_by<'a>(
    run: &'a RunReport,
    broken: &'a Broken,
    of: impl Fn(&'a TrialReport) -> &'a Vec<Finding> + 'a,
) -> impl Iterator<Item = (&'a TrialReport, &'a Finding)> {
    let named = run.trials.iter().filter(|trial| broken.trials.contains(&trial.name));
    named.filter_map(move |trial| {
        let found = of(trial).iter().find(|finding| finding.requirement == broken.requirement)?;
        Some((trial, found))
    })
}

pub(super) fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
