//! In which order trials run, and how many at a time.
//!
//! Results count in planning order, however they end. Three things decide what runs beside what: a target whose users
//! affect each other has its trials one at a time, one that lingers begins before the others and ends after them, and one
//! that must be alone comes last, since it waits for all that run and all others for it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::Harness;
use crate::contract::{RequirementId, req};
use crate::trial::{Maker, Outcome, Trial, TrialKind, TrialReport};

/// What is said of a run that was interrupted.
pub(super) const INTERRUPTED: &str = "the run was interrupted; the results so far follow";

/// What any run may take, whatever its plan.
const LEAST: Duration = Duration::from_secs(120);
/// How long the others wait at most for the trials that ask once when a run begins and again when it ends.
const HEAD_START: Duration = Duration::from_secs(2);
/// What a target breaks whose users affect each other: there a trial is disturbed by the trials beside it.
const ISOLATION: [RequirementId; 4] = [
    req::SEND_KEEPS_CODES_OF_OTHERS,
    req::GUESSES_DO_NOT_AFFECT_OTHERS,
    req::CONCURRENT_USERS_ARE_ISOLATED,
    req::LOGOUTALL_SPARES_OTHER_USERS,
];

/// The events of a run as it goes on.
pub trait Progress: Send {
    /// A trial ended.
    fn ended(&mut self, trial: &TrialReport);
}

/// The trials that ended, and why the others did not begin, if the target or the user stopped them.
pub(super) async fn execute(
    harness: &Harness,
    begun: Instant,
    progress: &mut dyn Progress,
) -> (Vec<TrialReport>, Option<String>) {
    let shared = harness.settings.target.value.is_some();
    let planned = harness.plan.trials().cloned().enumerate();
    let (lingering, others): (Vec<_>, Vec<_>) = planned.partition(|(_, trial)| trial.lingers());
    let looks = |trial: &Trial| shared && harness.target.is_loopback() && looks_at_isolation(trial);
    let (mut scouts, mut others): (Vec<_>, Vec<_>) = others.into_iter().partition(|(_, trial)| looks(trial));
    scouts.sort_by_key(|(_, trial)| TrialKind::of(&trial.name));
    let mut scouts = scouts.into_iter();
    let mut schedule = Schedule {
        harness,
        begun,
        allowed: allowed(harness),
        running: JoinSet::new(),
        ended: Vec::new(),
        over: false,
        why: None,
        progress,
    };
    let mut places = harness.settings.jobs.value.max(1);
    for scout in scouts.by_ref() {
        schedule.all([scout], 1).await;
        if schedule.users_affect_each_other() {
            harness.target.take_users_apart();
            places = 1;
            break;
        }
    }
    others.splice(0..0, scouts);
    others.sort_by_key(|(_, trial)| shared && trial.exclusive);
    let late = lingering.iter().map(|(at, _)| *at).collect();
    schedule.head_start(lingering).await;
    schedule.all_beside(others, places, late).await;
    schedule.conclude()
}

/// A scenario or race of a few users, which any run can begin with.
fn looks_at_isolation(trial: &Trial) -> bool {
    matches!(trial.maker, Maker::Scenario(_)) && trial.proves.iter().any(|id| ISOLATION.contains(id))
}

struct Schedule<'a> {
    harness: &'a Harness,
    begun: Instant,
    /// The time that the run may take.
    allowed: Duration,
    running: JoinSet<(usize, TrialReport)>,
    ended: Vec<(usize, TrialReport)>,
    /// No more trials begin.
    over: bool,
    why: Option<String>,
    progress: &'a mut dyn Progress,
}

/// What a schedule waited for.
enum Event {
    /// A trial ended: its place in the plan, unless it was cancelled.
    Ended(Option<usize>),
    /// What was waited for besides.
    Sooner,
    /// None runs.
    Idle,
}

