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

#[test]
fn what_comes_between_guesses_sends_nothing() {
    let contract = Contract::embedded().unwrap();
    let trials = caps(&contract).unwrap();
    let trial = trials.iter().find(|trial| trial.name.ends_with("::guesses-in-other-clothes")).unwrap();
    let Maker::Scenario(scenario) = &trial.maker else { panic!() };
    let calls: Vec<_> = scenario.calls().collect();
    let is_guess = |at: &usize| {
        let code = calls[*at].with.as_ref().map(|with| format!("{with:?}").contains("Wrong"));
        calls[*at].operation == OperationId::VERIFY
            && code == Some(true)
            && calls[*at].person() == Some("fay")
    };
    let guesses: Vec<usize> = (0..calls.len()).filter(is_guess).collect();
    assert_eq!(guesses.len(), GUESSES);
    let between = guesses.windows(2).flat_map(|pair| &calls[pair[0] + 1..pair[1]]);
    let operations: std::collections::BTreeSet<_> = between.map(|call| call.operation).collect();
    assert_eq!(operations.len(), 3);
    assert!(!operations.contains(&OperationId::SIGNUP_IN) && !operations.contains(&OperationId::SIGNIN));
}
