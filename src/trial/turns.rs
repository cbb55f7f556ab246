//! The cases of a trial, several in flight at once, looked at in their order.
//!
//! What a case shows is taken in by its place in the order, however fast the target answers it: what a trial sends and
//! finds must not hang on the machine.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::error::landed;
use super::round::{self, Observed, Play};
use super::{TrialContext, TrialError};
use crate::drive::Target;
use crate::suite::Scenario;

/// One case as it is played.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Its place among the cases of the trial.
    pub(super) index: usize,
    /// Its steps.
    pub(super) scenario: Arc<Scenario>,
    /// How they are played.
    pub(super) play: Play,
}

/// A task that ends with its waiter.
struct Flying(JoinHandle<Result<Observed, TrialError>>);

impl Drop for Flying {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Plays cases, `width` of them at once, and shows each to `look` in order until that breaks off. The case `width`
/// places after one begins when that one has been looked at, so that what is sent by the time `look` breaks off is
/// always the same. `clock` says that the target's clock may be moved to let lent numbers rest.
///
/// # Errors
/// A case could not be played.
pub(super) async fn in_order(
    ground: &Arc<TrialContext>,
    target: &Arc<Target>,
    turns: impl Iterator<Item = Turn>,
    width: usize,
    mut clock: bool,
    mut look: impl FnMut(Turn, Observed) -> ControlFlow<()>,
) -> Result<(), TrialError> {
    let window = Duration::from_secs(ground.assumptions.resend_window_s.unwrap_or_default());
    let mut turns = turns.peekable();
    let mut flying: VecDeque<(Turn, Flying)> = VecDeque::new();
    loop {
        if clock && target.is_tired() && flying.is_empty() {
            clock = target.rest(window).await.is_ok();
        }
        while flying.len() < width && turns.peek().is_some() && !(clock && target.is_tired()) {
            let Some(turn) = turns.next() else { break };
            let (ground, target, taken) = (ground.clone(), target.clone(), turn.clone());
            let task =
                tokio::spawn(async move { round::play(&ground, &target, &taken.scenario, taken.play).await });
            flying.push_back((turn, Flying(task)));
        }
        let Some((turn, mut task)) = flying.pop_front() else { return Ok(()) };
        let observed = landed((&mut task.0).await)??;
        if look(turn, observed).is_break() {
            return Ok(());
        }
    }
}
