//! What a run shows of every requirement: it is in exactly one of six states.
//!
//! Broken ones are violated or warned of. One is held if a check that can convict looked at evidence that could have
//! convicted. What is left is unsupported here, was not planned, or is untested, each with its reason and with what
//! would change it.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{Contract, Depends, Level, Requirement, RequirementId, Side};
use crate::report::{Gap, Held, RunReport};
use crate::suite::Need;
use crate::trial::{Outcome, TrialReport};

/// Trials that are named as evidence for a requirement that is held.
const NAMED: usize = 3;

/// Puts every requirement of the contract into its state. `report.not_planned` holds what the selection left out
/// beforehand, and `report.unsupported` what a first look at the target did; requirements of clients are none of a run
/// against a server.
pub fn assign(contract: &Contract, report: &mut RunReport) {
    let broken = report.violated().into_iter().chain(report.warned()).chain(report.excused());
    let broken: BTreeSet<RequirementId> = broken.map(|broken| broken.requirement).collect();
    let left_out: BTreeSet<RequirementId> = std::mem::take(&mut report.not_planned).into_iter().collect();
    let beforehand = std::mem::take(&mut report.unsupported);
    let held = evidence(contract, report);
    let (mut untested, mut unsupported, mut not_planned) = (Vec::new(), Vec::new(), Vec::new());
    let open =
        contract.requirements().iter().filter(|it| !broken.contains(&it.id) && !held.contains_key(&it.id));
    for requirement in open {
        let shown = |trial: &TrialReport| trial.proves.contains(&requirement.id);
        let known = beforehand.iter().find(|gap| gap.requirement == requirement.id);
        if let Some(gap) = known.filter(|_| !report.trials.iter().any(shown)) {
            unsupported.push(gap.clone());
            continue;
        }
        if requirement.side == Side::Client || left_out.contains(&requirement.id) {
            not_planned.push(requirement.id);
            continue;
        }
        let proving: Vec<&TrialReport> =
            report.trials.iter().filter(|trial| trial.proves.contains(&requirement.id)).collect();
        match lacking_here(&proving) {
            Some(trial) => unsupported.push(lacking(requirement.id, trial)),
            None if all_passed(&proving) && requirement.depends == Some(Depends::ProjectSettings) => {
                unsupported.push(not_set(requirement));
            }
            None if all_passed(&proving) && requirement.depends == Some(Depends::OptionalMember) => {
                unsupported.push(left_out_by_answers(requirement));
            }
            None => untested.push(gap(requirement, &proving, report)),
        }
    }
    let held = held.into_iter().filter(|(id, _)| !broken.contains(id));
    report.held = held
        .map(|(requirement, by)| Held {
            requirement,
            trials: by.len(),
            by: by.into_iter().take(NAMED).map(str::to_owned).collect(),
        })
        .collect();
    (report.untested, report.unsupported, report.not_planned) = (untested, unsupported, not_planned);
}

/// The trials whose checks examined each requirement of the contract.
fn evidence<'a>(contract: &Contract, report: &'a RunReport) -> BTreeMap<RequirementId, Vec<&'a str>> {
    let mut all: BTreeMap<RequirementId, Vec<&'a str>> = BTreeMap::new();
    for trial in report.trials.iter().filter(|trial| trial.outcome != Outcome::HarnessError) {
        for id in &trial.examined {
            if contract.requirement(*id).is_some() {
                all.entry(*id).or_default().push(&trial.name);
            }
        }
    }
    all
}

fn all_passed(proving: &[&TrialReport]) -> bool {
    !proving.is_empty() && proving.iter().all(|trial| trial.outcome == Outcome::Pass)
}

/// A requirement of what a project may set: trials looked for the setting, and nothing showed that there is one.
fn not_set(requirement: &Requirement) -> Gap {
    let reason = "the project sets no such limit, as far as its trials went".to_owned();
    let remedy = "[limits] in the profile, if it does".to_owned();
    Gap { requirement: requirement.id, reason, remedy: Some(remedy), fails: false }
}

/// A requirement of a member that answers may leave out: they all did.
fn left_out_by_answers(requirement: &Requirement) -> Gap {
    let reason = "no answer of this target has the member that it speaks of".to_owned();
    Gap { requirement: requirement.id, reason, remedy: None, fails: false }
}

