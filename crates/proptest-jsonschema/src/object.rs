//! Objects: which members are there, so that required, forbidden, implied and counted ones agree.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    pattern::Pattern,
    plan::{Draw, NEVER, NodeId},
    random::Random,
    text::TextPlan,
};

/// How objects are drawn.
pub(crate) struct ObjectPlan {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) members: Vec<Member>,
    pub(crate) absent: Vec<String>,
    /// Members whose names are made up.
    pub(crate) extras: Vec<Extra>,
    pub(crate) patterns: Vec<Arc<Pattern>>,
    /// Whether made-up members appear without need.
    pub(crate) open: bool,
}

pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) node: NodeId,
    pub(crate) required: bool,
    /// The places of the members that this one brings along.
    pub(crate) implies: Vec<usize>,
}

/// A source of names, and the node of a member by the patterns that its name matches.
pub(crate) struct Extra {
    pub(crate) key: TextPlan,
    pub(crate) nodes: Vec<(Vec<usize>, NodeId)>,
}

impl ObjectPlan {
    /// Gives up members that cannot be, and those that would bring one of them along.
    pub(crate) fn prune(&mut self, height: &dyn Fn(NodeId) -> usize) {
        let mut gone: Vec<bool> = self.members.iter().map(|member| height(member.node) == NEVER).collect();
        loop {
            let newly: Vec<usize> = (0..self.members.len())
                .filter(|&index| !gone[index] && self.members[index].implies.iter().any(|&other| gone[other]))
                .collect();
            if newly.is_empty() {
                break;
            }
            newly.into_iter().for_each(|index| gone[index] = true);
        }
        let kept_before = |index: usize| gone[..index].iter().filter(|gone| !**gone).count();
        let places: Vec<usize> = (0..gone.len()).map(kept_before).collect();
        let members = std::mem::take(&mut self.members);
        for (index, mut member) in members.into_iter().enumerate() {
            if gone[index] {
                self.absent.push(member.name);
            } else {
                member.implies = member.implies.iter().map(|&other| places[other]).collect();
                self.members.push(member);
            }
        }
        for extra in &mut self.extras {
            extra.nodes.retain(|(_, node)| height(*node) != NEVER);
        }
        self.extras.retain(|extra| !extra.nodes.is_empty());
    }

    /// The levels of the flattest object, or [`NEVER`].
    pub(crate) fn height(&self, height: &dyn Fn(NodeId) -> usize) -> usize {
        let required = self.members.iter().filter(|member| member.required);
        let mut deepest = 0;
        let mut count = 0;
        for member in required {
            let whole = self.deepest(member, height, 0);
            if whole == NEVER {
                return NEVER;
            }
            deepest = deepest.max(whole);
            count += 1;
        }
        if count > self.max {
            return NEVER;
        }
        if count < self.min {
            let mut optional: Vec<usize> = self
                .members
                .iter()
                .filter(|member| !member.required)
                .map(|member| self.deepest(member, height, 0))
                .filter(|depth| *depth != NEVER)
                .collect();
            let extra =
                self.extras.iter().flat_map(|extra| &extra.nodes).map(|(_, node)| height(*node)).min();
            let missing = self.min - count;
            if let Some(extra) = extra.filter(|extra| *extra != NEVER) {
                optional.extend(std::iter::repeat_n(extra, missing.min(1000)));
            }
            if optional.len() < missing.min(1000) {
                return NEVER;
            }
            optional.sort_unstable();
            deepest = deepest.max(optional.get(missing - 1).copied().unwrap_or(0));
        }
        deepest + 1
    }

    fn deepest(&self, member: &Member, height: &dyn Fn(NodeId) -> usize, level: usize) -> usize {
        let own = height(member.node);
        if level > self.members.len() {
            return own;
        }
        let implied =
            member.implies.iter().map(|&other| self.deepest(&self.members[other], height, level + 1));
        implied.fold(own, usize::max)
    }

    pub(crate) fn draw(&self, draw: &mut Draw<'_>, depth: usize) -> Option<Value> {
        let present = self.present(draw, depth);
        let count = present.iter().filter(|present| **present).count();
        let mut members = Map::with_capacity(count);
        for (member, present) in self.members.iter().zip(&present) {
            if *present {
                members.insert(member.name.clone(), draw.value(member.node, depth.saturating_sub(1))?);
            }
        }
        self.make_up(draw, depth, &mut members)?;
        Some(Value::Object(members))
    }

