//! The other front door: the same trials under `cargo test` and nextest.
//!
//! What is known beforehand counts here as it does in `run`: deviations, a first look at the target, the target's
//! limits, and that what a run makes it deletes. What holds of a whole run only is not reported: nextest has no whole run.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use libtest_mimic::{Arguments, Completion, Failed, Trial as TestCase};
use tokio::runtime::Runtime;

use super::baseline::Deviation;
use super::nextest::{SharedRun, one_at_a_time};
use super::snapshot::{Snapshots, has_transcript};
use super::{Flags, Harness, KeptHistories, RunSettings, UsageError, doctor, recordings};
use crate::report::{RunReport, Sentences, human};
use crate::trial::{Outcome, Trial, TrialReport, current_name};

/// The target stopped answering, and no process of the run asks it again.
const GONE: &str = "gone";
/// What the name of a trial's snapshot begins with.
const SNAPSHOT: &str = "snapshot::";
/// The trials that nextest skips have been recorded.
const UNSUPPORTED: &str = "unsupported";

/// Runs every trial as a test: what a crate's own `tests/conformance.rs` calls, with `harness = false`.
///
/// Settings come from the environment (`OTP_TARGET`, `OTP_SEED`, …), filters from the arguments as every test binary
/// takes them. Snapshots live in `snapshots/<profile>/` of the crate that is tested. Ends in 0 or 101, as libtest does.
pub fn test_main() -> ExitCode {
    test_main_with(&Flags::default())
}

/// The same with settings of the crate's own, which win over the environment as flags do: where the server is that its
/// tests have started, for example.
pub fn test_main_with(flags: &Flags) -> ExitCode {
    let mut arguments = Arguments::from_args();
    for name in arguments.filter.iter_mut().chain(&mut arguments.skip) {
        *name = current_name(name);
    }
    match RunSettings::resolve(flags).and_then(|settings| Front::open(settings, &arguments)) {
        Ok(front) => Arc::new(front).run(&arguments),
        Err(error) => {
            // libtest-mimic has not taken over the output yet, and a test binary has no other way to say it.
            super::say(&format!("error: {error}\n"));
            ExitCode::from(101)
        }
    }
}

/// A harness behind a runtime of its own: libtest-mimic calls from plain threads.
struct Front {
    harness: Harness,
    runtime: Runtime,
    /// What a trial found, found once: its snapshot is taken of the same run.
    reports: HashMap<String, OnceLock<TrialReport>>,
    /// The accepted transcripts of the crate under test.
    snapshots: Option<Snapshots>,
    /// Why no trial can show anything; looked for before the first that runs.
    stop: OnceLock<Option<String>>,
    /// The nextest run that this process is a part of.
    shared: Option<SharedRun>,
    /// Held while the process lives, where no other may be at the target.
    alone: Option<File>,
    /// When it began.
    started: Timestamp,
}