/// The trial that would have shown a requirement if the target could show it; `None` if one could that ran. Trials that
/// passed had nothing to look at here.
fn lacking_here<'a>(proving: &[&'a TrialReport]) -> Option<&'a TrialReport> {
    let powerless = |trial: &&TrialReport| matches!(trial.outcome, Outcome::Unsupported | Outcome::Pass);
    let lacks = |trial: &&&TrialReport| trial.outcome == Outcome::Unsupported;
    if proving.iter().all(powerless) { proving.iter().find(lacks).copied() } else { None }
}

fn lacking(requirement: RequirementId, trial: &TrialReport) -> Gap {
    let reason = trial.reason.clone().unwrap_or_else(|| "this target cannot show it".into());
    let remedies: Vec<&str> = reason.split("; ").filter_map(remedy).collect();
    let remedy = (!remedies.is_empty()).then(|| remedies.join("; "));
    Gap { requirement, reason, remedy, fails: false }
}

/// Why a requirement that could have been shown was not.
fn gap(requirement: &Requirement, proving: &[&TrialReport], report: &RunReport) -> Gap {
    let with = |outcomes: &[Outcome]| proving.iter().find(|trial| outcomes.contains(&trial.outcome));
    let again = |trial: &TrialReport| Some(report.again().run(&trial.name));
    let must = requirement.level == Level::Must;
    let reason_of = |trial: &TrialReport| {
        let doubt = trial.doubts.first().map(ToString::to_string);
        doubt.or_else(|| trial.reason.clone()).unwrap_or_default()
    };
    let (reason, remedy, fails) = if let Some(trial) = with(&[Outcome::Inconclusive]) {
        (format!("{} could not tell: {}", trial.name, reason_of(trial)), again(trial), must)
    } else if let Some(trial) = with(&[Outcome::ExpectedDoubt, Outcome::ExpectedFail, Outcome::Flaky]) {
        let reason = trial.reason.clone().unwrap_or_default();
        (format!("a known deviation hides it in {}: {reason}", trial.name), None, false)
    } else if let Some(trial) = with(&[Outcome::Fail, Outcome::UnexpectedPass, Outcome::HarnessError]) {
        (format!("{} ended before it could be shown", trial.name), again(trial), false)
    } else if let Some(trial) = with(&[Outcome::Pass]) {
        let reason = format!("{} passed without evidence that could have convicted", trial.name);
        // The trials that a selection left out may have it.
        (reason, again(trial), must && report.planned == report.all)
    } else if report.trials.len() < report.planned {
        (
            "its trials did not run".to_owned(),
            Some("raise --max-requests, --max-sends or --timeout".to_owned()),
            false,
        )
    } else {
        ("no trial shows it".to_owned(), None, false)
    };
    Gap { requirement: requirement.id, reason, remedy, fails }
}

/// The line of a profile, or the fact, that would let a trial run which lacks this.
fn remedy(lack: &str) -> Option<&'static str> {
    let (need, ..) = Need::ALL.iter().find(|(_, _, text)| *text == lack)?;
    Some(match need {
        Need::Codes => "codes = \"http:{target}/…#/code\" or another source, see `--codes`",
        Need::EachMessage | Need::EachCode | Need::MessageText => {
            "codes = \"sms-gateway=ADDR + smtp=ADDR\", which show every message"
        }
        Need::Clock => "clock = { url = \"{target}/…\" }, an endpoint that moves the target's clock",
        Need::Management => "set OTP_MANAGEMENT_KEY",
        Need::CodeTtl => "[limits] code-ttl = SECONDS",
        Need::MaxAttempts => "[limits] max-attempts = N",
        Need::ResendLimit => "[limits] resend-limit = N and resend-window = SECONDS",
        Need::TestUserLimit => "[limits] test-users = N",
        Need::Dedicated => "dedicated = true, if the project is this run's alone",
        Need::StaticCode => "[static-code], a fixed code of some test users",
        Need::AuthManagement => "set OTP_AUTH_MANAGEMENT_KEY",
    })
}
