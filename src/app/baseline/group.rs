//! Findings of one requirement put together where they share an operation or an answer, and what they have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::NO_OPERATION;
use super::glob::fits_text;
use crate::contract::{OperationId, RequirementId, req};
use crate::judge::{MEMBER, is_of_acceptance};
use crate::trial::{TrialKind, TrialReport};

/// What is seen at so many operations is no property of any one of them.
const MANY_OPERATIONS: usize = 3;
/// The sends that name whom they are for, by every method.
const SENDS: &str = "sign*";
/// So many ways of being seen are still listed one by one.
const LISTED: usize = 5;
/// And so many members: one answer may have them all, and a pattern would fit those that are right today.
const LISTED_MEMBERS: usize = 24;
/// From so many pairs of operation and answer on, one requirement has one bug that shows everywhere.
const MANY_KEYS: usize = 3;

/// A pair of operation and answer, and where it was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown<'a> {
    keys: BTreeSet<(String, String)>,
    pub(super) trials: BTreeSet<&'a str>,
    /// The trial with the fewest requests.
    pub(super) least: Option<&'a TrialReport>,
}

impl<'a> Shown<'a> {
    pub(super) fn note(&mut self, key: (String, String), trial: &'a TrialReport) {
        self.keys.insert(key);
        self.trials.insert(&trial.name);
        self.least = self.least.into_iter().chain([trial]).min_by_key(|trial| trial.requests);
    }

    /// Whether only trials whose calls overlap show it.
    pub(super) fn is_of_races(&self) -> bool {
        self.is_only_of(&[TrialKind::Race])
    }

    /// Whether only random sequences show it: there a bug may hang on the time that passes between calls, and on what else
    /// is asked meanwhile, so that the same sequence may pass another day.
    pub(super) fn is_of_sequences(&self) -> bool {
        self.is_only_of(&[TrialKind::Sequence])
    }

    /// Whether only trials whose requests are drawn show it.
    fn is_drawn(&self) -> bool {
        self.is_only_of(&[TrialKind::Property, TrialKind::Sequence])
    }

    fn is_only_of(&self, kinds: &[TrialKind]) -> bool {
        self.trials.iter().all(|name| TrialKind::of(name).is_some_and(|kind| kinds.contains(&kind)))
    }

    /// By which method a drawn request meets a bug is chance: what only such requests show is known of every method. What
    /// is refused for something in it that is the same in all sends is known of every send: which of them the next run
    /// draws with it is chance too.
    pub(super) fn by_chance(mut self, requirement: RequirementId) -> Shown<'a> {
        let (of_sends, drawn) = (is_of_acceptance(requirement), self.is_drawn());
        let known = |(operation, seen): (String, String)| match operation.parse::<OperationId>() {
            Ok(id) if of_sends && is_initiation(id) => (SENDS.to_owned(), seen),
            Ok(_) if drawn => (by_any_method(&operation), seen),
            _ => (operation, seen),
        };
        self.keys = self.keys.into_iter().map(known).collect();
        self
    }

    pub(super) fn join(mut self, other: Shown<'a>) -> Shown<'a> {
        self.keys.extend(other.keys);
        self.trials.extend(other.trials);
        self.least = self.least.into_iter().chain(other.least).min_by_key(|trial| trial.requests);
        self
    }

    fn operations(&self) -> BTreeSet<&str> {
        self.keys.iter().map(|(operation, _)| operation.as_str()).collect()
    }

    /// Whether one of its operations is one of the other's, or a pattern that fits one.
    fn is_seen_where(&self, other: &Shown<'_>) -> bool {
        let fits = |name: &str| other.operations().into_iter().any(|operation| fits_text(name, operation));
        self.operations().into_iter().any(fits)
    }

    /// At which operations it is seen, and how, whichever members are wrong.
    fn kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.keys.iter().map(|(operation, seen)| {
            (operation.as_str(), if seen.starts_with(MEMBER) { MEMBER } else { seen.as_str() })
        })
    }

    fn seen(&self) -> BTreeSet<&str> {
        self.keys.iter().map(|(_, seen)| seen.as_str()).collect()
    }
}

