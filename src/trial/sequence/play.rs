//! Plays sequences: a step that has nothing to refer to is left out, every other one is taken.

use std::sync::Arc;

use super::moves::Move;
use super::{Sequence, script};
use crate::contract::OperationId;
use crate::drive::Target;
use crate::exchange::{History, Response};
use crate::judge::InconclusiveReason;
use crate::suite::Scenario;
use crate::trial::evidence::Evidence;
use crate::trial::round::{Lacking, Observed, Play};
use crate::trial::turns::{self, Turn};
use crate::trial::{TrialContext, TrialError, derive_seed};

/// Plays every sequence of a theme.
///
/// # Errors
/// A sequence could not be played.
pub(in crate::trial) async fn play(
    sequence: Sequence,
    ground: &Arc<TrialContext>,
    target: &Arc<Target>,
    play: Play,
) -> Result<Evidence, TrialError> {
    let mut evidence = Evidence::default();
    let mut idle = 0;
    let width = sequence.cases_at_once(target);
    let turns = (0..sequence.count as usize).map(|index| {
        let Turn { scenario, play: own, .. } =
            turn(sequence, index, moves(sequence, index, play.seed), play.seed);
        Turn { index, scenario, play: Play { deadline: play.deadline, ..own } }
    });
    turns::in_order(ground, target, turns, width, false, |turn, mut observed| {
        idle += u32::from(is_idle(&observed.history));
        // What is kept to be played again are the steps that were taken.
        let turn = Turn { scenario: Arc::new(as_taken(&turn.scenario, &observed)), ..turn };
        observed.doubt = None;
        evidence.take(ground, turn, observed);
        evidence.goes_on()
    })
    .await?;
    if idle * 2 > sequence.count {
        let what = format!("no login succeeded in {idle} of {} sequences", sequence.count);
        evidence.judgement.doubts.push(InconclusiveReason::Missing { what });
    }
    Ok(evidence)
}

/// The moves of the sequence of that number.
pub(super) fn moves(sequence: Sequence, index: usize, seed: u64) -> Vec<Move> {
    sequence.draw(derive_seed(seed, &index.to_string()))
}

/// These moves as they are played.
pub(super) fn turn(sequence: Sequence, index: usize, moves: Vec<Move>, seed: u64) -> Turn {
    let play = Play { lacking: Lacking::IsLeftOut, epilogue: true, ..Play::new(seed) };
    Turn { index, scenario: Arc::new(script::write(sequence, &moves)), play }
}

/// The scenario without the steps that were left out.
pub(super) fn as_taken(scenario: &Scenario, observed: &Observed) -> Scenario {
    let taken = observed.ends.iter().filter_map(|(at, _)| scenario.steps.get(*at));
    Scenario { steps: taken.cloned().collect(), ..scenario.clone() }
}

/// Whether no login succeeded: then hardly anything was shown.
fn is_idle(history: &History) -> bool {
    let logins = history.exchanges().filter(|e| e.operation.is_some_and(OperationId::is_verify));
    !logins.filter_map(|e| e.answer.response()).any(Response::is_success)
}
