//! What is planned, in which order, and what a filter, a budget or a target leaves out.

use super::*;
use crate::app::{Flags, Harness};
use crate::trial::Maker;

fn by_sms() -> Flags {
    Flags { methods: Some("sms".into()), ..Flags::default() }
}

fn classes(target: Option<&str>) -> BTreeSet<String> {
    let flags = Flags { target: target.map(str::to_owned), ..Flags::default() };
    let settings = RunSettings::with(&flags, &|_| None).unwrap();
    let plan = Plan::new(&settings, &Harness::contract(&settings).unwrap()).unwrap();
    let shapes = plan.all.iter().filter(|trial| trial.kind() == TrialKind::Property);
    shapes.filter_map(|trial| trial.name.rsplit("::").next().map(str::to_owned)).collect()
}

#[test]
fn what_a_filter_leaves_out_is_not_planned_and_a_whole_plan_leaves_out_nothing() {
    let settings = RunSettings::with(&by_sms(), &|_| None).unwrap();
    let contract = Harness::contract(&settings).unwrap();
    let plan = Plan::new(&settings, &contract).unwrap();
    let by_others = contract.requirements().iter().filter(|it| it.method != DeliveryMethod::Sms);
    assert_eq!(plan.not_planned(&contract), by_others.map(|it| it.id).collect::<Vec<_>>());
    let chosen = plan.filtered(&["resend-voids-the-first-code".to_owned()]);
    let left_out = chosen.not_planned(&contract);
    for requirement in contract.requirements().iter().filter(|it| it.side == Side::Server) {
        let proved = chosen.trials().any(|trial| trial.proves.contains(&requirement.id));
        assert_ne!(proved, left_out.contains(&requirement.id), "{}", requirement.id);
    }
}

#[test]
fn every_former_name_is_that_of_a_scenario_of_today() {
    let settings = RunSettings::with(&Flags::default(), &|_| None).unwrap();
    let plan = Plan::new(&settings, &Harness::contract(&settings).unwrap()).unwrap();
    for line in include_str!("../../trial/former.txt").lines() {
        let (now, _) = line.split_once(" < ").unwrap();
        let named = plan.all.iter().filter(|trial| trial.name.ends_with(&format!("::{now}")));
        let by_sms = named.filter(|trial| trial.method() == DeliveryMethod::Sms);
        assert_eq!(by_sms.count(), 1, "{now}");
    }
}

#[test]
fn a_pattern_with_a_star_is_of_whole_names_and_one_without_of_parts() {
    let name = "scenario::invalidation::email::the-second-code-works";
    for (pattern, fits) in [
        ("the-second", true),
        ("invalidation::email", true),
        ("scenario::*::the-second-*", true),
        ("*second-code*", true),
        ("second-*", false),
        ("*::email", false),
    ] {
        assert_eq!(matches(name, pattern), fits, "{pattern}");
    }
    assert!(matches("property::verify-sms::valid", "shape::*::valid"), "former names too");
}

#[test]
fn a_former_name_still_chooses_and_skips_a_trial() {
    let settings = RunSettings::with(&Flags::default(), &|_| None).unwrap();
    let plan = || Plan::new(&settings, &Harness::contract(&settings).unwrap()).unwrap();
    let names = |plan: Plan| plan.trials().map(|trial| trial.name.clone()).collect::<Vec<_>>();
    let (now, before) = ("property::verify-sms::malformed", "property::verify-sms::malformed");
    assert_eq!(names(plan().filtered(&[before.to_owned()])), [now]);
    let left = names(plan().without(&["shape::*".to_owned()]));
    assert!(!left.is_empty() && !left.iter().any(|name| name.starts_with("property::")));
}

/// Rounds of races, sequences, and messages that both ask for at most.
fn repeated(target: Option<&str>) -> (u32, u32, u64) {
    let flags = Flags { target: target.map(str::to_owned), ..by_sms() };
    let settings = RunSettings::with(&flags, &|_| None).unwrap();
    let plan = Plan::new(&settings, &Harness::contract(&settings).unwrap()).unwrap();
    let (mut rounds, mut sequences, mut sends) = (0, 0, 0);
    for trial in &plan.all {
        match &trial.maker {
            Maker::Scenario(scenario) if scenario.is_race() => rounds += scenario.rounds,
            Maker::Sequence(sequence) => sequences += sequence.count,
            _ => continue,
        }
        sends += trial.cost.sends;
    }
    (rounds, sequences, sends)
}

#[test]
fn races_and_sequences_are_many_where_messages_are_free_and_few_elsewhere() {
    let (rounds, sequences, sends) = repeated(None);
    assert!(rounds == 333 && sequences == 64, "{rounds} rounds, {sequences} sequences");
    let (rounds, sequences, elsewhere) = repeated(Some("https://staging.example"));
    assert!(rounds == 32 && sequences == 4 && elsewhere * 8 < sends, "{elsewhere} messages");
}

#[test]
fn odd_bodies_stay_on_this_machine_unless_the_profile_lets_them_out() {
    assert_eq!(classes(None).len(), 5);
    assert_eq!(classes(Some("http://127.0.0.1:4600")).len(), 5);
    assert_eq!(classes(Some("https://staging.example")), BTreeSet::from(["valid".to_owned()]));
}
