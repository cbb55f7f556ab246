//! Changes compiled: for each place and keyword, values in which the place exists and what to do there.

use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::{
    class::{BoundaryClass, CoveragePoint},
    compile::Compiler,
    demand::{Goal, Lit, SchemaId},
    edge::edges,
    keywords::KEYWORDS,
    location::{Location, Place, locations, pointer},
    operator::{Change, Operator, operators},
    plan::{NodeId, Plan, Shape},
    types::Types,
    unsupported::Unsupported,
};

/// With more locations than this, changes are made in place instead of in whole values of their own.
const FEW: usize = 250;

/// One change, ready to be made.
#[derive(Debug, Clone)]
pub(crate) struct Mutation {
    pub(crate) path: Vec<Place>,
    /// Where the keyword stands in the schema.
    pub(crate) schema: String,
    pub(crate) keyword: &'static str,
    pub(crate) operator: String,
    pub(crate) class: BoundaryClass,
    /// Values in which the place exists.
    pub(crate) base: NodeId,
    pub(crate) raw: Option<String>,
    change: Ready,
}

#[derive(Debug, Clone)]
enum Ready {
    /// The whole value is drawn anew.
    Whole(NodeId),
    /// The value at the place is drawn anew.
    Part(NodeId),
    Edit(Change),
}

/// What the compiled changes are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Boundary,
    Invalid,
}

struct Draft {
    location: usize,
    base: NodeId,
    keyword: &'static str,
    operator: Operator,
    raw: Option<String>,
    /// Nodes to draw from, the best first.
    nodes: Vec<Ready>,
}

/// Every change that one schema calls for, and the keywords of those that cannot be made.
pub(crate) fn mutations(
    compiler: &mut Compiler<'_, '_>,
    purpose: Purpose,
) -> Result<(Vec<Mutation>, Vec<&'static str>), Unsupported> {
    let locations = locations(compiler);
    let bases: Vec<NodeId> = locations
        .iter()
        .map(|location| {
            let goal = location.goal(compiler, Vec::new());
            compiler.node(goal)
        })
        .collect();
    compiler.finish()?;
    let whole = locations.len() <= FEW;
    let (mut drafts, mut impossible) = (Vec::new(), Vec::new());
    let mut edged = Vec::new();
    for (index, location) in locations.iter().enumerate() {
        let Some(target) = compiler.descend(bases[index], &location.path) else {
            drafts.extend(intrusions(compiler, &locations, &bases, location));
            impossible.extend(KEYWORDS.iter().filter(|name| breakable(compiler, location.schema, name)));
            continue;
        };
        for keyword in KEYWORDS {
            let found = operators(compiler.schemas, location.schema, keyword);
            for operator in found
                .into_iter()
                .filter(|one| purpose == Purpose::Boundary || one.class == BoundaryClass::Outside)
            {
                let nodes = ready(compiler, location, target, keyword, &operator, whole);
                drafts.push(Draft {
                    location: index,
                    base: bases[index],
                    keyword,
                    operator,
                    raw: None,
                    nodes,
                });
            }
        }
        let types = declared(compiler, location.schema);
        if purpose == Purpose::Boundary && !types.is_empty() && !edged.contains(&&location.path) {
            edged.push(&location.path);
            for (operator, raw) in edges(types) {
                let nodes = vec![Ready::Edit(operator.change.clone())];
                drafts.push(Draft {
                    location: index,
                    base: bases[index],
                    keyword: "type",
                    operator,
                    raw,
                    nodes,
                });
            }
        }
    }
    compiler.finish()?;
    let mut made = Vec::new();
    for draft in drafts {
        let (keyword, class) = (draft.keyword, draft.operator.class);
        match settle(compiler, &locations, draft) {
            Some(mutation) => made.push(mutation),
            None if class == BoundaryClass::Outside => impossible.push(keyword),
            None => {}
        }
    }
    Ok((made, impossible))
}

/// A member that no value can have is broken by having it.
fn intrusions(
    compiler: &mut Compiler<'_, '_>,
    locations: &[Location],
    bases: &[NodeId],
    location: &Location,
) -> Vec<Draft> {
    let Some((Place::Member(name), path)) = location.path.split_last() else { return Vec::new() };
    let parent =
        (0..bases.len()).find(|&index| locations[index].path == path && compiler.is_possible(bases[index]));
    let Some(parent) = parent else { return Vec::new() };
    let keywords =
        KEYWORDS.iter().filter(|keyword| compiler.schemas.active(location.schema, keyword).is_some());
    keywords
        .map(|keyword| {
            let change = Change::AddMember(name.clone());
            let operator = Operator {
                name: format!("add-{name}"),
                class: BoundaryClass::Outside,
                change: change.clone(),
            };
            let nodes = vec![Ready::Edit(change)];
            Draft { location: parent, base: bases[parent], keyword, operator, raw: None, nodes }
        })
        .collect()
}

