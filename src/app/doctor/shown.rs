//! What there is: every setting with its origin, and what can be proved on this target.

use std::collections::BTreeMap;

use super::super::{Harness, RunSettings, ShownSetting};
use crate::contract::{DeliveryMethod, Requirement, Side};

/// Every setting and where it came from. Secrets are set or not; their values are never shown.
pub fn settings(settings: &RunSettings) -> String {
    let line = |shown: ShownSetting| {
        let value = shown.value.as_deref().or(shown.setting.unset)?;
        Some(format!("setting: {:16} {value} ({})\n", shown.setting.name, shown.origin))
    };
    settings.shown().into_iter().filter_map(line).collect()
}

/// Which requirements trials can prove on this target, and why not the others.
pub fn provable(harness: &Harness) -> String {
    let mut missing: BTreeMap<String, Vec<&Requirement>> = BTreeMap::new();
    let mut proved = 0;
    let chosen = |r: &&Requirement| {
        r.method == DeliveryMethod::Sms || harness.settings.methods.value.contains(&r.method)
    };
    let server = harness.contract.requirements().iter().filter(|r| r.side == Side::Server).filter(chosen);
    for requirement in server {
        let trials = Vec::from_iter(harness.plan.all.iter().filter(|t| t.proves.contains(&requirement.id)));
        let lacks = Vec::from_iter(trials.iter().map(|trial| trial.lacks(&harness.ground)));
        match lacks.iter().any(Option::is_none) {
            true => proved += 1,
            false => {
                let why = lacks.into_iter().flatten().next().unwrap_or_else(|| "no trial shows it".into());
                missing.entry(why).or_default().push(requirement);
            }
        }
    }
    let mut text = format!("provable here: {proved} requirements\n");
    for (why, requirements) in missing {
        text.push_str(&format!("not provable here: {why}\n"));
        for requirement in requirements {
            text.push_str(&format!(
                "  {} {:6} {}\n",
                requirement.id, requirement.level, requirement.sentence
            ));
        }
    }
    text
}
