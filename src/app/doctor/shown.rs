//! What there is: every setting with its origin, and what can be proved on this target.

use std::collections::BTreeMap;

use super::super::{Harness, RunSettings, Sourced};
use crate::contract::{Requirement, Side};

/// Every setting and where it came from. Secrets are set or not; their values are never shown.
pub fn settings(settings: &RunSettings) -> String {
    fn row<T>(name: &str, sourced: &Sourced<T>, shown: impl Fn(&T) -> String) -> String {
        format!("setting: {name:16} {} ({})\n", shown(&sourced.value), sourced.origin)
    }
    let text =
        |default: &'static str| move |value: &Option<String>| value.clone().unwrap_or_else(|| default.into());
    let number = |value: &Option<u64>| value.map_or("no limit".into(), |number| number.to_string());
    let path = settings.profile_path.as_ref().map_or("none".into(), |path| path.display().to_string());
    let shard = |shard: &Option<(u64, u64)>| shard.map_or("all trials".into(), |(i, n)| format!("{i}/{n}"));
    let deviations = |file: &Option<std::path::PathBuf>| {
        file.as_ref().map_or("none".into(), |file| file.display().to_string())
    };
    [
        format!("setting: {:16} {path}\n", "profile"),
        row("target", &settings.target, text("the embedded emulator")),
        row("project-id", &settings.project_id, text("the embedded emulator's")),
        row("management key", &settings.management_key, |key| {
            if key.is_some() { "set" } else { "not set" }.into()
        }),
        row("codes", &settings.codes, text("the embedded emulator's inbox")),
        row("methods", &settings.methods, |methods| {
            methods.iter().map(|method| method.name()).collect::<Vec<_>>().join(",")
        }),
        row("seed", &settings.seed, u64::to_string),
        row("cases", &settings.cases, u32::to_string),
        row("max-requests", &settings.max_requests, number),
        row("max-sends", &settings.max_sends, number),
        row("jobs", &settings.jobs, usize::to_string),
        row("strict", &settings.strict, bool::to_string),
        row("deviations", &settings.deviations, deviations),
        row("requirements", &settings.requirements, text("the newest set")),
        row("shard", &settings.shard, shard),
    ]
    .concat()
}

/// Which requirements trials can prove on this target, and why not the others.
pub fn provable(harness: &Harness) -> String {
    let mut missing: BTreeMap<String, Vec<&Requirement>> = BTreeMap::new();
    let mut proved = 0;
    let chosen = |r: &&Requirement| r.instead.is_none() || harness.settings.methods.value.contains(&r.method);
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
