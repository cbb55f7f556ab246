//! In which order trials run, and how many at a time.
//!
//! Results count in planning order, however they end. Three things decide what runs beside what: a target whose users
//! affect each other has its trials one at a time, one that lingers begins before the others and ends after them, and one
//! that must be alone comes last, since it waits for all that run and all others for it.

mod scout;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::Harness;
use super::settings::{KeptHistories, Origin};
use super::smallest::Smallest;
use crate::drive::Learned;
use crate::trial::{Outcome, Trial, TrialReport};
use scout::Scouts;

/// What is said of a run that was interrupted.
pub(super) const INTERRUPTED: &str = "the run was interrupted; the results so far follow";

/// What any run may take, whatever its plan.
const LEAST: Duration = Duration::from_secs(120);
/// How long the others wait at most for the trials that ask once when a run begins and again when it ends.
const HEAD_START: Duration = Duration::from_secs(2);
/// So many cases are played at once by all trials together.
const MOST: usize = 256;

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
    let looks = |trial: &Trial| shared && harness.target.is_loopback() && scout::looks_at_isolation(trial);
    let (scouts, mut others): (Vec<_>, Vec<_>) = others.into_iter().partition(|(_, trial)| looks(trial));
    let mut schedule = Schedule::new(harness, begun, progress);
    others.splice(0..0, schedule.scout(scouts).await);
    others.sort_by_key(|(_, trial)| shared && trial.exclusive);
    let late = lingering.iter().map(|(at, _)| *at).collect();
    schedule.head_start(lingering).await;
    schedule.all_beside(others, late).await;
    schedule.conclude()
}

struct Schedule<'a> {
    harness: &'a Harness,
    begun: Instant,
    /// The time that the run may take.
    allowed: Duration,
    running: JoinSet<(usize, TrialReport)>,
    /// How many cases each that runs plays at once, by its place in the plan.
    flying: BTreeMap<usize, usize>,
    ended: Vec<(usize, TrialReport)>,
    /// The trials that show whether users affect each other.
    scouts: Scouts,
    /// No more trials begin.
    over: bool,
    why: Option<String>,
    /// Whose histories are kept.
    smallest: Smallest,
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

