//! From a trial to its report: make histories, judge them, run once more what was inconclusive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinError, JoinSet};

use super::enrol::{self, Roll};
use super::evidence::Evidence;
use super::lag::Late;
use super::property;
use super::sequence::{self, Sequence};
use super::{
    Ground, Lease, Maker, Outcome, Trial, TrialReport, actor, casting, derive_seed, lag, race, scenario,
};
use crate::drive::Session;
use crate::exchange::Capture;
use crate::judge::{Doubt, Verdict};
use crate::suite::{Need, Scenario};

/// How often a conviction by people whom the target may know is asked for again; races do not show in every attempt.
const CONFIRMATIONS: u64 = 2;

impl Trial {
    /// Runs the trial and judges what it saw. Never panics: a panic of ours is a harness error.
    pub async fn run(&self, ground: Arc<Ground>) -> TrialReport {
        let started = Instant::now();
        if let Some(why) = self.lacks(&ground) {
            return self.report(&ground, Outcome::Unsupported, Some(why), Evidence::default(), started);
        }
        let (this, on) = (self.clone(), ground.clone());
        // A set of one: whoever gives this trial up stops the work too, and nothing is created behind our back.
        let mut attempt = JoinSet::new();
        attempt.spawn(async move { this.attempts(&on).await });
        match attempt.join_next().await.unwrap_or(Ok(Err("nothing was run".into()))) {
            Ok(Ok(evidence)) => {
                let outcome = match evidence.judgement.verdict(ground.fails_from) {
                    Verdict::Conforms => Outcome::Pass,
                    Verdict::Violates(_) => Outcome::Fail,
                    Verdict::Inconclusive(_) => Outcome::Inconclusive,
                };
                self.report(&ground, outcome, None, evidence, started)
            }
            Ok(Err(why)) => {
                self.report(&ground, Outcome::Inconclusive, Some(why), Evidence::default(), started)
            }
            Err(panic) => {
                let why = format!("the harness failed: {panic}");
                self.report(&ground, Outcome::HarnessError, Some(why), Evidence::default(), started)
            }
        }
    }

    /// The report of a trial whose target is not there.
    pub fn unreachable(&self, ground: &Ground, why: &str) -> TrialReport {
        self.report(ground, Outcome::Inconclusive, Some(why.to_owned()), Evidence::default(), Instant::now())
    }

    /// What this target cannot show of it.
    pub fn lacks(&self, ground: &Ground) -> Option<String> {
        let lacking: Vec<&str> =
            self.needs.iter().filter(|need| !ground.offers.contains(need)).map(|need| need.lack()).collect();
        if lacking.is_empty() { self.users(ground).err() } else { Some(lacking.join("; ")) }
    }

