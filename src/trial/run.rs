//! From a trial to its report: play its cases, look at convictions again, make failing cases small.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::evidence::{Evidence, Suspect};
use super::key::Key;
use super::lags::Late;
use super::round::{self, Play};
use super::test_users::{self, RequiredTestUsers};
use super::turns::{self, Turn};
use super::{
    Cost, Maker, Outcome, TargetLease, Trial, TrialContext, TrialError, TrialReport, actor, derive_seed,
    number_pool, of_rounds, property, race, sequence,
};
use crate::contract::{RequirementId, req};
use crate::drive::{Reached, Target};
use crate::exchange::{Capture, History};
use crate::judge::InconclusiveReason;
use crate::suite::{Need, Scenario};

/// How often a case that convicts people whom the target may know is played again.
const CONFIRMATIONS: u32 = 4;
/// How often it must convict again: one of the other users may have a past of the same kind.
const TWICE: u32 = 2;
/// Requirements that seem broken where a source shows an earlier code for the newest.
const OF_A_LIVE_CODE: [RequirementId; 5] = [
    req::NEWEST_CODE_IS_ACCEPTED,
    req::SECOND_CODE_IS_ACCEPTED,
    req::SEND_KEEPS_CODES_OF_OTHERS,
    req::GENERATED_CODE_SURVIVES_SEND,
    req::REFUSED_SEND_KEEPS_CODE,
];
/// What is said where an answer never came, and came when it was asked for again.
const LOST: &str = "an answer never came, and did when the same was asked again";
/// So many lost answers of one trial are asked for again, one by one.
const ASKED_AGAIN: usize = 4;
/// How many failing cases of one trial are made small: one bug is often behind several findings.
const MADE_SMALL: usize = 2;

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
    /// Runs the trial and judges what it saw. Never panics: a panic of ours is a harness error.
    pub async fn run(&self, ground: Arc<TrialContext>) -> TrialReport {
        let started = Instant::now();
        if let Some(why) = self.lacks(&ground) {
            return self.report(&ground, Outcome::Unsupported, Some(why), Evidence::default(), started);
        }
        let (this, on) = (self.clone(), ground.clone());
        // A set of one: dropping this trial stops the work too, and nothing is created behind our back.
        let mut attempt = JoinSet::new();
        attempt.spawn(async move { this.attempts(&on).await });
        let ended = match attempt.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(panic)) => Err(TrialError::Panicked(panic.to_string())),
            None => Err(TrialError::RunEnded),
        };
        match ended {
            Ok(evidence) => {
                let outcome = evidence.outcome(ground.fails_from);
                let note = evidence.note.clone();
                self.report(&ground, outcome, note, evidence, started)
            }
            Err(why) => {
                let outcome = why.outcome();
                self.report(&ground, outcome, Some(why.to_string()), Evidence::default(), started)
            }
        }
    }

    /// The report of a trial whose target is not there.
    pub fn unreachable(&self, ground: &TrialContext, why: &str) -> TrialReport {
        self.report(ground, Outcome::Inconclusive, Some(why.to_owned()), Evidence::default(), Instant::now())
    }

    /// What this target cannot show of it.
    pub fn lacks(&self, ground: &TrialContext) -> Option<String> {
        let lacking: Vec<&str> =
            self.needs.iter().filter(|need| !ground.offers.contains(need)).map(|need| need.lack()).collect();
        if lacking.is_empty() { self.users(ground).err() } else { Some(lacking.join("; ")) }
    }

    /// How many test users it has at once.
    ///
    /// # Errors
    /// Why it cannot be shown with test users, or with so few.
    fn users(&self, ground: &TrialContext) -> Result<u32, String> {
        let generated = ground.assumptions.capture == Capture::Generated;
        let issues_code = |id| ground.contract.operation(id).issues_code;
        match &self.maker {
            Maker::Scenario(scenario) => {
                let roll = if generated {
                    RequiredTestUsers::of(scenario, &issues_code)?
                } else {
                    RequiredTestUsers::default()
                };
                let users = test_users::test_users(scenario, &roll);
                if test_users::fills_the_plan(scenario) {
                    return Ok(0);
                }
                ground.places.holds(users)?;
                Ok(users)
            }
            _ if generated && self.needs.contains(&Need::Codes) => {
                Err("codes are generated, and this needs messages".into())
            }
            _ => Ok(0),
        }
    }

    /// The seed of an attempt: every case of it is a function of this.
    fn seed(&self, ground: &TrialContext, attempt: u64) -> u64 {
        derive_seed(ground.seed, &self.name).wrapping_add(attempt)
    }

    async fn lease(&self, ground: &TrialContext) -> Result<TargetLease, TrialError> {
        match self.lingers() {
            true => ground.site.share().await,
            false => ground.site.lease(self.exclusive).await,
        }
    }

    /// Runs it, and once more with new users if the first time showed nothing; more often where the target knew a
    /// number that should have been fresh. What convicts is looked at again, and made small.
    async fn attempts(&self, ground: &Arc<TrialContext>) -> Result<Evidence, TrialError> {
        let users = self.users(ground).map_err(TrialError::NoPlace)?;
        let _places = ground.places.lease(users).await.map_err(TrialError::NoPlace)?;
        let mut lease = self.lease(ground).await?;
        let (mut evidence, mut attempt) = (self.attempt(ground, &lease, 0).await?, 0);
        while evidence.tells_nothing(ground) && evidence.ceiling.is_none() {
            let known = self.met_a_known_user(&evidence);
            if attempt + 1 >= if known.is_some() { number_pool::MAX_ATTEMPTS } else { 2 } {
                evidence.judgement.doubts.extend(known.map(number_pool::no_fresh_number));
                break;
            }
            attempt += 1;
            drop(lease);
            lease = self.lease(ground).await?;
            let again = self.attempt(ground, &lease, attempt).await?;
            evidence = evidence.followed_by(again, &ground.contract, lease.target.sent().requests);
        }
        // Moving a clock is a request too: without it a case tells nothing.
        let kept_back = || lease.target.budget().reached().filter(|_| evidence.tells_nothing(ground));
        if let Some(reached) = evidence.ceiling.or_else(kept_back).filter(|_| evidence.suspects.is_empty()) {
            return Err(TrialError::Ceiling(reached));
        }
        if let Some(what) = evidence.inapplicable.take_if(|_| evidence.judgement.findings.is_empty()) {
            return Err(TrialError::Inapplicable(what));
        }
        if !ground.assumptions.fresh_numbers {
            let Some(kept) = self.confirm(ground, lease, &mut evidence).await? else { return Ok(evidence) };
            lease = kept;
        }
        self.make_small(ground, &lease, attempt, &mut evidence).await?;
        // What shows late only is not late by a lag.
        if let Maker::Scenario(inner) = &self.maker
            && !inner.lingers()
        {
            ground.lags.note(&self.name, inner, &evidence.late);
        }
        Ok(evidence)
    }

    /// The scenario, if it may have shown nothing because the target knew a number that should have been fresh.
    fn met_a_known_user(&self, evidence: &Evidence) -> Option<&Scenario> {
        match &self.maker {
            Maker::Scenario(inner) => {
                let met = |inner: &&Scenario| {
                    number_pool::met_a_known_user(inner, &evidence.judgement, &evidence.histories)
                };
                Some(inner.as_ref()).filter(met)
            }
            _ => None,
        }
    }

    /// Plays every case once.
    async fn attempt(
        &self,
        ground: &Arc<TrialContext>,
        lease: &TargetLease,
        number: u64,
    ) -> Result<Evidence, TrialError> {
        let seed = self.seed(ground, number);
        let target = &lease.target;
        let deadline = Instant::now() + allowance(self.cost.requests, target.is_loopback());
        let deadline = Some(deadline).filter(|_| !self.lingers());
        let play = Play { deadline, ..Play::new(seed) };
        match &self.maker {
            Maker::Scenario(inner) => rounds(inner, ground, target, play).await,
            Maker::Sequence(inner) => sequence::play(*inner, ground, target, play).await,
            Maker::Property(property) => {
                let clock = self.exclusive && target.has_clock();
                property::play(property.clone(), ground.clone(), target.clone(), play, clock).await
            }
        }
    }

    /// Plays the cases that convict again, with other users: a target may remember things of those it knew before, and
    /// runs beside this one may have met them. What does not come again is no violation. What is known of the target is
    /// not asked again. Returns the lease, unless none can be had any more.
    async fn confirm(
        &self,
        ground: &Arc<TrialContext>,
        lease: TargetLease,
        evidence: &mut Evidence,
    ) -> Result<Option<TargetLease>, TrialError> {
        let excused = evidence.excused_keys(|finding| ground.excused.covers(&self.name, finding));
        if evidence.suspects.iter().all(|suspect| suspect.keys.is_subset(&excused)) {
            return Ok(Some(lease));
        }
        drop(lease);
        let mut lease = self.lease(ground).await.ok();
        let (mut open, mut ceiling) = (BTreeSet::new(), None);
        for mut suspect in evidence.suspects.clone() {
            suspect.keys.retain(|key| !excused.contains(key));
            let held = if suspect.keys.is_empty() || ceiling.is_some() { None } else { lease.take() };
            let Some(held) = held else {
                open.extend(suspect.keys);
                continue;
            };
            let seen = self.play_again(ground, held, &suspect).await?;
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

    /// Plays a case again, until each of its findings came twice more or the rounds are over.
    async fn play_again(
        &self,
        ground: &Arc<TrialContext>,
        lease: TargetLease,
        suspect: &Suspect,
    ) -> Result<Again, TrialError> {
        let rounds = match &self.maker {
            // Races do not show in every round.
            Maker::Scenario(inner) if inner.is_race() => inner.rounds * 2,
            _ => CONFIRMATIONS,
        };
        let unhurried = suspect.keys.iter().any(|key| OF_A_LIVE_CODE.contains(&key.requirement));
        let mut left: BTreeMap<Key, u32> = suspect.keys.iter().map(|key| (key.clone(), 0)).collect();
        let (mut clean, mut cost, mut ceiling, mut lease) = (None, Cost::default(), None, Some(lease));
        for round in 0..rounds {
            if left.values().all(|times| *times >= TWICE) {
                break;
            }
            if self.exclusive && round > 0 {
                drop(lease.take());
                lease = self.lease(ground).await.ok();
            }
            let Some(lease) = &lease else { break };
            let play = Play { deadline: None, unhurried, ..suspect.turn.play };
            let again = round::play(ground, &lease.target, &suspect.turn.scenario, play).await?;
            cost += again.cost;
            if again.ceiling.is_some() {
                ceiling = again.ceiling;
                break;
            }
            let shown: BTreeSet<Key> =
                again.judgement.findings.iter().map(|found| Key::of(found, &again.history)).collect();
            left.iter_mut().filter(|(key, _)| shown.contains(key)).for_each(|(_, times)| *times += 1);
            if Evidence::is_clean(ground, &again) {
                clean = Some(again.history);
            }
        }
        left.retain(|_, times| *times < TWICE);
        Ok(Again { lease, left: left.into_keys().collect(), clean, cost, ceiling })
    }

    /// Makes the first failing cases as small as they can be. A conviction counts, even if that does not work.
    async fn make_small(
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
        for (index, key) in Vec::from_iter(keys.take(MADE_SMALL)) {
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

    fn report(
        &self,
        ground: &TrialContext,
        outcome: Outcome,
        reason: Option<String>,
        evidence: Evidence,
        started: Instant,
    ) -> TrialReport {
        let Evidence { judgement, histories, first_request, cost, kept, pairs, .. } = evidence;
        let (findings, warnings) =
            judgement.findings.into_iter().partition(|finding| finding.level >= ground.fails_from);
        let keep = ground.keep_histories || !matches!(outcome, Outcome::Pass | Outcome::Unsupported);
        TrialReport {
            name: self.name.clone(),
            proves: self.proves.clone(),
            outcome,
            findings,
            warnings,
            excused: Vec::new(),
            examined: judgement.examined,
            doubts: judgement.doubts,
            reason,
            drift: judgement.drift,
            observed: judgement.observed,
            seed: derive_seed(ground.seed, &self.name),
            requests: cost.requests,
            sends: cost.sends,
            first_request,
            case: kept,
            pairs,
            duration: Duration::from_micros(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)),
            place: self.place.clone(),
            histories: if keep { histories } else { Vec::new() },
        }
    }
}

/// How long a trial of so many requests may take: far more than any takes that gets somewhere.
fn allowance(requests: u64, here: bool) -> Duration {
    let (least, each) = if here { (20, 1) } else { (60, 3) };
    Duration::from_secs(least + each * requests)
}

/// Plays a scenario round after round, each with new people.
async fn rounds(
    inner: &Arc<Scenario>,
    ground: &Arc<TrialContext>,
    target: &Arc<Target>,
    play: Play,
) -> Result<Evidence, TrialError> {
    let mut evidence = Evidence::default();
    let copies = |repeat| u64::from(actor::times(repeat, &ground.assumptions));
    evidence.cost.requests += race::warm_up(target, ground, race::width(inner, copies)).await;
    let mut overlapped = !inner.is_race();
    let turns = (0..inner.rounds).map(|round| Turn {
        index: round as usize,
        scenario: inner.clone(),
        play: Play { seed: play.seed.wrapping_add(u64::from(round) << 8), epilogue: true, ..play },
    });
    let mut doubts = Vec::new();
    turns::in_order(ground, target, turns, 1, false, |turn, mut observed| {
        overlapped |= race::overlapped(&observed.history);
        doubts.push(observed.take_doubts(ground.fails_from));
        let findings = observed.judgement.findings.clone();
        let ends = observed.ends.clone();
        let convicts = evidence.take(ground, turn, observed);
        let late = findings
            .iter()
            .filter(|finding| convicts.iter().any(|key| key.requirement == finding.requirement));
        evidence.late.extend(late.filter_map(|finding| Late::of(inner, finding, &ends)));
        evidence.goes_on()
    })
    .await?;
    evidence.judgement.doubts.extend(of_rounds(doubts));
    if !overlapped {
        let what = format!("no two calls overlapped in any of {} rounds", inner.rounds);
        evidence.judgement.doubts.push(InconclusiveReason::NotShown { place: inner.place.clone(), what });
    }
    Ok(evidence)
}
