//! `doctor`: what this target is, and what can be proved on it.

use otp_conformance::app::{Flags, Harness, RunSettings, doctor};

use super::run::{plan_line, with_runtime};
use super::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// Ends in 0 where every step went well, in 3 where one failed.
pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    let settings = RunSettings::resolve(&args.flags)?;
    with_runtime(async {
        let harness = Harness::prepare(settings, &[]).await?;
        let seen = match harness.settings.dry_run {
            true => doctor::Examination::default(),
            false => doctor::examine(&harness).await,
        };
        let settings = doctor::settings(&harness.settings);
        let provable = doctor::provable(&harness);
        let text = format!("{settings}{}{provable}{}", seen.text(), plan_line(&harness));
        say(&harness.redactor.clean(&text));
        for left in harness.clean_up().await {
            say(&harness.redactor.clean(&left));
        }
        Ok(if seen.has_failed() { 3 } else { 0 })
    })
}
