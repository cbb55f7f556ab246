//! Arrays: which item goes where, so that positions, `contains` and uniqueness agree.

use serde_json::Value;

use crate::{
    number::same,
    plan::{Draw, NEVER, NodeId},
    random::Random,
};

/// How arrays are drawn.
pub(crate) struct ArrayPlan {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) positions: Vec<Slot>,
    pub(crate) rest: Slot,
    /// For each `contains`: how many items have to match it and how many may.
    pub(crate) contains: Vec<(usize, usize)>,
    pub(crate) unique: bool,
    /// Two positions that are to hold the same item, and what it is.
    pub(crate) repeated: Option<(usize, usize, NodeId)>,
}

/// What may stand at a position: an ordinary item, or one that matches a `contains`.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) base: NodeId,
    pub(crate) hits: Vec<NodeId>,
}

impl ArrayPlan {
    pub(crate) fn slot(&self, index: usize) -> &Slot {
        self.positions.get(index).unwrap_or(&self.rest)
    }

    /// How many items may come before the first that has to match a `contains`.
    fn open(&self, height: &dyn Fn(NodeId) -> usize) -> usize {
        let closed = |slot: &Slot| height(slot.base) == NEVER;
        let first = self.positions.iter().position(closed);
        first.unwrap_or(if closed(&self.rest) { self.positions.len() } else { usize::MAX })
    }

    /// A length and the node of each position; `counts` says how many items match each `contains`.
    fn layout(
        &self,
        length: usize,
        counts: &[usize],
        height: &dyn Fn(NodeId) -> usize,
        mut choose: impl FnMut(usize) -> usize,
    ) -> Option<Vec<NodeId>> {
        let mut nodes: Vec<NodeId> = (0..length).map(|index| self.slot(index).base).collect();
        let mut free: Vec<usize> = (0..length).collect();
        for (which, count) in counts.iter().enumerate() {
            for _ in 0..*count {
                let fits = |index: &usize| height(self.slot(*index).hits[which]) != NEVER;
                let pressing = |index: &usize| fits(index) && height(self.slot(*index).base) == NEVER;
                let urgent: Vec<usize> = free.iter().copied().filter(pressing).collect();
                let candidates =
                    if urgent.is_empty() { free.iter().copied().filter(fits).collect() } else { urgent };
                (!candidates.is_empty()).then_some(())?;
                let index = candidates[choose(candidates.len())];
                nodes[index] = self.slot(index).hits[which];
                free.retain(|other| *other != index);
            }
        }
        if let Some((first, second, node)) = self.repeated {
            *nodes.get_mut(first)? = node;
            *nodes.get_mut(second)? = node;
        }
        nodes.iter().all(|node| height(*node) != NEVER).then_some(nodes)
    }

    fn fewest(&self) -> Vec<usize> {
        self.contains.iter().map(|(min, _)| *min).collect()
    }

    /// The levels of the flattest array, or [`NEVER`].
    pub(crate) fn height(&self, height: &dyn Fn(NodeId) -> usize) -> usize {
        let counts = self.fewest();
        let least = self.min.max(counts.iter().sum());
        if least > self.max {
            return NEVER;
        }
        if least == 0 {
            return 1;
        }
        let longest = (least + self.positions.len() + 2).min(self.max);
        // Only the first items differ; a long uniform tail adds nothing.
        let lengths = if least > 10_000 { least..=least } else { least..=longest };
        let layouts = lengths.filter_map(|length| self.layout(length, &counts, height, |_| 0));
        let heights = layouts.map(|nodes| nodes.iter().map(|node| height(*node)).max().unwrap_or(0));
        heights.min().map_or(NEVER, |inner| inner.saturating_add(1))
    }

    pub(crate) fn draw(&self, draw: &mut Draw<'_>, depth: usize) -> Option<Value> {
        let plan = draw.plan;
        let height = |node: NodeId| plan.height(node);
        let spare = if depth == 0 { 0 } else { plan.max_items };
        let counts = self.counts(draw, spare);
        let matched: usize = counts.iter().sum();
        let least = self.min.max(matched);
        let most = self.max.min(least.saturating_add(spare)).min(self.open(&height).saturating_add(matched));
        let length = match draw.runner.below(4) {
            0 => least,
            _ => draw.runner.between(least, most.max(least)),
        };
        let nodes = match self.layout(length, &counts, &height, |count| draw.runner.below(count)) {
            Some(nodes) => nodes,
            None => (least..=least + self.positions.len() + 2)
                .find_map(|length| self.layout(length, &self.fewest(), &height, |_| 0))?,
        };
        self.fill(draw, &nodes, depth.saturating_sub(1))
    }

    /// How many items match each `contains` this time; those that need none still get some.
    fn counts(&self, draw: &mut Draw<'_>, spare: usize) -> Vec<usize> {
        let mut room = self.max.saturating_sub(self.contains.iter().map(|(min, _)| *min).sum());
        self.contains
            .iter()
            .map(|(min, max)| {
                let more = draw.runner.between(0, (max - min).min(spare.min(2)).min(room));
                room -= more;
                min + more
            })
            .collect()
    }

    fn fill(&self, draw: &mut Draw<'_>, nodes: &[NodeId], depth: usize) -> Option<Value> {
        let mut items: Vec<Value> = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let twin = self.repeated.filter(|(_, second, _)| *second == index);
            if let Some((first, ..)) = twin {
                items.push(items[first].clone());
                continue;
            }
            match self.item(draw, *node, depth, &items)? {
                Some(item) => items.push(item),
                None if items.len() >= self.min && self.contains.is_empty() => break,
                None => return None,
            }
        }
        Some(Value::Array(items))
    }

    /// The next item; the inner `None` when no fresh one turned up.
    fn item(
        &self,
        draw: &mut Draw<'_>,
        node: NodeId,
        depth: usize,
        before: &[Value],
    ) -> Option<Option<Value>> {
        for _ in 0..48 {
            let item = draw.value(node, depth)?;
            if !self.unique || !before.iter().any(|other| same(other, &item)) {
                return Some(Some(item));
            }
        }
        Some(None)
    }
}