/// Puts together what shares an operation or an answer; all of it, where it shows in many ways.
pub(super) fn grouped(keys: Vec<Shown<'_>>) -> Vec<Shown<'_>> {
    let kinds: BTreeSet<(&str, &str)> = keys.iter().flat_map(Shown::kinds).collect();
    if kinds.len() >= MANY_KEYS {
        return keys.into_iter().reduce(Shown::join).into_iter().collect();
    }
    let mut groups: Vec<Shown<'_>> = Vec::new();
    for one in keys {
        let shares = |group: &Shown<'_>| {
            group.is_seen_where(&one) || one.is_seen_where(group) || !group.seen().is_disjoint(&one.seen())
        };
        match groups.iter().position(shares) {
            Some(at) => {
                let group = groups.swap_remove(at);
                groups.push(group.join(one));
            }
            None => groups.push(one),
        }
    }
    groups
}

pub(super) fn operations(group: &Shown<'_>) -> Vec<String> {
    let operations = group.operations();
    if operations.len() >= MANY_OPERATIONS && !operations.contains(NO_OPERATION) {
        return vec!["*".to_owned()];
    }
    let covered = |name: &&str| operations.iter().any(|other| other != name && fits_text(other, name));
    operations.iter().filter(|name| !covered(name)).map(|name| (*name).to_owned()).collect()
}

/// The operations of a group that only races show. Whether requests of several users overlap is no matter of what they
/// ask for.
pub(super) fn operations_of_races(requirement: RequirementId, group: &Shown<'_>) -> Vec<String> {
    if requirement == req::CONCURRENT_USERS_ARE_ISOLATED {
        return vec!["*".to_owned()];
    }
    Vec::from_iter(group.operations().into_iter().map(by_any_method).collect::<BTreeSet<_>>())
}

/// Whether it sends a code to whom a request names.
fn is_initiation(operation: OperationId) -> bool {
    [OperationId::SIGNUP_IN, OperationId::SIGNUP, OperationId::SIGNIN].contains(&operation.template())
}

/// The operation, by whichever method its codes are delivered: `verify-*`.
fn by_any_method(name: &str) -> String {
    match name.parse::<OperationId>().ok().filter(|id| id.method().is_some()) {
        Some(id) if id.template() == OperationId::UPDATE => "update-*".to_owned(),
        Some(_) => name.rsplit_once('-').map_or(name, |(name, _)| name).to_owned() + "-*",
        None => name.to_owned(),
    }
}

pub(super) fn answers(group: &Shown<'_>) -> Vec<String> {
    let seen = group.seen();
    let members = seen.iter().filter(|one| one.starts_with(MEMBER)).count();
    if seen.len() - members <= LISTED && members <= LISTED_MEMBERS {
        return seen.into_iter().map(str::to_owned).collect();
    }
    // Many ways that begin alike, such as members of one object, share the beginning.
    let mut begins: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in &seen {
        let end = one.rfind(['/', ' ']).map_or(0, |at| at + 1);
        begins.entry(&one[..end]).or_default().push(one);
    }
    let pattern = |(start, all): (&str, Vec<&str>)| match all.as_slice() {
        [one] => (*one).to_owned(),
        _ => format!("{start}*"),
    };
    begins.into_iter().map(pattern).collect()
}

pub(super) fn why(group: &Shown<'_>) -> String {
    let (operations, seen) = (group.operations().len(), group.seen().len());
    let what = match (operations, seen) {
        (1, 1) => "one answer of one operation".to_owned(),
        (1, seen) => format!("one operation, seen in {seen} ways"),
        (operations, 1) => format!("one answer of {operations} operations"),
        (operations, seen) => format!("one requirement at {operations} operations, seen in {seen} ways"),
    };
    format!("{what}, {}", in_trials(group))
}

pub(super) fn in_trials(group: &Shown<'_>) -> String {
    match group.trials.len() {
        1 => "in 1 trial".to_owned(),
        trials => format!("in {trials} trials"),
    }
}
