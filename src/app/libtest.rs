//! The other front door: the same trials under `cargo test` and nextest.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial as TestCase};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use super::{Flags, Harness, Settings, UsageError, snapshot};
use crate::report::{Again, Sentences, Style, human};
use crate::trial::{Outcome, Trial, TrialReport};

/// Runs every trial as a test: what a crate's own `tests/conformance.rs` calls, with `harness = false`.
///
/// Settings come from the environment (`OTP_TARGET`, `OTP_SEED`, …), filters from the arguments as every test binary
/// takes them. Snapshots live in `snapshots/<profile>/` of the crate that is tested. Ends in 0 or 101, as libtest does.
pub fn test_main() -> ExitCode {
    let arguments = Arguments::from_args();
    match Settings::resolve(&Flags::default()).and_then(|settings| Front::open(settings, &arguments)) {
        Ok(front) => front.run(&arguments),
        Err(error) => {
            // libtest-mimic has not taken over the output yet, and a test binary has no other way to say it.
            super::say(&format!("error: {error}\n"));
            ExitCode::from(101)
        }
    }
}

/// A harness behind a runtime of its own: libtest-mimic calls from plain threads.
struct Front {
    harness: Arc<Harness>,
    runtime: Arc<Runtime>,
    /// What a trial found, found once: its snapshot is taken of the same run.
    reports: Arc<HashMap<String, OnceCell<TrialReport>>>,
}

impl Front {
    fn open(settings: Settings, arguments: &Arguments) -> Result<Front, UsageError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| UsageError::Other(format!("no runtime: {error}")))?;
        // Listing sends nothing, not even a first look.
        let settings = Settings { dry_run: arguments.list, keep_histories: true, ..settings };
        let harness = runtime.block_on(Harness::prepare(settings, &[]))?;
        let reports = harness.plan.trials().map(|trial| (trial.name.clone(), OnceCell::new())).collect();
        Ok(Front { harness: Arc::new(harness), runtime: Arc::new(runtime), reports: Arc::new(reports) })
    }

    fn run(self, arguments: &Arguments) -> ExitCode {
        if !arguments.list {
            let seed = self.harness.settings.seed.value;
            super::say(&format!("target {}, OTP_SEED={seed}\n", self.harness.target.base()));
        }
        let mut tests = Vec::new();
        for trial in self.harness.plan.trials() {
            tests.push(self.trial(trial));
            if trial.has_steady_transcript() {
                tests.push(self.snapshot(trial));
            }
        }
        let conclusion = libtest_mimic::run(arguments, tests);
        if conclusion.has_failed() { ExitCode::from(101) } else { ExitCode::SUCCESS }
    }

    /// A future's answer, from a plain thread.
    fn report_of(&self, trial: &Trial) -> impl Fn() -> TrialReport + Send + 'static {
        let (harness, runtime) = (self.harness.clone(), self.runtime.clone());
        let (reports, trial) = (self.reports.clone(), trial.clone());
        move || {
            let run = async {
                if let Some(why) = &harness.unreachable {
                    return trial.unreachable(&harness.ground, why);
                }
                trial.run(harness.ground.clone()).await
            };
            match reports.get(&trial.name) {
                Some(cell) => runtime.block_on(cell.get_or_init(|| run)).clone(),
                None => runtime.block_on(run),
            }
        }
    }

    fn trial(&self, trial: &Trial) -> TestCase {
        let (report_of, harness) = (self.report_of(trial), self.harness.clone());
        TestCase::ignorable_test(trial.name.clone(), move || {
            let report = report_of();
            match report.outcome {
                Outcome::Unsupported => {
                    Ok(Completion::ignored_with(report.reason.unwrap_or_else(|| "unsupported".into())))
                }
                outcome if outcome.is_green() => Ok(Completion::Completed),
                _ => {
                    let kept = super::cases::keep(Path::new(""), &report, &harness.redactor);
                    let told = kept.err().map_or_else(String::new, |error| format!("\n{error}"));
                    Err(Failed::from(failure(&harness, &report) + &told))
                }
            }
        })
    }

    fn snapshot(&self, trial: &Trial) -> TestCase {
        let (report_of, name) = (self.report_of(trial), trial.name.clone());
        let profile = self.harness.profile_name().to_owned();
        TestCase::ignorable_test(format!("snapshot::{name}"), move || {
            let report = report_of();
            if report.outcome != Outcome::Pass {
                return Ok(Completion::ignored_with(format!("{name}: {}", report.outcome.word())));
            }
            let folder = snapshot_folder(&profile);
            snapshot::check(&folder, &name, &report).map(|()| Completion::Completed).map_err(Failed::from)
        })
    }
}

/// `snapshots/<profile>` of the crate under test.
fn snapshot_folder(profile: &str) -> PathBuf {
    let root =
        std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).or_else(|| std::env::current_dir().ok());
    root.unwrap_or_default().join("snapshots").join(profile)
}

fn failure(harness: &Harness, report: &TrialReport) -> String {
    let settings = super::run::repetition(&harness.settings);
    let again = Again { seed: harness.settings.seed.value, settings: &settings };
    let sentences = Sentences::new(harness.contract.requirements());
    harness.redactor.clean(&human::trial(report, &sentences, again, Style::Plain))
}
