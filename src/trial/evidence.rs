//! What a trial has seen so far, and what that says, before an outcome is given.

use std::collections::BTreeSet;

use super::lag::{Lag, Late};
use super::property::Played;
use super::sequence::Smallest;
use super::{Ground, Lease};
use crate::contract::RequirementId;
use crate::exchange::History;
use crate::judge::{Doubt, Finding, Judgement, Verdict, judge, repeated_codes};
use crate::suite;

/// What a trial saw, before outcomes are given.
#[derive(Default)]
pub(super) struct Evidence {
    pub(super) judgement: Judgement,
    pub(super) histories: Vec<History>,
    pub(super) first_request: Option<u64>,
    pub(super) requests: u64,
    pub(super) sends: u64,
    /// What it convicts of may be a matter of time.
    pub(super) late: Option<Late>,
    /// The smallest failing case, in suite format.
    pub(super) kept: Option<String>,
    /// Keyword × class pairs of the contract that were sent.
    pub(super) pairs: BTreeSet<String>,
}

impl Evidence {
    /// The gravest finding that counts, the first among equals.
    pub(super) fn gravest(&self, ground: &Ground) -> Option<&Finding> {
        let grave = self.judgement.findings.iter().rev().filter(|finding| finding.level >= ground.fails_from);
        grave.max_by_key(|finding| finding.level)
    }

    /// Whether nothing can be said by it.
    pub(super) fn tells_nothing(&self, ground: &Ground) -> bool {
        matches!(self.judgement.verdict(ground.fails_from), Verdict::Inconclusive(_))
    }

    /// The requirements whose breach counts.
    pub(super) fn convicted(&self, ground: &Ground) -> BTreeSet<RequirementId> {
        let grave = self.judgement.findings.iter().filter(|finding| finding.level >= ground.fails_from);
        grave.map(|finding| finding.requirement).collect()
    }

    /// Takes back a conviction that could not be repeated.
    pub(super) fn acquit(&mut self, ground: &Ground, convicted: &BTreeSet<RequirementId>) {
        let names: Vec<String> = convicted.iter().map(RequirementId::to_string).collect();
        let what = format!(
            "{} seemed broken, and not again with other people: runs before or beside this one may have left something \
             behind, or the target does so seldom; run it again",
            names.join(", ")
        );
        self.judgement.findings.retain(|finding| finding.level < ground.fails_from);
        self.judgement.doubts.push(Doubt::Missing { what });
        (self.late, self.kept) = (None, None);
    }

    /// What another attempt saw after this one, which told nothing. Only a code that comes again and again is seen by
    /// the two together.
    pub(super) fn followed_by(self, mut again: Evidence, ground: &Ground, lease: &Lease) -> Evidence {
        again.requests += self.requests;
        again.sends += self.sends;
        let pairs = || self.histories.iter().flat_map(|a| again.histories.iter().map(move |b| (a, b)));
        let found = pairs().find_map(|(a, b)| repeated_codes(&ground.contract, a, b));
        if found.is_some() {
            again.first_request.get_or_insert(lease.target.sent().requests);
        }
        again.judgement.findings.extend(found);
        again
    }

    /// Adds to a violation how long it lasts.
    pub(super) fn is_late(&mut self, late: Late, lag: &Lag) {
        let findings = self.judgement.findings.iter_mut();
        for finding in findings.filter(|finding| finding.requirement == late.requirement) {
            finding.seen = format!("{}; {lag}", finding.seen);
        }
    }

    /// Takes a small case in place of the one that it was found in.
    pub(super) fn replace(&mut self, ground: &Ground, small: Smallest) {
        self.judgement.findings.retain(|finding| finding.level < ground.fails_from);
        self.judgement.findings.extend(small.findings);
        self.histories.push(small.history);
        self.requests += small.requests;
        self.sends += small.sends;
        self.kept = Some(suite::write(&small.scenario));
    }

    pub(super) fn take(&mut self, ground: &Ground, lease: &Lease, history: History, doubt: Option<Doubt>) {
        let mut judged = judge(&ground.contract, &history);
        // What a broken requirement explains is no doubt of its own.
        if judged.findings.iter().all(|finding| finding.level < ground.fails_from) {
            judged.doubts.extend(doubt);
        }
        // Of a weakness that every round shows again, once is enough.
        let known = |new: &Finding| {
            new.level < ground.fails_from
                && self.judgement.findings.iter().any(|old| old.requirement == new.requirement)
        };
        judged.findings.retain(|finding| !known(finding));
        if !judged.findings.is_empty() {
            self.first_request.get_or_insert(lease.target.sent().requests);
        }
        self.requests += history.exchanges().count() as u64;
        let issues = |exchange: &&crate::exchange::Exchange| {
            exchange.operation.is_some_and(|id| ground.contract.operation(id).issues_code)
        };
        self.sends += history.exchanges().filter(issues).count() as u64;
        self.judgement.merge(judged);
        self.histories.push(history);
    }
}

impl From<Played> for Evidence {
    fn from(played: Played) -> Evidence {
        let Played { judgement, histories, kept, first_request, requests, sends, pairs, .. } = played;
        Evidence {
            judgement,
            histories,
            kept: kept.map(|scenario| suite::write(&scenario)),
            first_request,
            requests,
            sends,
            late: None,
            pairs,
        }
    }
}
