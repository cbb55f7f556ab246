//! `explain`: everything known about one name.

use otp_conformance::app::{Flags, Harness, Plan, RunSettings, UsageError};
use otp_conformance::contract::{Contract, DeliveryMethod, Requirement, RequirementId, Side};
use otp_conformance::emulator::{Fault, Variant};
use otp_conformance::judge::{self, Check};
use otp_conformance::proxy::{HostileCase, Point, hostile_suite};
use otp_conformance::trial::{Trial, TrialKind, current_name};

use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A requirement (OTP-046 or code-is-single-use), or the name of a trial, check, hostile answer, fault or variant
    id: String,
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let settings = RunSettings::resolve(&Flags::default())?;
    let contract = Harness::contract(&settings)?;
    let plan = Plan::new(&settings, &contract)?;
    let hostile = hostile_suite(&contract).map_err(|error| UsageError::Other(error.to_string()))?;
    let played = by_every_method(&hostile, &contract);
    let id = args.id.as_str();
    let text = if let Some(found) = contract.requirement_called(id) {
        of_requirement(found, &plan, &hostile)
    } else if let Some(found) = plan.all.iter().find(|trial| trial.name == current_name(id)) {
        of_trial(found, &contract)
    } else if let Some(found) = checks().find(|check| check.name() == id) {
        of_check(found, &contract)
    } else if let Some(found) = played.iter().find(|case| case.name == id || case.short() == id) {
        of_hostile(found, &contract)
    } else if let Ok(found) = id.parse::<Fault>() {
        of_fault(found, &contract)
    } else if let Ok(found) = id.parse::<Variant>() {
        format!("{}: a legitimate difference\n  {}\n", found.name(), found.doc())
    } else {
        let names = plan.all.iter().map(|trial| &trial.name).chain(hostile.iter().map(|case| &case.name));
        let near: Vec<&str> = names.map(String::as_str).filter(|name| name.contains(id)).take(5).collect();
        let hint = if near.is_empty() {
            "see `otp-conformance list …`".into()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        return Err(UsageError::Other(format!("nothing is called {id:?}; {hint}")).into());
    };
    say(&text);
    Ok(0)
}

/// Every check, of servers and of clients.
fn checks() -> impl Iterator<Item = &'static dyn Check> {
    judge::CHECKS.into_iter().chain(judge::CLIENT_CHECKS)
}

fn of_requirement(requirement: &Requirement, plan: &Plan, hostile: &[HostileCase]) -> String {
    let Requirement { id, slug, level, side, sentence, source, line, .. } = requirement;
    let mut text = format!(
        "{id} {slug}: {level}, {side} side\n  {sentence}\n  source  {source}\n  defined schema/requirements.toml:{line}\n"
    );
    for (label, note) in [("note", &requirement.note)] {
        if let Some(note) = note {
            text.push_str(&format!("  {label}    {note}\n"));
        }
    }
    if let Some(also) = &requirement.also {
        text.push_str(&format!("  also    {} {}\n", also.level, also.sentence));
    }
    let mut section = |title: &str, rows: Vec<String>| {
        text.push_str(&format!("  {title}\n"));
        for row in if rows.is_empty() { vec!["none".to_owned()] } else { rows } {
            text.push_str(&format!("    {row}\n"));
        }
    };
    let checks = checks().filter(|check| check.covers().contains(id));
    section("judged by", checks.map(|check| format!("{}: {}", check.name(), check.about())).collect());
    if *side == Side::Client {
        let answers = hostile.iter().filter(|case| case.proves.contains(id));
        section("hostile answers", answers.map(|case| case.name.clone()).collect());
        return text;
    }
    for (title, kind) in [
        ("scenarios", TrialKind::Scenario),
        ("generated bodies", TrialKind::Property),
        ("sequences", TrialKind::Sequence),
        ("races", TrialKind::Race),
    ] {
        let trials = plan.all.iter().filter(|trial| trial.proves.contains(id) && trial.kind() == kind);
        section(title, trials.map(|trial| trial.name.clone()).collect());
    }
    let faults = Fault::ALL.iter().filter(|fault| fault.breaks().contains(&id.to_string().as_str()));
    section("faults", faults.map(|fault| fault.name().to_owned()).collect());
    text
}

fn sentences(ids: impl Iterator<Item = RequirementId>, contract: &Contract) -> String {
    let lines = ids.filter_map(|id| contract.requirement(id));
    lines.map(|r| format!("  {} {:6} {}\n", r.id, r.level, r.sentence)).collect()
}

fn of_trial(trial: &Trial, contract: &Contract) -> String {
    let place = trial.place.as_ref().map(|place| format!("  defined {place}\n")).unwrap_or_default();
    let needs: Vec<&str> = trial.needs.iter().map(|need| need.word()).collect();
    let needs = if needs.is_empty() { "nothing special".into() } else { needs.join(", ") };
    let proves = sentences(trial.proves.iter().copied(), contract);
    let cost = trial.cost;
    format!(
        "{}\n{proves}{place}  needs   {needs}\n  sends   {} requests, {} messages\n{}",
        trial.name,
        cost.requests,
        cost.sends,
        trial.describe()
    )
}

fn of_check(check: &dyn Check, contract: &Contract) -> String {
    let covers = sentences(check.covers().iter().copied(), contract);
    format!("{}: {}\n{covers}", check.name(), check.about())
}

fn of_fault(fault: Fault, contract: &Contract) -> String {
    let breaks = sentences(fault.breaks().iter().filter_map(|id| id.parse().ok()), contract);
    format!("{}: a deliberate bug\n  {}\n{breaks}", fault.name(), fault.doc())
}

/// Each case by each method that it is about.
fn by_every_method(cases: &[HostileCase], contract: &Contract) -> Vec<HostileCase> {
    let by = |method: &DeliveryMethod| {
        cases.iter().filter_map(|case| case.by_method(*method, contract)).collect::<Vec<_>>()
    };
    DeliveryMethod::ALL.iter().flat_map(by).collect()
}

fn of_hostile(case: &HostileCase, contract: &Contract) -> String {
    let HostileCase { name, about, calls, at, times, place, .. } = case;
    let proves = sentences(case.proves.iter().copied(), contract);
    let answers = match times {
        0 => "every answer to".to_owned(),
        1 => "the first answer to".to_owned(),
        more => format!("the first {more} answers to"),
    };
    let put = match at {
        None => "none: the calls themselves are the case".to_owned(),
        Some(Point::Send) => format!("{answers} a request that asks for a code"),
        Some(Point::Operation(operation)) => format!("{answers} {operation}"),
    };
    format!("{name}\n  {about}\n{proves}  defined {place}\n  calls   {}\n  changes {put}\n", calls.join(", "))
}
