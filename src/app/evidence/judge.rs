//! Judges recorded evidence again, by today's rules.

use std::collections::HashSet;

use crate::contract::{Contract, Level};
use crate::judge::{InconclusiveReason, Judgement, judge, judge_client};
use crate::proxy::{add_habits, speaks_of_client};
use crate::report::RunReport;
use crate::trial::{Outcome, TrialKind, TrialReport, of_rounds};

/// The run with the outcomes that its evidence has today. A trial of which no history was kept stays as it was.
pub fn judge_again(mut run: RunReport, contract: &Contract, strict: bool) -> RunReport {
    let fails_from = if strict { Level::Should } else { Level::Must };
    for trial in &mut run.trials {
        forget_deviations(trial);
        if !trial.histories.is_empty() {
            judge_trial(trial, contract, fails_from);
        }
    }
    // What a client does every time shows over all its trials.
    add_habits(contract, &mut run.trials, fails_from);
    RunReport { strict, requirements: contract.set_name().to_owned(), ..run }
}

/// The trial as it was before known deviations had their say.
fn forget_deviations(trial: &mut TrialReport) {
    trial.outcome = match trial.outcome {
        Outcome::ExpectedFail | Outcome::Flaky => Outcome::Fail,
        Outcome::ExpectedDoubt => Outcome::Inconclusive,
        Outcome::UnexpectedPass => Outcome::Pass,
        other => {
            trial.findings.append(&mut trial.excused);
            trial.reason = trial.reason.take().filter(|_| other != Outcome::Fail);
            return;
        }
    };
    trial.findings.append(&mut trial.excused);
    trial.reason = None;
}

fn judge_trial(trial: &mut TrialReport, contract: &Contract, fails_from: Level) {
    let (mut judgement, mut seen, mut rounds) = (Judgement::default(), HashSet::new(), Vec::new());
    for (at, history) in trial.histories.iter().enumerate() {
        // Of a trial through the proxy it is the client that is judged, unless it says otherwise.
        let mut judged = match speaks_of_client(&trial.name) {
            true => judge_client(contract, history),
            false => judge(contract, history),
        };
        judged.findings.iter_mut().for_each(|finding| finding.history = Some(at + 1));
        // One finding of each bug, as in the run; and cases that only look at shape have no doubts of their own.
        judged
            .findings
            .retain(|found| seen.insert((found.requirement, found.operation, found.signature.clone())));
        let doubts = std::mem::take(&mut judged.doubts);
        rounds.push(if trial.kind() == Some(TrialKind::Property) { Vec::new() } else { doubts });
        judgement.merge(judged);
    }
    judgement.doubts = match trial.kind() {
        Some(TrialKind::Race | TrialKind::Scenario) => of_rounds(rounds),
        _ => rounds.concat(),
    };
    // What did not come again with other users is no violation.
    judgement.findings.retain(|finding| !trial.doubts.iter().any(|doubt| doubt.acquits(finding)));
    // What kept a step from being taken was seen by the driver alone. What a broken requirement explains is no doubt.
    if judgement.findings.iter().all(|finding| finding.level < fails_from) {
        let ours = |doubt: &InconclusiveReason| {
            matches!(
                doubt,
                InconclusiveReason::NotShown { .. }
                    | InconclusiveReason::Missing { .. }
                    | InconclusiveReason::NotAgain { .. }
            )
        };
        for doubt in std::mem::take(&mut trial.doubts).into_iter().filter(ours) {
            if !judgement.doubts.contains(&doubt) {
                judgement.doubts.push(doubt);
            }
        }
    }
    if trial.outcome != Outcome::HarnessError {
        trial.reason = None;
        trial.outcome = Outcome::of(&judgement.verdict(fails_from));
    }
    let (findings, warnings) =
        judgement.findings.into_iter().partition(|finding| finding.level >= fails_from);
    (trial.findings, trial.warnings, trial.examined) = (findings, warnings, judgement.examined);
    trial.excused.clear();
    (trial.doubts, trial.drift, trial.observed) = (judgement.doubts, judgement.drift, judgement.observed);
}
