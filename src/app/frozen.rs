//! Frozen sets of requirements, so that an upgrade never turns a release gate red by itself.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::UsageError;
use super::settings::Sourced;
use crate::contract::{Contract, Level, RequirementId};

/// Every set, the newest last.
const SETS: [(&str, &str); 2] = [
    ("2026-11", include_str!("../../schema/sets/2026-11.toml")),
    ("2026-12", include_str!("../../schema/sets/2026-12.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    levels: BTreeMap<RequirementId, Level>,
}

/// The contract as it stood when the set was frozen. What was not in it then is still observed, and fails nothing.
///
/// # Errors
/// There is no such set.
pub(super) fn apply(contract: Contract, wanted: &Sourced<Option<String>>) -> Result<Contract, UsageError> {
    let Some(name) = wanted.value.as_deref() else { return Ok(contract) };
    let known = || SETS.map(|(name, _)| name).join(", ");
    let unknown = || UsageError::Setting {
        name: "--requirements",
        origin: wanted.origin.to_string(),
        what: format!("there is no set {name:?}; there are {}", known()),
    };
    let (_, text) = SETS.iter().find(|(set, _)| *set == name).ok_or_else(unknown)?;
    as_of(contract, name, text)
}

fn as_of(contract: Contract, name: &str, text: &str) -> Result<Contract, UsageError> {
    let set: Set = toml::from_str(text)
        .map_err(|error| UsageError::Other(format!("schema/sets/{name}.toml: {}", error.message())))?;
    let level = |id| set.levels.get(&id).copied().unwrap_or(Level::May);
    let levels = contract.requirements().iter().map(|r| (r.id, level(r.id))).collect();
    Ok(contract.with_levels(&levels).named(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Origin;
    use crate::contract::req;

    fn level(contract: &Contract, id: RequirementId) -> Level {
        contract.requirement(id).unwrap().level
    }

    #[test]
    fn the_newest_set_is_the_contract_as_it_stands() {
        let contract = Contract::embedded().unwrap();
        let (name, text) = SETS[SETS.len() - 1];
        assert_eq!(contract.set_name(), name, "a new set begins with a file of its own in schema/sets");
        let set: Set = toml::from_str(text).unwrap();
        let now: BTreeMap<_, _> = contract.requirements().iter().map(|r| (r.id, r.level)).collect();
        assert_eq!(set.levels, now, "a changed level is a new set: add one beside {name}");
    }

    #[test]
    fn a_requirement_younger_than_the_set_fails_nothing() {
        let contract = Contract::embedded().unwrap();
        assert_eq!(
            (level(&contract, req::CODE_IS_SINGLE_USE), level(&contract, req::SECOND_SEND_VOIDS_FIRST_CODE)),
            (Level::Must, Level::Must)
        );
        let contract = as_of(contract, "2026-01", "[levels]\nOTP-046 = \"SHOULD\"\n").unwrap();
        assert_eq!(
            (level(&contract, req::CODE_IS_SINGLE_USE), level(&contract, req::SECOND_SEND_VOIDS_FIRST_CODE)),
            (Level::Should, Level::May)
        );
        assert_eq!(contract.set_name(), "2026-01");
    }

    #[test]
    fn an_unknown_set_is_named_with_those_there_are() {
        let wanted = Sourced { value: Some("1999-01".into()), origin: Origin::Flag };
        let error = apply(Contract::embedded().unwrap(), &wanted).unwrap_err().to_string();
        assert!(error.contains("1999-01") && error.contains("2026-11"), "{error}");
    }
}
