//! How long an old state still shows: a target that is right in the end is distinguished from one that never is.
//!
//! Where a trial shows a code, a session or a token in a state that was over, its scenario is played again with a pause
//! before the step that showed it. The pauses close in on the moment from which the new state shows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::future::join_all;

use super::lags::{Candidate, Lags, Late};
use super::round::{self, Pause, Play};
use super::{Outcome, TargetLease, TrialContext, TrialReport, derive_seed};
use crate::contract::RequirementId;

/// A target that is wrong for so long is not late.
const LONGEST: Duration = Duration::from_secs(5);
/// Pauses shorter than this are none.
const SHORTEST: Duration = Duration::from_millis(1);
/// Rounds, and rounds where sends cost money.
const ROUNDS: usize = 18;
const FEW: usize = 6;
/// How often each end must be seen: a target that is wrong now and then is not late.
const ENDS: usize = 3;
/// The two ends are near enough when one is this many times the other.
const NEAR: f64 = 1.15;

impl Lags {
    /// Measures, for each requirement that the failed trials among these show to be broken, how late the target is:
    /// by the first of those trials, and once. Takes a few seconds where the target's clock cannot be moved, and
    /// returns what was found, in words; nothing of a requirement that stays broken.
    pub async fn measure(
        &self,
        ground: &TrialContext,
        ended: &[TrialReport],
    ) -> BTreeMap<RequirementId, String> {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut first: BTreeMap<RequirementId, Candidate> = BTreeMap::new();
        for report in ended.iter().filter(|report| report.outcome == Outcome::Fail) {
            let shown = |candidate: &&Candidate| {
                let requirement = candidate.late.requirement;
                candidate.trial == report.name
                    && report.findings.iter().any(|finding| finding.requirement == requirement)
            };
            for candidate in noted.iter().filter(shown) {
                first.entry(candidate.late.requirement).or_insert_with(|| candidate.clone());
            }
        }
        let lags = join_all(first.into_values().map(|candidate| measure(candidate, ground))).await;
        lags.into_iter().flatten().map(|(requirement, lag)| (requirement, lag.to_string())).collect()
    }
}

/// What was seen after pauses: the old state, or the new one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lag {
    stale: Vec<Duration>,
    current: Vec<Duration>,
}

impl Lag {
    fn note(&mut self, pause: Duration, stale: bool) {
        if stale { self.stale.push(pause) } else { self.current.push(pause) }
    }

    fn rounds(&self) -> usize {
        self.stale.len() + self.current.len()
    }

    /// The longest pause after which the old state still showed.
    fn longest_stale(&self) -> Duration {
        self.stale.iter().max().copied().unwrap_or_default()
    }

    /// The shortest pause from which on only the new state showed.
    fn shortest_current(&self) -> Duration {
        let stale = self.longest_stale();
        self.current.iter().filter(|pause| **pause > stale).min().copied().unwrap_or(LONGEST)
    }

    /// The pause that tells most next; `None` where the ends are near enough. Lags are of any order of magnitude, so
    /// that the middle is that of the orders.
    fn next(&self) -> Option<Duration> {
        let (low, high) =
            (self.longest_stale().max(SHORTEST).as_secs_f64(), self.shortest_current().as_secs_f64());
        (high / low > NEAR).then(|| Duration::from_secs_f64((low * high).sqrt()))
    }
}

impl fmt::Display for Lag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |pause: Duration| format!("{:.3} s", pause.as_secs_f64());
        write!(
            f,
            "late, not wrong for ever: the old state still showed after a pause of {}, the new one after {} (old in {} of {} rounds)",
            seconds(self.longest_stale()),
            seconds(self.shortest_current()),
            self.stale.len(),
            self.rounds()
        )
    }
}

/// Measures one lag. A target whose clock can be moved must have no other user meanwhile; any other is waited for.
async fn measure(candidate: Candidate, ground: &TrialContext) -> Option<(RequirementId, Lag)> {
    let mut lease = ground.site.lease(false).await.ok()?;
    if lease.target.has_clock() {
        drop(lease);
        lease = ground.site.lease(true).await.ok()?;
    }
    let seed = derive_seed(ground.seed, &candidate.trial);
    let rounds = Rounds { candidate: &candidate, ground, lease: &lease, seed };
    let lag = match lease.target.has_clock() {
        true => rounds.close_in().await,
        false => rounds.spread(lease.target.is_loopback()).await,
    };
    Some((candidate.late.requirement, lag?))
}

