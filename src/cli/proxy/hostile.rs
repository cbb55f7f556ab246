//! `proxy --hostile`: every hostile answer played to a driver, one by one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use otp_conformance::app::{Backend, Origin, UsageError};
use otp_conformance::contract::DeliveryMethod;
use otp_conformance::exchange::History;
use otp_conformance::proxy::{DriverCommand, DriverSession, HostileCase, hostile_suite, hostile_suite_in};
use otp_conformance::report::{Agent, human};
use otp_conformance::trial::TrialReport;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::args::Args;
use super::environment::{Named, environment};
use super::ran::Ran;
use crate::cli::{say, style};

/// How long one call of a driver may take: three repetitions after 0.1, 5 and 5 seconds, and some.
const CALL: Duration = Duration::from_secs(30);

/// The hostile answers there are: our own, or those of a folder.
fn cases(args: &Args, backend: &Backend) -> Result<Vec<HostileCase>, UsageError> {
    let read = match &args.suites {
        Some(folder) => hostile_suite_in(folder, &backend.contract),
        None => hostile_suite(&backend.contract),
    };
    read.map_err(|error| UsageError::Other(error.to_string()))
}

pub(super) fn one_case(args: &Args, backend: &Backend, name: &str) -> Result<HostileCase, UsageError> {
    let all = cases(args, backend)?;
    let known = unknown_case(&all, name);
    all.into_iter().find(|case| case.short() == name || case.name == name).ok_or(UsageError::Other(known))
}

fn unknown_case(all: &[HostileCase], name: &str) -> String {
    let names: Vec<&str> = all.iter().map(HostileCase::short).collect();
    format!("no hostile answer {name:?}; there are\n  {}", names.join("\n  "))
}

/// Each case by each method that was named; by SMS, where none was.
fn by_methods(cases: Vec<HostileCase>, backend: &Backend) -> Vec<HostileCase> {
    let said = &backend.settings.methods;
    let sms = [DeliveryMethod::Sms];
    let methods = if said.origin == Origin::Default { &sms[..] } else { &said.value };
    let by = |case: &HostileCase| -> Vec<HostileCase> {
        methods.iter().filter_map(|method| case.by_method(*method, &backend.contract)).collect()
    };
    cases.iter().flat_map(by).collect()
}

pub(super) async fn hostile(args: &Args, backend: &Backend) -> anyhow::Result<Ran> {
    let all = by_methods(cases(args, backend)?, backend);
    let named = all.iter().map(|case| case.name.clone()).collect();
    let known = |part: &&String| all.iter().any(|case| case.is_named(part));
    if let Some(part) = args.cases.iter().find(|part| !known(part)) {
        return Err(UsageError::Other(unknown_case(&all, part)).into());
    }
    let chosen =
        |case: &HostileCase| args.cases.is_empty() || args.cases.iter().any(|part| case.is_named(part));
    let lane = DriverSession {
        target: backend.target.clone(),
        assumptions: backend.assumptions.clone(),
        limit: CALL,
        fails_from: backend.fails_from(),
    };
    let driver = Arc::new(DriverCommand {
        command: args.command.clone(),
        environment: environment(backend, None, None, &args.named),
        addresses: args.named.iter().filter_map(Named::address).map(str::to_owned).collect(),
    });
    let room = Arc::new(Semaphore::new(usize::from(args.jobs)));
    let mut running = JoinSet::new();
    for (at, case) in all.into_iter().filter(chosen).enumerate() {
        let (lane, driver, room) = (lane.clone(), driver.clone(), room.clone());
        running.spawn(async move {
            let _place = room.acquire_owned().await;
            (at, lane.run(&case, |url| driver.start(url)).await)
        });
    }
    let mut ended = Vec::new();
    while let Some(joined) = running.join_next().await {
        let (at, mut trial) = joined.context("a hostile case was lost")?;
        backend.baseline.excuse(&mut trial);
        if !args.reports.is_quiet() {
            say(&(backend.redactor.clean(&human::trial_line(&trial, style())) + "\n"));
        }
        ended.push((at, trial));
    }
    ended.sort_by_key(|(at, _)| *at);
    let trials: Vec<TrialReport> = ended.into_iter().map(|(_, trial)| trial).collect();
    let mut agents = BTreeMap::new();
    for exchange in trials.iter().flat_map(|trial| &trial.histories).flat_map(History::exchanges) {
        *agents.entry(Agent::of(&exchange.request)).or_default() += 1;
    }
    Ok(Ran { trials, named, agents, failed: None })
}
