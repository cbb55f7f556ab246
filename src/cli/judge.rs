//! `judge`: recorded evidence again, offline, with today's rules.

use std::path::PathBuf;

use otp_conformance::app::baseline::Baseline;
use otp_conformance::app::evidence::{Recording, judge_again};
use otp_conformance::app::{self, Flags, Harness, Settings};
use otp_conformance::contract::Contract;
use otp_conformance::exchange::Redactor;
use otp_conformance::report::{RunReport, Sentences};

use super::output::Reports;
use super::style;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A recording, as `run --record` writes it
    recording: PathBuf,
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
    let settings = Settings::resolve(&flags)?;
    let contract = Harness::contract(&settings)?;
    let run = judged(Recording::read(&args.recording)?, &contract, &settings)?;
    let (sentences, redactor) = (Sentences::new(contract.requirements()), Redactor::default());
    args.reports.print(&run, &sentences, &redactor, style());
    args.reports.write(&run, &sentences, &redactor)?;
    Ok(run.exit_status())
}

/// The recorded run as it is judged today, known deviations excused.
pub(crate) fn judged(
    recording: Recording,
    contract: &Contract,
    settings: &Settings,
) -> anyhow::Result<RunReport> {
    let baseline = settings.deviations.value.as_deref().map(Baseline::read).transpose()?.unwrap_or_default();
    let recorded = recording.into_run();
    let strict = settings.strict.value || recorded.strict;
    let mut run = judge_again(recorded, contract, strict);
    run.trials.iter_mut().for_each(|trial| baseline.excuse(trial));
    run.untested = app::untested(contract, &run);
    // A recording holds the trials that were chosen, not all there are: an entry may speak of another.
    run.stale.clear();
    Ok(run)
}
