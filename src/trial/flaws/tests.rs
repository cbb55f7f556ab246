use super::*;
use crate::suite::StepAction;
use crate::trial::Maker;

#[test]
fn every_operation_that_asks_for_something_meets_every_flaw_of_it() {
    let contract = Contract::embedded().unwrap();
    let trials = flaws(&contract).unwrap();
    for operation in contract.operations().iter().filter(|operation| called(operation.id).is_some()) {
        let name = format!("scenario::flaws::{}", operation.id);
        let trial = trials.iter().find(|trial| trial.name == name).unwrap();
        let Maker::Scenario(scenario) = &trial.maker else { panic!("{name}") };
        let calls: Vec<_> = scenario.calls().filter(|call| call.operation == operation.id).collect();
        let flawed = calls.iter().filter(|call| call.bearer.is_some()).count();
        assert!(flawed >= 8, "{name}: {flawed}");
        // One part is changed: body and query are those of the request that is right.
        let right = calls.last().unwrap();
        assert!(
            right.bearer.is_none() && matches!(scenario.steps.last().unwrap().action, StepAction::Call(_))
        );
        for call in calls.iter().filter(|call| call.bearer.is_some()) {
            assert_eq!((&call.with, &call.query, &call.by), (&right.with, &right.query, &right.by), "{name}");
        }
    }
}

#[test]
fn no_flaw_is_called_wrong_where_no_token_is_documented_to_be_right() {
    let contract = Contract::embedded().unwrap();
    let operation = contract.operation(OperationId::TryRefresh);
    let about_tokens =
        flaws_of(operation).into_iter().filter(|flaw| flaw.bearer.starts_with("Bearer ${project}"));
    assert!(about_tokens.into_iter().all(|flaw| flaw.breaks.is_none()));
}