impl Front {
    fn open(settings: RunSettings, arguments: &Arguments) -> Result<Front, UsageError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| UsageError::Other(format!("no runtime: {error}")))?;
        let run_id = std::env::var("NEXTEST_RUN_ID").ok().filter(|id| !id.is_empty() && !arguments.list);
        let shared = SharedRun::join(run_id)?;
        let alone = shared.as_ref().filter(|_| one_at_a_time(&settings)).and_then(|run| run.turn(true));
        // Listing sends nothing, not even a first look, and what is listed is what is run.
        let settings = RunSettings {
            look: false,
            dry_run: arguments.list,
            kept: KeptHistories::All,
            shared_pace: shared.as_ref().map(SharedRun::pace),
            ..settings
        };
        let harness = runtime.block_on(Harness::prepare(settings, &[]))?;
        let reports = harness.plan.trials().map(|trial| (trial.name.clone(), OnceLock::new())).collect();
        let snapshots = Snapshots::of(&harness.settings, &crate_root());
        let snapshots = snapshots.map(|set| shared.iter().fold(set, Snapshots::in_run));
        Ok(Front {
            harness,
            runtime,
            reports,
            snapshots,
            stop: OnceLock::new(),
            shared,
            alone,
            started: Timestamp::now(),
        })
    }

    fn run(self: Arc<Self>, arguments: &Arguments) -> ExitCode {
        if !arguments.list {
            let seed = self.harness.settings.seed.value;
            super::say(&format!("target {}, OTP_SEED={seed}\n", self.harness.target.base()));
        }
        let mut tests = Vec::new();
        for trial in self.harness.plan.trials() {
            tests.push(self.clone().trial(trial.clone()));
            if self.snapshots.is_some() && trial.has_steady_transcript() {
                tests.push(self.clone().snapshot(trial.clone()));
            }
        }
        let conclusion = libtest_mimic::run(arguments, tests);
        let mut kept = Ok(());
        if !arguments.list {
            self.tell();
            kept = self.keep(arguments);
            self.finish();
        }
        if let Err(error) = &kept {
            super::say(&format!("error: {error}\n"));
        }
        if conclusion.has_failed() || kept.is_err() { ExitCode::from(101) } else { ExitCode::SUCCESS }
    }

    /// The trials that were run here, as a run.
    fn ran(&self) -> Option<RunReport> {
        let trials = self.harness.plan.trials().filter_map(|trial| self.reports.get(&trial.name)?.get());
        let trials: Vec<TrialReport> = trials.cloned().collect();
        (!trials.is_empty()).then(|| super::run::ended(&self.harness, self.started, trials))
    }

    /// Keeps the evidence where it is asked for. A process of its own that looks at a trial's snapshot leaves the trial to
    /// another.
    fn keep(&self, arguments: &Arguments) -> Result<(), UsageError> {
        let Some(folder) = recordings::folder() else { return Ok(()) };
        self.keep_unsupported(&folder)?;
        let filter = arguments.filter.as_deref().unwrap_or_default();
        if self.shared.is_some() && filter.starts_with(SNAPSHOT) {
            return Ok(());
        }
        let Some(run) = self.ran() else { return Ok(()) };
        recordings::keep(&folder, &run, self.harness.redactor.clone())
    }

    /// nextest starts no process for a trial that is listed as ignored: another one says why it was not run.
    fn keep_unsupported(&self, folder: &Path) -> Result<(), UsageError> {
        let harness = &self.harness;
        let Some(shared) = self.shared.as_ref().filter(|run| !run.is_marked(UNSUPPORTED)) else {
            return Ok(());
        };
        shared.mark(UNSUPPORTED);
        let lacking = harness.plan.trials().filter(|trial| trial.lacks(&harness.ground).is_some());
        for trial in lacking {
            let report = self.runtime.block_on(trial.run(harness.ground.clone()));
            let run = super::run::ended(harness, self.started, vec![report]);
            recordings::keep(folder, &run, harness.redactor.clone())?;
        }
        Ok(())
    }

    /// The last screen of a run, over the trials that were run here. Under nextest each process runs one.
    fn tell(&self) {
        if self.shared.is_some() {
            return;
        }
        let harness = &self.harness;
        let Some(report) = self.ran() else { return };
        let sentences = Sentences::new(harness.contract.requirements());
        super::say(&human::screen(&report, &sentences, super::style(), &|text| harness.redactor.clean(text)));
    }

    fn finish(&self) {
        let left = self.runtime.block_on(self.harness.clean_up());
        let recorded = self.snapshots.iter().filter_map(Snapshots::summary);
        for line in left.into_iter().chain(recorded) {
            super::say(&self.harness.redactor.clean(&format!("{line}\n")));
        }
    }

    fn trial(self: Arc<Self>, trial: Trial) -> TestCase {
        // nextest takes what a process says of itself as a pass: it skips only what is listed as ignored.
        let lacking = std::env::var_os("NEXTEST").is_some() && trial.lacks(&self.harness.ground).is_some();
        let test = TestCase::ignorable_test(trial.name.clone(), move || {
            let report = self.report(&trial);
            match report.outcome {
                Outcome::Unsupported => {
                    Ok(Completion::ignored_with(report.reason.unwrap_or_else(|| "unsupported".into())))
                }
                outcome if outcome.is_green() => Ok(Completion::Completed),
                _ => {
                    let kept = super::cases::keep(Path::new(""), &report, &self.harness.redactor);
                    let unkept = kept.err().map_or_else(String::new, |error| format!("\n{error}"));
                    Err(Failed::from(self.harness.redactor.clean(&human::brief(&report)) + &unkept))
                }
            }
        });
        test.with_ignored_flag(lacking)
    }

    fn snapshot(self: Arc<Self>, trial: Trial) -> TestCase {
        TestCase::ignorable_test(format!("{SNAPSHOT}{}", trial.name), move || {
            let report = self.report(&trial);
            if !has_transcript(&report) {
                return Ok(Completion::ignored_with(format!("{}: {}", trial.name, report.outcome.word())));
            }
            let checked = self.snapshots.as_ref().map_or(Ok(()), |snapshots| snapshots.check(&report));
            checked.map(|()| Completion::Completed).map_err(Failed::from)
        })
    }

    fn report(&self, trial: &Trial) -> TrialReport {
        match self.reports.get(&trial.name) {
            Some(known) => known.get_or_init(|| self.seen(trial)).clone(),
            None => self.seen(trial),
        }
    }

    /// Runs a trial, in the light of what is known of the target.
    fn seen(&self, trial: &Trial) -> TrialReport {
        let (harness, shared) = (&self.harness, self.shared.as_ref());
        let _turn = shared
            .filter(|_| self.alone.is_none() && harness.settings.target.value.is_some())
            .and_then(|run| run.turn(trial.exclusive));
        if let Some(why) = self.stop.get_or_init(|| self.examined()) {
            return trial.unreachable(&harness.ground, why);
        }
        if harness.target.is_gone() || shared.is_some_and(|run| run.is_marked(GONE)) {
            return trial.unreachable(&harness.ground, "the target stopped answering");
        }
        let mut report = self.runtime.block_on(trial.run(harness.ground.clone()));
        if let Some(run) = shared.filter(|_| harness.target.is_gone()) {
            run.mark(GONE);
        }
        harness.baseline.excuse(&mut report);
        self.settle(&mut report);
        report
    }

    /// A listed bug that this trial should show is mended only if its case, run again, passes too.
    fn settle(&self, report: &mut TrialReport) {
        if report.outcome != Outcome::Pass {
            return;
        }
        let harness = &self.harness;
        let still_there = |entry: &&Deviation| {
            let Some(seed) = entry.seed else { return false };
            let again = self.runtime.block_on(super::run::again(harness, &report.name, seed));
            again.is_some_and(|again| entry.matches(&again) || again.outcome == Outcome::Inconclusive)
        };
        let mended: Vec<&Deviation> =
            harness.baseline.due(report).filter(|entry| !still_there(entry)).collect();
        if let Some(entry) = mended.first() {
            let what = format!("{} is mended: remove the entry ({})", entry.name(), entry.place);
            (report.outcome, report.reason) = (Outcome::UnexpectedPass, Some(what));
        }
    }

    /// Why no trial can show anything on this target. One process of a run finds it out for all.
    fn examined(&self) -> Option<String> {
        self.harness.settings.target.value.as_ref()?;
        let examine = || {
            let seen = self.runtime.block_on(doctor::examine(&self.harness));
            seen.stop.map(|why| self.harness.redactor.clean(&why))
        };
        match &self.shared {
            Some(run) => run.once("doctor", examine),
            None => examine(),
        }
    }
}

/// The folder of the crate under test.
fn crate_root() -> PathBuf {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    root.or_else(|| std::env::current_dir().ok()).unwrap_or_default()
}
