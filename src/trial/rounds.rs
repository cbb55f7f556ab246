//! A scenario round after round, each with new people.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::evidence::Evidence;
use super::lags::Late;
use super::round::{Observed, Play};
use super::turns::{self, Turn};
use super::{TrialContext, TrialError, actor, of_rounds, race};
use crate::drive::Target;
use crate::judge::InconclusiveReason;
use crate::suite::Scenario;

/// After so many rounds, none of which could be played to its end with what the target shows, the others are not tried.
const BLIND: u32 = 5;

/// Rounds of a race more, once one has shown something: what else a bug shows where calls overlap is chance, and what a run
/// does not show today would be new tomorrow. Not where a message may cost money.
const MORE_ROUNDS: u32 = 8;

/// How many rounds are played at once. A scenario that must be alone is so with each of its rounds, and of a single one there
/// are more only where it is a race that shows something.
pub(super) fn at_once(inner: &Scenario, target: &Target) -> usize {
    let single = inner.rounds == 1 && !inner.is_race();
    if inner.exclusive || single { 1 } else { target.rounds_at_once() }
}

/// Plays every round.
///
/// # Errors
/// A round could not be played.
pub(super) async fn play(
    inner: &Arc<Scenario>,
    ground: &Arc<TrialContext>,
    target: &Arc<Target>,
    play: Play,
) -> Result<Evidence, TrialError> {
    let mut seen = Rounds::new(inner);
    let copies = |repeat| u64::from(actor::times(repeat, &ground.assumptions));
    seen.evidence.cost.requests += race::warm_up(target, ground, race::width(inner, copies)).await;
    let turn = |round: u32| Turn {
        index: round as usize,
        scenario: inner.clone(),
        play: Play {
            seed: play.seed.wrapping_add(u64::from(round) << 8),
            epilogue: true,
            first: round as usize,
            ..play
        },
    };
    let more = if inner.is_race() && target.is_loopback() { MORE_ROUNDS } else { 0 };
    for rounds in [0..inner.rounds, inner.rounds..inner.rounds + more] {
        let look = |turn, observed| seen.look(ground, turn, observed);
        turns::in_order(ground, target, rounds.map(turn), at_once(inner, target), false, look).await?;
        if seen.is_over || seen.evidence.judgement.findings.is_empty() {
            break;
        }
    }
    Ok(seen.evidence())
}

/// What the rounds so far have shown.
struct Rounds<'a> {
    inner: &'a Scenario,
    evidence: Evidence,
    /// The doubts of each round.
    doubts: Vec<Vec<InconclusiveReason>>,
    /// Rounds that could not be played to their end.
    blind: u32,
    /// Whether calls met in one of them.
    overlapped: bool,
    /// Whether no more are played.
    is_over: bool,
}

impl<'a> Rounds<'a> {
    fn new(inner: &'a Scenario) -> Rounds<'a> {
        let overlapped = !inner.is_race();
        let (evidence, doubts) = (Evidence::default(), Vec::new());
        Rounds { inner, evidence, doubts, blind: 0, overlapped, is_over: false }
    }

    fn all_are_blind(&self) -> bool {
        usize::try_from(self.blind).is_ok_and(|blind| blind == self.doubts.len())
    }

    fn look(&mut self, ground: &TrialContext, turn: Turn, mut observed: Observed) -> ControlFlow<()> {
        self.overlapped |= race::overlapped(&observed.history);
        if let Some(what) = observed.inapplicable.take() {
            self.blind += 1;
            self.evidence.inapplicable.get_or_insert(what);
        }
        self.doubts.push(observed.take_doubts(ground.fails_from));
        let (findings, ends) = (observed.judgement.findings.clone(), observed.ends.clone());
        let convicts = self.evidence.take(ground, turn, observed);
        let late = findings
            .iter()
            .filter(|finding| convicts.iter().any(|key| key.requirement == finding.requirement));
        self.evidence.late.extend(late.filter_map(|finding| Late::of(self.inner, finding, &ends)));
        let goes_on = match self.all_are_blind() && self.blind >= BLIND {
            true => ControlFlow::Break(()),
            false => self.evidence.goes_on(),
        };
        self.is_over = goes_on.is_break();
        goes_on
    }

    fn evidence(mut self) -> Evidence {
        if !self.all_are_blind() {
            self.evidence.inapplicable = None;
        }
        self.evidence.judgement.doubts.extend(of_rounds(self.doubts));
        if !self.overlapped {
            let what = format!("no two calls overlapped in any of {} rounds", self.inner.rounds);
            let place = self.inner.place.clone();
            self.evidence.judgement.doubts.push(InconclusiveReason::NotShown { place, what });
        }
        self.evidence
    }
}
