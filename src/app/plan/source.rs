//! The trials there are before any is chosen, by what the settings say of the target: its suites and properties.

use std::path::Path;

use crate::app::{Origin, RunSettings, UsageError};
use crate::contract::{Contract, DeliveryMethod};
use crate::suite::{self, Scenario, Suite};
use crate::trial::{BodyClass, Property, Trial};

/// Rounds of a race against a target that is not on this machine: each costs messages there.
const ROUNDS_ELSEWHERE: u32 = 3;

/// Whether bodies that no client sends may go out: to this machine, and wherever the profile allows it.
fn takes_edge_cases(settings: &RunSettings) -> bool {
    let known = settings.profile.as_ref().and_then(|profile| profile.edge_cases);
    known.unwrap_or_else(|| is_here(settings))
}

/// The scenarios of the suites, by each method that was named.
pub(super) fn scenarios(settings: &RunSettings, contract: &Contract) -> Result<Vec<Trial>, UsageError> {
    let suites = match &settings.suites {
        Some(dir) => suite::from_dir(dir)?,
        None => suite::embedded()?,
    };
    let issues_code = |id| contract.operation(id).issues_code;
    // A file of cases is played as it is, where no method is named.
    let as_written = is_case_file(settings) && settings.methods.origin == Origin::Default;
    // What is written for another method than SMS says so itself.
    let by_methods = |scenario: Scenario| -> Vec<Scenario> {
        if as_written || scenario.methods().any(|method| method != DeliveryMethod::Sms) {
            let chosen = &settings.methods.value;
            let asked = as_written || scenario.methods().all(|method| chosen.contains(&method));
            return Vec::from_iter(asked.then_some(scenario));
        }
        // What is about no method is there once, whatever the run is about.
        if scenario.methods().next().is_none() {
            return vec![scenario];
        }
        let by = |method: &DeliveryMethod| match method {
            DeliveryMethod::Sms => Some(scenario.clone()),
            other => scenario.by_method(*other, &|id| contract.own(*other, id)),
        };
        settings.methods.value.iter().filter_map(by).collect()
    };
    let most = if is_here(settings) { u32::MAX } else { ROUNDS_ELSEWHERE };
    let mut all = Vec::new();
    for Suite { name, scenarios, .. } in suites {
        for scenario in scenarios.into_iter().flat_map(&by_methods) {
            let scenario = Scenario { rounds: scenario.rounds.min(most), ..scenario };
            all.push(Trial::scenario(&name, scenario, &issues_code));
        }
    }
    Ok(all)
}

/// The properties of each operation, of the methods that were named.
pub(super) fn properties(settings: &RunSettings, contract: &Contract) -> Vec<Trial> {
    let odd = takes_edge_cases(settings);
    let operations = contract.operations().iter();
    let chosen = &settings.methods.value;
    // Users of an operation without a method log in by one that the run is about.
    let usual = chosen.iter().find(|method| **method == DeliveryMethod::Sms).or(chosen.first());
    let by = |property: Property| match (property.operation.method(), usual) {
        (None, Some(usual)) => Property { method: *usual, ..property },
        _ => property,
    };
    operations
        .flat_map(|operation| Property::of(contract, operation.id, settings.cases.value))
        .filter(|property| odd || property.class == BodyClass::Valid)
        .map(by)
        .map(Trial::property)
        .filter(|trial| chosen.contains(&trial.method()))
        .collect()
}

/// Whether the suites are a single file of cases.
pub(super) fn is_case_file(settings: &RunSettings) -> bool {
    settings.suites.as_deref().is_some_and(Path::is_file)
}

/// Whether the target is on this machine, where requests are free and messages reach no phone.
pub(super) fn is_here(settings: &RunSettings) -> bool {
    let loopback = |base: &String| reqwest::Url::parse(base).is_ok_and(|url| crate::drive::is_loopback(&url));
    settings.target.value.as_ref().is_none_or(loopback)
}

/// Whether time can pass at a target beside its trials: where a clock is moved or the target is reset in between, nothing
/// that lasts is seen, and the clock shows more.
pub(super) fn lingers(settings: &RunSettings) -> bool {
    let moved = settings.profile.as_ref().is_some_and(|known| known.clock.is_some() || known.reset.is_some());
    let codes = settings.codes.value.as_deref().unwrap_or("none");
    let seen = !matches!(codes, "emulator" | "test-user" | "none");
    let whole = settings.suites.as_deref().is_none_or(|path| !path.is_file());
    settings.target.value.is_some() && is_here(settings) && seen && !moved && whole
}
