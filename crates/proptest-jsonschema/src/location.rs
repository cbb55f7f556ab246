//! Where in a value each subschema applies: the shortest way to every one, and what must hold on the way.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use crate::{
    compile::Compiler,
    demand::{Fact, Goal, Lit, SchemaId, Step},
    json::{items, members},
    keywords::KEYWORDS,
    schemas::escape,
    types::Types,
};

/// So many locations get every subschema that applies there, however often it was met before.
const GENEROUS: usize = 400;
/// Beyond those, a location is kept only for a keyword that has been met less often than this.
const ENOUGH: usize = 12;
/// So many subschemas are looked at, at most.
const LOCATIONS: usize = 20_000;

/// One step down into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Member(String),
    Item(usize),
}

/// A subschema together with the place in a value where it applies.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    pub(crate) path: Vec<Place>,
    pub(crate) schema: SchemaId,
    /// What has to hold at each depth for the subschema to apply: a branch taken, a condition met.
    guards: Vec<(usize, Step)>,
    ancestors: Vec<SchemaId>,
}

/// A path as JSON pointer.
pub(crate) fn pointer(path: &[Place]) -> String {
    path.iter()
        .map(|place| match place {
            Place::Member(name) => format!("/{}", escape(name)),
            Place::Item(index) => format!("/{index}"),
        })
        .collect()
}

impl Location {
    fn below(&self, schema: SchemaId, place: Place) -> Location {
        let mut next = self.clone();
        next.ancestors.push(self.schema);
        next.schema = schema;
        next.path.push(place);
        next
    }

    fn beside(&self, schema: SchemaId, guard: Option<Step>) -> Location {
        let mut next = self.clone();
        next.ancestors.push(self.schema);
        next.schema = schema;
        next.guards.extend(guard.map(|guard| (self.path.len(), guard)));
        next
    }

    /// The goal of whole values in which the location exists and the value there obeys some more steps.
    pub(crate) fn goal(&self, compiler: &mut Compiler<'_, '_>, more: Vec<Step>) -> Goal {
        let at = |depth: usize| {
            self.guards.iter().filter(move |(at, _)| *at == depth).map(|(_, step)| step.clone())
        };
        let mut steps: Vec<Step> = at(self.path.len()).chain(more).collect();
        for (depth, place) in self.path.iter().enumerate().rev() {
            let inner = Lit::Force(compiler.schemas.force(steps));
            steps = match place {
                Place::Member(name) => {
                    let properties = vec![(name.clone(), inner)];
                    let demanded = Fact::Members { properties, patterns: Vec::new(), additional: None };
                    vec![
                        Fact::Types(Types::OBJECT).into(),
                        Fact::Required(name.clone()).into(),
                        demanded.into(),
                    ]
                }
                Place::Item(index) => vec![
                    Fact::Types(Types::ARRAY).into(),
                    Fact::MinItems(index + 1).into(),
                    Fact::ItemAt(*index, inner).into(),
                ],
            };
            steps.extend(at(depth));
        }
        let root = Lit::Holds(compiler.schemas.root());
        Goal::of([root, Lit::Force(compiler.schemas.force(steps))])
    }
}

/// All locations, those nearest to the root first.
pub(crate) fn locations(compiler: &mut Compiler<'_, '_>) -> Vec<Location> {
    let start = Location {
        path: Vec::new(),
        schema: compiler.schemas.root(),
        guards: Vec::new(),
        ancestors: Vec::new(),
    };
    let (mut queue, mut found) = (VecDeque::from([start]), Vec::new());
    let (mut met, mut met_here) = (HashSet::new(), HashSet::new());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    while let Some(location) = queue.pop_front() {
        let is_new = met.insert(location.schema);
        let is_new_here = met_here.insert((location.schema, location.path.clone()));
        let recursive = location.ancestors.contains(&location.schema);
        if !is_new && (!is_new_here || recursive || found.len() >= GENEROUS) {
            continue;
        }
        if met.len() >= LOCATIONS {
            break;
        }
        queue.extend(next(compiler, &location));
        let keywords =
            KEYWORDS.iter().filter(|name| compiler.schemas.active(location.schema, name).is_some());
        let mut rare = false;
        for keyword in keywords {
            let count = counts.entry(keyword).or_default();
            *count += 1;
            rare |= *count <= ENOUGH;
        }
        if rare || found.len() < GENEROUS {
            found.push(location);
        }
    }
    found
}

