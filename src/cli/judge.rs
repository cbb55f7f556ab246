//! `judge`: recorded evidence again, offline, with today's rules.

use std::path::PathBuf;

use otp_conformance::app::baseline::Baseline;
use otp_conformance::app::evidence::{Recording, demand_whole, judge_again, merge};
use otp_conformance::app::{
    self, Harness, KnownSetting, Plan, RunSettings, SETTINGS, SettingsOf, SomeFlags, UsageError,
};
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
    #[command(flatten)]
    settings: SomeFlags<OfJudge>,
    /// The recordings must hold every trial there is: what is missing is named, and the status is 3
    #[arg(long)]
    whole: bool,
    /// Print in full what the last screen only counts
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    reports: Reports,
}

/// The settings that matter to judging.
#[derive(Clone)]
struct OfJudge;

impl SettingsOf for OfJudge {
    fn list() -> Vec<KnownSetting> {
        vec![SETTINGS.deviations, SETTINGS.requirements, SETTINGS.schema, SETTINGS.strict]
    }
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    args.reports.probe()?;
    let settings = RunSettings::resolve(&args.settings.flags)?;
    let contract = Harness::contract(&settings)?;
    let mut run = judged(read(&args.recordings)?, &contract, &settings)?;
    if args.whole {
        demand_whole(&mut run, &Plan::new(&settings, &contract)?.names());
    }
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
