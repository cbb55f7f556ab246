//! What must hold of a suite and of each scenario as a whole, and what follows from its steps.

use std::collections::{BTreeSet, HashMap};

use super::Repeat;
use super::error::StepError;
use super::reference::Field;
use super::{Call, Expect, Need, Reference, Scenario, StepAction, Suite, SuiteError, Wait};
use crate::contract::OperationId;
use crate::exchange::Seen;

/// No two scenarios of a suite may share a trial name.
pub(super) fn check_names(suite: &Suite) -> Result<(), SuiteError> {
    let mut seen = HashMap::new();
    for scenario in &suite.scenarios {
        if scenario.slug().is_empty() {
            return Err(SuiteError::meaning(&scenario.place, "a scenario needs a name with letters in it"));
        }
        if let Some(line) = seen.insert(scenario.slug(), scenario.place.line) {
            let what = format!("another scenario is named `{}`, in line {line}", scenario.name);
            return Err(SuiteError::meaning(&scenario.place, what));
        }
    }
    Ok(())
}

/// Adds what follows from the steps, and refuses a scenario that could not fail or not run.
pub(super) fn finish(mut scenario: Scenario) -> Result<Scenario, SuiteError> {
    let mut needs: BTreeSet<Need> = scenario.needs.iter().copied().collect();
    let mut saved = BTreeSet::new();
    for step in &scenario.steps {
        needs.extend(need_of_limit(step.repeat));
        if let StepAction::Together(calls) = &step.action {
            if let [Call { copies: Repeat::Times(1), .. }] | [] = calls.as_slice() {
                let what = "one call overlaps nothing; put another beside it, or repeat it";
                return Err(SuiteError::meaning(&step.place, what));
            }
            needs.extend(need_of_overlap(calls));
        }
        if let StepAction::Wait(wait) = step.action
            && wait != Wait::RestOfRun
        {
            needs.insert(Need::Clock);
            match wait {
                Wait::CodeTtl | Wait::MostOfCodeTtl => needs.insert(Need::CodeTtl),
                Wait::ResendWindow => needs.insert(Need::ResendLimit),
                Wait::For(_) | Wait::RestOfRun => true,
            };
            // Moving a clock is seen by everybody who uses the target.
            scenario.exclusive = true;
        }
    }
    for call in scenario.calls() {
        let references = call.references().into_iter().chain(call.expect.iter().flat_map(Expect::references));
        for reference in references {
            check_reference(reference, &saved).map_err(|error| error.at(&call.place))?;
            needs.extend(need_of(reference));
        }
        if call
            .expect
            .iter()
            .any(|expect| expect.parts.iter().any(|(part, _)| *part == super::expect::AnswerPart::Message))
        {
            needs.insert(Need::MessageText);
        }
        if is_management(call.operation) {
            needs.insert(Need::Management);
        }
        needs.extend(need_of_limit(call.copies));
        saved.extend(call.save.clone());
    }
    if scenario.found_by.is_none()
        && !scenario.calls().any(|call| is_modelled(call.operation) || call.expect.iter().any(can_fail))
    {
        let what = format!("`{}` expects nothing that could fail; give a step an `expect`", scenario.name);
        return Err(SuiteError::meaning(&scenario.place, what));
    }
    scenario.needs = needs.into_iter().collect();
    Ok(scenario)
}

/// Calls whose answers are judged by what went before, whatever their author expects.
fn is_modelled(operation: OperationId) -> bool {
    use OperationId as O;
    matches!(operation.template(), O::VERIFY | O::Refresh | O::Me | O::Logout | O::Logoutall)
}

fn can_fail(expect: &Expect) -> bool {
    let asks = expect.asks.is_some();
    let expects = expect.seen.is_some_and(|seen| seen != Seen::Answered)
        || !expect.status.is_empty()
        || !expect.error.is_empty()
        || !expect.parts.is_empty();
    expects && !asks
}

fn check_reference(reference: &Reference, saved: &BTreeSet<String>) -> Result<(), StepError> {
    match reference {
        Reference::Saved { name, .. } if !saved.contains(name) => Err(StepError::Unsaved(name.clone())),
        _ => Ok(()),
    }
}

/// What must be seen of sends that overlap: the order of their messages does not show which send caused which. A change of
/// an address shows under the same login ID as a login, so that a code alone does not show where it went.
fn need_of_overlap(calls: &[Call]) -> Option<Need> {
    use OperationId as O;
    let sends =
        |call: &&Call| matches!(call.operation.template(), O::SIGNUP_IN | O::SIGNUP | O::SIGNIN | O::UPDATE);
    let sends: Vec<&Call> = calls.iter().filter(sends).collect();
    match sends.as_slice() {
        [] | [Call { copies: Repeat::Times(1), .. }] => None,
        [first, others @ ..] => {
            let changes = sends.iter().any(|call| call.operation.template() == O::UPDATE);
            let differ = others.iter().any(|call| call.recipient() != first.recipient());
            Some(if changes && differ { Need::EachMessage } else { Need::EachCode })
        }
    }
}

fn need_of_limit(repeat: Repeat) -> Option<Need> {
    match repeat {
        Repeat::Times(_) | Repeat::UntilRefused => None,
        Repeat::MaxAttempts => Some(Need::MaxAttempts),
        Repeat::ResendLimit => Some(Need::ResendLimit),
        Repeat::TestUserLimit => Some(Need::TestUserLimit),
    }
}

fn need_of(reference: &Reference) -> Option<Need> {
    match reference {
        Reference::Person { field: Field::Code(_), .. } => Some(Need::Codes),
        Reference::Person { field: Field::Generated(_), .. } | Reference::Management(_) => {
            Some(Need::Management)
        }
        Reference::AuthManagement => Some(Need::AuthManagement),
        Reference::Static | Reference::StaticLogin => Some(Need::StaticCode),
        _ => None,
    }
}

/// Whether the operation takes the management key.
pub(crate) fn is_management(operation: OperationId) -> bool {
    operation.manages_users() || operation == OperationId::License
}