    /// Which of the named members appear.
    fn present(&self, draw: &mut Draw<'_>, depth: usize) -> Vec<bool> {
        let density = match draw.runner.below(8) {
            0 => 0,
            1 => 256,
            _ => 128,
        };
        let plan = draw.plan;
        let mut present: Vec<bool> = Vec::with_capacity(self.members.len());
        let mut count = 0;
        for member in &self.members {
            let chosen = member.required
                || (depth > plan.height(member.node) && draw.fuel > 0 && draw.runner.below(256) < density);
            count += usize::from(chosen);
            present.push(chosen);
        }
        if count < self.min {
            self.add_members(draw, &mut present);
        }
        self.complete(&mut present);
        if present.iter().filter(|present| **present).count() > self.max {
            self.remove_members(draw, &mut present);
        }
        present
    }

    fn add_members(&self, draw: &mut Draw<'_>, present: &mut [bool]) {
        let mut missing: Vec<usize> = (0..present.len()).filter(|&index| !present[index]).collect();
        let plan = draw.plan;
        missing.sort_by_key(|&index| plan.height(self.members[index].node));
        let mut count = present.len() - missing.len();
        while count < self.min && !missing.is_empty() {
            // The flatter half first, so that recursion ends.
            let index = missing.remove(draw.runner.below(missing.len().div_ceil(2)));
            present[index] = true;
            count += 1;
        }
    }

    fn remove_members(&self, draw: &mut Draw<'_>, present: &mut [bool]) {
        let start = draw.runner.below(present.len());
        for offset in 0..present.len() {
            let index = (start + offset) % present.len();
            if present.iter().filter(|present| **present).count() <= self.max {
                break;
            }
            let needed = (0..present.len()).any(|other| {
                present[other] && other != index && self.members[other].implies.contains(&index)
            });
            if present[index] && !self.members[index].required && !needed {
                present[index] = false;
            }
        }
    }

    fn complete(&self, present: &mut [bool]) {
        let mut changed = true;
        while changed {
            changed = false;
            for (index, member) in self.members.iter().enumerate() {
                if !present[index] {
                    continue;
                }
                for &other in &member.implies {
                    changed |= !present[other];
                    present[other] = true;
                }
            }
        }
    }

    /// Members with made-up names: as many as are missing, and a few more where the schema is open.
    fn make_up(&self, draw: &mut Draw<'_>, depth: usize, members: &mut Map<String, Value>) -> Option<()> {
        if self.extras.is_empty() {
            return (members.len() >= self.min).then_some(());
        }
        let missing = self.min.saturating_sub(members.len());
        let room = self.max.saturating_sub(members.len());
        let wanted = if self.open && depth > 1 && draw.fuel > 0 {
            let most = if self.members.is_empty() { 3 } else { 2 };
            let least = usize::from(self.members.is_empty() && !draw.runner.one_in(8));
            draw.runner.between(least, most)
        } else {
            0
        };
        for index in 0..missing.max(wanted).min(room) {
            let added = (0..40).any(|_| self.make_one(draw, depth, members).is_some());
            if !added && index < missing {
                return None;
            }
        }
        (members.len() >= self.min).then_some(())
    }

    fn make_one(&self, draw: &mut Draw<'_>, depth: usize, members: &mut Map<String, Value>) -> Option<()> {
        let extra = draw.runner.pick(&self.extras);
        let name = extra.key.draw(draw.runner)?;
        let taken = members.contains_key(&name)
            || self.absent.contains(&name)
            || self.members.iter().any(|member| member.name == name);
        if taken {
            return None;
        }
        let matched = matched(&self.patterns, &name);
        let (_, node) = extra.nodes.iter().find(|(patterns, _)| *patterns == matched)?;
        let value = draw.value(*node, depth.saturating_sub(1))?;
        members.insert(name, value);
        Some(())
    }
}

/// The places of the patterns that match a name.
pub(crate) fn matched(patterns: &[Arc<Pattern>], name: &str) -> Vec<usize> {
    (0..patterns.len()).filter(|&index| patterns[index].matches(name)).collect()
}
