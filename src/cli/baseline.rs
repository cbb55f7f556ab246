//! `baseline`: edits the list of known deviations as a sorted, reviewable diff.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use otp_conformance::app::baseline::{Baseline, Deviation, Kind};
use otp_conformance::app::evidence::Recording;
use otp_conformance::app::{Flags, Harness, Plan, Settings, UsageError};
use otp_conformance::contract::RequirementId;
use otp_conformance::exchange::Place;
use otp_conformance::trial::Outcome;

use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// The file [env: OTP_DEVIATIONS] [default: deviations.toml]
    #[arg(long, global = true, value_name = "FILE")]
    deviations: Option<PathBuf>,
    /// The profile that names the file [env: OTP_PROFILE]
    #[arg(long, global = true, value_name = "FILE")]
    profile: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Add an entry, or one for every violation of a recording
    Add {
        /// The trial; `*` stands for one part of its name, `**` for any number
        #[arg(required_unless_present = "from")]
        trial: Option<String>,
        /// The requirement it finds broken
        #[arg(required_unless_present = "from")]
        requirement: Option<RequirementId>,
        /// Every violation of this recording
        #[arg(long, value_name = "RUN.ndjson", conflicts_with_all = ["trial", "requirement"])]
        from: Option<PathBuf>,
        /// bug, missing or flaky
        #[arg(long, default_value = "bug")]
        kind: String,
        /// Why it is known and not mended
        #[arg(long)]
        reason: String,
        /// Where more is written
        #[arg(long)]
        link: Option<String>,
        /// From this day on it must be looked at again
        #[arg(long, value_name = "YYYY-MM-DD")]
        expires: Option<Date>,
    },
    /// Remove entries that have expired, speak of no trial, or no longer fail in a recording
    Prune {
        /// A recording, as `run --record` writes it
        recording: Option<PathBuf>,
    },
    /// Tell of every entry what it excuses
    Explain,
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let flags =
        Flags { deviations: args.deviations.clone(), profile: args.profile.clone(), ..Flags::default() };
    let settings = Settings::resolve(&flags)?;
    let path = settings.deviations.value.clone().unwrap_or_else(|| "deviations.toml".into());
    match &args.action {
        Action::Add { .. } => add(&args.action, &path),
        Action::Prune { recording } => prune(recording.as_deref(), &path, &settings),
        Action::Explain => explain(&path, &settings),
    }
}

fn add(action: &Action, path: &Path) -> anyhow::Result<u8> {
    let Action::Add { trial, requirement, from, kind, reason, link, expires } = action else { return Ok(0) };
    let mut baseline = if path.exists() { Baseline::read(path)? } else { Baseline::default() };
    let kind = kind_of(kind)?;
    let pairs = match (from, trial, requirement) {
        (Some(recording), ..) => violations(recording)?,
        (None, Some(trial), Some(requirement)) => vec![(trial.clone(), *requirement)],
        _ => Vec::new(),
    };
    let mut added = 0;
    for (id, requirement) in pairs {
        let there = |entry: &Deviation| entry.id == id && entry.requirement == requirement;
        if baseline.entries.iter().any(there) {
            continue;
        }
        let (reason, link, expires) = (reason.clone(), link.clone(), *expires);
        let entry = Deviation { id, requirement, kind, reason, link, expires, place: Place::default() };
        baseline.entries.push(entry);
        added += 1;
    }
    // What is written must be readable: a wrong pattern is told here and not in the next run.
    Baseline::parse(&path.display().to_string(), &baseline.toml())?;
    write(path, &baseline)?;
    say(&format!("{}: {added} added, {} in all\n", path.display(), baseline.entries.len()));
    Ok(0)
}

fn kind_of(word: &str) -> Result<Kind, UsageError> {
    let kinds = [Kind::Bug, Kind::Missing, Kind::Flaky];
    let unknown = || UsageError::Other(format!("--kind {word:?}: there are bug, missing and flaky"));
    kinds.into_iter().find(|kind| kind.word() == word).ok_or_else(unknown)
}

/// Trial and requirement of every violation that a recorded run ended with.
fn violations(recording: &Path) -> Result<Vec<(String, RequirementId)>, UsageError> {
    let run = Recording::read(recording)?.into_run();
    let failing = run.trials.iter().filter(|trial| trial.outcome == Outcome::Fail);
    let pairs = failing
        .flat_map(|trial| trial.findings.iter().map(|finding| (trial.name.clone(), finding.requirement)));
    Ok(pairs.collect())
}

fn prune(recording: Option<&Path>, path: &Path, settings: &Settings) -> anyhow::Result<u8> {
    let mut baseline = Baseline::read(path)?;
    let names = trial_names(settings)?;
    let today = jiff::Zoned::now().date();
    let stale = baseline.stale(names.iter().map(String::as_str), today);
    let mut gone: Vec<usize> = stale.iter().filter_map(|entry| Some(entry.place.as_ref()?.line)).collect();
    if let Some(recording) = recording {
        let mut run = Recording::read(recording)?.into_run();
        gone.extend(baseline.mended(&mut run.trials));
    }
    let before = baseline.entries.len();
    baseline.entries.retain(|entry| {
        let stays = !gone.contains(&entry.place.line);
        if !stays {
            say(&format!("- {} {}\n", entry.id, entry.requirement));
        }
        stays
    });
    write(path, &baseline)?;
    say(&format!(
        "{}: {} removed, {} left\n",
        path.display(),
        before - baseline.entries.len(),
        baseline.entries.len()
    ));
    Ok(0)
}

fn explain(path: &Path, settings: &Settings) -> anyhow::Result<u8> {
    let (baseline, contract, names) =
        (Baseline::read(path)?, Harness::contract(settings)?, trial_names(settings)?);
    for entry in &baseline.entries {
        let sentence = contract.requirement(entry.requirement).map_or("", |r| r.sentence.as_str());
        say(&format!(
            "{} {} ({})\n  {} {sentence}\n  why   {}\n",
            entry.id,
            entry.kind.word(),
            entry.place,
            entry.requirement,
            entry.reason
        ));
        if let Some(link) = &entry.link {
            say(&format!("  more  {link}\n"));
        }
        if let Some(day) = entry.expires {
            say(&format!("  until {day}\n"));
        }
        for name in names.iter().filter(|name| entry.matches(name)) {
            say(&format!("  trial {name}\n"));
        }
    }
    for stale in baseline.stale(names.iter().map(String::as_str), jiff::Zoned::now().date()) {
        say(&format!("stale: {}\n", stale.what));
    }
    Ok(0)
}

fn trial_names(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let contract = Harness::contract(settings)?;
    Ok(Plan::new(settings, &contract)?.all.into_iter().map(|trial| trial.name).collect())
}

fn write(path: &Path, baseline: &Baseline) -> Result<(), UsageError> {
    std::fs::write(path, baseline.toml())
        .map_err(|error| UsageError::Other(format!("known deviations {}: {error}", path.display())))
}
