//! From a sequence that breaks a requirement to the smallest one that still does.
//!
//! Moves are taken away, first half of them at a time and then fewer, and those that are left are made simpler: what
//! counts is what the target does with them, so each candidate is played on it, with new people.

use std::sync::Arc;

use super::Sequence;
use super::moves::Move;
use super::play::{Take, take};
use crate::contract::RequirementId;
use crate::drive::Target;
use crate::exchange::History;
use crate::judge::{Finding, judge};
use crate::suite::Scenario;
use crate::trial::Ground;

/// Messages that may be asked for to make a sequence smaller: freely on loopback, a few where they cost money.
const BUDGET: (usize, usize) = (4_000, 24);

/// The smallest sequence found.
pub(in crate::trial) struct Smallest {
    pub(in crate::trial) scenario: Scenario,
    pub(in crate::trial) history: History,
    pub(in crate::trial) findings: Vec<Finding>,
    /// What finding it has cost.
    pub(in crate::trial) requests: u64,
    /// And how many messages of that.
    pub(in crate::trial) sends: u64,
}

/// Makes a sequence smaller as long as it breaks the same requirement.
///
/// # Errors
/// A call of ours never ended.
pub(in crate::trial) async fn smallest(
    sequence: Sequence,
    first: Take,
    wanted: RequirementId,
    ground: &Ground,
    target: &Arc<Target>,
    seed: u64,
) -> Result<Smallest, String> {
    let left = if target.is_loopback() { BUDGET.0 } else { BUDGET.1 };
    let mut search =
        Search { sequence, wanted, ground, target, seed, left, requests: 0, sends: 0, best: first };
    search.cut().await?;
    // What is spoken of by its age may hold on to others that are only there to make it old.
    while search.attempt(search.best.moves.iter().map(Move::younger).collect()).await? {
        search.cut().await?;
    }
    search.simplify().await?;
    Ok(search.conclude())
}

struct Search<'a> {
    sequence: Sequence,
    wanted: RequirementId,
    ground: &'a Ground,
    target: &'a Arc<Target>,
    seed: u64,
    left: usize,
    requests: u64,
    sends: u64,
    best: Take,
}

impl Search<'_> {
    /// Takes moves away while the rest still does it: halves, then quarters, down to single ones, the last ones first.
    async fn cut(&mut self) -> Result<(), String> {
        let mut size = self.best.moves.len() / 2;
        while size > 0 {
            let mut end = self.best.moves.len();
            let mut shorter = false;
            while end > 0 {
                let start = end.saturating_sub(size);
                let moves = self.best.moves.iter().enumerate();
                let rest = moves.filter(|(at, _)| !(start..end).contains(at)).map(|(_, kept)| kept.clone());
                shorter |= self.attempt(rest.collect()).await?;
                end = start;
            }
            // What could not be spared before may be, now that something else is gone.
            if !(shorter && size == 1) {
                size /= 2;
            }
        }
        Ok(())
    }

    async fn simplify(&mut self) -> Result<(), String> {
        for at in 0..self.best.moves.len() {
            for simpler in self.best.moves[at].simpler() {
                let mut moves = self.best.moves.clone();
                moves[at] = simpler;
                if self.attempt(moves).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Plays a candidate and keeps it if it breaks what is wanted.
    async fn attempt(&mut self, moves: Vec<Move>) -> Result<bool, String> {
        if moves == self.best.moves {
            return Ok(false);
        }
        let sends = moves.iter().filter(|next| next.sends()).count();
        let Some(left) = self.left.checked_sub(sends.max(1)).filter(|_| !moves.is_empty()) else {
            return Ok(false);
        };
        self.left = left;
        let taken = take(self.sequence, moves, self.ground, self.target, self.seed).await?;
        self.requests += taken.history.exchanges().count() as u64;
        self.sends += sends as u64;
        let breaks = self.findings(&taken).iter().any(|finding| finding.requirement == self.wanted);
        if breaks {
            self.best = taken;
        }
        Ok(breaks)
    }

    fn findings(&self, taken: &Take) -> Vec<Finding> {
        let mut findings = judge(&self.ground.contract, &taken.history).findings;
        findings.retain(|finding| finding.level >= self.ground.fails_from);
        findings
    }

    fn conclude(self) -> Smallest {
        let findings = self.findings(&self.best);
        let Take { mut scenario, history, .. } = self.best;
        let told = findings.iter().find(|finding| finding.requirement == self.wanted);
        let why = told.map(|finding| format!(": expected {}; seen {}", finding.expected, finding.seen));
        scenario.note = Some(format!("breaks {}{}", self.wanted, why.unwrap_or_default()));
        scenario.proves = vec![self.wanted];
        Smallest { scenario, history, findings, requests: self.requests, sends: self.sends }
    }
}