fn breakable(compiler: &mut Compiler<'_, '_>, id: SchemaId, keyword: &'static str) -> bool {
    operators(compiler.schemas, id, keyword).iter().any(|operator| operator.class == BoundaryClass::Outside)
}

fn declared(compiler: &Compiler<'_, '_>, id: SchemaId) -> Types {
    compiler.schemas.active(id, "type").map_or(Types::NONE, Types::named)
}

fn ready(
    compiler: &mut Compiler<'_, '_>,
    location: &Location,
    target: NodeId,
    keyword: &'static str,
    operator: &Operator,
    whole: bool,
) -> Vec<Ready> {
    match &operator.change {
        Change::Meet(steps) => {
            let force = Lit::Force(compiler.schemas.force(steps.clone()));
            let part = compiler.goals[target].clone().and(force);
            let mut nodes = Vec::new();
            if whole {
                let goal = location.goal(compiler, steps.clone());
                nodes.push(Ready::Whole(compiler.node(goal)));
            }
            nodes.push(Ready::Part(compiler.node(part)));
            nodes
        }
        Change::Break(steps) => {
            let broken = Lit::Breaks(location.schema, keyword);
            let force = Lit::Force(compiler.schemas.force(steps.clone()));
            let mut alone = compiler.goals[target].clone().and(broken).and(force);
            alone.without = Some((location.schema, keyword));
            let anyhow = Goal::of([broken, force]);
            vec![Ready::Part(compiler.node(alone)), Ready::Part(compiler.node(anyhow))]
        }
        change => vec![Ready::Edit(change.clone())],
    }
}

fn settle(compiler: &Compiler<'_, '_>, locations: &[Location], draft: Draft) -> Option<Mutation> {
    let location = &locations[draft.location];
    let possible = |ready: &Ready| match ready {
        Ready::Whole(node) | Ready::Part(node) => compiler.is_possible(*node),
        Ready::Edit(_) => true,
    };
    Some(Mutation {
        path: location.path.clone(),
        schema: compiler.schemas.entry(location.schema).pointer.clone(),
        keyword: draft.keyword,
        operator: draft.operator.name,
        class: draft.operator.class,
        base: draft.base,
        raw: draft.raw,
        change: draft.nodes.into_iter().find(possible)?,
    })
}

impl Compiler<'_, '_> {
    /// The node of the value at a place within the values of a node.
    fn descend(&self, node: NodeId, path: &[Place]) -> Option<NodeId> {
        let Some((place, rest)) = path.split_first() else { return self.is_possible(node).then_some(node) };
        self.shapes(node).find_map(|shape| {
            let next = match (shape, place) {
                (Shape::Object(plan), Place::Member(name)) => {
                    plan.members.iter().find(|member| member.name == *name)?.node
                }
                (Shape::Array(plan), Place::Item(index)) => plan.slot(*index).base,
                _ => return None,
            };
            self.descend(next, rest)
        })
    }
}

impl Mutation {
    pub(crate) fn point(&self) -> CoveragePoint {
        CoveragePoint { schema: self.schema.clone(), keyword: self.keyword.to_owned(), class: self.class }
    }

    pub(crate) fn pointer(&self) -> String {
        pointer(&self.path)
    }

    /// Makes the change; `None` where the value gives no occasion for it.
    pub(crate) fn apply(&self, plan: &Plan, base: &Value, runner: &mut TestRunner) -> Option<Value> {
        if let Ready::Whole(node) = self.change {
            return plan.draw(node, runner);
        }
        let mut value = base.clone();
        let place = value.pointer_mut(&self.pointer())?;
        match &self.change {
            Ready::Part(node) => *place = plan.draw(*node, runner)?,
            Ready::Edit(change) => edit(place, change)?,
            Ready::Whole(_) => return None,
        }
        (value != *base).then_some(value)
    }
}

fn edit(place: &mut Value, change: &Change) -> Option<()> {
    match change {
        Change::Put(new) => *place = new.clone(),
        Change::RemoveMember(name) => {
            place.as_object_mut()?.shift_remove(name)?;
        }
        Change::AddMember(name) => {
            place.as_object_mut()?.insert(name.clone(), json!("unknown"));
        }
        Change::RepeatItem => {
            let items = place.as_array_mut()?;
            items.push(items.first()?.clone());
        }
        Change::Prepend(text) => *place = json!(format!("{text}{}", place.as_str()?)),
        Change::Append(text) => *place = json!(format!("{}{text}", place.as_str()?)),
        Change::Meet(_) | Change::Break(_) => return None,
    }
    Some(())
}
