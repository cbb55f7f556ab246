//! Which open questions two runs saw answered in different ways.
//!
//! Only what both runs saw can differ. A question about a malformed or a drawn body asks how the body was read. What the
//! target then says of a user, of a code or of its limits depends on the other trials, and is not the answer.

use std::collections::{BTreeMap, BTreeSet};

use super::RunReport;
use crate::trial::TrialKind;

/// Documented error codes that speak of users, codes, tokens and limits, and not of the body.
const OF_STATE: [&str; 9] =
    ["E061102", "E061103", "E061104", "E062107", "E062108", "E064001", "E111111", "E112102", "E130429"];
/// A limit was met: the body may not have been looked at.
const LIMITED: &str = "refused 429";

/// A question that was answered otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPolicy {
    /// The question.
    pub question: String,
    /// The answers of the earlier run.
    pub before: BTreeSet<String>,
    /// The answers of the later run.
    pub now: BTreeSet<String>,
}

impl ChangedPolicy {
    /// Answers in one line.
    pub fn words(answers: &BTreeSet<String>) -> String {
        Vec::from_iter(answers.iter().cloned()).join("; ")
    }
}

/// The questions that both runs saw answered, with no answer in common.
pub fn changed(before: &RunReport, now: &RunReport) -> Vec<ChangedPolicy> {
    let (old, new) = (settled(before), settled(now));
    let (words_before, words_now) = (before.observed(), now.observed());
    let differing = old
        .iter()
        .filter(|(question, answers)| new.get(*question).is_some_and(|others| answers.is_disjoint(others)));
    let of = |side: &BTreeMap<String, BTreeSet<String>>, question: &str| {
        side.get(question).cloned().unwrap_or_default()
    };
    differing
        .map(|(question, _)| ChangedPolicy {
            question: question.clone(),
            before: of(&words_before, question),
            now: of(&words_now, question),
        })
        .collect()
}

/// Every question with what its answers come to.
fn settled(run: &RunReport) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for trial in &run.trials {
        for (question, answers) in super::observed([trial]) {
            let answers = answers.iter().filter_map(|answer| settle(&trial.name, answer));
            all.entry(question).or_default().extend(answers);
        }
    }
    all.retain(|_, answers| !answers.is_empty());
    all
}

/// What an answer comes to; `None` where it answers nothing.
fn settle(trial: &str, answer: &str) -> Option<String> {
    if answer.starts_with(LIMITED) {
        return None;
    }
    if TrialKind::of(trial) != Some(TrialKind::Property) {
        return Some(answer.to_owned());
    }
    let of_state = answer.rsplit(' ').next().is_some_and(|code| OF_STATE.contains(&code));
    if answer == "accepted" || of_state {
        return Some("read".to_owned());
    }
    // Which member a drawn body breaks first is chance, and so is the code that says it.
    let drawn = ["::invalid", "::well-formed"].iter().any(|class| trial.ends_with(class));
    Some(if drawn { "refused".to_owned() } else { answer.to_owned() })
}
