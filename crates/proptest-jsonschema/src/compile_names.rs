//! Names compiled: where the names of members come from that no schema names.

use std::sync::Arc;

use crate::{
    compile::{Compiler, NamePlan},
    demand::{Lit, SchemaId},
    facts::ObjectFacts,
    json::members,
    object::{Extra, Member, matched},
    pattern::Pattern,
    plan::NodeId,
    text::TextPlan,
    unsupported::Unsupported,
};

/// How many names are drawn to learn which patterns the names of one source match.
const PROBES: usize = 24;

/// A made-up member and what is demanded of it beyond the rest.
pub(crate) type Invented = (String, Option<Lit>);

impl Compiler<'_, '_> {
    /// Where made-up names come from: each pattern, and the free names.
    pub(crate) fn key_plans(
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

    pub(crate) fn extras(
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
                    let lits = object.member_lits(patterns, &name);
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
    pub(crate) fn witnesses(
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

/// Some names of a source, always the same.
fn probe(key: &TextPlan) -> Vec<String> {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut names = Vec::new();
    for _ in 0..PROBES {
        match key.draw(&mut runner) {
            Some(name) => names.push(name),
            None => break,
        }
    }
    names
}