fn next(compiler: &mut Compiler<'_, '_>, from: &Location) -> Vec<Location> {
    let mut all = in_place(compiler, from);
    all.extend(in_members(compiler, from));
    let (prefix, rest) = compiler.schemas.positional(from.schema);
    for (index, schema) in prefix.iter().enumerate() {
        all.push(from.below(compiler.schemas.child(from.schema, schema), Place::Item(index)));
    }
    if let Some(schema) = rest {
        all.push(from.below(compiler.schemas.child(from.schema, schema), Place::Item(prefix.len())));
    }
    all
}

fn in_place(compiler: &mut Compiler<'_, '_>, from: &Location) -> Vec<Location> {
    let id = from.schema;
    let schemas = &mut *compiler.schemas;
    let mut all = Vec::new();
    for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
        let reference = schemas.active(id, keyword).and_then(Value::as_str);
        if let Some(target) = reference.and_then(|reference| schemas.follow(id, keyword, reference).ok()) {
            all.push(from.beside(target, None));
        }
    }
    for branch in schemas.active(id, "allOf").map_or(&[][..], items) {
        all.push(from.beside(schemas.child(id, branch), None));
    }
    for keyword in ["anyOf", "oneOf"] {
        for branch in schemas.active(id, keyword).map_or(&[][..], items) {
            let branch = schemas.child(id, branch);
            all.push(from.beside(branch, Some(Step::Lit(Lit::Holds(branch)))));
        }
    }
    if let Some(condition) = schemas.active(id, "if") {
        let condition = schemas.child(id, condition);
        for (keyword, guard) in [("then", Lit::Holds(condition)), ("else", Lit::Fails(condition))] {
            if let Some(schema) = schemas.keyword(id, keyword) {
                all.push(from.beside(schemas.child(id, schema), Some(Step::Lit(guard))));
            }
        }
    }
    for keyword in ["dependentSchemas", "dependencies"] {
        let dependents: Vec<_> = members(schemas.active(id, keyword)).collect();
        for (name, schema) in dependents.into_iter().filter(|(_, schema)| !schema.is_array()) {
            let guard = Step::Fact(Fact::Required(name.clone()));
            all.push(from.beside(schemas.child(id, schema), Some(guard)));
        }
    }
    all
}

fn in_members(compiler: &mut Compiler<'_, '_>, from: &Location) -> Vec<Location> {
    let id = from.schema;
    let mut all = Vec::new();
    let named: Vec<_> = members(compiler.schemas.active(id, "properties")).collect();
    for (name, schema) in &named {
        all.push(from.below(compiler.schemas.child(id, schema), Place::Member((*name).clone())));
    }
    let patterned: Vec<_> = members(compiler.schemas.active(id, "patternProperties")).collect();
    for (pattern, schema) in &patterned {
        let name = compiler.invent(Some(pattern.as_str()), id, &[]);
        if let Some(name) = name {
            all.push(from.below(compiler.schemas.child(id, schema), Place::Member(name)));
        }
    }
    for keyword in ["additionalProperties", "unevaluatedProperties"] {
        let Some(schema) = compiler.schemas.active(id, keyword) else { continue };
        let patterns: Vec<&str> = patterned.iter().map(|(pattern, _)| pattern.as_str()).collect();
        if let Some(name) = compiler.invent(None, id, &patterns) {
            all.push(from.below(compiler.schemas.child(id, schema), Place::Member(name)));
        }
    }
    all
}
