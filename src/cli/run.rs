//! `run`: plan, drive, judge, report.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::Context as _;
use otp_conformance::app::{self, Flags, Harness, Progress, Settings};
use otp_conformance::report::{RunReport, Sentences, Style, Summary, human};
use otp_conformance::trial::{Outcome, TrialReport};

use super::{complain, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Trials to run: whole names or parts of them; all, if none is given
    trials: Vec<String>,
    #[command(flatten)]
    flags: Flags,
    /// Write the summary as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) fn main(args: Args) -> anyhow::Result<u8> {
    let settings = Settings::resolve(&args.flags)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let harness = Harness::prepare(settings, &args.trials).await?;
        let quiet = args.json.as_deref().is_some_and(|path| path.as_os_str() == "-");
        if harness.settings.dry_run {
            say(&plan(&harness));
            return Ok(0);
        }
        let style = if std::io::stdout().is_terminal() { Style::Colour } else { Style::Plain };
        let mut teller = Teller { style, quiet, verbose: harness.settings.verbose };
        if harness.settings.target.value.is_some() && !quiet {
            say(&plan_line(&harness));
        }
        let report = app::run(&harness, jiff::Timestamp::now(), &mut teller).await;
        if !quiet {
            let text = human::report(&report, &Sentences::new(harness.contract.requirements()), style);
            say(&harness.redactor.clean(&text));
        }
        write_json(&args, &report, &harness)?;
        Ok(report.exit_status())
    })
}

/// Tells of each trial as it ends: on a terminal only of those that are not green, all with `--verbose`.
struct Teller {
    style: Style,
    quiet: bool,
    verbose: bool,
}

impl Progress for Teller {
    fn ended(&mut self, trial: &TrialReport) {
        if self.quiet {
            return;
        }
        if self.verbose || !matches!(trial.outcome, Outcome::Pass | Outcome::Unsupported) {
            say(&human::trial_line(trial, self.style));
        }
        if self.verbose {
            for history in &trial.histories {
                say(&otp_conformance::report::transcript::transcript(history));
            }
        }
    }
}

fn plan_line(harness: &Harness) -> String {
    let cost = harness.plan.cost();
    format!(
        "plan: {} of {} trials, at most {} requests, {} of them send a message, to {}\n",
        harness.plan.chosen.len(),
        harness.plan.all.len(),
        cost.requests,
        cost.sends,
        harness.target.base()
    )
}

fn plan(harness: &Harness) -> String {
    let mut text = String::new();
    for trial in harness.plan.trials() {
        let cost = trial.cost;
        text.push_str(&format!("{}  {} requests, {} sends\n", trial.name, cost.requests, cost.sends));
    }
    text + &plan_line(harness)
}

fn write_json(args: &Args, report: &RunReport, harness: &Harness) -> anyhow::Result<()> {
    let Some(path) = &args.json else { return Ok(()) };
    let text = harness.redactor.clean(&Summary::new(report).json());
    if path.as_os_str() == "-" {
        say(&text);
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| {
        complain(&format!("the run ended with status {}", report.exit_status()));
        anyhow::Error::new(app::UsageError::Other(format!("--json {}: {error}", path.display())))
    })
}
