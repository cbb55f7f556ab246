//! `cleanup`: deletes what runs left at a target.

use otp_conformance::app::{Flags, RunSettings, clean_up};

use super::run::with_runtime;
use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// Ends in 0 where nothing is left, in 3 where users stay.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let settings = RunSettings::resolve(&args.flags)?;
    with_runtime(async {
        let done = clean_up(settings).await?;
        say(&format!("deleted {} users, {} stay\n", done.deleted, done.left));
        for line in done.lines() {
            say(&format!("{line}\n"));
        }
        Ok(if done.left == 0 { 0 } else { 3 })
    })
}
