//! `baseline`: edits the list of known deviations as a sorted, reviewable diff.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use otp_conformance::app::baseline::{Addition, Baseline, Deviation, DeviationKind, Known};
use otp_conformance::app::evidence::judge_again;
use otp_conformance::app::{Flags, Harness, Plan, RunSettings, UsageError};
use otp_conformance::contract::RequirementId;
use otp_conformance::exchange::Place;

use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// The file of known deviations [env: OTP_DEVIATIONS] [default: that of the profile, or deviations.toml]
    #[arg(long, value_name = "FILE", global = true)]
    deviations: Option<PathBuf>,
    /// A target profile, TOML [env: OTP_PROFILE]
    #[arg(long, value_name = "FILE", global = true)]
    profile: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Add one entry, or one for each bug and each doubt of recordings
    Add {
        /// The requirement that is broken
        #[arg(required_unless_present = "from")]
        requirement: Option<RequirementId>,
        /// The operation that shows it; `*` is any characters
        #[arg(required_unless_present = "from")]
        operation: Option<String>,
        /// What is seen, as a report names it: 200, '400 E011003', 'member /user/email'; `*` is any characters
        #[arg(required_unless_present = "from")]
        seen: Option<String>,
        /// Everything in this recording that no entry excuses; repeatable
        #[arg(long, value_name = "RUN.ndjson", num_args = 1.., conflicts_with_all = ["requirement", "operation", "seen"])]
        from: Vec<PathBuf>,
        /// bug, missing, flaky or inconclusive
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
    /// Remove entries that have expired, that match no trial, or that are stale in recordings
    Prune {
        /// Recordings of runs with this file as --deviations; the shards of one run count as one
        recordings: Vec<PathBuf>,
    },
    /// Show what each entry excuses
    Explain,
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let flags =
        Flags { deviations: args.deviations.clone(), profile: args.profile.clone(), ..Flags::default() };
    let settings = RunSettings::resolve(&flags)?;
    let path = settings.deviations.value.clone().unwrap_or_else(|| "deviations.toml".into());
    match &args.action {
        Action::Add { .. } => add(&args.action, &path, &settings),
        Action::Prune { recordings } => prune(recordings, &path, &settings),
        Action::Explain => explain(&path, &settings),
    }
}

fn add(action: &Action, path: &Path, settings: &RunSettings) -> anyhow::Result<u8> {
    let Action::Add { requirement, operation, seen, from, kind, reason, link, expires } = action else {
        return Ok(0);
    };
    let mut baseline = if path.exists() { Baseline::read(path)? } else { Baseline::default() };
    let known = Known { kind: kind_of(kind)?, reason: reason.clone(), link: link.clone(), expires: *expires };
    let added = match requirement {
        Some(requirement) => {
            by_hand(&mut baseline, *requirement, operation.as_deref(), seen.as_deref(), known)
        }
        None => {
            let recorded = super::judge::read(from)?;
            let strict = settings.strict.value || recorded.strict;
            let run = judge_again(recorded, Harness::contract(settings)?.as_ref(), strict);
            baseline.gather(&run, &known)
        }
    };
    // What is written must be readable: a wrong pattern is refused here and not in the next run.
    Baseline::parse(&path.display().to_string(), &baseline.toml())?;
    write(path, &baseline)?;
    for Addition { entry, why } in &added {
        say(&format!("+ {} {}: {why}\n", entry.kind.word(), entry.name()));
    }
    say(&format!("{}: {} added, {} in all\n", path.display(), added.len(), baseline.entries.len()));
    Ok(0)
}

/// The entry that the command line spells out, unless it is there.
fn by_hand(
    baseline: &mut Baseline,
    requirement: RequirementId,
    operation: Option<&str>,
    seen: Option<&str>,
    known: Known,
) -> Vec<Addition> {
    let Known { kind, reason, link, expires } = known;
    let list = |pattern: Option<&str>| pattern.iter().map(|text| (*text).to_owned()).collect();
    let entry = Deviation {
        requirement,
        operation: list(operation),
        seen: list(seen),
        id: None,
        kind,
        reason,
        link,
        expires,
        trial: None,
        seed: None,
        place: Place::default(),
    };
    if baseline.entries.iter().any(|other| other.name() == entry.name()) {
        return Vec::new();
    }
    baseline.entries.push(entry.clone());
    vec![Addition { entry, why: "as the command says".into() }]
}

fn kind_of(word: &str) -> Result<DeviationKind, UsageError> {
    let unknown =
        || UsageError::Other(format!("--kind {word:?}: there are bug, missing, flaky and inconclusive"));
    DeviationKind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(unknown)
}

fn prune(recordings: &[PathBuf], path: &Path, settings: &RunSettings) -> anyhow::Result<u8> {
    let mut baseline = Baseline::read(path)?;
    let names = trial_names(settings)?;
    let gone = match recordings {
        [] => baseline.stale_today(&names, jiff::Timestamp::now()),
        recordings => {
            let recorded = super::judge::read(recordings)?;
            let strict = recorded.strict;
            let mut run = judge_again(recorded, Harness::contract(settings)?.as_ref(), strict);
            run.trials.iter_mut().for_each(|trial| baseline.excuse(trial));
            baseline.stale_lines(&run, &names)
        }
    };
    let before = baseline.entries.len();
    baseline.entries.retain(|entry| {
        let stays = !gone.contains(&entry.place.line);
        if !stays {
            say(&format!("- {}\n", entry.name()));
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

fn explain(path: &Path, settings: &RunSettings) -> anyhow::Result<u8> {
    let (baseline, contract) = (Baseline::read(path)?, Harness::contract(settings)?);
    for entry in &baseline.entries {
        let sentence = contract.requirement(entry.requirement).map_or("", |r| r.sentence.as_str());
        say(&format!("{} {} ({})\n  {sentence}\n", entry.kind.word(), entry.name(), entry.place));
        let expires = entry.expires.map(|day| day.to_string());
        let fields = [
            ("why", Some(&entry.reason)),
            ("more", entry.link.as_ref()),
            ("until", expires.as_ref()),
            ("trials", entry.id.as_ref()),
            ("case", entry.trial.as_ref()),
        ];
        for (label, value) in fields {
            say(&value.map_or_else(String::new, |value| format!("  {label:<7}{value}\n")));
        }
    }
    let gone = baseline.stale_today(&trial_names(settings)?, jiff::Timestamp::now());
    for entry in baseline.entries.iter().filter(|entry| gone.contains(&entry.place.line)) {
        say(&format!("stale: {}, expired or about no trial there is\n", entry.name()));
    }
    Ok(0)
}

fn trial_names(settings: &RunSettings) -> anyhow::Result<BTreeSet<String>> {
    let contract = Harness::contract(settings)?;
    Ok(Plan::new(settings, &contract)?.names())
}

fn write(path: &Path, baseline: &Baseline) -> Result<(), UsageError> {
    std::fs::write(path, baseline.toml())
        .map_err(|error| UsageError::Other(format!("known deviations {}: {error}", path.display())))
}
