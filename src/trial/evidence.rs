//! What a trial has seen so far, and what that says, before it has an outcome.
//!
//! Scenarios, properties and sequences add what each of their cases showed, in the order of the cases. What a trial
//! finds is therefore a function of its cases and the target, whatever ended first.

mod again;
mod suspect;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use super::key::Key;
use super::lags::Late;
use super::property::{Unanswered, is_lost};
use super::round::Observed;
use super::small::Small;
use super::turns::Turn;
use super::{Cost, Outcome, TrialContext};
use crate::contract::{Contract, Level};
use crate::drive::Reached;
use crate::exchange::{Answer, Exchange, History, Loss, Response};
use crate::judge::{Finding, InconclusiveReason, Judgement, Verdict};
use crate::suite;

pub(super) use suspect::Suspect;
use suspect::may_be_past;

/// So many requests of one trial may go without an answer before it is given up: a target that hangs is reported after
/// a handful.
const PATIENT: usize = 5;

/// What a trial saw, before it has an outcome.
#[derive(Default)]
pub(super) struct Evidence {
    /// One finding of each key, doubts, drift and policies.
    pub(super) judgement: Judgement,
    /// The histories that are kept.
    pub(super) histories: Vec<History>,
    /// Requests of the whole run when the first finding was in hand.
    pub(super) first_request: Option<u64>,
    /// What was sent.
    pub(super) cost: Cost,
    /// The cases that convict, in order.
    pub(super) suspects: Vec<Suspect>,
    /// What warns of a refusal: the turn, and the key. What else the refused body holds may break a MUST.
    pub(super) refusals: Vec<(usize, Key)>,
    /// What it convicts of that may be a matter of time.
    pub(super) late: Vec<Late>,
    /// The smallest failing case, in suite format.
    pub(super) kept: Option<String>,
    /// Keyword × class pairs of the contract that were sent.
    pub(super) pairs: BTreeSet<String>,
    /// The cases in which an answer never came, and nothing was wrong otherwise.
    pub(super) lost: Vec<usize>,
    /// What there is to say of a trial that passed.
    pub(super) note: Option<String>,
    /// The key of each finding.
    keys: Vec<Key>,
    /// Their parts: a finding in which nothing is new is none.
    seen: BTreeSet<Key>,
    /// The ceiling of the run that was reached on the way.
    pub(super) ceiling: Option<Reached>,
    /// What about the target's codes, or its code source, ended every round of a scenario.
    pub(super) inapplicable: Option<String>,
    timed_out: usize,
    out_of_time: bool,
}

impl Evidence {
    /// Whether a case shows nothing wrong, and as far as it should.
    pub(super) fn is_clean(ground: &TrialContext, seen: &Observed) -> bool {
        seen.doubt.is_none()
            && seen.inapplicable.is_none()
            && seen.judgement.verdict(ground.fails_from) == Verdict::Conforms
    }

    /// Whether nothing can be said by it.
    pub(super) fn tells_nothing(&self, ground: &TrialContext) -> bool {
        matches!(self.judgement.verdict(ground.fails_from), Verdict::Inconclusive(_))
    }

    /// The exchanges that a limit kept from being looked at, so that nothing could be decided.
    fn limited(&self) -> impl Iterator<Item = usize> {
        self.judgement.doubts.iter().filter_map(|doubt| match doubt {
            InconclusiveReason::Limited { exchange } => Some(*exchange),
            _ => None,
        })
    }

    /// How long the target asked to wait, where that kept a case from being played on.
    pub(super) fn asked_to_wait(&self) -> Option<Duration> {
        let histories = |id| self.histories.iter().filter_map(move |history| history.exchange(id));
        let answers = self.limited().flat_map(histories);
        answers.filter_map(|exchange| exchange.answer.response()?.retry_after()).max()
    }

    /// How many messages to one user the target took, where it refused the next with 429 and that kept a case from being
    /// played on.
    pub(super) fn cap(&self, contract: &Contract) -> Option<usize> {
        let limited = self.limited().next()?;
        let refused = self.histories.iter().find_map(|history| {
            let refused = history.exchange(limited)?;
            let status = refused.answer.response().map(|response| response.status);
            let sends = refused.operation.is_some_and(|id| contract.operation(id).issues_code);
            (sends && status == Some(429)).then_some((history, refused))
        });
        let (history, refused) = refused?;
        let to = refused.request.body.str_at("/loginId")?;
        let taken = history.exchanges().filter(|exchange| {
            exchange.id < limited
                && exchange.operation.is_some_and(|id| contract.operation(id).issues_code)
                && exchange.request.body.str_at("/loginId") == Some(to)
                && exchange.answer.response().is_some_and(Response::is_success)
        });
        Some(taken.count()).filter(|taken| *taken > 0)
    }

