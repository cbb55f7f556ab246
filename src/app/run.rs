//! Runs a plan, and makes a report of what became of it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::schedule::{self, Progress};
use super::{Harness, RunSettings, ShownSetting, look, states};
use crate::judge::InconclusiveReason;
use crate::report::{Replay, RunReport, Setting};
use crate::trial::{NOT_RUN, Outcome, Trial, TrialReport, current_name};

/// The run as far as it is known before the first request.
pub fn head(harness: &Harness, started: Timestamp) -> RunReport {
    let (settings, plan) = (&harness.settings, &harness.plan);
    RunReport {
        target: settings.target.value.clone().unwrap_or_else(|| harness.target.base().to_owned()),
        profile: harness.profile_name().into(),
        seed: settings.seed.value,
        strict: settings.strict.value,
        requirements: harness.contract.set_name().to_owned(),
        version: env!("CARGO_PKG_VERSION").into(),
        started,
        planned: plan.chosen.len(),
        unsupported: look::gaps(&harness.lacking, &plan.of_other_methods(&harness.contract)),
        not_planned: plan.not_planned(&harness.contract),
        all: plan.all.len(),
        shard: settings.shard.value,
        notes: look::notes(&harness.lacking),
        unreachable: harness.unreachable.clone(),
        settings: repetition(settings),
        ..RunReport::default()
    }
}

/// Runs the plan and tells what became of it.
pub async fn run(harness: &Harness, started: Timestamp, progress: &mut dyn Progress) -> RunReport {
    let begun = Instant::now();
    let mut report = head(harness, started);
    if report.unreachable.is_none() {
        (report.trials, report.unreachable) = schedule::execute(harness, begun, progress).await;
    }
    report.interrupted = harness.stop.is_asked();
    if !report.interrupted && report.unreachable.is_none() {
        report.lags = harness.ground.lags.measure(&harness.ground, &report.trials).await;
    }
    report.duration = begun.elapsed();
    count(harness, &mut report);
    report.budget_spent =
        report.trials.len() < report.planned && !harness.settings.fail_fast && report.unreachable.is_none();
    let kept_back = |trial: &TrialReport| {
        let again = |doubt: &InconclusiveReason| {
            matches!(doubt, InconclusiveReason::NotAgain { kept_back: true, .. })
        };
        trial.reason.as_ref().is_some_and(|why| why.starts_with(NOT_RUN)) || trial.doubts.iter().any(again)
    };
    report.budget_spent |= report.trials.iter().any(kept_back);
    report.coverage = coverage(harness, &report.trials);
    if report.unreachable.is_none() {
        report.replays = replay(harness, &report).await;
    }
    harness.baseline.settle(&mut report, &harness.plan.names());
    states::assign(&harness.contract, &mut report);
    report
}

/// Takes over what has left so far: what the doctor and the clean-up sent is the run's too.
pub fn count(harness: &Harness, report: &mut RunReport) {
    let sent = harness.target.sent();
    (report.requests, report.sends, report.polls) = (sent.requests, sent.sends, sent.polls);
    report.stay = if harness.ground.lasting { harness.target.staying() } else { 0 };
}

/// The report of trials that the caller ran one by one. What none of them proves was not planned.
pub(super) fn ended(harness: &Harness, started: Timestamp, trials: Vec<TrialReport>) -> RunReport {
    let head = head(harness, started);
    let proved: BTreeSet<_> = trials.iter().flat_map(|trial| trial.proves.iter().copied()).collect();
    let server = harness.contract.requirements().iter().map(|requirement| requirement.id);
    let mut report = RunReport {
        planned: trials.len(),
        duration: Timestamp::now().duration_since(started).unsigned_abs(),
        not_planned: server.filter(|id| !proved.contains(id)).collect(),
        trials,
        ..head
    };
    count(harness, &mut report);
    states::assign(&harness.contract, &mut report);
    report
}

/// Runs the stored cases of those known deviations again that nothing in the run matched: a rare fault that this run has
/// missed is not mended. Each case is run once, whatever the number of its entries.
async fn replay(harness: &Harness, report: &RunReport) -> Vec<Replay> {
    let mut played: BTreeMap<(&str, u64), Option<TrialReport>> = BTreeMap::new();
    let mut replays = Vec::new();
    for entry in harness.baseline.to_replay(report) {
        let (Some(name), Some(seed)) = (entry.trial.as_deref(), entry.seed) else { continue };
        let again = match played.entry((name, seed)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(again(harness, name, seed).await),
        };
        let shows = again.as_ref().and_then(|again| match again.outcome {
            _ if entry.matches(again) => Some(true),
            Outcome::Pass | Outcome::Fail => Some(false),
            _ => None,
        });
        replays.push(Replay { entry: entry.name(), trial: name.to_owned(), shows });
    }
    replays
}

/// A trial with the seed of another run; `None` where there is no such trial any more.
pub(super) async fn again(harness: &Harness, name: &str, seed: u64) -> Option<TrialReport> {
    let trial = harness.plan.all.iter().find(|trial| trial.name == current_name(name))?;
    Some(trial.run(Arc::new(harness.ground.with_seed(seed))).await)
}

/// How many keyword × class pairs of the contract were exercised, and how many there are; `None` where no body was
/// generated that could.
fn coverage(harness: &Harness, ended: &[TrialReport]) -> Option<(usize, usize)> {
    let exercised: BTreeSet<&String> = ended.iter().flat_map(|trial| &trial.pairs).collect();
    if exercised.is_empty() {
        return None;
    }
    let all: BTreeSet<String> = harness.plan.all.iter().flat_map(Trial::pairs).collect();
    Some((exercised.len(), all.len()))
}

/// What must be set besides the seed to see the same again.
pub(super) fn repetition(settings: &RunSettings) -> Vec<Setting> {
    let setting = |shown: ShownSetting| {
        let (flag, variable) = (shown.setting.flag.into(), shown.setting.variable?.into());
        Some(Setting { flag, variable, value: shown.value? })
    };
    settings.to_repeat().into_iter().filter_map(setting).collect()
}
