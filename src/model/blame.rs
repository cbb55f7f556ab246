//! The model's answer for a whole history.

use super::call::ModelCall;
use super::context::{Learnt, SearchContext};
use super::partition::partition;
use super::read::calls;
use super::search::{Found, cheapest};
use super::state::Breach;
use std::collections::BTreeSet;

use crate::contract::{Contract, RequirementId};
use crate::exchange::{Event, History};

/// Steps a search may take beyond one per call. Eight overlapping calls of one user need a few thousand; this many take
/// less than a second.
const BUDGET: usize = 60_000;

/// One requirement that a history breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// What is broken, and how.
    pub broken: Breach,
    /// The exchanges that show it, in order; the last one broke it.
    pub exchanges: Vec<usize>,
}

/// The cheapest way to make sense of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// What had to be broken; nothing, if the history is one of a right server.
    pub blame: Vec<Blame>,
    /// Groups of people for which the search ran out of budget.
    pub out_of_budget: usize,
    /// What could have been blamed, had an answer been another one.
    pub examined: BTreeSet<RequirementId>,
    /// Exchanges that refused a code which ran out while they were under way, or did not.
    pub undecided: Vec<usize>,
}

/// Explains a history, each group of connected identities by itself.
pub fn explain(contract: &Contract, history: &History) -> Explanation {
    let calls = calls(contract, history);
    explain_calls(contract, history, &calls)
}

fn explain_calls(contract: &Contract, history: &History, calls: &[ModelCall]) -> Explanation {
    let mut ground = SearchContext::new(contract, &history.assumptions, calls);
    let parts: Vec<Vec<&ModelCall>> = partition(calls)
        .into_iter()
        .map(|part| {
            let mut part: Vec<&ModelCall> = part.into_iter().map(|index| &calls[index]).collect();
            part.sort_by_key(|call| (call.call, call.exchange));
            part
        })
        .collect();
    let mut found: Vec<Option<Found>> = explain_each(&ground, &parts);
    let mut learnt = Learnt::default();
    found.iter().flatten().for_each(|found| learnt.join(&found.learnt));
    let announces = |call: &ModelCall| call.outcome.is_refused_with("E061103");
    learnt.settle(|exchange| calls.iter().any(|call| call.exchange == exchange && announces(call)));
    // A limit that one user ran into is every user's, and so are the guesses that one user's code survived.
    if parts.len() > 1 && (learnt.is_worth_another_look()) {
        ground.learnt = learnt;
        found = explain_each(&ground, &parts);
    }
    let mut explanation = Explanation::default();
    for (part, found) in parts.iter().zip(found) {
        match found {
            None => explanation.out_of_budget += 1,
            Some(found) => {
                explanation.undecided.extend(found.undecided);
                explanation.examined.extend(found.examined);
                explanation.blame.extend(found.breaks.into_iter().map(|(index, broken)| {
                    let mut exchanges = broken.with.clone();
                    exchanges.push(part[index].exchange);
                    exchanges.sort_unstable();
                    exchanges.dedup();
                    Blame { broken, exchanges }
                }));
            }
        }
    }
    explanation.undecided.sort_unstable();
    explanation.blame.sort_by_key(|blame| blame.exchanges.last().copied());
    explanation
}

fn explain_each(ground: &SearchContext<'_>, parts: &[Vec<&ModelCall>]) -> Vec<Option<Found>> {
    parts.iter().map(|part| cheapest(ground, part, BUDGET + part.len())).collect()
}

/// The shortest beginning of a history that still breaks what the whole of it breaks. Only the end is cut, and never
/// from the middle: dropping a call from the middle can invent a violation.
pub fn shortest_violation(contract: &Contract, history: &History) -> Option<History> {
    if explain(contract, history).blame.is_empty() {
        return None;
    }
    let breaks = |length: usize| !explain(contract, &beginning(history, length)).blame.is_empty();
    let shortest = (1..=history.events.len()).find(|length| breaks(*length))?;
    Some(beginning(history, shortest))
}

fn beginning(history: &History, length: usize) -> History {
    let mut events: Vec<Event> = history.events[..length].to_vec();
    // Messages are evidence about sends that are kept, whenever they were seen.
    events
        .extend(history.events[length..].iter().filter(|event| matches!(event, Event::Delivery(_))).cloned());
    History { events, ..history.clone() }
}
