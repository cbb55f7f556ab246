//! Lets faults meet runs: the default run of the harness, under `--strict`, against the embedded emulator.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use otp_conformance::app::Stop;
use otp_conformance::app::{self, Flags, Harness, Plan, Progress, RunSettings};
use otp_conformance::contract::{DeliveryMethod, RequirementId};
use otp_conformance::emulator::Fault;
use otp_conformance::suite::StepAction;
use otp_conformance::trial::{Maker, Outcome, Theme, Trial, TrialReport};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::data::{Planned, Row};

/// The seed of all these runs: another one would be as good, but the figures are to be seen again.
const SEED: &str = "7";

/// How far a run goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// Until a trial gives the right blame, with as many cases as a default run has.
    Convicted,
    /// The same by this delivery method alone, whose own requirements count in place of those for SMS.
    ConvictedBy(DeliveryMethod),
    /// To the end, with so many generated cases per property trial.
    TheEnd(u32),
}

/// A fault after its run.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    pub(crate) row: Row,
    /// From the start, settings and server included, to the end of the first trial that gave the right blame.
    pub(crate) first: Option<Duration>,
    /// Requests sent by the trials that ended.
    pub(crate) requests: u64,
    /// Trials in which we failed.
    pub(crate) harness_errors: Vec<String>,
}

/// Meets each with the trials whose names have one of these parts, or with all if there is none; so many at a time, in
/// the order given.
///
/// # Errors
/// A harness could not be prepared.
pub(crate) async fn meet_all(
    faults: &[Fault],
    trials: &[String],
    until: Until,
    at_once: usize,
) -> anyhow::Result<Vec<Met>> {
    let room = Arc::new(Semaphore::new(at_once.max(1)));
    let mut meetings = JoinSet::new();
    for (at, fault) in faults.iter().copied().enumerate() {
        let (room, trials) = (room.clone(), trials.to_vec());
        meetings.spawn(async move {
            let _place = room.acquire_owned().await?;
            meet(fault, &trials, until).await.map(|met| (at, met))
        });
    }
    let mut all = Vec::new();
    while let Some(met) = meetings.join_next().await {
        all.push(met??);
    }
    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, met)| met).collect())
}

async fn meet(fault: Fault, trials: &[String], until: Until) -> anyhow::Result<Met> {
    let begun = Instant::now();
    let cases = match until {
        Until::Convicted | Until::ConvictedBy(_) => None,
        Until::TheEnd(cases) => Some(cases),
    };
    let method = match until {
        Until::ConvictedBy(method) => Some(method),
        _ => None,
    };
    let settings = settings(&[fault], cases, method)?;
    let harness = Harness::prepare(settings, trials).await?;
    let breaks: Result<Vec<RequirementId>, _> = fault.breaks().iter().map(|id| id.parse()).collect();
    let own = |id| method.map_or(id, |method| harness.contract.own(method, id));
    let breaks = breaks?.into_iter().map(own).collect();
    let mut watch = Watch {
        met: Met {
            row: Row::new(fault.name(), breaks),
            first: None,
            requests: 0,
            harness_errors: Vec::new(),
        },
        begun,
        stop: (!matches!(until, Until::TheEnd(_))).then(|| harness.stop.clone()),
    };
    app::run(&harness, Timestamp::now(), &mut watch).await;
    Ok(watch.met)
}

/// The settings of such a run.
fn settings(
    faults: &[Fault],
    cases: Option<u32>,
    method: Option<DeliveryMethod>,
) -> anyhow::Result<RunSettings> {
    let flags = Flags {
        seed: Some(SEED.into()),
        strict: true,
        faults: faults.iter().map(|fault| fault.name().to_owned()).collect(),
        cases: cases.map(|cases| cases.to_string()),
        methods: method.map(|method| method.to_string()),
        ..Flags::default()
    };
    Ok(RunSettings::with(&flags, &|_| None)?)
}

/// What is planned by default.
///
/// # Errors
/// A suite or the contract cannot be used.
pub(crate) fn trials() -> anyhow::Result<Vec<Planned>> {
    let settings = settings(&[], None, None)?;
    let contract = Harness::contract(&settings)?;
    let plan = Plan::new(&settings, &contract)?;
    Ok(plan.all.iter().map(planned).collect())
}

fn planned(trial: &Trial) -> Planned {
    let plain = match &trial.maker {
        Maker::Scenario(scenario) => {
            scenario.steps.iter().all(|step| matches!(step.action, StepAction::Call(_)))
        }
        Maker::Sequence(sequence) => sequence.theme != Theme::PassingTime,
        Maker::Property(_) => true,
    };
    let (requests, sends) = (trial.steps.requests, trial.steps.sends);
    Planned { id: 0, name: trial.name.clone(), requests, sends, plain, measured: false }
}

/// Looks on while a run goes, and may end it.
struct Watch {
    met: Met,
    begun: Instant,
    stop: Option<Arc<Stop>>,
}

impl Progress for Watch {
    fn ended(&mut self, trial: &TrialReport) {
        self.met.requests += trial.requests;
        if trial.outcome == Outcome::HarnessError {
            self.met.harness_errors.push(trial.name.clone());
        }
        if self.met.row.take(&trial.name, trial.outcome, &trial.findings) && self.met.first.is_none() {
            self.met.first = Some(self.begun.elapsed());
            if let Some(stop) = &self.stop {
                stop.now();
            }
        }
    }
}
