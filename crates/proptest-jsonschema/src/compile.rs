//! From goals to a plan: every goal that a value may meet becomes a node, then the impossible is pruned.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use serde_json::{Value, json};

use crate::{
    demand::{Goal, Lit},
    expand::{Expansion, expand},
    facts::Facts,
    format::Format,
    number::{FractionPlan, IntegerPlan},
    options::Options,
    pattern::Pattern,
    plan::{Branch, NEVER, Node, NodeId, Plan, Shape},
    schemas::Schemas,
    text::{TextPlan, strings},
    types::Types,
    unsupported::{Unsupported, UnsupportedText},
};

/// More nodes than this and the schema is called too large.
const NODES: usize = 60_000;

/// A way to draw names, and all of them where the schema lists them.
pub(crate) type NamePlan = (TextPlan, Option<Vec<String>>);

pub(crate) struct Compiler<'c, 'r> {
    pub(crate) schemas: &'c mut Schemas<'r>,
    pub(crate) options: &'c Options,
    nodes: Vec<Node>,
    pub(crate) goals: Vec<Goal>,
    conflicts: HashMap<NodeId, Unsupported>,
    index: HashMap<Goal, NodeId>,
    queue: VecDeque<NodeId>,
    patterns: HashMap<String, Result<Arc<Pattern>, UnsupportedText>>,
    formats: HashMap<String, Result<Arc<Format>, UnsupportedText>>,
}

impl<'c, 'r> Compiler<'c, 'r> {
    pub(crate) fn new(schemas: &'c mut Schemas<'r>, options: &'c Options) -> Compiler<'c, 'r> {
        Compiler {
            schemas,
            options,
            nodes: Vec::new(),
            goals: Vec::new(),
            conflicts: HashMap::new(),
            index: HashMap::new(),
            queue: VecDeque::new(),
            patterns: HashMap::new(),
            formats: HashMap::new(),
        }
    }

    /// The node of a goal; its content follows when the queue is worked off.
    pub(crate) fn node(&mut self, goal: Goal) -> NodeId {
        if let Some(&id) = self.index.get(&goal) {
            return id;
        }
        let id = self.nodes.len();
        self.nodes.push(Node::empty());
        self.goals.push(goal.clone());
        self.index.insert(goal, id);
        self.queue.push_back(id);
        id
    }

    /// Works the queue off and settles what is possible.
    pub(crate) fn finish(&mut self) -> Result<(), Unsupported> {
        let first = self.queue.front().copied().unwrap_or(self.nodes.len());
        while let Some(id) = self.queue.pop_front() {
            if id >= NODES {
                return Err(Unsupported::at("", format!("the schema needs more than {NODES} nodes")));
            }
            let goal = self.goals[id].clone();
            let Expansion { alternatives, conflict } = expand(self.schemas, &goal)?;
            if let Some(conflict) = conflict {
                self.conflicts.insert(id, conflict);
            }
            for (alternative, facts) in alternatives.into_iter().enumerate() {
                self.branches(id, alternative, &facts)?;
            }
        }
        self.settle(first);
        Ok(())
    }

    /// The least solution of "how deep is the flattest value", then the pruning that follows from it.
    fn settle(&mut self, first: NodeId) {
        let mut changed = true;
        while changed {
            changed = false;
            for id in (first..self.nodes.len()).rev() {
                let heights = |node: NodeId| self.nodes[node].height;
                let updated: Vec<usize> = self.nodes[id]
                    .branches
                    .iter()
                    .map(|branch| shape_height(&branch.shape, &heights))
                    .collect();
                let node = &mut self.nodes[id];
                for (branch, height) in node.branches.iter_mut().zip(updated) {
                    branch.height = height;
                }
                let height = node.branches.iter().map(|branch| branch.height).min().unwrap_or(NEVER);
                changed |= height < node.height;
                node.height = height;
            }
        }
        let heights: Vec<usize> = self.nodes.iter().map(|node| node.height).collect();
        for node in &mut self.nodes[first..] {
            node.prune();
            if node.height == NEVER {
                continue;
            }
            for branch in &mut node.branches {
                prune_shape(&mut branch.shape, &|node| heights[node]);
            }
        }
    }

    pub(crate) fn shapes(&self, node: NodeId) -> impl Iterator<Item = &Shape> {
        self.nodes[node].branches.iter().map(|branch| &branch.shape)
    }

    pub(crate) fn is_possible(&self, node: NodeId) -> bool {
        self.nodes[node].height != NEVER
    }

