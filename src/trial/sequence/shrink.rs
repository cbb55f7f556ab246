//! From a sequence that breaks a requirement to the smallest one that still does.
//!
//! Moves are taken away, first half of them at a time and then fewer, and those that are left are made simpler: what
//! counts is what the target does with them, so each candidate is played on it, with new people.

use std::sync::Arc;

use super::Sequence;
use super::moves::Move;
use super::play::{as_taken, moves, turn};
use crate::drive::Target;
use crate::suite::Scenario;
use crate::trial::key::Key;
use crate::trial::round::{Observed, Play};
use crate::trial::small::{Search, Small};
use crate::trial::{TrialContext, TrialError};

/// Makes the sequence of that number smaller as long as it shows what is wanted; `None`, if it does not show it again.
///
/// # Errors
/// A call of ours never ended.
pub(in crate::trial) async fn smallest(
    sequence: Sequence,
    index: usize,
    wanted: &Key,
    ground: &TrialContext,
    target: &Arc<Target>,
    seed: u64,
) -> Result<Option<Small>, TrialError> {
    let moves = moves(sequence, index, seed);
    let search = Search::new(ground, target);
    let mut search = Cutting { sequence, index, wanted, seed, search, epilogue: false, best: None };
    if !search.attempt(moves.clone()).await? {
        // It shows in what is asked afterwards, or not again.
        search.epilogue = true;
        if !search.attempt(moves).await? {
            return Ok(None);
        }
    }
    search.cut().await?;
    // What is spoken of by its age may hold on to others that are only there to make it old.
    while search.attempt(search.moves().iter().map(Move::younger).collect()).await? {
        search.cut().await?;
    }
    search.simplify().await?;
    Ok(search.conclude())
}

/// A sequence that shows what is wanted.
struct Best {
    moves: Vec<Move>,
    scenario: Scenario,
    observed: Observed,
}

struct Cutting<'a> {
    sequence: Sequence,
    index: usize,
    wanted: &'a Key,
    seed: u64,
    search: Search<'a>,
    /// Whether it takes the epilogue to show it.
    epilogue: bool,
    best: Option<Best>,
}

impl Cutting<'_> {
    fn moves(&self) -> &[Move] {
        self.best.as_ref().map_or(&[], |best| &best.moves)
    }

    /// Takes moves away while the rest still does it: halves, then quarters, down to single ones, the last ones first.
    async fn cut(&mut self) -> Result<(), TrialError> {
        let mut size = self.moves().len() / 2;
        while size > 0 {
            let mut end = self.moves().len();
            let mut shorter = false;
            while end > 0 {
                let start = end.saturating_sub(size);
                let rest = self.moves().iter().enumerate().filter(|(at, _)| !(start..end).contains(at));
                let rest = rest.map(|(_, kept)| kept.clone()).collect();
                shorter |= self.attempt(rest).await?;
                end = start;
            }
            // What could not be spared before may be, now that something else is gone.
            if !(shorter && size == 1) {
                size /= 2;
            }
        }
        Ok(())
    }

    async fn simplify(&mut self) -> Result<(), TrialError> {
        for at in 0..self.moves().len() {
            for simpler in self.moves()[at].simpler() {
                let mut moves = self.moves().to_vec();
                moves[at] = simpler;
                if self.attempt(moves).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Plays a candidate and keeps it if it shows what is wanted.
    async fn attempt(&mut self, moves: Vec<Move>) -> Result<bool, TrialError> {
        if moves.is_empty() || moves == self.moves() {
            return Ok(false);
        }
        let turn = turn(self.sequence, self.index, moves.clone(), self.seed);
        let play = Play { epilogue: self.epilogue, ..turn.play };
        let shown =
            self.search.shows(&turn.scenario, play, |seen| seen.finding_of(self.wanted).is_some()).await?;
        let Some(observed) = shown else { return Ok(false) };
        let scenario = as_taken(&turn.scenario, &observed);
        self.best = Some(Best { moves, scenario, observed });
        Ok(true)
    }

    fn conclude(self) -> Option<Small> {
        let Best { mut scenario, observed, .. } = self.best?;
        let found = observed.finding_of(self.wanted);
        let why = found.map(|finding| format!(": expected {}; seen {}", finding.expected, finding.seen));
        scenario.note = Some(format!("breaks {}{}", self.wanted.requirement, why.unwrap_or_default()));
        scenario.proves = vec![self.wanted.requirement];
        Some(Small { scenario, observed, cost: self.search.cost })
    }
}
