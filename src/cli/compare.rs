//! `compare`: where two runs, or two targets, behave differently.

use std::path::PathBuf;

use otp_conformance::app::compare::Comparison;
use otp_conformance::app::{self, Flags, Harness, Progress, RunSettings, UsageError};
use otp_conformance::contract::Contract;
use otp_conformance::report::RunReport;
use otp_conformance::trial::TrialReport;

use super::run::with_runtime;
use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Two recordings, as `run --record` writes them
    #[arg(num_args = 0..=2, value_name = "RECORDING")]
    recordings: Vec<PathBuf>,
    /// In place of the first recording: the shards of one run
    #[arg(long, value_name = "RECORDING", num_args = 1.., requires = "after", conflicts_with = "recordings")]
    before: Vec<PathBuf>,
    /// In place of the second recording: the shards of one run
    #[arg(long, value_name = "RECORDING", num_args = 1.., requires = "before", conflicts_with = "recordings")]
    after: Vec<PathBuf>,
    /// In place of recordings: the second target, run live with the seed and settings of the first
    #[arg(long, value_name = "URL", conflicts_with = "recordings")]
    against: Option<String>,
    #[command(flatten)]
    flags: Flags,
    /// Output format: text, json or markdown
    #[arg(long, default_value = "text", value_parser = ["text", "json", "markdown"])]
    format: String,
}

/// Ends in 0 where there is no difference, in 1 where there is one, in 3 where a target could not be asked.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let recorded = |files: &[PathBuf]| -> anyhow::Result<RunReport> {
        let mut run = super::judge::read(files)?;
        app::assign_states(&Contract::embedded()?, &mut run);
        Ok(run)
    };
    let (a, b) = match (args.recordings.as_slice(), &args.against) {
        ([a, b], None) => (recorded(std::slice::from_ref(a))?, recorded(std::slice::from_ref(b))?),
        ([], None) if !args.before.is_empty() => (recorded(&args.before)?, recorded(&args.after)?),
        ([], Some(against)) => live(&args.flags, against)?,
        _ => {
            let what = "give two recordings, --before and --after, or --target A --against B";
            return Err(UsageError::Other(what.into()).into());
        }
    };
    let comparison = Comparison::new(&a, &b);
    say(&match args.format.as_str() {
        "json" => serde_json::to_string_pretty(&comparison)? + "\n",
        "markdown" => comparison.markdown(),
        _ => comparison.text(),
    });
    Ok(match (a.unreachable.is_some() || b.unreachable.is_some(), comparison.is_empty()) {
        (true, _) => 3,
        (false, true) => 0,
        (false, false) => 1,
    })
}

struct Silent;

impl Progress for Silent {
    fn ended(&mut self, _: &TrialReport) {}
}

/// Both targets, one after the other, with one seed.
fn live(flags: &Flags, against: &str) -> anyhow::Result<(RunReport, RunReport)> {
    let first = RunSettings::resolve(flags)?;
    let seed = first.seed.value.to_string();
    let flags = Flags { seed: Some(seed), target: Some(against.to_owned()), ..flags.clone() };
    let second = RunSettings::resolve(&flags)?;
    with_runtime(async { Ok((quietly(first).await?, quietly(second).await?)) })
}

async fn quietly(settings: RunSettings) -> anyhow::Result<RunReport> {
    let harness = Harness::prepare(settings, &[]).await?;
    let report = app::run(&harness, jiff::Timestamp::now(), &mut Silent).await;
    harness.clean_up().await;
    Ok(report)
}