    /// Why a node is impossible, as deep down as the blame can be put.
    pub(crate) fn blame(&self, node: NodeId) -> Unsupported {
        let mut path = vec![node];
        loop {
            let Some(&node) = path.last() else { return Unsupported::at("", "nothing satisfies the schema") };
            let culprit = self.nodes[node].branches.iter().find_map(|branch| self.culprit(&branch.shape));
            match culprit {
                Some(next) if path.contains(&next) => {
                    return Unsupported::at(
                        &self.pointer(next),
                        "every value of it would have to contain another, without end",
                    );
                }
                Some(next) => path.push(next),
                None => {
                    let unexplained =
                        || Unsupported::at(&self.pointer(node), "nothing satisfies all of its keywords");
                    return self.conflicts.get(&node).cloned().unwrap_or_else(unexplained);
                }
            }
        }
    }

    /// A part that the shape cannot do without and that is impossible.
    fn culprit(&self, shape: &Shape) -> Option<NodeId> {
        let impossible = |node: &NodeId| !self.is_possible(*node);
        match shape {
            Shape::Object(plan) => plan
                .members
                .iter()
                .filter(|member| member.required)
                .map(|member| member.node)
                .find(impossible),
            Shape::Array(plan) => {
                let slots = (0..plan.min.min(plan.positions.len() + 1)).map(|index| plan.slot(index));
                slots
                    .flat_map(|slot| std::iter::once(slot.base).chain(slot.hits.iter().copied()))
                    .find(impossible)
            }
            Shape::Except(shape, _) => self.culprit(shape),
            _ => None,
        }
    }

    pub(crate) fn pointer(&self, node: NodeId) -> String {
        let place = self.goals[node].lits.iter().find_map(|lit| match lit {
            Lit::Holds(id) | Lit::Fails(id) | Lit::Breaks(id, _) => {
                Some(self.schemas.entry(*id).pointer.clone())
            }
            Lit::Force(_) => None,
        });
        place.unwrap_or_default()
    }

    pub(crate) fn into_plan(self) -> Plan {
        Plan {
            nodes: self.nodes,
            max_depth: self.options.max_depth,
            max_items: self.options.max_items,
            max_values: self.options.max_values,
        }
    }

    /// One branch for each type that an alternative allows.
    fn branches(&mut self, id: NodeId, alternative: usize, facts: &Facts) -> Result<(), Unsupported> {
        let unconstrained = facts.types == Types::ANY && facts.touched.is_empty();
        let mut shapes: Vec<(Types, Shape)> = Vec::new();
        if let Some(values) = &facts.finite {
            let mut kept = Vec::new();
            for value in values {
                if self.admits(facts, value)? {
                    kept.push(value.clone());
                }
            }
            if !kept.is_empty() {
                shapes.push((facts.types, Shape::Values(kept)));
            }
        } else {
            for one in facts.types.each() {
                match self.shape(id, one, facts) {
                    Ok(Some(shape)) => shapes.push((one, shape)),
                    Ok(None) => {}
                    Err(conflict) => {
                        self.conflicts.entry(id).or_insert(conflict);
                    }
                }
            }
        }
        for (types, shape) in shapes {
            let simple = unconstrained && types.and(Types::ARRAY.or(Types::OBJECT)).is_empty();
            let weight = match &shape {
                Shape::Values(values) => values.len().clamp(1, 8),
                _ if simple => 4,
                _ => 2,
            };
            let touched = facts.declared || !types.and(facts.touched).is_empty();
            self.nodes[id].branches.push(Branch { shape, weight, height: NEVER, alternative, touched });
        }
        Ok(())
    }

    fn shape(&mut self, id: NodeId, one: Types, facts: &Facts) -> Result<Option<Shape>, Unsupported> {
        let shape = match one {
            Types::NULL => Some(Shape::Values(vec![Value::Null])),
            Types::BOOLEAN => Some(Shape::Values(vec![json!(false), json!(true)])),
            Types::INTEGER => IntegerPlan::new(&facts.number).map(Shape::Integer),
            Types::FRACTION => FractionPlan::new(&facts.number).map(Shape::Fraction),
            Types::STRING => return self.text_shape(id, facts),
            Types::ARRAY => self.array(&facts.array)?.map(|plan| Shape::Array(Box::new(plan))),
            _ => self.object(id, facts)?.map(|plan| Shape::Object(Box::new(plan))),
        };
        Ok(shape.and_then(|shape| without(shape, one, &facts.excluded)))
    }

