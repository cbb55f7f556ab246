//! What convicts is played again with other users: what does not come again is no violation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::evidence::{Evidence, Suspect};
use super::key::Key;
use super::round::{self, NumberSource, Play};
use super::{Cost, Maker, TargetLease, Trial, TrialContext, TrialError};
use crate::contract::{RequirementId, req};
use crate::drive::Reached;
use crate::exchange::History;

/// How often a case that convicts people whom the target may know is played again.
const CONFIRMATIONS: u32 = 4;
/// How often it must convict again: one of the other users may have a past of the same kind.
const TWICE: u32 = 2;
/// How often a case that waits for the rest of the run is played again without its wait, before it waits once more: most
/// of what convicts in it has nothing to do with time.
const WITHOUT_WAIT: u32 = 2;
/// Rounds at once, where each waits for a source that may be late and messages cost nothing.
const AT_ONCE: usize = 8;
/// For each round that may be played again, as many that could not be played to their end; one of them, where each takes
/// its time.
const BLIND: u32 = 4;
/// Requirements that seem broken where a source shows an earlier code for the newest, and the target refuses it.
const OF_A_LIVE_CODE: [RequirementId; 5] = [
    req::NEWEST_CODE_IS_ACCEPTED,
    req::SECOND_CODE_IS_ACCEPTED,
    req::SEND_KEEPS_CODES_OF_OTHERS,
    req::GENERATED_CODE_SURVIVES_SEND,
    req::REFUSED_SEND_KEEPS_CODE,
];

/// What a case showed when it was played again.
struct Again {
    /// The target, unless no other can be had.
    lease: Option<TargetLease>,
    /// What did not come again.
    left: BTreeSet<Key>,
    /// A history of it in which nothing was wrong.
    clean: Option<History>,
    cost: Cost,
    /// The ceiling of the run that ended it.
    ceiling: Option<Reached>,
}

impl Trial {
    /// Plays the cases that convict again, with other users: a target may remember things of those it knew before, and
    /// runs beside this one may have met them. What does not come again is no violation. What is known of the target is
    /// not asked again. Returns the lease, unless none can be had any more.
    pub(super) async fn confirm(
        &self,
        ground: &Arc<TrialContext>,
        lease: TargetLease,
        evidence: &mut Evidence,
    ) -> Result<Option<TargetLease>, TrialError> {
        let excused = evidence.excused_keys(|finding| ground.excused.covers(&self.name, finding));
        let settled = |key: &Key| excused.contains(key) || ground.confirmed.holds(key);
        if evidence.suspects.iter().flat_map(|suspect| &suspect.keys).all(settled) {
            return Ok(Some(lease));
        }
        drop(lease);
        let mut lease = self.lease(ground).await.ok();
        let (mut open, mut ceiling) = (BTreeSet::new(), None);
        for mut suspect in evidence.suspects.clone() {
            suspect.keys.retain(|key| !settled(key));
            let held = if suspect.keys.is_empty() || ceiling.is_some() { None } else { lease.take() };
            let Some(held) = held else {
                open.extend(suspect.keys);
                continue;
            };
            let seen = self.play_again(ground, held, &suspect).await?;
            ground.confirmed.add(suspect.keys.difference(&seen.left).cloned());
            (lease, ceiling) = (seen.lease, seen.ceiling);
            evidence.cost += seen.cost;
            let nothing = seen.left.len() == suspect.keys.len();
            match seen.clean.filter(|_| suspect.of_the_past && nothing) {
                Some(history) => evidence.play_instead(&suspect, history),
                None => open.extend(seen.left),
            }
        }
        evidence.acquit(&open, ceiling.is_some());
        Ok(lease)
    }

    /// Plays a case again, until each of its findings came twice more (once where it has to wait) or the rounds are over.
    async fn play_again(
        &self,
        ground: &Arc<TrialContext>,
        lease: TargetLease,
        suspect: &Suspect,
    ) -> Result<Again, TrialError> {
        let (enough, rounds) = match &self.maker {
            // Races do not show in every round.
            Maker::Scenario(inner) if inner.is_race() => (TWICE, inner.rounds * 2),
            Maker::Scenario(inner) if inner.lingers() => (1, WITHOUT_WAIT + 1),
            _ => (TWICE, CONFIRMATIONS),
        };
        let unhurried = suspect.keys.iter().any(refuses_a_live_code);
        let mut left: BTreeMap<Key, u32> = suspect.keys.iter().map(|key| (key.clone(), 0)).collect();
        let (mut clean, mut cost, mut ceiling, mut lease) = (None, Cost::default(), None, Some(lease));
        let (mut round, mut blind) = (0, 0);
        while round < rounds && left.values().any(|times| *times < enough) {
            if self.exclusive && round > 0 {
                drop(lease.take());
                lease = self.lease(ground).await.ok();
            }
            let Some(lease) = &lease else { break };
            let at_once = unhurried && !self.exclusive && lease.target.is_loopback();
            let play = Play {
                deadline: None,
                unhurried,
                lingers: round >= WITHOUT_WAIT,
                numbers: NumberSource::Elsewhere,
                ..suspect.turn.play
            };
            let width = if at_once { AT_ONCE.min(lease.target.width()) } else { 1 };
            let blind_at_most = if unhurried && width == 1 { rounds } else { rounds * BLIND };
            let plays = (0..width).map(|_| round::play(ground, &lease.target, &suspect.turn.scenario, play));
            for again in try_join_all(plays).await? {
                cost += again.cost;
                if again.ceiling.is_some() {
                    ceiling = again.ceiling;
                    continue;
                }
                // Where the codes were not all seen, nothing was asked again.
                if again.inapplicable.is_some() && blind < blind_at_most {
                    blind += 1;
                    continue;
                }
                round += 1;
                let shown: BTreeSet<Key> =
                    again.judgement.findings.iter().map(|found| Key::of(found, &again.history)).collect();
                left.iter_mut().filter(|(key, _)| shown.contains(key)).for_each(|(_, times)| *times += 1);
                if Evidence::is_clean(ground, &again) {
                    clean = Some(again.history);
                }
            }
            if ceiling.is_some() {
                break;
            }
        }
        left.retain(|_, times| *times < enough);
        Ok(Again { lease, left: left.into_keys().collect(), clean, cost, ceiling })
    }
}

/// Whether the target refuses a code that should work: then a source that shows the newest code late explains it.
fn refuses_a_live_code(key: &Key) -> bool {
    OF_A_LIVE_CODE.contains(&key.requirement) && key.seen.starts_with('4')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_code_may_be_an_earlier_one() {
        let key = |requirement, seen: &str| Key { requirement, operation: None, seen: seen.into() };
        assert!(refuses_a_live_code(&key(req::NEWEST_CODE_IS_ACCEPTED, "401 E061102")));
        assert!(!refuses_a_live_code(&key(req::NEWEST_CODE_IS_ACCEPTED, "the body")));
        assert!(!refuses_a_live_code(&key(req::CODE_IS_SINGLE_USE, "401 E061102")));
    }
}
