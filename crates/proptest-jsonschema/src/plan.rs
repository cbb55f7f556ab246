//! The compiled form of a schema: a graph of nodes from which values are drawn, with the depth each needs.

use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::{
    array::ArrayPlan,
    number::{FractionPlan, IntegerPlan},
    object::ObjectPlan,
    random::Random,
    text::TextPlan,
};

pub(crate) type NodeId = usize;

/// The depth of a value that cannot exist, or that never ends.
pub(crate) const NEVER: usize = usize::MAX;

/// All values that one goal allows.
pub(crate) struct Node {
    pub(crate) branches: Vec<Branch>,
    /// How many levels its flattest value has.
    pub(crate) height: usize,
    total: usize,
}

pub(crate) struct Branch {
    pub(crate) shape: Shape,
    pub(crate) weight: usize,
    pub(crate) height: usize,
    /// Which alternative of the goal it came from, and whether keywords are about its type.
    pub(crate) alternative: usize,
    pub(crate) touched: bool,
}

pub(crate) enum Shape {
    Values(Vec<Value>),
    Integer(IntegerPlan),
    Fraction(FractionPlan),
    Text(Box<TextPlan>),
    Array(Box<ArrayPlan>),
    Object(Box<ObjectPlan>),
    /// Values of the shape but these.
    Except(Box<Shape>, Vec<Value>),
}

pub(crate) struct Plan {
    pub(crate) nodes: Vec<Node>,
    pub(crate) max_depth: usize,
    pub(crate) max_items: usize,
    pub(crate) max_values: usize,
}

/// The state of drawing one value.
pub(crate) struct Draw<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) runner: &'a mut TestRunner,
    /// How many more values may be drawn before optional content stops.
    pub(crate) fuel: usize,
}

impl Plan {
    /// One value of the node; `None` when this attempt led nowhere.
    pub(crate) fn draw(&self, node: NodeId, runner: &mut TestRunner) -> Option<Value> {
        let mut draw = Draw { plan: self, runner, fuel: self.max_values };
        draw.value(node, self.max_depth)
    }

    pub(crate) fn height(&self, node: NodeId) -> usize {
        self.nodes[node].height
    }
}

impl Node {
    pub(crate) fn empty() -> Node {
        Node { branches: Vec::new(), height: NEVER, total: 0 }
    }

    /// Drops what cannot be had, and the types that no keyword is about where others are left.
    pub(crate) fn prune(&mut self) {
        if self.height == NEVER {
            // Its branches stay, to say why.
            return;
        }
        self.branches.retain(|branch| branch.height != NEVER);
        let applied: Vec<usize> =
            self.branches.iter().filter(|branch| branch.touched).map(|branch| branch.alternative).collect();
        self.branches.retain(|branch| branch.touched || !applied.contains(&branch.alternative));
        self.height = self.branches.iter().map(|branch| branch.height).min().unwrap_or(NEVER);
        self.total = self.branches.iter().map(|branch| branch.weight).sum();
    }

    fn choose(&self, runner: &mut TestRunner, depth: usize) -> Option<&Branch> {
        if let [only] = self.branches.as_slice() {
            return Some(only);
        }
        let limit = depth.max(self.height);
        let mut place = runner.below(self.total);
        for branch in &self.branches {
            if place < branch.weight {
                if branch.height <= limit {
                    return Some(branch);
                }
                break;
            }
            place -= branch.weight;
        }
        let low = || self.branches.iter().filter(|branch| branch.height <= limit);
        low().nth(runner.below(low().count()))
    }
}

impl Draw<'_> {
    /// A value of the node with at most `depth` levels of optional content.
    pub(crate) fn value(&mut self, node: NodeId, depth: usize) -> Option<Value> {
        let depth = if self.fuel == 0 { 0 } else { depth };
        self.fuel = self.fuel.saturating_sub(1);
        let branch = self.plan.nodes[node].choose(self.runner, depth)?;
        self.shape(&branch.shape, depth)
    }

    fn shape(&mut self, shape: &Shape, depth: usize) -> Option<Value> {
        match shape {
            Shape::Values(values) => Some(self.runner.pick(values).clone()),
            Shape::Integer(plan) => plan.draw(self.runner),
            Shape::Fraction(plan) => plan.draw(self.runner),
            Shape::Text(plan) => plan.draw(self.runner).map(Value::String),
            Shape::Array(plan) => plan.draw(self, depth),
            Shape::Object(plan) => plan.draw(self, depth),
            Shape::Except(shape, excluded) => (0..64).find_map(|_| {
                let value = self.shape(shape, depth)?;
                (!excluded.iter().any(|other| crate::number::same(other, &value))).then_some(value)
            }),
        }
    }
}
