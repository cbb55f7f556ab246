//! From a trial to its report: play its cases, confirm what convicts, make failing cases small.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::evidence::Evidence;
use super::round::Play;
use super::test_users::{self, RequiredTestUsers};
use super::{
    Maker, Outcome, TargetLease, Trial, TrialContext, TrialError, TrialReport, derive_seed, number_pool,
    property, rounds, sequence,
};
use crate::exchange::Capture;
use crate::suite::{Need, Scenario};

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
    pub(super) fn seed(&self, ground: &TrialContext, attempt: u64) -> u64 {
        derive_seed(ground.seed, &self.name).wrapping_add(attempt)
    }

    pub(super) async fn lease(&self, ground: &TrialContext) -> Result<TargetLease, TrialError> {
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
        let mut cap = evidence.cap(&ground.contract);
        while evidence.tells_nothing(ground) && evidence.ceiling.is_none() {
            let known = self.met_a_known_user(&evidence);
            let wait = evidence.asked_to_wait().filter(|wait| *wait <= LONGEST_WAIT);
            let most = match wait {
                // What waits for the rest of the run has no second chance.
                _ if self.lingers() => 1,
                Some(_) => 4,
                None => 2,
            };
            if attempt + 1 >= if known.is_some() { number_pool::MAX_ATTEMPTS } else { most } {
                evidence.judgement.doubts.extend(known.map(number_pool::no_fresh_number));
                break;
            }
            attempt += 1;
            drop(lease);
            tokio::time::sleep(wait.unwrap_or_default()).await;
            lease = self.lease(ground).await?;
            let again = self.attempt(ground, &lease, attempt).await?;
            cap = cap.filter(|_| again.cap(&ground.contract) == cap);
            evidence = evidence.followed_by(again, &ground.contract, lease.target.sent().requests);
        }
        if self.ended_early(&evidence) {
            drop(lease);
            lease = self.lease(ground).await?;
            let again = self.attempt(ground, &lease, attempt + 1).await?;
            evidence = evidence.or_better(again);
        }
        // Moving a clock is a request too: without it a case tells nothing.
        let kept_back = || lease.target.budget().reached().filter(|_| evidence.tells_nothing(ground));
        if let Some(reached) = evidence.ceiling.or_else(kept_back).filter(|_| evidence.suspects.is_empty()) {
            return Err(TrialError::Ceiling(reached));
        }
        // What is so each time is no doubt.
        if let Some(cap) = cap.filter(|_| attempt > 0 && evidence.tells_nothing(ground)) {
            let what = format!(
                "it needs more than {cap} messages to one user, and the target answers the next with 429"
            );
            return Err(TrialError::Inapplicable(what));
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

    /// Whether it is worth another attempt although it found something: a bug that is met in every trial must not be all
    /// that is seen where a message was lost.
    fn ended_early(&self, evidence: &Evidence) -> bool {
        let steady = matches!(&self.maker, Maker::Scenario(inner) if !inner.is_race() && !inner.lingers());
        steady && evidence.ended_early()
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
            Maker::Scenario(inner) => rounds::play(inner, ground, target, play).await,
            Maker::Sequence(inner) => sequence::play(*inner, ground, target, play).await,
            Maker::Property(property) => {
                let clock = self.exclusive && target.has_clock();
                property::play(property.clone(), ground.clone(), target.clone(), play, clock).await
            }
        }
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
            histories,
        }
    }
}

/// The longest wait that a trial keeps to which the target asked to wait: a limit of messages may last for a day.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How long a trial of so many requests may take: far more than any takes that gets somewhere.
fn allowance(requests: u64, here: bool) -> Duration {
    let (least, each) = if here { (20, 1) } else { (60, 3) };
    Duration::from_secs(least + each * requests)
}
