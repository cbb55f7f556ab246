//! Arrays compiled: which goal each item has to meet.

use std::collections::BTreeSet;

use crate::{
    array::{ArrayPlan, Slot},
    compile::Compiler,
    demand::Lit,
    facts::ArrayFacts,
    plan::NodeId,
    unsupported::Unsupported,
};

const ENDLESS: usize = usize::MAX / 4;

impl Compiler<'_, '_> {
    pub(crate) fn array(&mut self, facts: &ArrayFacts) -> Result<Option<ArrayPlan>, Unsupported> {
        let max = facts.max.unwrap_or(ENDLESS);
        let listed = facts.sources.iter().map(|source| source.prefix.len()).max().unwrap_or(0);
        let single = facts.single.iter().map(|(index, _)| index + 1).max().unwrap_or(0);
        let repeats = if facts.repeated { 2 } else { 0 };
        let positions = listed.max(single).min(max);
        // When the items that have to match cannot all have a place of their own, they share them.
        let together = facts.contains.iter().map(|fact| fact.min).sum::<usize>() > max;
        let mut slots: Vec<Slot> = (0..=positions).map(|index| self.slot(facts, index, together)).collect();
        let Some(rest) = slots.pop() else { return Ok(None) };
        let contains = if together {
            let most = facts.contains.iter().map(|fact| fact.min).max().unwrap_or(0);
            vec![(most, most)]
        } else {
            facts.contains.iter().map(|fact| (fact.min, fact.max.unwrap_or(ENDLESS))).collect()
        };
        if contains.iter().any(|(min, max)| min > max) {
            return Ok(None);
        }
        let repeated = (repeats > 0).then(|| self.twins(facts, positions, max));
        let min = facts.min.max(repeated.map_or(0, |(_, second, _)| second + 1));
        Ok(Some(ArrayPlan { min, max, positions: slots, rest, contains, unique: facts.unique, repeated }))
    }

    /// Two equal items: behind the listed positions if there is room, else the first two.
    fn twins(&mut self, facts: &ArrayFacts, positions: usize, max: usize) -> (usize, usize, NodeId) {
        let (first, second) = if max >= positions + 2 { (positions, positions + 1) } else { (0, 1) };
        let mut lits = item_lits(facts, first, None);
        lits.extend(item_lits(facts, second, None));
        (first, second, self.part(lits))
    }

    fn slot(&mut self, facts: &ArrayFacts, index: usize, together: bool) -> Slot {
        let limited = |hit: Option<usize>| {
            let others = facts.contains.iter().enumerate();
            let barred = others.filter(move |(which, fact)| Some(*which) != hit && fact.max.is_some());
            barred.map(|(_, fact)| fact.lit).collect::<Vec<Lit>>()
        };
        let mut goal = item_lits(facts, index, None);
        for lit in limited(None) {
            goal.insert(self.opposite(lit));
        }
        let base = self.part(goal);
        if together {
            let mut goal = item_lits(facts, index, Some(0));
            goal.extend(facts.contains.iter().map(|fact| fact.lit));
            return Slot { base, hits: vec![self.part(goal)] };
        }
        let hits = (0..facts.contains.len())
            .map(|which| {
                let mut goal = item_lits(facts, index, Some(which));
                for lit in limited(Some(which)) {
                    goal.insert(self.opposite(lit));
                }
                goal.insert(facts.contains[which].lit);
                self.part(goal)
            })
            .collect();
        Slot { base, hits }
    }

    fn opposite(&mut self, lit: Lit) -> Lit {
        match lit {
            Lit::Holds(id) => Lit::Fails(id),
            Lit::Fails(id) => Lit::Holds(id),
            // Our own demands have no opposite; they are never used inside `contains`.
            Lit::Breaks(..) | Lit::Force(_) => Lit::Force(self.schemas.anything()),
        }
    }
}

fn item_lits(facts: &ArrayFacts, index: usize, hit: Option<usize>) -> BTreeSet<Lit> {
    let mut lits: BTreeSet<Lit> = BTreeSet::new();
    for source in &facts.sources {
        if hit.is_some_and(|hit| source.spared.contains(&hit)) {
            continue;
        }
        match source.prefix.get(index) {
            Some(lit) => lits.extend(lit),
            None => lits.extend(source.rest),
        }
    }
    lits.extend(facts.single.iter().filter(|(at, _)| *at == index).map(|(_, lit)| *lit));
    lits
}
