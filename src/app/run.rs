//! Runs a plan: so many trials at once, in planning order, and tells of each as it ends.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Harness, RunSettings, ShownSetting, look, states};
use crate::judge::InconclusiveReason;
use crate::report::{Replay, RunReport, Setting};
use crate::trial::{NOT_RUN, Outcome, Trial, TrialReport, current_name};

/// What is said of a run that was interrupted.
pub(super) const INTERRUPTED: &str = "the run was interrupted; the results so far follow";

/// What any run may take, whatever its plan.
const LEAST: Duration = Duration::from_secs(120);

/// The events of a run as it goes on.
pub trait Progress: Send {
    /// A trial ended.
    fn ended(&mut self, trial: &TrialReport);
}

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

/// How long the others wait at most for the trials that ask once when a run begins and again when it ends.
const HEAD_START: Duration = Duration::from_secs(2);

/// Runs the plan and tells what became of it.
pub async fn run(harness: &Harness, started: Timestamp, progress: &mut dyn Progress) -> RunReport {
    let begun = Instant::now();
    let mut report = head(harness, started);
    if report.unreachable.is_none() {
        (report.trials, report.unreachable) = execute(harness, begun, progress).await;
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

/// Begins a trial.
fn begin(harness: &Harness, running: &mut JoinSet<(usize, TrialReport)>, at: usize, trial: Trial) {
    let ground = Arc::clone(&harness.ground);
    running.spawn(async move { (at, trial.run(ground).await) });
}

/// The trials that ended, and why the others did not begin, if the target or the user stopped them.
async fn execute(
    harness: &Harness,
    begun: Instant,
    progress: &mut dyn Progress,
) -> (Vec<TrialReport>, Option<String>) {
    let settings = &harness.settings;
    let planned = harness.plan.trials().cloned().enumerate();
    let (lingering, mut others): (Vec<_>, Vec<_>) = planned.partition(|(_, trial)| trial.lingers());
    // One that must be alone waits for all that run, and all others for it: a slow trial would hold up the whole run.
    let shared = settings.target.value.is_some();
    others.sort_by_key(|(_, trial)| shared && trial.exclusive);
    let (mut waiting, mut running) = (others.into_iter(), JoinSet::new());
    let mut ended: Vec<(usize, TrialReport)> = Vec::new();
    let (mut stop, mut why) = (false, None);
    let allowed = allowed(harness);
    let linger: BTreeSet<usize> = lingering.iter().map(|(at, _)| *at).collect();
    let mut late = linger.len();
    harness.ground.rest.begin();
    lingering.into_iter().for_each(|(at, trial)| begin(harness, &mut running, at, trial));
    // The others begin when these have come to their wait.
    let mut alone = late > 0;
    loop {
        let places = if alone { 0 } else { settings.jobs.value.max(1) + late };
        while !stop && running.len() < places {
            let Some((at, trial)) = waiting.next() else { break };
            begin(harness, &mut running, at, trial);
        }
        if !alone && running.len() <= late {
            harness.ground.rest.over();
        }
        let joined = tokio::select! {
            () = harness.ground.rest.are_waiting(late), if alone => {
                alone = false;
                continue;
            }
            () = tokio::time::sleep(HEAD_START.saturating_sub(begun.elapsed())), if alone => {
                alone = false;
                continue;
            }
            joined = running.join_next() => joined,
            () = tokio::time::sleep(allowed.saturating_sub(begun.elapsed())) => break running.shutdown().await,
            () = harness.stop.asked() => {
                why = Some(INTERRUPTED.to_owned());
                break running.shutdown().await;
            }
        };
        let Some(joined) = joined else { break };
        // The trial catches its own panics; a cancelled one is missing from the report, and counted as such.
        if let Ok((at, mut report)) = joined {
            late -= usize::from(linger.contains(&at));
            // One that could not come to its wait does not hold up the others.
            alone &= late > 0;
            settle(harness, &mut report);
            stop |= settings.fail_fast && report.outcome == Outcome::Fail;
            progress.ended(&report);
            ended.push((at, report));
        }
        if harness.target.is_gone() && why.is_none() {
            stop = true;
            why = Some("it stopped answering; the results so far follow".to_owned());
        }
    }
    ended.sort_by_key(|(at, _)| *at);
    (ended.into_iter().map(|(_, report)| report).collect(), why)
}

/// What is known of the target beforehand has its say: deviations, accepted transcripts.
fn settle(harness: &Harness, trial: &mut TrialReport) {
    harness.baseline.excuse(trial);
    if let Some(snapshots) = &harness.snapshots
        && harness.plan.all.iter().any(|one| one.name == trial.name && one.has_steady_transcript())
    {
        snapshots.note(trial);
    }
    // Histories that were kept for the transcript alone.
    if !harness.settings.keep_histories && trial.outcome.is_green() && !trial.warns() {
        trial.histories.clear();
    }
}

/// The time that a run may take: what was asked for, or far more than any takes that gets somewhere. It grows with the
/// plan and its pace.
fn allowed(harness: &Harness) -> Duration {
    let requests = harness.plan.cost().requests;
    let each = Duration::from_millis(if harness.target.is_loopback() { 20 } else { 400 });
    let usual = each.saturating_mul(u32::try_from(requests).unwrap_or(u32::MAX));
    let paced = harness.target.pace().time_for(requests) * 2;
    harness.settings.timeout.unwrap_or(LEAST + usual.max(paced))
}

/// What must be set besides the seed to see the same again.
pub(super) fn repetition(settings: &RunSettings) -> Vec<Setting> {
    let setting = |shown: ShownSetting| {
        let (flag, variable) = (shown.setting.flag.into(), shown.setting.variable?.into());
        Some(Setting { flag, variable, value: shown.value? })
    };
    settings.to_repeat().into_iter().filter_map(setting).collect()
}
