//! Several recordings as one run: the shards of a plan become one verdict.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::UsageError;
use crate::report::RunReport;
use crate::trial::{Outcome, TrialReport};

/// Outcomes from the one that outweighs all others to the one that says least.
const GRAVEST_FIRST: [Outcome; 9] = [
    Outcome::HarnessError,
    Outcome::Fail,
    Outcome::Inconclusive,
    Outcome::UnexpectedPass,
    Outcome::Flaky,
    Outcome::ExpectedFail,
    Outcome::ExpectedDoubt,
    Outcome::Pass,
    Outcome::Unsupported,
];

/// One run of the trials of all. A trial that several hold counts once, by its gravest outcome; shards that are missing
/// leave the run incomplete. Both are named in the report.
///
/// # Errors
/// There is none, or they were judged by different requirements.
pub fn merge(runs: Vec<RunReport>) -> Result<RunReport, UsageError> {
    let mut rest = runs.into_iter();
    let Some(mut whole) = rest.next() else {
        return Err(UsageError::Other("name a recording, as `run --record FILE` writes it".into()));
    };
    let mut shards: Vec<Option<(u64, u64)>> = vec![whole.shard];
    for run in rest {
        if run.requirements != whole.requirements {
            return Err(UsageError::Other(format!(
                "recordings of requirements {} and {} make no common verdict; record them with one --requirements",
                whole.requirements, run.requirements
            )));
        }
        shards.push(run.shard);
        join(&mut whole, run);
    }
    if shards.len() > 1 {
        whole.shard = None;
        deduplicate(&mut whole);
        whole.coverage = coverage(&whole);
    }
    name_missing(&mut whole, &shards);
    Ok(whole)
}

fn join(whole: &mut RunReport, run: RunReport) {
    if run.seed != whole.seed {
        let note = format!(
            "the recordings have different seeds, {} and {}; commands show the first",
            whole.seed, run.seed
        );
        whole.notes.push(note);
    }
    let both: BTreeSet<_> = run.not_planned.into_iter().collect();
    whole.not_planned.retain(|id| both.contains(id));
    whole.strict |= run.strict;
    whole.started = whole.started.min(run.started);
    whole.duration = whole.duration.max(run.duration);
    whole.requests += run.requests;
    whole.sends += run.sends;
    whole.polls += run.polls;
    whole.planned += run.planned;
    whole.all = whole.all.max(run.all);
    whole.budget_spent |= run.budget_spent;
    whole.unreachable = whole.unreachable.take().or(run.unreachable);
    whole.coverage = whole.coverage.max(run.coverage);
    whole.stale.extend(run.stale);
    whole.replays.extend(run.replays);
    whole.interrupted |= run.interrupted;
    whole.stay += run.stay;
    whole.lags.extend(run.lags);
    whole.notes.extend(run.notes);
    whole.trials.extend(run.trials);
}

/// Each trial once, by its gravest outcome.
fn deduplicate(run: &mut RunReport) {
    let weight = |trial: &TrialReport| GRAVEST_FIRST.iter().position(|outcome| *outcome == trial.outcome);
    let mut kept: Vec<TrialReport> = Vec::new();
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for trial in std::mem::take(&mut run.trials) {
        match at.get(&trial.name) {
            None => {
                at.insert(trial.name.clone(), kept.len());
                kept.push(trial);
            }
            Some(known) => {
                // Every partition of nextest says which trials it skips.
                if trial.outcome != Outcome::Unsupported {
                    twice.insert(trial.name.clone());
                }
                run.planned = run.planned.saturating_sub(1);
                if weight(&trial) < weight(&kept[*known]) {
                    kept[*known] = trial;
                }
            }
        }
    }
    run.trials = kept;
    if let Some(first) = twice.first() {
        let note =
            format!("{} trials stand in several recordings, each counts once: {first}, …", twice.len());
        run.notes.push(note);
    }
}

fn coverage(run: &RunReport) -> Option<(usize, usize)> {
    let pairs: BTreeSet<&String> = run.trials.iter().flat_map(|trial| &trial.pairs).collect();
    run.coverage.map(|(_, of)| (pairs.len(), of))
}

