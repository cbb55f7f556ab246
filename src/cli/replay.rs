//! `replay`: a stored case again.

use std::path::PathBuf;

use otp_conformance::app::{Flags, Harness, KeptHistories, RunSettings};
use otp_conformance::report::RunVerdict;

use super::output::Reports;
use super::run::{drive, with_runtime};
use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A case file, in the format of suites
    file: PathBuf,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    reports: Reports,
}

/// Ends in 1 while the case fails, in 0 once it is fixed, in 3 where it is inconclusive.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    args.reports.probe()?;
    let flags = Flags { suites: Some(args.file.clone()), ..args.flags.clone() };
    let settings = RunSettings::resolve(&flags)?;
    let settings = RunSettings { kept: KeptHistories::All, ..settings };
    with_runtime(async {
        // The file's cases, and none of the trials that come without a suite.
        let harness = Harness::prepare(settings, &["scenario::".into(), "race::".into()]).await?;
        let (report, _) = drive(harness, None, &args.reports).await?;
        let word = match report.verdict() {
            RunVerdict::Pass => "fixed",
            RunVerdict::Fail => "still fails",
            _ => "inconclusive",
        };
        if !args.reports.is_quiet() {
            say(&format!("{}: {word}\n", args.file.display()));
        }
        Ok(report.exit_status())
    })
}
