use super::*;
use crate::suite::Repeat;
use crate::trial::Maker;

#[test]
fn every_door_is_tried_before_and_after_the_common_one() {
    let contract = Contract::embedded().unwrap();
    let trials = caps(&contract).unwrap();
    let named = |name: &str| trials.iter().find(|trial| trial.name.ends_with(name)).unwrap();
    let Maker::Scenario(scenario) = &named("::messages-through-every-door").maker else { panic!() };
    let by_sms = |it: &&Operation| it.issues_code && it.id.template() == it.id;
    for door in contract.operations().iter().filter(by_sms) {
        let until = scenario.steps.iter().filter(|step| step.repeat == Repeat::UntilRefused);
        let of_door = until.filter(|step| match &step.action {
            suite::StepAction::Call(call) => call.operation == door.id,
            _ => false,
        });
        assert!(of_door.count() > 0, "{}", door.id);
    }
}

#[test]
fn no_two_requests_of_one_limit_come_in_the_same_clothes() {
    let all: std::collections::BTreeSet<String> = (1..=GUESSES).map(clothes).collect();
    assert_eq!(all.len(), GUESSES);
    assert!(guesses_in_clothes().matches("wrong").count() >= 2 * GUESSES);
}
