//! Plays one sequence: a step that has nothing to refer to is left out, every other one is taken.

use std::sync::Arc;

use super::moves::Move;
use super::{Sequence, script};
use crate::contract::OperationId;
use crate::drive::{Session, Target};
use crate::exchange::{History, Response};
use crate::suite::Scenario;
use crate::trial::actor::Actor;
use crate::trial::{Ground, derive_seed};

/// One sequence as it was played.
pub(in crate::trial) struct Take {
    pub(super) moves: Vec<Move>,
    /// The steps that were taken.
    pub(super) scenario: Scenario,
    /// What was seen.
    pub(in crate::trial) history: History,
}

impl Take {
    /// Whether nobody ever got in: then hardly anything was shown.
    pub(in crate::trial) fn is_idle(&self) -> bool {
        let logins = self.history.exchanges().filter(|e| e.operation == Some(OperationId::VerifySms));
        !logins.filter_map(|e| e.answer.response()).any(Response::is_success)
    }
}

/// Plays the sequence of that number.
///
/// # Errors
/// A call of ours never ended.
pub(in crate::trial) async fn play(
    sequence: Sequence,
    number: u32,
    ground: &Ground,
    target: &Arc<Target>,
    seed: u64,
) -> Result<Take, String> {
    let moves = sequence.draw(derive_seed(seed, &number.to_string()));
    take(sequence, moves, ground, target, seed).await
}

/// Plays these moves, with new people.
pub(super) async fn take(
    sequence: Sequence,
    moves: Vec<Move>,
    ground: &Ground,
    target: &Arc<Target>,
    seed: u64,
) -> Result<Take, String> {
    let mut scenario = script::write(sequence, &moves);
    let session = Arc::new(Session::new(target.clone(), ground.assumptions.clone()));
    let mut actor = Actor::new(&session, &scenario, ground, seed);
    let mut taken = Vec::new();
    for step in &scenario.steps {
        if actor.take(step).await.is_ok() {
            taken.push(step.clone());
        }
    }
    actor.drain().await;
    drop(actor);
    scenario.steps = taken;
    let session = Arc::into_inner(session).ok_or("a call of the trial never ended")?;
    let created = session.created();
    let history = session.finish().await;
    // What cannot be deleted now is in the journal, and told at the end of the run.
    target.clean_up(&created).await;
    Ok(Take { moves, scenario, history })
}