/// Names what is missing of the whole plan, where the recordings are to hold all of it.
pub fn demand_whole(run: &mut RunReport, plan: &BTreeSet<String>) {
    let held: BTreeSet<&String> = run.trials.iter().map(|trial| &trial.name).collect();
    let missing = run.all.saturating_sub(held.len());
    if missing == 0 || run.incomplete.is_some() {
        return;
    }
    // Another plan than the recorded one, of fewer methods for example, has other names.
    let first = plan.iter().find(|name| plan.len() == run.all && !held.contains(name));
    let named = first.map_or_else(String::new, |name| format!(": {name}, …"));
    run.incomplete = Some(format!("no recording holds {missing} of {} trials{named}", run.all));
}

/// Names the shards that no recording holds.
fn name_missing(run: &mut RunReport, shards: &[Option<(u64, u64)>]) {
    let held: BTreeSet<(u64, u64)> = shards.iter().flatten().copied().collect();
    let Some(count) = held.iter().map(|(_, count)| *count).max() else { return };
    // A single shard is a run of its own, and its recording says so.
    if shards.len() < 2 {
        return;
    }
    let missing: Vec<String> =
        (1..=count).filter(|at| !held.contains(&(*at, count))).map(|at| format!("{at}/{count}")).collect();
    if !missing.is_empty() {
        run.incomplete = Some(format!("no recording holds shard {}", missing.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::evidence::testing::run;
    use crate::contract::RequirementId;
    use crate::report::RunVerdict;

    fn shard(at: u64, trial: &str, outcome: Outcome) -> RunReport {
        RunReport {
            shard: Some((at, 2)),
            all: 2,
            planned: 1,
            not_planned: vec![RequirementId::new(900 + at as u16), RequirementId::new(909)],
            trials: vec![TrialReport::blank(trial, vec![RequirementId::new(946)], outcome)],
            ..run()
        }
    }

    #[test]
    fn shards_of_one_plan_are_one_whole_run() {
        let one = merge(vec![shard(1, "a", Outcome::Pass), shard(2, "b", Outcome::Pass)]).unwrap();
        assert!(one.is_whole() && one.notes.is_empty() && one.incomplete.is_none());
        assert_eq!(one.not_planned, [RequirementId::new(909)]);
        assert_eq!((one.planned, one.shard), (2, None));
    }

    #[test]
    fn a_missing_shard_is_named_and_leaves_the_run_undecided() {
        let one = merge(vec![shard(1, "a", Outcome::Pass), shard(1, "b", Outcome::Pass)]).unwrap();
        assert_eq!(one.incomplete.as_deref(), Some("no recording holds shard 2/2"));
        assert_eq!(one.verdict(), RunVerdict::Inconclusive);
        let alone = merge(vec![shard(1, "a", Outcome::Pass)]).unwrap();
        assert_eq!((alone.incomplete, alone.shard), (None, Some((1, 2))));
    }

    #[test]
    fn what_is_missing_of_a_plan_is_named_where_all_of_it_is_asked_for() {
        let plan = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        let partition = |trial: &str, outcome| RunReport { shard: None, ..shard(1, trial, outcome) };
        let mut half = merge(vec![partition("a", Outcome::Pass)]).unwrap();
        demand_whole(&mut half, &plan);
        assert_eq!(half.incomplete.as_deref(), Some("no recording holds 1 of 2 trials: b, …"));
        let skipped = || partition("b", Outcome::Unsupported);
        let mut whole = merge(vec![partition("a", Outcome::Pass), skipped(), skipped()]).unwrap();
        demand_whole(&mut whole, &plan);
        assert_eq!((whole.incomplete, whole.planned, whole.notes.len()), (None, 2, 0));
    }

    #[test]
    fn a_trial_held_twice_counts_once_by_its_gravest_outcome() {
        for outcomes in [[Outcome::Pass, Outcome::Fail], [Outcome::Fail, Outcome::Pass]] {
            let both = outcomes.map(|outcome| RunReport { shard: None, ..shard(1, "a", outcome) });
            let one = merge(both.into()).unwrap();
            assert_eq!(one.trials.iter().map(|trial| trial.outcome).collect::<Vec<_>>(), [Outcome::Fail]);
            assert_eq!((one.planned, one.notes.len()), (1, 1));
        }
    }

    #[test]
    fn runs_of_different_requirements_make_no_common_verdict() {
        let other = RunReport { requirements: "2025-01".into(), ..run() };
        let error = merge(vec![run(), other]).unwrap_err().to_string();
        assert!(error.contains("2025-01"), "{error}");
    }
}
