//! Arrays and objects compiled: which goal each item and each member has to meet.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Unsupported,
    array::{ArrayPlan, Slot},
    compile::{Compiler, NamePlan},
    demand::Lit,
    facts::{ArrayFacts, Facts, ObjectFacts},
    keywords::members,
    object::{Extra, Member, ObjectPlan, matched},
    pattern::Pattern,
    plan::NodeId,
    random::Random,
    schemas::SchemaId,
    text::TextPlan,
};

/// How many names are drawn to learn which patterns the names of one source match.
const PROBES: usize = 24;
const ENDLESS: usize = usize::MAX / 4;

/// A made-up member and what is demanded of it beyond the rest.
type Invented = (String, Option<Lit>);

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

    pub(crate) fn object(&mut self, id: NodeId, facts: &Facts) -> Result<Option<ObjectPlan>, Unsupported> {
        let pointer = self.pointer(id);
        let mut object = facts.object.clone();
        let patterns = self.member_patterns(&object).map_err(|why| Unsupported::at(&pointer, why))?;
        let name_plans = if object.names.is_empty() { Vec::new() } else { self.string_plans(&object.names)? };
        let names_limited = !object.names.is_empty();
        let allowed = |name: &str| {
            !names_limited
                || name_plans.iter().any(|(plan, listed)| match listed {
                    Some(listed) => listed.iter().any(|one| one == name),
                    None => plan.admits(name),
                })
        };
        let mut names = known_names(&object);
        for listed in name_plans.iter().filter_map(|(_, listed)| listed.as_ref()) {
            names.extend(listed.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        }
        let lone = names.is_empty();
        let keys = self.key_plans(&object, &name_plans, &patterns)?;
        let odd = std::mem::take(&mut object.odd_names);
        let Some(invented) = self.witnesses(&mut object, &odd, &keys, &patterns, &names)? else {
            return Ok(None);
        };
        if object.max.is_some_and(|max| object.required.len() > max) {
            return Ok(None);
        }
        let mut named = Vec::new();
        let mut absent: Vec<String> = object.absent.iter().cloned().collect();
        let mut goals: Vec<(String, BTreeSet<Lit>)> = Vec::new();
        for name in names {
            let odd_one = invented.iter().any(|(other, _)| *other == name);
            if object.absent.contains(&name) || (!allowed(&name) && !odd_one) {
                if object.required.contains(&name) {
                    return Ok(None);
                }
                absent.push(name);
                continue;
            }
            let lits = member_lits(&object, &patterns, &name);
            goals.push((name, lits));
        }
        for (name, lit) in invented {
            let mut lits = member_lits(&object, &patterns, &name);
            lits.extend(lit);
            match goals.iter_mut().find(|(other, _)| *other == name) {
                Some((_, known)) => known.extend(lits),
                None => goals.push((name, lits)),
            }
        }
        if !keep_implying(&object, &mut goals, &mut absent) {
            return Ok(None);
        }
        for (name, lits) in goals {
            let (node, required) = (self.part(lits), object.required.contains(&name));
            named.push(Member { name, node, required, implies: Vec::new() });
        }
        imply(&object, &mut named);
        let open = self.options.unknown_members
            || lone
            || object
                .sources
                .iter()
                .any(|source| source.open || source.patterns.iter().any(|(_, lit)| lit.is_some()));
        let extras = self.extras(&object, &patterns, keys, &named);
        let max = object.max.unwrap_or(ENDLESS);
        Ok(Some(ObjectPlan { min: object.min, max, members: named, absent, extras, patterns, open }))
    }

    fn member_patterns(&mut self, object: &ObjectFacts) -> Result<Vec<Arc<Pattern>>, String> {
        let mut patterns: Vec<Arc<Pattern>> = Vec::new();
        for (source, _) in object.sources.iter().flat_map(|source| &source.patterns) {
            if !patterns.iter().any(|pattern| pattern.source == *source) {
                patterns.push(self.pattern(source)?);
            }
        }
        Ok(patterns)
    }

    /// Where made-up names come from: each pattern, and the free names.
    fn key_plans(
        &mut self,
        object: &ObjectFacts,
        name_plans: &[NamePlan],
        patterns: &[Arc<Pattern>],
    ) -> Result<Vec<TextPlan>, Unsupported> {
        let name = TextPlan { min: 1, spread: 8, is_name: true, ..TextPlan::default() };
        let bases: Vec<TextPlan> = if object.names.is_empty() {
            vec![name]
        } else {
            name_plans
                .iter()
                .filter(|(_, listed)| listed.is_none())
                .map(|(plan, _)| plan.clone())
                .take(4)
                .collect()
        };
        let mut plans = Vec::new();
        for base in &bases {
            let mut free = base.clone();
            if object.names.is_empty() {
                free.not_patterns.extend(patterns.iter().cloned());
            }
            plans.push(free);
            for pattern in patterns {
                let mut plan = base.clone();
                if object.names.is_empty() {
                    plan.min = 0;
                }
                plan.patterns.push(Arc::clone(pattern));
                plans.push(plan);
            }
        }
        Ok(plans)
    }

    fn extras(
        &mut self,
        object: &ObjectFacts,
        patterns: &[Arc<Pattern>],
        keys: Vec<TextPlan>,
        members: &[Member],
    ) -> Vec<Extra> {
        let mut extras = Vec::new();
        for key in keys {
            let mut nodes: Vec<(Vec<usize>, NodeId)> = Vec::new();
            for name in probe(&key) {
                let taken = object.absent.contains(&name) || members.iter().any(|member| member.name == name);
                let matches = matched(patterns, &name);
                if !taken && !nodes.iter().any(|(known, _)| *known == matches) {
                    let lits = member_lits(object, patterns, &name);
                    nodes.push((matches, self.part(lits)));
                }
            }
            if !nodes.is_empty() {
                extras.push(Extra { key, nodes });
            }
        }
        extras
    }

    /// Gives every member that must exist without having a name a fresh one.
    fn witnesses(
        &mut self,
        object: &mut ObjectFacts,
        odd: &[Lit],
        keys: &[TextPlan],
        patterns: &[Arc<Pattern>],
        names: &[String],
    ) -> Result<Option<Vec<Invented>>, Unsupported> {
        let mut invented: Vec<Invented> = Vec::new();
        for (pattern, lit) in std::mem::take(&mut object.witnesses) {
            let free =
                |name: &String| !object.absent.contains(name) && !invented.iter().any(|(one, _)| one == name);
            let found = match &pattern {
                Some(source) => {
                    let plans =
                        keys.iter().filter(|key| key.patterns.iter().any(|one| one.source == *source));
                    let named = plans.flat_map(probe).find(free);
                    named.or_else(|| self.probe_pattern(source).into_iter().find(free))
                }
                None => keys
                    .iter()
                    .flat_map(probe)
                    .find(|name| free(name) && !names.contains(name) && matched(patterns, name).is_empty()),
            };
            let Some(name) = found else { return Ok(None) };
            invented.push((name, Some(lit)));
        }
        for lit in odd {
            let plans = self.string_plans(&[*lit])?;
            let listed =
                plans.iter().flat_map(|(plan, listed)| listed.clone().unwrap_or_else(|| probe(plan)));
            let free = |name: &String| !object.absent.contains(name) && !names.contains(name);
            let Some(name) = listed.into_iter().find(free) else { return Ok(None) };
            invented.push((name, None));
        }
        for (name, _) in &invented {
            if !object.required.contains(name) {
                object.required.push(name.clone());
            }
        }
        Ok(Some(invented))
    }

    fn probe_pattern(&mut self, source: &str) -> Vec<String> {
        let Ok(pattern) = self.pattern(source) else { return Vec::new() };
        probe(&TextPlan { patterns: vec![pattern], spread: 8, ..TextPlan::default() })
    }

    /// A name for a member that a schema covers without naming it.
    pub(crate) fn invent(
        &mut self,
        pattern: Option<&str>,
        id: SchemaId,
        patterns: &[&str],
    ) -> Option<String> {
        let names = self.schemas.active(id, "propertyNames").map(|names| self.schemas.holds(id, names));
        let known: Vec<String> =
            members(self.schemas.active(id, "properties")).map(|(name, _)| name.clone()).collect();
        let mut plans = match names {
            Some(lit) => self.string_plans(&[lit]).ok()?.into_iter().map(|(plan, _)| plan).collect(),
            None => vec![TextPlan { min: 1, spread: 8, is_name: true, ..TextPlan::default() }],
        };
        let wanted = pattern.and_then(|source| self.pattern(source).ok());
        let barred: Vec<_> = patterns.iter().filter_map(|source| self.pattern(source).ok()).collect();
        for plan in &mut plans {
            plan.patterns.extend(wanted.clone());
            plan.not_patterns.extend(barred.iter().cloned());
        }
        plans.iter().flat_map(probe).find(|name| !known.contains(name))
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

/// What all sources together ask of a member of that name.
fn member_lits(object: &ObjectFacts, patterns: &[Arc<Pattern>], name: &str) -> BTreeSet<Lit> {
    let mut lits = BTreeSet::new();
    for source in &object.sources {
        let named = source.properties.iter().filter(|(other, _)| other == name).map(|(_, lit)| *lit);
        let matching = source.patterns.iter().filter(|(pattern, _)| {
            patterns.iter().any(|compiled| compiled.source == *pattern && compiled.matches(name))
        });
        let found: Vec<Option<Lit>> = named.chain(matching.map(|(_, lit)| *lit)).collect();
        if found.is_empty() {
            lits.extend(source.additional);
        }
        lits.extend(found.into_iter().flatten());
    }
    lits
}

/// All names that some keyword mentions, in the order of the schemas.
fn known_names(object: &ObjectFacts) -> Vec<String> {
    let listed = object.sources.iter().flat_map(|source| &source.properties).map(|(name, _)| name);
    let implied = object.implied.iter().flat_map(|(name, needed)| std::iter::once(name).chain(needed));
    let mut names: Vec<String> = Vec::new();
    for name in listed.chain(&object.required).chain(implied) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Gives up members that need one which cannot be; false when a required one is among them.
fn keep_implying(
    object: &ObjectFacts,
    goals: &mut Vec<(String, BTreeSet<Lit>)>,
    absent: &mut Vec<String>,
) -> bool {
    loop {
        let lost = object.implied.iter().find(|(name, needed)| {
            let has = |name: &String| goals.iter().any(|(other, _)| other == name);
            has(name) && !needed.iter().all(has)
        });
        let Some((name, _)) = lost else { return true };
        if object.required.contains(name) {
            return false;
        }
        goals.retain(|(other, _)| other != name);
        absent.push(name.clone());
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

/// Some names of a source, always the same.
fn probe(key: &TextPlan) -> Vec<String> {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut random = Random::new(11);
    let mut names = Vec::new();
    for _ in 0..PROBES {
        match key.draw(&mut random, &mut runner) {
            Some(name) => names.push(name),
            None => break,
        }
    }
    names
}
