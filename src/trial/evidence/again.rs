//! What a trial saw, once its cases that convict, or the trial itself, were played again.

use std::collections::BTreeSet;

use super::super::key::Key;
use super::Evidence;
use super::suspect::Suspect;
use crate::contract::Contract;
use crate::exchange::History;
use crate::judge::{Finding, InconclusiveReason, repeated_codes};

impl Evidence {
    /// The keys of the findings that are known.
    pub(in crate::trial) fn excused_keys(&self, known: impl Fn(&Finding) -> bool) -> BTreeSet<Key> {
        let findings = self.judgement.findings.iter().zip(&self.keys);
        findings.filter(|(finding, _)| known(finding)).map(|(_, key)| key.clone()).collect()
    }

    /// Takes what a case showed when it was played again in place of what it showed at first: that was the past of its
    /// users, who are known to the target.
    pub(in crate::trial) fn play_instead(&mut self, suspect: &Suspect, again: History) {
        self.forget(&suspect.keys);
        if let Some(history) = self.histories.get_mut(suspect.history) {
            *history = again;
        }
        let keys: Vec<String> = suspect.keys.iter().map(|key| key.requirement.to_string()).collect();
        self.note = Some(format!(
            "{} was seen with users whom the target may have known, and not with others",
            keys.join(", ")
        ));
    }

    /// Takes back the convictions that did not come again; `kept_back` where the run may send no more, so that they were
    /// not asked for again.
    pub(in crate::trial) fn acquit(&mut self, keys: &BTreeSet<Key>, kept_back: bool) {
        if keys.is_empty() {
            return;
        }
        self.forget(keys);
        self.judgement.doubts.extend(keys.iter().map(|key| InconclusiveReason::NotAgain {
            requirement: key.requirement,
            operation: key.operation,
            signature: key.seen.clone(),
            kept_back,
        }));
    }

    fn forget(&mut self, keys: &BTreeSet<Key>) {
        let findings = std::mem::take(&mut self.judgement.findings);
        let (kept, known): (Vec<Finding>, Vec<Key>) = findings
            .into_iter()
            .zip(std::mem::take(&mut self.keys))
            .filter(|(_, key)| !keys.contains(key))
            .unzip();
        (self.judgement.findings, self.keys) = (kept, known);
        self.seen = self.keys.iter().flat_map(Key::parts).collect();
        self.late.retain(|late| self.keys.iter().any(|key| key.requirement == late.requirement));
        self.suspects.iter_mut().for_each(|suspect| suspect.keys.retain(|key| !keys.contains(key)));
        self.suspects.retain(|suspect| !suspect.keys.is_empty());
        self.refusals.retain(|(_, key)| !keys.contains(key));
    }

    /// What another attempt saw after this one, which showed nothing. Only a code that comes again and again is seen by
    /// the two together.
    pub(in crate::trial) fn followed_by(
        self,
        mut again: Evidence,
        contract: &Contract,
        requests: u64,
    ) -> Evidence {
        again.cost += self.cost;
        let pairs = || self.histories.iter().flat_map(|a| again.histories.iter().map(move |b| (a, b)));
        let found = pairs().find_map(|(a, b)| Some((repeated_codes(contract, a, b)?, b.clone())));
        if let Some((finding, history)) = found {
            again.convict(finding, history, requests);
        }
        again
    }

    /// Whether something was found, and a message or an answer that did not come kept it from being played to its end.
    pub(in crate::trial) fn ended_early(&self) -> bool {
        use InconclusiveReason::{Lost, NoMessage};
        let lost = |doubt: &InconclusiveReason| matches!(doubt, Lost { .. } | NoMessage { .. });
        let open = self.judgement.doubts.iter().any(lost) && self.inapplicable.is_none();
        open && !self.keys.is_empty() && self.ceiling.is_none() && !self.out_of_time && self.timed_out == 0
    }

    /// What another attempt saw in place of this one, if that one was played to its end and found as much.
    pub(in crate::trial) fn or_better(mut self, mut again: Evidence) -> Evidence {
        let better = again.judgement.doubts.is_empty()
            && again.inapplicable.is_none()
            && self.keys.iter().all(|key| again.keys.contains(key));
        if !better {
            self.cost += again.cost;
            return self;
        }
        again.cost += self.cost;
        again.first_request = self.first_request;
        again
    }
}
