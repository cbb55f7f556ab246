//! Objects compiled: which members there may be, and which goal each has to meet.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    compile::{Compiler, NamePlan},
    compile_names::Invented,
    demand::Lit,
    facts::{Facts, ObjectFacts},
    object::{Member, ObjectPlan},
    pattern::Pattern,
    plan::NodeId,
    unsupported::{Unsupported, UnsupportedText},
};

const ENDLESS: usize = usize::MAX / 4;

/// The members that may be, with what is demanded of them, and the names of those that may not.
struct Named {
    goals: Vec<(String, BTreeSet<Lit>)>,
    absent: Vec<String>,
}

impl Compiler<'_, '_> {
    pub(crate) fn object(&mut self, id: NodeId, facts: &Facts) -> Result<Option<ObjectPlan>, Unsupported> {
        let pointer = self.pointer(id);
        let mut object = facts.object.clone();
        let patterns =
            self.member_patterns(&object).map_err(|why| Unsupported::at(&pointer, why.to_string()))?;
        let name_plans = if object.names.is_empty() { Vec::new() } else { self.string_plans(&object.names)? };
        let names = known_names(&object, &name_plans);
        let lone = names.is_empty();
        let keys = self.key_plans(&object, &name_plans, &patterns)?;
        let odd = std::mem::take(&mut object.odd_names);
        let Some(invented) = self.witnesses(&mut object, &odd, &keys, &patterns, &names)? else {
            return Ok(None);
        };
        if object.max.is_some_and(|max| object.required.len() > max) {
            return Ok(None);
        }
        let Some(Named { goals, absent }) = named(&object, &patterns, &name_plans, names, invented) else {
            return Ok(None);
        };
        let members = self.members(&object, goals);
        let said = |(_, lit): &(String, Option<Lit>)| lit.is_some();
        let speaks = object.sources.iter().any(|source| source.open || source.patterns.iter().any(said));
        let open = self.options.unknown_members || lone || speaks;
        let extras = self.extras(&object, &patterns, keys, &members);
        let max = object.max.unwrap_or(ENDLESS);
        Ok(Some(ObjectPlan { min: object.min, max, members, absent, extras, patterns, open }))
    }

    fn members(&mut self, object: &ObjectFacts, goals: Vec<(String, BTreeSet<Lit>)>) -> Vec<Member> {
        let mut members = Vec::with_capacity(goals.len());
        for (name, lits) in goals {
            let (node, required) = (self.part(lits), object.required.contains(&name));
            members.push(Member { name, node, required, implies: Vec::new() });
        }
        imply(object, &mut members);
        members
    }

    fn member_patterns(&mut self, object: &ObjectFacts) -> Result<Vec<Arc<Pattern>>, UnsupportedText> {
        let mut patterns: Vec<Arc<Pattern>> = Vec::new();
        for (source, _) in object.sources.iter().flat_map(|source| &source.patterns) {
            if !patterns.iter().any(|pattern| pattern.source == *source) {
                patterns.push(self.pattern(source)?);
            }
        }
        Ok(patterns)
    }
}

/// Sorts the names; `None` when one is required that may not be.
fn named(
    object: &ObjectFacts,
    patterns: &[Arc<Pattern>],
    name_plans: &[NamePlan],
    names: Vec<String>,
    invented: Vec<Invented>,
) -> Option<Named> {
    let mut named = Named { goals: Vec::new(), absent: object.absent.iter().cloned().collect() };
    for name in names {
        let is_invented = invented.iter().any(|(other, _)| *other == name);
        let fits = object.names.is_empty() || is_invented || is_allowed(name_plans, &name);
        if fits && !object.absent.contains(&name) {
            let lits = object.member_lits(patterns, &name);
            named.goals.push((name, lits));
        } else if object.required.contains(&name) {
            return None;
        } else {
            named.absent.push(name);
        }
    }
    for (name, lit) in invented {
        let mut lits = object.member_lits(patterns, &name);
        lits.extend(lit);
        match named.goals.iter_mut().find(|(other, _)| *other == name) {
            Some((_, known)) => known.extend(lits),
            None => named.goals.push((name, lits)),
        }
    }
    keep_implying(object, &mut named).then_some(named)
}

fn is_allowed(name_plans: &[NamePlan], name: &str) -> bool {
    name_plans.iter().any(|(plan, listed)| match listed {
        Some(listed) => listed.iter().any(|one| one == name),
        None => plan.admits(name),
    })
}

/// All names that some keyword mentions, in the order of the schemas.
fn known_names(object: &ObjectFacts, name_plans: &[NamePlan]) -> Vec<String> {
    let properties = object.sources.iter().flat_map(|source| &source.properties).map(|(name, _)| name);
    let implied = object.implied.iter().flat_map(|(name, needed)| std::iter::once(name).chain(needed));
    let listed = name_plans.iter().filter_map(|(_, listed)| listed.as_ref()).flatten();
    let mut names: Vec<String> = Vec::new();
    for name in properties.chain(&object.required).chain(implied).chain(listed) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Gives up members that need one which cannot be; false when a required one is among them.
fn keep_implying(object: &ObjectFacts, named: &mut Named) -> bool {
    loop {
        let lost = object.implied.iter().find(|(name, needed)| {
            let has = |name: &String| named.goals.iter().any(|(other, _)| other == name);
            has(name) && !needed.iter().all(has)
        });
        let Some((name, _)) = lost else { return true };
        if object.required.contains(name) {
            return false;
        }
        named.goals.retain(|(other, _)| other != name);
        named.absent.push(name.clone());
    }
}

/// Notes who brings whom along.
fn imply(object: &ObjectFacts, members: &mut [Member]) {
    for (name, needed) in &object.implied {
        let place = |name: &String| members.iter().position(|member| member.name == *name);
        let needed: Vec<usize> = needed.iter().filter_map(place).collect();
        if let Some(place) = place(name) {
            members[place].implies.extend(needed);
        }
    }
}
