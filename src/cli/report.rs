//! `report`: any report format from a recording.

use std::path::PathBuf;

use otp_conformance::app;
use otp_conformance::contract::Contract;
use otp_conformance::exchange::Redactor;
use otp_conformance::report::Sentences;

use super::output::Reports;
use super::style;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Recordings, as `run --record` writes them; the shards of one run become one report
    #[arg(required = true, value_name = "RECORDING")]
    recordings: Vec<PathBuf>,
    /// Print everything that the last screen only counts
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    reports: Reports,
}

/// Tells a run as it was judged then. The status is that of writing, not of the run.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    args.reports.probe()?;
    let (mut run, contract) = (super::judge::read(&args.recordings)?, Contract::embedded()?);
    app::assign_states(&contract, &mut run);
    let sentences = Sentences::new(contract.requirements());
    let redactor = Redactor::default();
    if !args.reports.is_any() {
        args.reports.print(&run, &sentences, &redactor, (style(), args.verbose));
    }
    args.reports.write(&run, &sentences, &redactor)?;
    Ok(0)
}
