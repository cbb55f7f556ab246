//! Which state a run gives to a requirement of the contract.

use otp_conformance::app;
use otp_conformance::contract::{Contract, RequirementId, req};
use otp_conformance::report::RunReport;
use otp_conformance::trial::{Outcome, TrialReport};

use crate::fixture;

/// A whole run of these trials, each of which is said to prove the requirement.
fn run(requirement: RequirementId, trials: Vec<TrialReport>) -> RunReport {
    let trials: Vec<_> =
        trials.into_iter().map(|trial| TrialReport { proves: vec![requirement], ..trial }).collect();
    let mut run = RunReport { planned: trials.len(), all: trials.len(), trials, ..fixture::run() };
    app::assign_states(&Contract::embedded().unwrap(), &mut run);
    run
}

fn passed() -> TrialReport {
    fixture::trial("scenario::a::passes", Outcome::Pass)
}

fn lacks(what: &str) -> TrialReport {
    TrialReport {
        reason: Some(what.into()),
        ..fixture::trial("scenario::a::cannot-run", Outcome::Unsupported)
    }
}

/// `held`, or why it is untested (whether that fails the run) or unsupported.
fn state(run: &RunReport, requirement: RequirementId) -> (&'static str, String, bool) {
    if run.held.iter().any(|held| held.requirement == requirement) {
        return ("held", String::new(), false);
    }
    for (word, gaps) in [("untested", &run.untested), ("unsupported", &run.unsupported)] {
        if let Some(gap) = gaps.iter().find(|gap| gap.requirement == requirement) {
            return (word, gap.reason.clone(), gap.fails);
        }
    }
    ("not planned", String::new(), false)
}

#[test]
fn what_passed_is_held_only_if_a_check_looked() {
    let (id, other) = (req::CODE_IS_SINGLE_USE, req::NEWEST_CODE_IS_ACCEPTED);
    let looked = TrialReport { examined: [id, other].into(), ..passed() };
    let held = run(id, vec![looked]);
    assert_eq!((state(&held, id).0, state(&held, other).0), ("held", "held"));
    let (word, why, fails) = state(&run(id, vec![passed()]), id);
    assert_eq!((word, fails), ("untested", true));
    assert!(why.contains("scenario::a::passes passed without evidence"), "{why}");
}

#[test]
fn a_selection_is_not_blamed_for_what_it_left_out() {
    let id = req::CODE_IS_SINGLE_USE;
    let mut part = run(id, vec![passed()]);
    part.all += 1;
    app::assign_states(&Contract::embedded().unwrap(), &mut part);
    assert_eq!((state(&part, id).0, state(&part, id).2), ("untested", false));
}

#[test]
fn what_only_trials_would_show_that_cannot_run_here_is_unsupported() {
    let id = req::CODE_IS_SINGLE_USE;
    let lack = lacks("the target's clock cannot be moved");
    let (word, why, _) = state(&run(id, vec![passed(), lack.clone()]), id);
    assert_eq!((word, why.as_str()), ("unsupported", "the target's clock cannot be moved"));
    let doubtful = fixture::trial("scenario::a::doubts", Outcome::Inconclusive);
    assert_eq!(state(&run(id, vec![doubtful, lack]), id).0, "untested");
}

#[test]
fn a_member_that_no_answer_has_is_unsupported() {
    let id = req::MASKED_PHONE_IS_STRING;
    let (word, why, fails) = state(&run(id, vec![passed()]), id);
    assert_eq!((word, fails), ("unsupported", false));
    assert!(why.contains("no answer of this target"), "{why}");
}

#[test]
fn a_limit_that_a_project_need_not_set_is_unsupported_where_none_was_met() {
    let id = req::MESSAGES_PER_RECIPIENT_ARE_CAPPED;
    let (word, why, _) = state(&run(id, vec![passed()]), id);
    assert_eq!(word, "unsupported");
    assert!(why.contains("sets no such limit"), "{why}");
}