struct Rounds<'a> {
    candidate: &'a Candidate,
    ground: &'a TrialContext,
    lease: &'a TargetLease,
    seed: u64,
}

impl Rounds<'_> {
    /// One round after the other, each with the pause that tells most: time costs nothing.
    async fn close_in(&self) -> Option<Lag> {
        let mut lag = Lag::default();
        for (pause, stale) in [(LONGEST, false), (Duration::ZERO, true)] {
            for _ in 0..ENDS {
                if self.shows_old(pause).await? != stale {
                    return None;
                }
                lag.note(pause, stale);
            }
        }
        while let Some(pause) = lag.next().filter(|_| lag.rounds() < ROUNDS) {
            lag.note(pause, self.shows_old(pause).await?);
        }
        Some(lag)
    }

    /// All rounds at once, with pauses of every order: no more time passes than the longest of them.
    async fn spread(&self, free: bool) -> Option<Lag> {
        let (rounds, ends) = if free { (ROUNDS, ENDS) } else { (FEW, 2) };
        let ends = [LONGEST, Duration::ZERO].into_iter().flat_map(|pause| std::iter::repeat_n(pause, ends));
        let between = (0..rounds).map(|nth| {
            let share = f64::from(nth as u32 + 1) / (rounds as f64 + 1.0);
            SHORTEST.mul_f64((LONGEST.as_secs_f64() / SHORTEST.as_secs_f64()).powf(share))
        });
        let pauses = ends.chain(between);
        let seen = join_all(pauses.map(|pause| async move { Some((pause, self.shows_old(pause).await?)) }));
        let mut lag = Lag::default();
        for (pause, stale) in seen.await.into_iter().flatten() {
            lag.note(pause, stale);
        }
        let wrong_for_ever = lag.stale.contains(&LONGEST);
        let seldom_wrong = lag.current.contains(&Duration::ZERO);
        (lag.rounds() >= rounds && !wrong_for_ever && !seldom_wrong).then_some(lag)
    }

    /// Whether the old state shows after this pause; `None` where the round does not get so far.
    async fn shows_old(&self, pause: Duration) -> Option<bool> {
        let Late { requirement, step } = self.candidate.late;
        let play = Play { pause: Some(Pause { before: step, length: pause }), ..Play::new(self.seed) };
        let seen = round::play(self.ground, &self.lease.target, &self.candidate.scenario, play).await.ok()?;
        let stale = seen.judgement.findings.iter().any(|finding| finding.requirement == requirement);
        (stale || seen.ends.iter().any(|(taken, _)| *taken == step)).then_some(stale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is measured of a target that is late by this much, in milliseconds.
    fn measured(mut late_by: impl FnMut() -> u64) -> Lag {
        let mut lag = Lag::default();
        lag.note(Duration::ZERO, true);
        lag.note(LONGEST, false);
        while let Some(pause) = lag.next().filter(|_| lag.rounds() < ROUNDS) {
            lag.note(pause, pause < Duration::from_millis(late_by()));
        }
        lag
    }

    #[test]
    fn a_steady_lag_is_closed_in_on_from_both_sides() {
        for late_by in [3, 40, 700, 2_000, 4_500] {
            let lag = measured(|| late_by);
            let (low, high) = (lag.longest_stale(), lag.shortest_current());
            let truth = Duration::from_millis(late_by);
            assert!(low < truth && truth <= high, "{late_by}: {lag}");
            assert!(high.as_secs_f64() / low.as_secs_f64() < 1.3, "{late_by}: {lag}");
        }
    }

    #[test]
    fn a_lag_that_varies_is_never_told_shorter_than_it_was_seen() {
        let mut turn = 0;
        let lag = measured(|| {
            turn += 1;
            [100, 900, 300][turn % 3]
        });
        assert!(lag.longest_stale() < lag.shortest_current(), "{lag}");
        assert!(lag.stale.iter().all(|pause| *pause <= lag.longest_stale()));
        assert!(lag.to_string().contains(&format!("of {} rounds", lag.rounds())));
    }
}