impl<'a> Schedule<'a> {
    fn new(harness: &'a Harness, begun: Instant, progress: &'a mut dyn Progress) -> Schedule<'a> {
        Schedule {
            harness,
            begun,
            allowed: allowed(harness),
            running: JoinSet::new(),
            flying: BTreeMap::new(),
            ended: Vec::new(),
            scouts: Scouts::default(),
            over: false,
            why: None,
            smallest: Smallest::default(),
            progress,
        }
    }

    /// How many trials run at once. Where users affect each other, one; where no number was asked for and each answer is long
    /// on its way, more.
    fn places(&self) -> usize {
        let jobs = &self.harness.settings.jobs;
        let far = if jobs.origin == Origin::Default { self.harness.target.distance() } else { 1 };
        if self.scouts.users_affect_each_other { 1 } else { jobs.value.max(1) * far }
    }

    /// Whether a trial can begin beside those that run: each case keeps connections open, whose number has a bound.
    fn has_room_for(&self, trial: &Trial) -> bool {
        let flying: usize = self.flying.values().sum();
        flying == 0 || flying + trial.cases_at_once(&self.harness.target) <= MOST
    }

    /// Plays the trials that show whether users affect each other, one after another and one case at a time, before there are
    /// others whom they would affect. Races take many rounds: after a while the others begin beside the last of them.
    /// Returns those that were not begun.
    async fn scout(&mut self, mut scouts: Vec<(usize, Trial)>) -> impl Iterator<Item = (usize, Trial)> {
        scouts.sort_by_key(|(_, trial)| scout::order(trial));
        let mut scouts = scouts.into_iter();
        self.learned().keep_users_apart(true);
        while !self.scouts.users_affect_each_other && !self.over {
            let Some((at, trial)) = scouts.next() else { break };
            self.scouts.begin(at, &trial);
            self.begin(at, trial);
            let left = self.scouts.time_left(self.harness.target.distance());
            if let Event::Sooner = self.next(tokio::time::sleep(left)).await {
                break;
            }
        }
        self.learned().keep_users_apart(self.scouts.users_affect_each_other);
        scouts
    }

    fn learned(&self) -> &'a Learned {
        &self.harness.target.learned
    }

    fn begin(&mut self, at: usize, trial: Trial) {
        self.flying.insert(at, trial.cases_at_once(&self.harness.target));
        let ground = Arc::clone(&self.harness.ground);
        self.running.spawn(async move { (at, trial.run(ground).await) });
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
        mut late: BTreeSet<usize>,
    ) {
        late.retain(|at| self.ended.iter().all(|(ended, _)| ended != at));
        let mut waiting = trials.into_iter().peekable();
        let before = self.ended.len();
        loop {
            // Two more for each that ended: whether a target is far or busy shows by what it is asked at once.
            let most = self.harness.settings.jobs.value.max(1) + 2 * (self.ended.len() - before);
            while !self.over && self.running.len() < self.places().min(most) + late.len() {
                let next = waiting.next_if(|(_, trial)| self.has_room_for(trial));
                let Some((at, trial)) = next else { break };
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
                self.flying.remove(&at);
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
        self.forget(at, &mut report);
        self.scouts.ended(at, &report, self.learned());
        self.ended.push((at, report));
    }

    /// Drops the histories that a recording and a transcript have been made of, and that no report shows: they take twenty
    /// times the memory of their lines. One that cannot tell keeps its own.
    fn forget(&mut self, at: usize, report: &mut TrialReport) {
        let kept = self.harness.settings.kept;
        if kept == KeptHistories::All {
            return;
        }
        report.keep_what_shows();
        if kept == KeptHistories::OfFailures {
            return;
        }
        let needless = self.smallest.take(at, report);
        for (at, ended) in &mut self.ended {
            if needless.contains(at) {
                ended.histories.clear();
            }
        }
        if needless.contains(&at) {
            report.histories.clear();
        }
    }

    async fn stop(&mut self, why: Option<&str>) {
        self.over = true;
        self.why = self.why.take().or(why.map(str::to_owned));
        self.running.shutdown().await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Flags, RunSettings};

    struct Silent;

    impl Progress for Silent {
        fn ended(&mut self, _: &TrialReport) {}
    }

    async fn harness(jobs: Option<&str>) -> Harness {
        let flags = Flags { jobs: jobs.map(str::to_owned), ..Flags::default() };
        let settings = RunSettings { look: false, ..RunSettings::with(&flags, &|_| None).unwrap() };
        Harness::prepare(settings, &["property::signup-in-sms::valid".into()]).await.unwrap()
    }

    #[tokio::test]
    async fn a_far_target_has_more_trials_at_once_unless_a_number_was_asked_for() {
        for (jobs, near, far) in [(None, 16, 96), (Some("2"), 2, 2)] {
            let (harness, mut silent) = (harness(jobs).await, Silent);
            let schedule = Schedule::new(&harness, Instant::now(), &mut silent);
            assert_eq!(schedule.places(), near);
            harness.target.answered_after(Duration::from_millis(80));
            assert_eq!(schedule.places(), far);
        }
    }

    #[tokio::test]
    async fn the_first_race_shows_whether_a_target_takes_several_requests_at_once() {
        let settings =
            RunSettings { look: false, ..RunSettings::with(&Flags::default(), &|_| None).unwrap() };
        let harness = Harness::prepare(settings, &["race::".into()]).await.unwrap();
        let first = harness
            .plan
            .trials()
            .filter(|trial| scout::looks_at_isolation(trial))
            .min_by_key(|it| scout::order(it));
        assert_eq!(first.unwrap().name, "race::send::a-crowd-is-let-in");
    }

    #[tokio::test]
    async fn cases_at_once_are_bounded_however_many_trials_there_are() {
        let (harness, mut silent) = (harness(None).await, Silent);
        let mut schedule = Schedule::new(&harness, Instant::now(), &mut silent);
        let trial = harness.plan.trials().next().unwrap();
        let begun = (0..).take_while(|at| {
            let room = schedule.has_room_for(trial);
            schedule.flying.insert(*at, trial.cases_at_once(&harness.target));
            room
        });
        assert_eq!(begun.count(), MOST / harness.target.width());
    }
}
