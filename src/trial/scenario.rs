//! What a scenario costs, and what it does, in words.

use std::collections::BTreeSet;

use super::actor::UNTIL_REFUSED;
use super::{Cost, epilogue, race};
use crate::contract::OperationId;
use crate::suite::{Call, Repeat, Scenario, StepAction};

/// What a scenario sends, at most, with or without its epilogues.
pub(super) fn cost(scenario: &Scenario, issues_code: &dyn Fn(OperationId) -> bool, epilogues: bool) -> Cost {
    let mut cost = Cost::default();
    for step in &scenario.steps {
        let times = usual(step.repeat);
        let calls: &[Call] = match &step.action {
            StepAction::Call(call) => std::slice::from_ref(call),
            StepAction::Together(calls) => calls,
            StepAction::Wait(_) => &[],
        };
        for call in calls {
            let calls = times * usual(call.copies);
            cost.requests += calls;
            cost.sends += if issues_code(call.operation) { calls } else { 0 };
        }
    }
    let people: BTreeSet<&str> = scenario.calls().filter_map(Call::person).collect();
    if epilogues {
        cost += epilogue::cost(people.len() as u64);
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
        Repeat::UntilRefused => u64::from(UNTIL_REFUSED),
    }
}

/// The steps, a line each, as their author would read them aloud.
pub(super) fn describe(scenario: &Scenario) -> String {
    let mut text = scenario.note.as_ref().map(|note| format!("  note    {note}\n")).unwrap_or_default();
    for (at, step) in scenario.steps.iter().enumerate() {
        let line = match &step.action {
            StepAction::Call(call) => describe_call(call),
            StepAction::Together(calls) => calls.iter().map(describe_call).collect::<Vec<_>>().join(" | "),
            StepAction::Wait(wait) => format!("wait {wait:?}"),
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
