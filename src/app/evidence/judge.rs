//! Judges recorded evidence again, by today's rules.

use crate::contract::{Contract, Level};
use crate::judge::{Doubt, Judgement, Verdict, judge, judge_client};
use crate::proxy::speaks_of_client;
use crate::report::RunReport;
use crate::trial::{Outcome, TrialReport};

/// The run with the outcomes that its evidence has today. A trial of which no history was kept stays as it was.
pub fn judge_again(mut run: RunReport, contract: &Contract, strict: bool) -> RunReport {
    let fails_from = if strict { Level::Should } else { Level::Must };
    for trial in &mut run.trials {
        if !trial.histories.is_empty() {
            judge_trial(trial, contract, fails_from);
        }
    }
    RunReport { strict, requirements: contract.set_name().to_owned(), ..run }
}

fn judge_trial(trial: &mut TrialReport, contract: &Contract, fails_from: Level) {
    let mut judgement = Judgement::default();
    for history in &trial.histories {
        // Of a trial through the proxy it is the client that is judged, unless it says otherwise.
        judgement.merge(match speaks_of_client(&trial.name) {
            true => judge_client(contract, history),
            false => judge(contract, history),
        });
    }
    // What kept a step from being taken was seen by the driver alone. What a broken requirement explains is no doubt.
    if judgement.findings.iter().all(|finding| finding.level < fails_from) {
        let ours = |doubt: &Doubt| matches!(doubt, Doubt::NotShown { .. } | Doubt::Missing { .. });
        for doubt in std::mem::take(&mut trial.doubts).into_iter().filter(ours) {
            if !judgement.doubts.contains(&doubt) {
                judgement.doubts.push(doubt);
            }
        }
    }
    if trial.outcome != Outcome::HarnessError {
        trial.reason = None;
        trial.outcome = match judgement.verdict(fails_from) {
            Verdict::Conforms => Outcome::Pass,
            Verdict::Violates(_) => Outcome::Fail,
            Verdict::Inconclusive(_) => Outcome::Inconclusive,
        };
    }
    let (findings, warnings) =
        judgement.findings.into_iter().partition(|finding| finding.level >= fails_from);
    (trial.findings, trial.warnings, trial.examined) = (findings, warnings, judgement.examined);
    trial.excused.clear();
    (trial.doubts, trial.drift, trial.observed) = (judgement.doubts, judgement.drift, judgement.observed);
}
