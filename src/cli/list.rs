//! `list`: what there is, a line each or as JSON.

use clap::ValueEnum;
use otp_conformance::app::{Flags, Harness, Plan, RunSettings, UsageError};
use otp_conformance::contract::{Requirement, RequirementId};
use otp_conformance::emulator::{Fault, Variant};
use otp_conformance::judge::Check;
use otp_conformance::proxy::{HostileCase, hostile_suite};
use otp_conformance::trial::Trial;
use otp_conformance::{judge, suite};
use serde_json::{Value, json};

use super::say;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum What {
    Trials,
    Requirements,
    Faults,
    Variants,
    Checks,
    /// Answers that a client must survive
    Hostile,
    Suites,
    Operations,
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to list
    what: What,
    /// An array of objects with `name`, for machines
    #[arg(long)]
    json: bool,
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let rows = rows(args.what)?;
    if args.json {
        let list: Vec<Value> = rows.into_iter().map(|row| row.value).collect();
        say(&format!("{}\n", serde_json::to_string_pretty(&list)?));
        return Ok(0);
    }
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    for row in rows {
        say(&format!("{:width$}  {}\n", row.name, row.line));
    }
    Ok(0)
}

struct Row {
    name: String,
    line: String,
    value: Value,
}

impl Row {
    fn new(name: impl Into<String>, line: impl Into<String>, more: Value) -> Row {
        let (name, line) = (name.into(), line.into());
        let mut value = json!({ "name": name, "about": line });
        if let (Some(object), Value::Object(more)) = (value.as_object_mut(), more) {
            object.extend(more);
        }
        Row { name, line, value }
    }
}

fn rows(what: What) -> Result<Vec<Row>, UsageError> {
    let settings = RunSettings::resolve(&Flags::default())?;
    let contract = Harness::contract(&settings)?;
    Ok(match what {
        What::Trials => Plan::new(&settings, &contract)?.all.iter().map(trial).collect(),
        What::Requirements => contract.requirements().iter().map(requirement).collect(),
        What::Faults => Fault::ALL
            .iter()
            .map(|fault| Row::new(fault.name(), fault.doc(), json!({ "breaks": fault.breaks() })))
            .collect(),
        What::Variants => {
            Variant::ALL.iter().map(|variant| Row::new(variant.name(), variant.doc(), json!({}))).collect()
        }
        What::Checks => {
            judge::CHECKS.iter().chain(&judge::CLIENT_CHECKS).map(|found| check(*found)).collect()
        }
        What::Hostile => {
            let cases = hostile_suite(&contract).map_err(|error| UsageError::Other(error.to_string()))?;
            cases.into_iter().map(hostile).collect()
        }
        What::Suites => suite::embedded()?
            .into_iter()
            .map(|suite| Row::new(&suite.name, &suite.title, json!({ "scenarios": suite.scenarios.len() })))
            .collect(),
        What::Operations => contract
            .operations()
            .iter()
            .map(|operation| {
                Row::new(operation.id.as_str(), format!("{} {}", operation.method, operation.path), json!({}))
            })
            .collect(),
    })
}

fn named(requirements: &[RequirementId]) -> Vec<String> {
    requirements.iter().map(ToString::to_string).collect()
}

fn trial(trial: &Trial) -> Row {
    let proves = named(&trial.proves);
    let more = json!({ "proves": proves, "requests": trial.cost.requests, "sends": trial.cost.sends });
    Row::new(&trial.name, proves.join(" "), more)
}

fn requirement(r: &Requirement) -> Row {
    let more =
        json!({ "slug": r.slug, "level": r.level, "side": r.side, "source": r.source, "line": r.line });
    let mut row = Row::new(r.id.to_string(), format!("{:6} {}: {}", r.level, r.slug, r.sentence), more);
    row.value["about"] = r.sentence.as_str().into();
    row
}

fn check(check: &dyn Check) -> Row {
    Row::new(check.name(), check.about(), json!({ "covers": named(check.covers()) }))
}

fn hostile(case: HostileCase) -> Row {
    Row::new(case.name, case.about, json!({ "proves": named(&case.proves), "calls": case.calls }))
}
