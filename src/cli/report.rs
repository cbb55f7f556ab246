//! `report`: any report format from a recording.

use std::path::PathBuf;

use otp_conformance::app::evidence::Recording;
use otp_conformance::contract::Contract;
use otp_conformance::exchange::Redactor;
use otp_conformance::report::Sentences;

use super::output::Reports;
use super::style;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A recording, as `run --record` writes it
    recording: PathBuf,
    #[command(flatten)]
    reports: Reports,
}

/// Tells a run as it was judged then. The status is that of writing, not of the run.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    args.reports.probe()?;
    let run = Recording::read(&args.recording)?.into_run();
    let sentences = Sentences::new(Contract::embedded()?.requirements());
    let redactor = Redactor::default();
    if !args.reports.is_any() {
        args.reports.print(&run, &sentences, &redactor, style());
    }
    args.reports.write(&run, &sentences, &redactor)?;
    Ok(0)
}
