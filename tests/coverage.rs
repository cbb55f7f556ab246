//! Every requirement on a server has something that may convict of it, a scenario that shows it, and a bug that breaks
//! it.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

use std::collections::BTreeSet;

use otp_conformance::contract::{Contract, DeliveryMethod, RequirementId, Side};
use otp_conformance::emulator::Fault;
use otp_conformance::judge::CHECKS;
use otp_conformance::suite;

/// What a requirement may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    /// Neither a check nor an expectation convicts of it.
    Check,
    /// No scenario shows it.
    Scenario,
    /// No bug breaks it.
    Fault,
}

fn scenarios() -> Vec<suite::Scenario> {
    suite::embedded().unwrap().into_iter().flat_map(|suite| suite.scenarios).collect()
}

/// What is said of SMS is said of another method by that one's own requirement: the same checks, scenarios and bugs are
/// about both.
fn with_own(ids: BTreeSet<RequirementId>) -> BTreeSet<RequirementId> {
    let contract = Contract::embedded().unwrap();
    let own = |id: &RequirementId| DeliveryMethod::ALL.map(|method| contract.own(method, *id));
    ids.iter().flat_map(own).collect()
}

fn convicting() -> BTreeSet<RequirementId> {
    let checks = CHECKS.iter().flat_map(|check| check.covers()).copied();
    let scenarios = scenarios();
    let expectations = scenarios.iter().flat_map(suite::Scenario::calls).flat_map(|call| &call.expect);
    checks.chain(expectations.filter_map(|expect| expect.proves)).collect()
}

fn broken() -> BTreeSet<RequirementId> {
    Fault::ALL.iter().flat_map(|fault| fault.breaks()).map(|id| id.parse().unwrap()).collect()
}

fn lacks() -> Vec<(RequirementId, Lack)> {
    let contract = Contract::embedded().unwrap();
    let shown: BTreeSet<RequirementId> =
        scenarios().iter().flat_map(|scenario| scenario.proves.clone()).collect();
    let kinds = [(Lack::Check, convicting()), (Lack::Scenario, shown), (Lack::Fault, broken())]
        .map(|(lack, ids)| (lack, with_own(ids)));
    let servers = contract.requirements().iter().filter(|requirement| requirement.side == Side::Server);
    servers
        .flat_map(|requirement| {
            kinds.iter().map(move |(lack, there)| (requirement.id, *lack, there.contains(&requirement.id)))
        })
        .filter_map(|(id, lack, there)| (!there).then_some((id, lack)))
        .collect()
}

#[test]
fn every_requirement_has_check_scenario_and_fault() {
    assert_eq!(lacks(), []);
}

#[test]
fn what_a_scenario_expects_it_also_proves() {
    for scenario in scenarios() {
        for expect in scenario.calls().flat_map(|call| &call.expect) {
            let known = expect.proves.is_none_or(|id| scenario.proves.contains(&id));
            assert!(known, "{}: {:?} is not among what the scenario proves", expect.place, expect.proves);
        }
    }
}
