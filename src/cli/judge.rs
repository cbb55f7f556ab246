//! `judge`: recorded evidence again, offline, with today's rules.

use std::path::PathBuf;

use otp_conformance::app::baseline::Baseline;
use otp_conformance::app::evidence::{Recording, judge_again, merge};
use otp_conformance::app::{self, Flags, Harness, Plan, RunSettings, UsageError};
use otp_conformance::contract::Contract;
use otp_conformance::exchange::Redactor;
use otp_conformance::report::{RunReport, Sentences};

use super::output::Reports;
use super::style;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Recordings, as `run --record` writes them; the shards of one run become one verdict
    #[arg(required = true, value_name = "RECORDING")]
    recordings: Vec<PathBuf>,
    /// Known deviations of the target, TOML [env: OTP_DEVIATIONS]
    #[arg(long, value_name = "FILE")]
    deviations: Option<PathBuf>,
    /// A frozen set of requirements, such as 2026-11 [env: OTP_REQUIREMENTS]
    #[arg(long, value_name = "SET")]
    requirements: Option<String>,
    /// A folder of schemas and requirements in place of the built-in ones
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// A broken SHOULD fails too [env: OTP_STRICT]
    #[arg(long)]
    strict: bool,
    /// Print everything that the last screen only counts
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    reports: Reports,
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let flags = Flags {
        deviations: args.deviations.clone(),
        requirements: args.requirements.clone(),
        schema: args.schema.clone(),
        strict: args.strict,
        ..Flags::default()
    };
    args.reports.probe()?;
    let settings = RunSettings::resolve(&flags)?;
    let contract = Harness::contract(&settings)?;
    let run = judged(read(&args.recordings)?, &contract, &settings)?;
    let (sentences, redactor) = (Sentences::new(contract.requirements()), Redactor::default());
    args.reports.print(&run, &sentences, &redactor, (style(), args.verbose));
    args.reports.write(&run, &sentences, &redactor)?;
    Ok(run.exit_status())
}

/// Recordings as one run.
pub(crate) fn read(recordings: &[PathBuf]) -> Result<RunReport, UsageError> {
    let runs = recordings.iter().map(|path| Ok(Recording::read(path)?.into_run()));
    merge(runs.collect::<Result<_, UsageError>>()?)
}

/// The recorded run as it is judged today, known deviations excused.
pub(crate) fn judged(
    recorded: RunReport,
    contract: &Contract,
    settings: &RunSettings,
) -> anyhow::Result<RunReport> {
    let baseline = settings.deviations.value.as_deref().map(Baseline::read).transpose()?.unwrap_or_default();
    let strict = settings.strict.value || recorded.strict;
    let mut run = judge_again(recorded, contract, strict);
    run.trials.iter_mut().for_each(|trial| baseline.excuse(trial));
    baseline.settle(&mut run, &Plan::new(settings, contract)?.names());
    app::assign_states(contract, &mut run);
    Ok(run)
}
