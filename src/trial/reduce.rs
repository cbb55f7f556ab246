//! Failing cases are made small, and what was lost is asked for again.

use std::sync::Arc;

use super::evidence::Evidence;
use super::{Maker, TargetLease, Trial, TrialContext, TrialError, property, sequence};
use crate::drive::Target;
use crate::judge::InconclusiveReason;

/// What is said where an answer never came, and came when it was asked for again.
const LOST: &str = "an answer never came, and did when the same was asked again";
/// So many lost answers of one trial are asked for again, one by one.
const ASKED_AGAIN: usize = 4;
/// How many failing cases of one trial are made small: one bug is often behind several findings.
const MADE_SMALL: usize = 2;
/// And so many more that say which of the things in a body a refusal is about: that is true of the smallest body alone. Not
/// where requests cost money.
const BLAMED: usize = 6;

impl Trial {
    /// Makes the first failing cases as small as they can be, and those that warn of a refusal. A conviction counts, even
    /// if that does not work.
    pub(super) async fn make_small(
        &self,
        ground: &Arc<TrialContext>,
        lease: &TargetLease,
        attempt: u64,
        evidence: &mut Evidence,
    ) -> Result<(), TrialError> {
        let seed = self.seed(ground, attempt);
        let excused = evidence.excused_keys(|finding| ground.excused.covers(&self.name, finding));
        let keys = evidence.suspects.iter().flat_map(|suspect| {
            let index = suspect.turn.index;
            suspect.keys.iter().filter(|key| !excused.contains(*key)).map(move |key| (index, key.clone()))
        });
        let blamed = if lease.target.is_loopback() { BLAMED } else { 0 };
        let keys = keys.enumerate().filter(|(at, (_, key))| *at < MADE_SMALL || key.is_of_acceptance());
        let refusals = evidence.refusals.iter().filter(|(_, key)| !excused.contains(key)).cloned();
        let convicts = keys.map(|(_, suspect)| suspect).take(MADE_SMALL + blamed);
        for (index, key) in Vec::from_iter(convicts.chain(refusals.take(blamed))) {
            let (on, target) = (ground.clone(), lease.target.clone());
            let small = match &self.maker {
                Maker::Scenario(_) => return Ok(()),
                Maker::Sequence(inner) => {
                    sequence::smallest(*inner, index, &key, ground, &target, seed).await
                }
                Maker::Property(inner) => {
                    property::smallest(inner.clone(), index, key.clone(), on, target, seed).await
                }
            };
            if let Ok(Some(small)) = small {
                evidence.replace(ground, &key, small);
            }
        }
        if let Maker::Property(inner) = &self.maker {
            self.ask_again(inner, ground, &lease.target, seed, evidence).await?;
        }
        Ok(())
    }

    /// Asks again for answers that never came: a connection that is closed at the wrong moment loses one, and a bug
    /// loses it each time. What comes then was seen, and leaves nothing open.
    async fn ask_again(
        &self,
        property: &property::Property,
        ground: &Arc<TrialContext>,
        target: &Arc<Target>,
        seed: u64,
        evidence: &mut Evidence,
    ) -> Result<(), TrialError> {
        let lost = std::mem::take(&mut evidence.lost);
        for index in lost.iter().take(ASKED_AGAIN) {
            let (on, at) = (ground.clone(), target.clone());
            let (found, cost) = property::unanswered(property.clone(), *index, on, at, seed).await?;
            evidence.cost += cost;
            if let Some(found) = found {
                evidence.take_unanswered(found, target.sent().requests);
                return Ok(());
            }
        }
        match lost.len() {
            0 => {}
            1..=ASKED_AGAIN => evidence.note = Some(LOST.into()),
            _ => evidence.judgement.doubts.push(InconclusiveReason::Missing { what: LOST.into() }),
        }
        Ok(())
    }
}
