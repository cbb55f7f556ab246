//! Runs a plan: so many trials at once, in planning order, and tells of each as it ends.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Harness, Settings};
use crate::contract::{Level, RequirementId, Side};
use crate::report::{RunReport, Setting, Untested};
use crate::trial::{Outcome, TrialReport};

/// What is told while a run goes on.
pub trait Progress: Send {
    /// A trial ended.
    fn ended(&mut self, trial: &TrialReport);
}

/// Runs the plan and tells what became of it.
pub async fn run(harness: &Harness, started: Timestamp, progress: &mut dyn Progress) -> RunReport {
    let begun = Instant::now();
    let trials = match harness.unreachable {
        Some(_) => Vec::new(),
        None => execute(harness, begun, progress).await,
    };
    let (settings, plan) = (&harness.settings, &harness.plan);
    let mut report = RunReport {
        target: settings.target.value.clone().unwrap_or_else(|| harness.target.base().to_owned()),
        profile: harness.profile_name().into(),
        seed: settings.seed.value,
        strict: settings.strict.value,
        requirements: harness.contract.set_name().to_owned(),
        version: env!("CARGO_PKG_VERSION").into(),
        started,
        duration: begun.elapsed(),
        requests: trials.iter().map(|trial| trial.requests).sum(),
        sends: trials.iter().map(|trial| trial.sends).sum(),
        planned: plan.chosen.len(),
        not_planned: plan.not_planned(&harness.contract),
        untested: Vec::new(),
        stale: Vec::new(),
        budget_spent: trials.len() < plan.chosen.len()
            && !settings.fail_fast
            && harness.unreachable.is_none(),
        unreachable: harness.unreachable.clone(),
        coverage: None,
        settings: repetition(settings),
        trials,
    };
    report.untested = untested(harness, &report);
    report
}

async fn execute(harness: &Harness, begun: Instant, progress: &mut dyn Progress) -> Vec<TrialReport> {
    let settings = &harness.settings;
    let mut waiting = harness.plan.trials().cloned().enumerate();
    let mut running: JoinSet<(usize, TrialReport)> = JoinSet::new();
    let mut ended: Vec<(usize, TrialReport)> = Vec::new();
    let mut stop = false;
    loop {
        while !stop && running.len() < settings.jobs.value.max(1) {
            let Some((at, trial)) = waiting.next() else { break };
            let ground = Arc::clone(&harness.ground);
            running.spawn(async move { (at, trial.run(ground).await) });
        }
        let left = settings.timeout.map(|limit| limit.saturating_sub(begun.elapsed()));
        let joined = match left {
            Some(left) => match tokio::time::timeout(left, running.join_next()).await {
                Ok(joined) => joined,
                Err(_) => {
                    running.abort_all();
                    break;
                }
            },
            None => running.join_next().await,
        };
        match joined {
            None => break,
            Some(Ok((at, report))) => {
                stop |= settings.fail_fast && report.outcome == Outcome::Fail;
                progress.ended(&report);
                ended.push((at, report));
            }
            // The trial catches its own panics; a cancelled one is missing from the report, and counted as such.
            Some(Err(_)) => {}
        }
    }
    ended.sort_by_key(|(at, _)| *at);
    ended.into_iter().map(|(_, report)| report).collect()
}

/// What must be set besides the seed to see the same again.
pub(super) fn repetition(settings: &Settings) -> Vec<Setting> {
    let mut list = Vec::new();
    let mut add = |flag: &str, variable: &str, value: &str| {
        list.push(Setting { flag: flag.into(), variable: variable.into(), value: value.into() });
    };
    if let Some(target) = &settings.target.value {
        add("--target", "OTP_TARGET", target);
    }
    if let Some(project) = &settings.project_id.value {
        add("--project-id", "OTP_PROJECT_ID", project);
    }
    if let Some(codes) = &settings.codes.value {
        add("--codes", "OTP_CODES", codes);
    }
    for fault in &settings.faults.value {
        add("--fault", "OTP_FAULT", fault.name());
    }
    list
}

/// Server-side requirements about which this run shows nothing, and why.
fn untested(harness: &Harness, report: &RunReport) -> Vec<Untested> {
    let proves = |id: RequirementId| report.trials.iter().filter(move |trial| trial.proves.contains(&id));
    let requirements = harness.contract.requirements().iter().filter(|r| r.side == Side::Server);
    let open = requirements.filter(|r| !report.not_planned.contains(&r.id));
    open.filter_map(|requirement| {
        let id = requirement.id;
        if proves(id)
            .any(|trial| trial.outcome != Outcome::Unsupported && trial.outcome != Outcome::Inconclusive)
        {
            return None;
        }
        let doubtful = proves(id).any(|trial| trial.outcome == Outcome::Inconclusive);
        let reason = proves(id).find_map(|trial| trial.reason.clone()).unwrap_or_else(|| {
            if doubtful { "its trials were inconclusive" } else { "no trial shows it" }.into()
        });
        Some(Untested { requirement: id, reason, held: doubtful && requirement.level == Level::Must })
    })
    .collect()
}