impl Schedule<'_> {
    fn begin(&mut self, at: usize, trial: Trial) {
        let ground = Arc::clone(&self.harness.ground);
        self.running.spawn(async move { (at, trial.run(ground).await) });
    }

    /// Runs trials, so many at once, until they have ended.
    async fn all(&mut self, trials: impl IntoIterator<Item = (usize, Trial)>, places: usize) {
        self.all_beside(trials, places, BTreeSet::new()).await;
    }

    /// Begins the trials that linger, and waits until they wait for the others. One that could not come to its wait does
    /// not hold up the others.
    async fn head_start(&mut self, lingering: Vec<(usize, Trial)>) {
        self.harness.ground.rest.begin();
        let mut late = lingering.len();
        let begun = Instant::now();
        lingering.into_iter().for_each(|(at, trial)| self.begin(at, trial));
        while late > 0 && !self.over {
            let rest = &self.harness.ground.rest;
            let waiting = async {
                tokio::select! {
                    () = rest.are_waiting(late) => {}
                    () = tokio::time::sleep(HEAD_START.saturating_sub(begun.elapsed())) => {}
                }
            };
            match self.next(waiting).await {
                Event::Ended(_) => late -= 1,
                Event::Sooner | Event::Idle => break,
            }
        }
    }

    /// Runs trials beside those that linger, whose wait is over when the others have ended.
    async fn all_beside(
        &mut self,
        trials: impl IntoIterator<Item = (usize, Trial)>,
        places: usize,
        mut late: BTreeSet<usize>,
    ) {
        late.retain(|at| self.ended.iter().all(|(ended, _)| ended != at));
        let mut waiting = trials.into_iter();
        loop {
            while !self.over && self.running.len() < places + late.len() {
                let Some((at, trial)) = waiting.next() else { break };
                self.begin(at, trial);
            }
            if self.running.len() <= late.len() {
                self.harness.ground.rest.over();
            }
            match self.next(std::future::pending()).await {
                Event::Ended(Some(at)) => drop(late.remove(&at)),
                Event::Ended(None) | Event::Sooner => {}
                Event::Idle => return,
            }
        }
    }

    /// Waits until a trial ends, and takes it in; or for what comes sooner.
    async fn next(&mut self, sooner: impl Future<Output = ()>) -> Event {
        let joined = tokio::select! {
            joined = self.running.join_next() => joined,
            () = sooner => return Event::Sooner,
            () = tokio::time::sleep(self.allowed.saturating_sub(self.begun.elapsed())) => {
                self.stop(None).await;
                return Event::Idle;
            }
            () = self.harness.stop.asked() => {
                self.stop(Some(INTERRUPTED)).await;
                return Event::Idle;
            }
        };
        let event = match joined {
            None => return Event::Idle,
            // The trial catches its own panics; a cancelled one is missing from the report, and counted as such.
            Some(Err(_)) => Event::Ended(None),
            Some(Ok((at, report))) => {
                self.take(at, report);
                Event::Ended(Some(at))
            }
        };
        if self.harness.target.is_gone() && self.why.is_none() {
            self.over = true;
            self.why = Some("it stopped answering; the results so far follow".to_owned());
        }
        event
    }

    fn take(&mut self, at: usize, mut report: TrialReport) {
        settle(self.harness, &mut report);
        self.over |= self.harness.settings.fail_fast && report.outcome == Outcome::Fail;
        self.progress.ended(&report);
        self.ended.push((at, report));
    }

    async fn stop(&mut self, why: Option<&str>) {
        self.over = true;
        self.why = self.why.take().or(why.map(str::to_owned));
        self.running.shutdown().await;
    }

    /// Whether the trials so far show that users affect each other.
    fn users_affect_each_other(&self) -> bool {
        let reports = self.ended.iter().map(|(_, report)| report);
        let mut findings = reports.flat_map(|report| report.findings.iter().chain(&report.excused));
        findings.any(|found| ISOLATION.contains(&found.requirement))
    }

    fn conclude(mut self) -> (Vec<TrialReport>, Option<String>) {
        self.ended.sort_by_key(|(at, _)| *at);
        (self.ended.into_iter().map(|(_, report)| report).collect(), self.why)
    }
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
