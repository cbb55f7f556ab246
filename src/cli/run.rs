//! `run`: plan, drive, judge, report.

use std::fs::File;
use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use otp_conformance::app::{self, Flags, Harness, Progress, Settings, UsageError};
use otp_conformance::report::{Sentences, Style, Summary, human};
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
        if harness.plan.chosen.is_empty() {
            complain(&nothing_chosen(&args.trials, &harness));
        }
        let quiet = args.json.as_deref().is_some_and(|path| path.as_os_str() == "-");
        if harness.settings.dry_run {
            say(&plan(&harness));
            return Ok(0);
        }
        let json = args.json.as_deref().map(open_json).transpose()?;
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
        if let Some(mut file) = json {
            let summary = harness.redactor.clean_json(&Summary::new(&report).json());
            file.write_all(summary.as_bytes()).context("--json: the summary is not written")?;
        }
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
            say(&format!("{}\n", human::trial_line(trial, self.style)));
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

/// Opened before anything is sent: what a run costs should not be lost to a misspelt path.
fn open_json(path: &Path) -> Result<Box<dyn Write>, UsageError> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdout()));
    }
    match File::create(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(UsageError::Other(format!(
            "--json {}: {error}; name a file that can be written",
            path.display()
        ))),
    }
}

fn nothing_chosen(patterns: &[String], harness: &Harness) -> String {
    let known = |pattern: &&String| harness.plan.all.iter().any(|trial| app::matches(&trial.name, pattern));
    match patterns.iter().find(|pattern| !known(pattern)) {
        Some(unknown) => {
            format!("no trial is called {unknown:?}, whole or in part; see `otp-conformance list trials`")
        }
        None => "the shard or the budget leaves no trial to run".to_owned(),
    }
}
