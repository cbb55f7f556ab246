//! JUnit XML, as CI servers show it.

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::text::{SHOWN, plain, shorten};
use super::{Clients, RequirementState, RunReport, Sentences, Style, human};
use crate::trial::{Outcome, TrialReport};

/// The document: a test suite per first part of the trials' names, a test case per trial.
///
/// # Errors
/// None in practice: the document is written to memory.
pub fn junit(run: &RunReport, sentences: &Sentences) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("otp-conformance");
    report.set_time(run.duration);
    let mut suites: Vec<TestSuite> = Vec::new();
    for trial in &run.trials {
        let name = trial.name.split("::").next().unwrap_or_default();
        let name = shorten(name, SHOWN);
        let at = suites.iter().position(|suite| suite.name.as_str() == name).unwrap_or_else(|| {
            suites.push(suite(run, &name));
            suites.len() - 1
        });
        suites[at].add_test_case(case(run, trial, sentences, &name));
    }
    report.add_test_suites(suites);
    report.add_test_suite(requirements(run, sentences));
    report.add_test_suites(run.clients.iter().map(|clients| covered(run, clients)));
    report.to_string()
}

/// A case for each operation that was called or had to be, and for the command itself.
fn covered(run: &RunReport, clients: &Clients) -> TestSuite {
    let mut suite = suite(run, "covered");
    suite.add_properties(clients.rows().iter().map(|(what, all)| property(what, all)));
    let mut add = |name: String, problem: Option<String>| {
        let mut status = TestCaseStatus::success();
        if let Some(problem) = problem {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(problem);
        }
        let mut case = TestCase::new(name, status);
        case.set_classname("covered");
        suite.add_test_case(case);
    };
    clients.operations.iter().for_each(|(operation, calls)| add(format!("{operation}: {calls} calls"), None));
    let missing = clients.missing.iter();
    missing.for_each(|operation| add(operation.to_string(), Some("required, and not called".into())));
    if let Some(failed) = &clients.failed {
        add("command".into(), Some(shorten(failed, SHOWN)));
    }
    suite
}

/// A test case for the state of each requirement. What fails has failed in a trial already, but for evidence that is
/// missing: that is only here.
fn requirements(run: &RunReport, sentences: &Sentences) -> TestSuite {
    let mut suite = suite(run, "requirements");
    for (id, state) in run.states() {
        let gap = run.untested.iter().chain(&run.unsupported).find(|gap| gap.requirement == id);
        let mut status = match state {
            RequirementState::Held | RequirementState::Warned => TestCaseStatus::success(),
            RequirementState::Violated => TestCaseStatus::non_success(NonSuccessKind::Failure),
            _ if gap.is_some_and(|gap| gap.fails) => TestCaseStatus::non_success(NonSuccessKind::Error),
            _ => TestCaseStatus::skipped(),
        };
        if !matches!(state, RequirementState::Held | RequirementState::Warned) {
            let why = gap.map_or_else(String::new, |gap| format!(": {}", shorten(&gap.reason, SHOWN)));
            status.set_message(format!("{}{why}", state.word()));
        }
        let mut case = TestCase::new(format!("{id} {}", plain(sentences.words(id))), status);
        case.set_classname("requirements");
        case.add_property(property("state", state.word()));
        suite.add_test_case(case);
    }
    suite
}

fn suite(run: &RunReport, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let facts = [
        ("target", run.target.clone()),
        ("profile", run.profile.clone()),
        ("seed", run.seed.to_string()),
        ("requirements", run.requirements.clone()),
        ("version", run.version.clone()),
        ("started", run.started.to_string()),
        ("run-verdict", run.verdict().word().to_owned()),
    ];
    suite.add_properties(facts.map(|(name, value)| property(name, &value)));
    suite
}

fn case(run: &RunReport, trial: &TrialReport, sentences: &Sentences, suite: &str) -> TestCase {
    let mut case = TestCase::new(plain(&trial.name), status(run, trial, sentences));
    case.set_classname(suite);
    case.set_time(trial.duration);
    for requirement in &trial.proves {
        case.add_property(property("requirement", &requirement.to_string()));
    }
    for finding in trial.findings.iter().chain(&trial.excused).chain(&trial.warnings) {
        case.add_property(property("broken", &format!("{} {}", finding.requirement, finding.level)));
    }
    case.add_property(property("outcome", trial.outcome.word()));
    if let Some(verdict) = verdict(trial) {
        case.add_property(property("verdict", verdict));
    }
    case.add_property(property("seed", &run.seed.to_string()));
    case.add_property(property("trial-seed", &trial.seed.to_string()));
    case.add_properties(trial.place.iter().map(|place| property("place", &place.to_string())));
    case
}

fn property(name: &str, value: &str) -> Property {
    Property::new(name, shorten(value, SHOWN))
}

/// What the judge said, where it was asked.
fn verdict(trial: &TrialReport) -> Option<&'static str> {
    match trial.outcome {
        Outcome::Pass | Outcome::UnexpectedPass => Some("conforms"),
        Outcome::Fail | Outcome::ExpectedFail | Outcome::Flaky => Some("violates"),
        Outcome::Inconclusive | Outcome::ExpectedDoubt => Some("inconclusive"),
        Outcome::Unsupported | Outcome::HarnessError => None,
    }
}

/// A failure is the target's; an error is that we cannot tell. What is excused or cannot be shown is skipped, and says
/// why.
fn status(run: &RunReport, trial: &TrialReport, sentences: &Sentences) -> TestCaseStatus {
    let mut status = match trial.outcome {
        Outcome::Pass => return TestCaseStatus::success(),
        Outcome::ExpectedFail | Outcome::ExpectedDoubt | Outcome::Flaky | Outcome::Unsupported => {
            TestCaseStatus::skipped()
        }
        Outcome::Fail | Outcome::UnexpectedPass => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Inconclusive | Outcome::HarnessError => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    status.set_message(message(trial));
    if !trial.outcome.is_green() {
        status.set_type(kind(trial));
        status.set_description(human::trial(trial, sentences, run.again(), Style::Plain));
    }
    status
}

fn kind(trial: &TrialReport) -> String {
    match trial.findings.first() {
        Some(finding) => finding.requirement.to_string(),
        None => trial.outcome.word().to_owned(),
    }
}

fn message(trial: &TrialReport) -> String {
    match trial.findings.first() {
        Some(finding) if trial.outcome == Outcome::Fail => format!(
            "{}: expected {}; seen {}",
            finding.requirement,
            shorten(&finding.expected, SHOWN),
            shorten(&finding.seen, SHOWN)
        ),
        _ => human::reason(trial),
    }
}
