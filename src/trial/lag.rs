//! How long an old state still shows: a target that is right in the end is told from one that never is.
//!
//! Where a trial shows a code, a session or a token in a state that was over, its scenario is played again with a pause
//! before the step that showed it. The pauses close in on the moment from which the new state shows.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::scenario::{self, Pause};
use super::{Cost, Ground, Lease};
use crate::contract::{RequirementId, req};
use crate::drive::Session;
use crate::exchange::{Exchange, History};
use crate::judge::{Finding, judge};
use crate::suite::Scenario;

/// The requirements that a target breaks by being late: what was over still works, or what is new does not yet.
const LATE: [RequirementId; 8] = [
    req::NEWEST_CODE_IS_ACCEPTED,
    req::CODE_IS_SINGLE_USE,
    req::SECOND_SEND_VOIDS_FIRST_CODE,
    req::SECOND_CODE_IS_ACCEPTED,
    req::ANY_SEND_VOIDS_EARLIER_CODE,
    req::REVOKE_OTHER_SESSIONS,
    req::LOGOUT_ENDS_REFRESH_JWT,
    req::LOGOUTALL_ENDS_ALL_SESSIONS,
];
/// Whoever is wrong for so long is not late.
const LONGEST: Duration = Duration::from_secs(5);
/// Pauses shorter than this are none.
const SHORTEST: Duration = Duration::from_millis(1);
/// Rounds on loopback, and where sends cost money.
const ROUNDS: (usize, usize) = (18, 8);
/// How often each end must be seen before anything between them is looked at: a target that is wrong now and then is
/// not late. The same two cases.
const ENDS: (usize, usize) = (3, 2);
/// The two ends are near enough when one is this many times the other.
const NEAR: f64 = 1.15;

/// A violation that may be one of lateness.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late {
    pub(super) requirement: RequirementId,
    /// The step that showed it, by position.
    step: usize,
}

impl Late {
    /// Reads a violation: the step is the first that had ended with the exchange at fault. Nothing comes before the
    /// first step that could have been late. A race that is lost now and then says nothing of lateness.
    pub(super) fn of(inner: &Scenario, finding: &Finding, ends: &[usize]) -> Option<Late> {
        let exchange = *finding.exchanges.last()?;
        let step = ends.iter().position(|end| *end >= exchange)?;
        let late = step > 0 && !inner.is_race() && LATE.contains(&finding.requirement);
        late.then_some(Late { requirement: finding.requirement, step })
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

/// Measures the lag of a target that must be nobody else's meanwhile: its clock is moved, or it is waited for. `None`,
/// if the old state shows for good, or a round does not get as far as to show. Beside it what that has cost.
pub(super) async fn measure(
    inner: &Scenario,
    late: Late,
    ground: &Ground,
    lease: &Lease,
    seed: u64,
) -> (Option<Lag>, Cost) {
    let mut rounds = Rounds { inner, late, ground, lease, seed, cost: Cost::default() };
    let lag = rounds.close_in(lease.target.is_loopback()).await;
    (lag, rounds.cost)
}

struct Rounds<'a> {
    inner: &'a Scenario,
    late: Late,
    ground: &'a Ground,
    lease: &'a Lease,
    seed: u64,
    cost: Cost,
}

impl Rounds<'_> {
    async fn close_in(&mut self, free: bool) -> Option<Lag> {
        let (most, ends) = if free { (ROUNDS.0, ENDS.0) } else { (ROUNDS.1, ENDS.1) };
        let mut lag = Lag::default();
        for (pause, stale) in [(LONGEST, false), (Duration::ZERO, true)] {
            for _ in 0..ends {
                if self.shows_old(pause).await? != stale {
                    return None;
                }
                lag.note(pause, stale);
            }
        }
        while let Some(pause) = lag.next().filter(|_| lag.rounds() < most) {
            lag.note(pause, self.shows_old(pause).await?);
        }
        Some(lag)
    }

    /// Whether the old state shows after this pause; `None` where the round does not get so far.
    async fn shows_old(&mut self, pause: Duration) -> Option<bool> {
        let Rounds { inner, late, ground, lease, .. } = *self;
        let session = Arc::new(Session::new(lease.target.clone(), ground.assumptions.clone()));
        let pause = Pause { before: late.step, length: pause };
        let round = scenario::round(&session, inner, ground, self.seed, Some(pause)).await;
        let session = Arc::into_inner(session)?;
        let created = session.created();
        let history = session.finish().await;
        lease.target.clean_up(&created).await;
        self.count(&history);
        let judgement = judge(&ground.contract, &history);
        let stale = judgement.findings.iter().any(|finding| finding.requirement == late.requirement);
        (stale || round.ends.len() > late.step).then_some(stale)
    }

    fn count(&mut self, history: &History) {
        let issues = |exchange: &&Exchange| {
            exchange.operation.is_some_and(|id| self.ground.contract.operation(id).issues_code)
        };
        self.cost.requests += history.exchanges().count() as u64;
        self.cost.sends += history.exchanges().filter(issues).count() as u64;
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
        while let Some(pause) = lag.next().filter(|_| lag.rounds() < ROUNDS.0) {
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
