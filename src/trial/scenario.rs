//! Runs the steps of a scenario against a target, and leaves a history.

use std::sync::Arc;
use std::time::Duration;

use super::actor::Actor;
use super::people::Unavailable;
use super::{Cost, Ground, race};
use crate::contract::OperationId;
use crate::drive::Session;
use crate::judge::Doubt;
use crate::suite::{Action, Call, Repeat, Scenario};

/// What a scenario sends, at most.
pub(super) fn cost(scenario: &Scenario, issues_code: &dyn Fn(OperationId) -> bool) -> Cost {
    let mut cost = Cost::default();
    for step in &scenario.steps {
        let times = usual(step.repeat);
        let calls: &[Call] = match &step.action {
            Action::Call(call) => std::slice::from_ref(call),
            Action::Together(calls) => calls,
            Action::Wait(_) => &[],
        };
        for call in calls {
            let calls = times * usual(call.copies);
            cost.requests += calls;
            cost.sends += if issues_code(call.operation) { calls } else { 0 };
        }
    }
    Cost {
        requests: cost.requests * u64::from(scenario.rounds) + race::width(scenario, usual),
        sends: cost.sends * u64::from(scenario.rounds),
    }
}

/// Limits are known when a target is; these are the usual ones.
fn usual(repeat: Repeat) -> u64 {
    match repeat {
        Repeat::Times(times) => u64::from(times),
        Repeat::MaxAttempts => 5,
        Repeat::ResendLimit => 10,
        Repeat::TestUserLimit => 100,
    }
}

/// The steps, a line each, as their author would read them aloud.
pub(super) fn describe(scenario: &Scenario) -> String {
    let mut text = scenario.note.as_ref().map(|note| format!("  note    {note}\n")).unwrap_or_default();
    for (at, step) in scenario.steps.iter().enumerate() {
        let line = match &step.action {
            Action::Call(call) => describe_call(call),
            Action::Together(calls) => calls.iter().map(describe_call).collect::<Vec<_>>().join(" | "),
            Action::Wait(wait) => format!("wait {wait:?}"),
        };
        text.push_str(&format!("  step {:<2} {line}{}\n", at + 1, how_often(step.repeat)));
    }
    if scenario.rounds > 1 {
        text.push_str(&format!("  rounds  {}, each with new people\n", scenario.rounds));
    }
    text
}

fn how_often(repeat: Repeat) -> String {
    match repeat {
        Repeat::Times(1) => String::new(),
        Repeat::Times(times) => format!(", {times} times"),
        other => format!(", {other:?} times"),
    }
}

fn describe_call(call: &Call) -> String {
    let who = call.person().map(|name| format!(" for {name}")).unwrap_or_default();
    let seen = call.expect.iter().find_map(|expect| expect.seen);
    let expect = seen.map(|seen| format!(": {seen:?}").to_lowercase()).unwrap_or_default();
    format!("{}{who}{}{expect}", call.operation, how_often(call.copies))
}

/// A moment that passes before a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    /// The step, by position.
    pub(super) before: usize,
    /// How long it is.
    pub(super) length: Duration,
}

/// How far a round came; its history is the session's.
pub(super) struct Round {
    /// What kept a step from being taken.
    pub(super) doubt: Option<Doubt>,
    /// The newest exchange when each step had been taken.
    pub(super) ends: Vec<usize>,
}

/// Runs one round.
pub(super) async fn round(
    session: &Arc<Session>,
    scenario: &Scenario,
    ground: &Ground,
    seed: u64,
    pause: Option<Pause>,
) -> Round {
    let mut actor = Actor::new(session, scenario, ground, seed);
    let mut round = Round { doubt: None, ends: Vec::new() };
    for (at, step) in scenario.steps.iter().enumerate() {
        let taken = match pause.filter(|pause| pause.before == at) {
            Some(pause) => actor.pause(pause.length).await,
            None => Ok(()),
        };
        let taken = match taken {
            Ok(()) => actor.take(step).await,
            failed => failed,
        };
        if let Err(Unavailable(what)) = taken {
            // A call that may be refused, and was, has taken from the others what they need.
            round.doubt = (!actor.stopped).then(|| Doubt::NotShown { place: step.place.clone(), what });
            break;
        }
        round.ends.push(actor.newest);
        if actor.stopped {
            break;
        }
    }
    actor.drain().await;
    round
}
