//! `run`: plan, look at the target, drive, judge, report.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use otp_conformance::app::evidence::Recorder;
use otp_conformance::app::{self, Flags, Harness, Progress, RunSettings, UsageError, doctor};
use otp_conformance::report::{RunReport, RunVerdict, Sentences, Style, grouped, human};
use otp_conformance::trial::TrialReport;

use super::output::Reports;
use super::progress::Meter;
use super::{complain, say};

/// Lines of a difference that are shown unasked.
const DIFF_LINES: usize = 12;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Trials to run: whole names, parts of them, or patterns of whole names with `*` for any characters; all, if none is
    /// given
    trials: Vec<String>,
    #[command(flatten)]
    flags: Flags,
    /// Record the evidence, as `judge`, `report`, `compare` and `baseline` read it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    reports: Reports,
}

pub(crate) fn main(args: &Args) -> anyhow::Result<u8> {
    args.reports.probe()?;
    let resolved = RunSettings::resolve(&args.flags)?;
    let kept = resolved.kept.max(args.reports.wanted_histories());
    let settings = RunSettings { kept, ..resolved };
    with_runtime(async {
        let harness = Harness::prepare(settings, &args.trials).await?;
        if harness.plan.chosen.is_empty() {
            complain(&nothing_chosen(&args.trials, &harness));
        }
        if harness.settings.dry_run {
            say(&plan(&harness));
            return Ok(0);
        }
        let (report, kept) = drive(harness, args.record.as_deref(), &args.reports).await?;
        kept?;
        Ok(report.exit_status())
    })
}

/// Runs what asks for a network.
pub(crate) fn with_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    let result = runtime.block_on(work);
    // A code source's command or a slow name server must not keep a finished run alive.
    runtime.shutdown_background();
    result
}

/// Runs a plan with everything around it. The second answer is whether the evidence could be kept.
pub(crate) async fn drive(
    mut harness: Harness,
    record: Option<&std::path::Path>,
    reports: &Reports,
) -> anyhow::Result<(RunReport, Result<(), UsageError>)> {
    let (style, quiet) = (super::style(), reports.is_quiet());
    let started = jiff::Timestamp::now();
    let watcher = watch(harness.stop.clone());
    if harness.settings.target.value.is_some() {
        if !quiet {
            say(&plan_line(&harness));
        }
        let seen = tokio::select! {
            seen = doctor::examine(&harness) => seen,
            () = harness.stop.asked() => doctor::Examination::interrupted(),
        };
        if !quiet {
            let shown = |line: &&str| harness.settings.verbose || line.contains(" FAILED ");
            let text = seen.text();
            let lines = text.lines().filter(shown).map(|line| format!("{line}\n"));
            say(&harness.redactor.clean(&lines.collect::<String>()));
        }
        harness.unreachable = seen.stop.or(harness.unreachable);
    }
    let redactor = harness.redactor.clone();
    let recorder =
        record.map(|path| Recorder::create(path, &app::head(&harness, started), redactor)).transpose()?;
    let meter = Meter::start(harness.plan.chosen.len(), harness.target.clone(), quiet);
    let mut teller = ProgressPrinter { style, verbose: harness.settings.verbose && !quiet, recorder, meter };
    let mut report = app::run(&harness, started, &mut teller).await;
    let ProgressPrinter { recorder, meter, .. } = teller;
    drop(meter);
    for left in harness.clean_up().await {
        complain(&harness.redactor.clean(&left));
    }
    watcher.abort();
    app::count(&harness, &mut report);
    for trial in &report.trials {
        // A folder that cannot be written takes nothing away from the verdict.
        if let Err(error) = app::cases::keep(std::path::Path::new(""), trial, &harness.redactor) {
            complain(&error.to_string());
        }
    }
    let differences = harness.snapshots.iter().flat_map(app::Snapshots::differences);
    let differences = Vec::from_iter(differences);
    if !quiet {
        say(&harness.redactor.clean(&shown(&differences, harness.settings.verbose)));
    }
    for line in harness.snapshots.iter().filter_map(app::Snapshots::summary) {
        complain(&line);
    }
    let kept = recorder.map_or(Ok(()), |recorder| recorder.finish(&report));
    let sentences = Sentences::new(harness.contract.requirements());
    reports.print(&report, &sentences, &harness.redactor, (style, harness.settings.verbose));
    reports.write(&report, &sentences, &harness.redactor)?;
    Ok((report, kept))
}

/// Ends the run at the first Ctrl-C, and the process at the second.
fn watch(stop: Arc<app::Stop>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        super::wait::interrupted().await;
        complain("interrupted: ending the trials, cleaning up; once more ends at once");
        stop.now();
        super::wait::interrupted().await;
        std::process::exit(i32::from(RunVerdict::Inconclusive.exit_status()));
    })
}

/// The first difference from accepted transcripts, or all with `--verbose`.
fn shown(differences: &[String], all: bool) -> String {
    let lines: Vec<&str> = differences.first().map(|first| first.lines().collect()).unwrap_or_default();
    if all || differences.len() == 1 && lines.len() <= DIFF_LINES {
        return differences.concat();
    }
    let shown: String = lines.iter().take(DIFF_LINES).map(|line| format!("{line}\n")).collect();
    match differences.len() {
        0 => String::new(),
        _ => format!(
            "{shown}… {} transcripts differ; `otp-conformance review` shows them\n",
            differences.len()
        ),
    }
}

/// Counts the trials as they end, and tells of each with `--verbose`.
struct ProgressPrinter {
    style: Style,
    verbose: bool,
    recorder: Option<Recorder>,
    meter: Meter,
}

impl Progress for ProgressPrinter {
    fn ended(&mut self, trial: &TrialReport) {
        if let Some(recorder) = &mut self.recorder {
            recorder.trial(trial);
        }
        self.meter.ended(trial);
        if self.verbose {
            self.meter.say(&format!("{}\n", human::trial_line(trial, self.style)));
            for history in &trial.histories {
                self.meter.say(&otp_conformance::report::transcript::transcript(history));
            }
        }
    }
}

pub(crate) fn plan_line(harness: &Harness) -> String {
    let (cost, most) = (harness.plan.cost(), harness.target.budget().ceiling());
    // Every message is asked for by a request.
    let requests = most.requests.unwrap_or(cost.requests);
    format!(
        "plan: {} of {} trials, at most {} requests, {} of them send a message, to {}\n\
         plan: about {} requests and {} messages, if nothing is convicted\npace: {}\n",
        harness.plan.chosen.len(),
        harness.plan.all.len(),
        grouped(requests),
        grouped(most.sends.unwrap_or(cost.sends).min(requests)),
        harness.target.base(),
        grouped(cost.requests),
        grouped(cost.sends),
        harness.pace()
    )
}

fn plan(harness: &Harness) -> String {
    let mut text = String::new();
    for trial in harness.plan.trials() {
        let cost = if harness.plan.bare { trial.steps } else { trial.cost };
        text.push_str(&format!("{}  {} requests, {} sends\n", trial.name, cost.requests, cost.sends));
    }
    text + &plan_line(harness)
}

/// Why there is nothing to run.
fn nothing_chosen(patterns: &[String], harness: &Harness) -> String {
    let known = |pattern: &&String| harness.plan.all.iter().any(|trial| app::matches(&trial.name, pattern));
    match patterns.iter().find(|pattern| !known(pattern)) {
        Some(unknown) => {
            format!("no trial is called {unknown:?}, whole or in part; see `otp-conformance list trials`")
        }
        None => "the shard or the budget leaves no trial to run".to_owned(),
    }
}