    /// How many test users it has at once.
    ///
    /// # Errors
    /// Why it cannot be shown with test users, or with so few.
    fn users(&self, ground: &Ground) -> Result<u32, String> {
        let generated = ground.assumptions.capture == Capture::Generated;
        let issues_code = |id| ground.contract.operation(id).issues_code;
        match &self.maker {
            Maker::Scenario(scenario) => {
                let roll = if generated { Roll::of(scenario, &issues_code)? } else { Roll::default() };
                let users = enrol::test_users(scenario, &roll);
                if enrol::fills_the_plan(scenario) {
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

    /// Runs it, and once more with new people if the first time told nothing; more often where somebody was known who
    /// should have been new.
    async fn attempts(&self, ground: &Arc<Ground>) -> Result<Evidence, String> {
        let _places = ground.places.lease(self.users(ground)?).await?;
        let mut lease = ground.site.lease(self.exclusive).await?;
        let mut evidence = self.attempt(ground, &lease, 0).await?;
        let mut attempts = 1;
        while evidence.tells_nothing(ground) {
            let known = self.met_somebody(&evidence);
            if attempts >= if known.is_some() { casting::CHOICES } else { 2 } {
                evidence.judgement.doubts.extend(known.map(casting::nobody_new));
                break;
            }
            drop(lease);
            lease = ground.site.lease(self.exclusive).await?;
            let again = self.attempt(ground, &lease, attempts).await?;
            evidence = evidence.followed_by(again, ground, &lease);
            attempts += 1;
        }
        drop(lease);
        if !ground.assumptions.fresh_numbers && !matches!(self.maker, Maker::Property(_)) {
            self.confirm(ground, &mut evidence, attempts).await;
        }
        self.look_for_lag(ground, &mut evidence).await;
        Ok(evidence)
    }

    /// Asks for a conviction once more, of other people: a target may remember things of those it knew before, and runs
    /// beside this one may have met them. What does not come again is told, and convicts nobody.
    async fn confirm(&self, ground: &Arc<Ground>, evidence: &mut Evidence, attempts: u64) {
        let convicted = evidence.convicted(ground);
        if convicted.is_empty() {
            return;
        }
        for attempt in attempts..attempts + CONFIRMATIONS {
            let Ok(lease) = ground.site.lease(self.exclusive).await else { break };
            let Ok(again) = self.attempt(ground, &lease, attempt).await else { break };
            evidence.requests += again.requests;
            evidence.sends += again.sends;
            if !convicted.is_disjoint(&again.convicted(ground)) {
                return;
            }
        }
        evidence.acquit(ground, &convicted);
    }

    /// The scenario, if it may have shown nothing because somebody was known who should have been new.
    fn met_somebody(&self, evidence: &Evidence) -> Option<&Scenario> {
        match &self.maker {
            Maker::Scenario(inner) => {
                Some(inner.as_ref()).filter(|inner| casting::met_somebody(inner, evidence))
            }
            _ => None,
        }
    }

    /// Measures how late the target is, where that may be all that is wrong with it. The conviction stands whether or
    /// not that works.
    async fn look_for_lag(&self, ground: &Ground, evidence: &mut Evidence) {
        let (Maker::Scenario(inner), Some(late)) = (&self.maker, evidence.late) else { return };
        let Ok(lease) = ground.site.lease(true).await else { return };
        let seed = derive_seed(ground.seed, &self.name);
        let (lag, cost) = lag::measure(inner, late, ground, &lease, seed).await;
        evidence.requests += cost.requests;
        evidence.sends += cost.sends;
        if let Some(lag) = lag {
            evidence.is_late(late, &lag);
        }
    }

    async fn attempt(&self, ground: &Arc<Ground>, lease: &Lease, number: u64) -> Result<Evidence, String> {
        let mut evidence = Evidence::default();
        match &self.maker {
            Maker::Scenario(inner) => self.rounds(inner, ground, lease, number, &mut evidence).await?,
            Maker::Sequence(inner) => self.sequences(*inner, ground, lease, number, &mut evidence).await?,
            Maker::Property(property) => {
                let (property, ground, target) = (property.clone(), ground.clone(), lease.target.clone());
                let seed = derive_seed(ground.seed, &self.name).wrapping_add(number);
                let clock = self.exclusive && target.has_clock();
                evidence = property::play(property, ground, target, seed, clock).await?.into();
            }
        }
        Ok(evidence)
    }

    /// Plays a scenario round after round, until one convicts.
    async fn rounds(
        &self,
        inner: &Scenario,
        ground: &Ground,
        lease: &Lease,
        number: u64,
        evidence: &mut Evidence,
    ) -> Result<(), String> {
        let copies = |repeat| u64::from(actor::times(repeat, &ground.assumptions));
        evidence.requests += race::warm_up(&lease.target, ground, race::width(inner, copies)).await;
        let mut overlapped = !inner.is_race();
        for round in 0..inner.rounds {
            let seed = derive_seed(ground.seed, &self.name).wrapping_add(u64::from(round) << 8 | number);
            let session = Arc::new(Session::new(lease.target.clone(), ground.assumptions.clone()));
            let played = scenario::round(&session, inner, ground, seed, None).await;
            // A round that nobody finishes must not pass for one that showed nothing wrong.
            let session = Arc::into_inner(session).ok_or("a call of the trial never ended")?;
            let created = session.created();
            let history = session.finish().await;
            overlapped |= race::overlapped(&history);
            evidence.take(ground, lease, history, played.doubt);
            // What cannot be deleted now is in the journal, and told at the end of the run.
            lease.target.clean_up(&created).await;
            if let Some(finding) = evidence.gravest(ground) {
                evidence.late = Late::of(inner, finding, &played.ends);
                return Ok(());
            }
        }
        if !overlapped {
            let what = format!("no two calls overlapped in any of {} rounds", inner.rounds);
            evidence.judgement.doubts.push(Doubt::NotShown { place: inner.place.clone(), what });
        }
        Ok(())
    }

    /// Plays one random sequence after the other, until one convicts; that one is made as small as it can be.
    async fn sequences(
        &self,
        inner: Sequence,
        ground: &Ground,
        lease: &Lease,
        number: u64,
        evidence: &mut Evidence,
    ) -> Result<(), String> {
        let seed = derive_seed(ground.seed, &self.name).wrapping_add(number);
        let mut idle = 0;
        for sequence in 0..inner.count {
            let taken = sequence::play(inner, sequence, ground, &lease.target, seed).await?;
            idle += u32::from(taken.is_idle());
            evidence.take(ground, lease, taken.history.clone(), None);
            if let Some(wanted) = evidence.gravest(ground).map(|finding| finding.requirement) {
                // A conviction stands, even if it cannot be made smaller.
                if let Ok(small) = sequence::smallest(inner, taken, wanted, ground, &lease.target, seed).await
                {
                    evidence.replace(ground, small);
                }
                return Ok(());
            }
        }
        if idle * 2 > inner.count {
            let what = format!("nobody got in, in {idle} of {} sequences", inner.count);
            evidence.judgement.doubts.push(Doubt::Missing { what });
        }
        Ok(())
    }

    fn report(
        &self,
        ground: &Ground,
        outcome: Outcome,
        reason: Option<String>,
        evidence: Evidence,
        started: Instant,
    ) -> TrialReport {
        let Evidence { judgement, histories, first_request, requests, sends, kept, pairs, .. } = evidence;
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
            requests,
            sends,
            first_request,
            case: kept,
            pairs,
            duration: Duration::from_micros(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)),
            place: self.place.clone(),
            histories: if keep { histories } else { Vec::new() },
        }
    }
}

/// What a task of ours returned; its panic goes on here, so that it is known as ours.
pub(super) fn landed<T>(joined: Result<T, JoinError>) -> Result<T, String> {
    match joined.map_err(JoinError::try_into_panic) {
        Ok(value) => Ok(value),
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(cancelled)) => Err(cancelled.to_string()),
    }
}