    fn text_shape(&mut self, id: NodeId, facts: &Facts) -> Result<Option<Shape>, Unsupported> {
        let pointer = self.pointer(id);
        let plan = self.text(facts).map_err(|why| Unsupported::at(&pointer, why.to_string()))?;
        if is_drawable(&plan) {
            return Ok(Some(Shape::Text(Box::new(plan))));
        }
        Err(Unsupported::at(
            &pointer,
            "no string was found that has the length, patterns and formats asked for",
        ))
    }

    /// The string part of some facts as a plan.
    pub(crate) fn text(&mut self, facts: &Facts) -> Result<TextPlan, UnsupportedText> {
        let text = &facts.text;
        let mut plan = TextPlan {
            min: text.min,
            max: text.max,
            media: text.media.clone(),
            encoding: text.encoding.clone(),
            excluded: strings(&facts.excluded),
            spread: self.options.max_length,
            ..TextPlan::default()
        };
        for (sources, target) in
            [(&text.patterns, &mut plan.patterns), (&text.not_patterns, &mut plan.not_patterns)]
        {
            for source in sources {
                target.push(self.pattern(source)?);
            }
        }
        for (names, target) in
            [(&text.formats, &mut plan.formats), (&text.not_formats, &mut plan.not_formats)]
        {
            for name in names {
                target.push(self.format(name)?);
            }
        }
        if plan.not_formats.iter().any(|format| !format.is_known()) {
            return Err(UnsupportedText::UnknownFormat);
        }
        Ok(plan)
    }

    pub(crate) fn pattern(&mut self, source: &str) -> Result<Arc<Pattern>, UnsupportedText> {
        let compile = || Pattern::new(source).map(Arc::new);
        self.patterns.entry(source.to_owned()).or_insert_with(compile).clone()
    }

    fn format(&mut self, name: &str) -> Result<Arc<Format>, UnsupportedText> {
        let options = self.options;
        self.formats.entry(name.to_owned()).or_insert_with(|| Format::new(name, options)).clone()
    }

    /// All plans for the strings that a set of literals allows.
    pub(crate) fn string_plans(&mut self, lits: &[Lit]) -> Result<Vec<NamePlan>, Unsupported> {
        let expansion = expand(self.schemas, &Goal::of(lits.iter().copied()))?;
        let mut plans = Vec::new();
        for facts in expansion.alternatives {
            if !facts.types.contains(Types::STRING) {
                continue;
            }
            let Ok(plan) = self.text(&facts) else { continue };
            match facts.finite.as_deref().map(strings) {
                Some(names) => {
                    let names: Vec<String> = names.into_iter().filter(|name| plan.admits(name)).collect();
                    plans.push((plan, Some(names)));
                }
                None if is_drawable(&plan) => plans.push((plan, None)),
                None => {}
            }
        }
        Ok(plans)
    }

    /// Groups literals into the goal of one part of the value.
    pub(crate) fn part(&mut self, lits: impl IntoIterator<Item = Lit>) -> NodeId {
        self.node(Goal::of(lits))
    }
}

fn is_drawable(plan: &TextPlan) -> bool {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    plan.min < 10_000_000 && (0..4).any(|_| plan.draw(&mut runner).is_some())
}

/// The shape without some values; `None` when none are left.
fn without(shape: Shape, one: Types, excluded: &[Value]) -> Option<Shape> {
    let excluded: Vec<Value> = excluded.iter().filter(|value| Types::of(value) == one).cloned().collect();
    if excluded.is_empty() {
        return Some(shape);
    }
    if let Shape::Values(values) = shape {
        let left: Vec<Value> = values.into_iter().filter(|value| !excluded.contains(value)).collect();
        return (!left.is_empty()).then_some(Shape::Values(left));
    }
    Some(Shape::Except(Box::new(shape), excluded))
}

fn shape_height(shape: &Shape, height: &dyn Fn(NodeId) -> usize) -> usize {
    match shape {
        Shape::Array(plan) => plan.height(height),
        Shape::Object(plan) => plan.height(height),
        Shape::Except(shape, _) => shape_height(shape, height),
        _ => 0,
    }
}

fn prune_shape(shape: &mut Shape, height: &dyn Fn(NodeId) -> usize) {
    match shape {
        Shape::Object(plan) => plan.prune(height),
        Shape::Except(shape, _) => prune_shape(shape, height),
        _ => {}
    }
}