    /// Takes what a case showed, and says what it convicts of that no case before it did.
    pub(super) fn take(&mut self, ground: &TrialContext, turn: Turn, observed: Observed) -> BTreeSet<Key> {
        let Observed { history, mut judgement, doubt, cost, requests_so_far, out_of_time, ceiling, .. } =
            observed;
        self.out_of_time |= out_of_time;
        self.ceiling = self.ceiling.or(ceiling);
        self.cost += cost;
        let timed_out = |exchange: &&Exchange| matches!(exchange.answer, Answer::Lost(Loss::TimedOut));
        self.timed_out += history.exchanges().filter(timed_out).count();
        // What a broken requirement explains is no doubt of its own.
        if judgement.findings.iter().all(|finding| finding.level < ground.fails_from) {
            judgement.doubts.extend(doubt);
        }
        let grave = judgement.findings.iter().filter(|finding| finding.level >= ground.fails_from);
        let of_the_past = grave.clone().all(may_be_past);
        let known = self.keys.len();
        let convicts = self.add(judgement, &history, ground.fails_from, requests_so_far);
        let warns = self.keys.iter().skip(known).filter(|key| !convicts.contains(key));
        let refusals = warns.filter(|key| key.is_of_acceptance());
        self.refusals.extend(refusals.map(|key| (turn.index, key.clone())));
        self.histories.push(history);
        if !convicts.is_empty() {
            let history = self.histories.len() - 1;
            self.suspects.push(Suspect { keys: convicts.clone(), turn, history, of_the_past });
        }
        convicts
    }

    /// Takes a case of many, whose history is kept only where it shows something new, and whose doubts are its own.
    pub(super) fn take_of_many(
        &mut self,
        ground: &TrialContext,
        turn: Turn,
        mut observed: Observed,
    ) -> BTreeSet<Key> {
        let wrong = observed.judgement.findings.iter().any(|finding| finding.level >= ground.fails_from);
        if !wrong && is_lost(&observed) {
            self.lost.push(turn.index);
        }
        observed.judgement.doubts.clear();
        observed.judgement.drift.retain(|drift| !self.judgement.drift.contains(drift));
        observed.judgement.observed.retain(|policy| !self.judgement.observed.contains(policy));
        observed.doubt = None;
        let (known, before) = (self.keys.len(), self.histories.len());
        let convicts = self.take(ground, turn, observed);
        if self.keys.len() == known {
            self.histories.truncate(before);
        }
        convicts
    }

    /// Adds what was read from a history; the new keys that count.
    fn add(
        &mut self,
        judgement: Judgement,
        history: &History,
        fails_from: Level,
        requests: u64,
    ) -> BTreeSet<Key> {
        let Judgement { findings, .. } = &judgement;
        let mut convicts = BTreeSet::new();
        let mut new = Vec::new();
        for finding in findings {
            let key = Key::of(finding, history);
            if key.parts().all(|part| self.seen.contains(&part)) {
                continue;
            }
            self.seen.extend(key.parts());
            if finding.level >= fails_from {
                convicts.insert(key.clone());
            }
            self.keys.push(key);
            new.push(Finding { history: Some(self.histories.len() + 1), ..finding.clone() });
        }
        if !new.is_empty() {
            self.first_request.get_or_insert(requests);
        }
        self.judgement.merge(Judgement { findings: new, ..judgement });
        convicts
    }

    /// Takes a small case in place of the one that a finding was first seen in.
    pub(super) fn replace(&mut self, ground: &TrialContext, key: &Key, small: Small) {
        let Small { scenario, observed: small, cost } = small;
        self.cost += cost;
        let place = self.keys.iter().position(|known| known == key);
        let found = small.finding_of(key).or_else(|| small.finding_like(key));
        if let (Some(found), Some(place)) = (found, place) {
            let shown = Key::of(found, &small.history);
            self.seen.extend(shown.parts());
            if self.keys.iter().enumerate().any(|(at, known)| at != place && *known == shown) {
                // One bug, which is known by a smaller case already.
                self.keys.remove(place);
                self.judgement.findings.remove(place);
                return;
            }
            self.keys[place] = shown;
            self.judgement.findings[place] =
                Finding { history: Some(self.histories.len() + 1), ..found.clone() };
        }
        let fails = small.judgement.findings.iter().any(|finding| finding.level >= ground.fails_from);
        self.add(small.judgement, &small.history, ground.fails_from, small.requests_so_far);
        self.histories.push(small.history);
        if fails {
            self.kept.get_or_insert_with(|| suite::write(&scenario));
        }
    }

    /// Adds an answer that stays away time after time.
    pub(super) fn take_unanswered(&mut self, found: Unanswered, requests: u64) {
        self.convict(found.finding, found.history, requests);
        self.kept.get_or_insert_with(|| suite::write(&found.scenario));
    }

    /// Whether more cases are played: not at a target that hangs.
    pub(super) fn goes_on(&mut self) -> ControlFlow<()> {
        if self.ceiling.is_some() {
            return ControlFlow::Break(());
        }
        let what = match (self.timed_out < PATIENT, self.out_of_time) {
            (true, false) => return ControlFlow::Continue(()),
            (true, true) => "its time was over before its last case; the target answers too slowly".into(),
            (false, _) => {
                let count = self.timed_out;
                format!("{count} requests were not answered in time; the cases after them were not played")
            }
        };
        self.judgement.doubts.push(InconclusiveReason::Missing { what });
        ControlFlow::Break(())
    }

    /// Adds a finding that no history shows by itself.
    fn convict(&mut self, mut finding: Finding, history: History, requests: u64) {
        finding.identify(&history);
        let key = Key::of(&finding, &history);
        if !self.keys.contains(&key) {
            self.seen.extend(key.parts());
            self.keys.push(key);
            finding.history = Some(self.histories.len() + 1);
            self.judgement.findings.push(finding);
            self.first_request.get_or_insert(requests);
            self.histories.push(history);
        }
    }

    /// The outcome of a trial that saw this.
    pub(super) fn outcome(&self, fails_from: Level) -> Outcome {
        Outcome::of(&self.judgement.verdict(fails_from))
    }
}

#[cfg(test)]
mod tests;
