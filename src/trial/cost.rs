//! What a trial will send on a target that is known: its steps, the users they need, and the look-up and deletion of
//! those.

use std::collections::BTreeSet;

use super::actor::times;
use super::test_users::{RequiredTestUsers, test_users};
use super::{Cost, Maker, Trial, TrialContext, epilogue, race};
use crate::exchange::Capture;
use crate::suite::{Call, Need, Scenario, StepAction};

impl Trial {
    /// What it sends on this target, at most, if nothing is convicted and nothing has to be repeated. Nothing, where
    /// the target cannot show it.
    pub fn cost_on(&self, ground: &TrialContext) -> Cost {
        self.forecast(ground, self.cost, true)
    }

    /// The same without its epilogues.
    pub fn steps_on(&self, ground: &TrialContext) -> Cost {
        self.forecast(ground, self.steps, false)
    }

    fn forecast(&self, ground: &TrialContext, usual: Cost, epilogues: bool) -> Cost {
        if self.lacks(ground).is_some() {
            return Cost::default();
        }
        match &self.maker {
            Maker::Scenario(scenario) => of_scenario(scenario, ground, epilogues),
            Maker::Property(_) | Maker::Sequence(_) => {
                // Each message may go to a user who was not there before.
                Cost { requests: usual.requests + keeping(ground, usual.sends), ..usual }
            }
        }
    }
}

/// Requests that look so many users up before they are made, and delete them: none, where they cannot be deleted, or go
/// with the target.
fn keeping(ground: &TrialContext, users: u64) -> u64 {
    let stay = ground.lasting && ground.offers.contains(&Need::Management);
    if stay { 2 * users } else { 0 }
}

fn of_scenario(scenario: &Scenario, ground: &TrialContext, epilogues: bool) -> Cost {
    let issues_code = |id| ground.contract.operation(id).issues_code;
    let often = |repeat| u64::from(times(repeat, &ground.assumptions));
    let (mut requests, mut sends, mut people) = (0, 0, BTreeSet::new());
    for step in &scenario.steps {
        let calls: &[Call] = match &step.action {
            StepAction::Call(call) => std::slice::from_ref(call),
            StepAction::Together(calls) => calls,
            StepAction::Wait(_) => &[],
        };
        for call in calls {
            let copies = often(step.repeat) * often(call.copies);
            requests += copies;
            sends += if issues_code(call.operation) { copies } else { 0 };
            people.extend(call.person());
            people.extend(call.recipient());
        }
    }
    if ground.assumptions.capture == Capture::Generated {
        let enrolled = RequiredTestUsers::of(scenario, &issues_code).unwrap_or_default();
        // Each is created, and a code is generated for every message.
        requests += enrolled.people.len() as u64 + sends;
        requests += u64::from(test_users(scenario, &enrolled));
    }
    let rounds = u64::from(scenario.rounds);
    let users = people.len() as u64 * rounds;
    let after = if epilogues { epilogue::cost(people.len() as u64) } else { Cost::default() };
    Cost {
        requests: (requests + after.requests) * rounds
            + keeping(ground, users)
            + race::width(scenario, often),
        sends: (sends + after.sends) * rounds,
    }
}
