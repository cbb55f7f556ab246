//! `report`: any report format from a recording.

use std::path::PathBuf;

use otp_conformance::app;
use otp_conformance::contract::Contract;
use otp_conformance::exchange::Redactor;
use otp_conformance::report::{RunReport, Sentences};

use super::output::Reports;
use super::style;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Recordings, as `run --record` writes them; the shards of one run become one report
    #[arg(required = true, value_name = "RECORDING")]
    recordings: Vec<PathBuf>,
    /// Print in full what the last screen only counts
    #[arg(long, short)]
    verbose: bool,
    /// An earlier recording: the page says what has changed since
    #[arg(long, value_name = "RECORDING", requires = "html")]
    against: Option<PathBuf>,
    #[command(flatten)]
    reports: Reports,
}

/// Tells a run as it was judged then. The status is that of writing, not of the run.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    args.reports.probe()?;
    let contract = Contract::embedded()?;
    let run = read(&args.recordings, &contract)?;
    let sentences = Sentences::new(contract.requirements());
    let redactor = Redactor::default();
    if !args.reports.is_any() {
        args.reports.print(&run, &sentences, &redactor, (style(), args.verbose));
    }
    let before = match &args.against {
        Some(path) => Some(read(std::slice::from_ref(path), &contract)?),
        None => None,
    };
    args.reports.write_against(&run, before.as_ref(), &sentences, &redactor)?;
    Ok(0)
}

/// The recordings of one run, with the state of every requirement.
fn read(paths: &[PathBuf], contract: &Contract) -> anyhow::Result<RunReport> {
    let mut run = super::judge::read(paths)?;
    app::assign_states(contract, &mut run);
    Ok(run)
}
