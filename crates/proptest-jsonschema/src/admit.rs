//! Whether a given value meets a goal: needed where a schema lists its values.

use serde_json::{Map, Value};

use crate::{
    compile::Compiler,
    demand::{Goal, Lit},
    expand::expand,
    facts::{ArrayFacts, Facts, ObjectFacts},
    number::same,
    types::Types,
    unsupported::Unsupported,
};

impl Compiler<'_, '_> {
    fn meets(&mut self, lit: Lit, value: &Value) -> Result<bool, Unsupported> {
        let expansion = expand(self.schemas, &Goal::of([lit]))?;
        for facts in &expansion.alternatives {
            let listed = facts.finite.as_ref().is_none_or(|all| all.iter().any(|one| same(one, value)));
            if listed && self.admits(facts, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the value satisfies all facts, the list of values apart.
    pub(crate) fn admits(&mut self, facts: &Facts, value: &Value) -> Result<bool, Unsupported> {
        let fits =
            facts.types.contains(Types::of(value)) && !facts.excluded.iter().any(|other| same(other, value));
        if !fits {
            return Ok(false);
        }
        match value {
            Value::Number(number) => Ok(facts.number.admits(number)),
            Value::String(text) => Ok(self.text(facts).is_ok_and(|plan| plan.admits(text))),
            Value::Array(items) => self.admits_array(&facts.array, items),
            Value::Object(members) => self.admits_object(&facts.object, members),
            _ => Ok(true),
        }
    }

    fn admits_array(&mut self, facts: &ArrayFacts, items: &[Value]) -> Result<bool, Unsupported> {
        let repeats =
            (1..items.len()).any(|index| items[..index].iter().any(|item| same(item, &items[index])));
        let sized = items.len() >= facts.min && facts.max.is_none_or(|max| items.len() <= max);
        if !sized || (facts.unique && repeats) || (facts.repeated && !repeats) {
            return Ok(false);
        }
        for fact in &facts.contains {
            let mut count = 0;
            for item in items {
                count += usize::from(self.meets(fact.lit, item)?);
            }
            if count < fact.min || fact.max.is_some_and(|max| count > max) {
                return Ok(false);
            }
        }
        for (index, item) in items.iter().enumerate() {
            let listed = facts.sources.iter().filter_map(|source| match source.prefix.get(index) {
                Some(lit) => *lit,
                None => source.rest,
            });
            let single = facts.single.iter().filter(|(at, _)| *at == index).map(|(_, lit)| *lit);
            for lit in listed.chain(single).collect::<Vec<_>>() {
                if !self.meets(lit, item)? {
                    return Ok(false);
                }
            }
        }
        Ok(facts.single.iter().all(|(index, _)| *index < items.len()))
    }

    fn admits_object(
        &mut self,
        facts: &ObjectFacts,
        members: &Map<String, Value>,
    ) -> Result<bool, Unsupported> {
        let sized = members.len() >= facts.min && facts.max.is_none_or(|max| members.len() <= max);
        let named = facts.required.iter().all(|name| members.contains_key(name))
            && !facts.absent.iter().any(|name| members.contains_key(name))
            && facts.implied.iter().all(|(name, needed)| {
                !members.contains_key(name) || needed.iter().all(|other| members.contains_key(other))
            });
        // What must exist without a name is not looked for: such a value is passed over.
        if !sized || !named || !facts.witnesses.is_empty() || !facts.odd_names.is_empty() {
            return Ok(false);
        }
        for (name, value) in members {
            for lit in &facts.names {
                if !self.meets(*lit, &Value::String(name.clone()))? {
                    return Ok(false);
                }
            }
            for source in &facts.sources {
                let mut lits: Vec<Option<Lit>> = source
                    .properties
                    .iter()
                    .filter(|(other, _)| other == name)
                    .map(|(_, lit)| *lit)
                    .collect();
                for (pattern, lit) in &source.patterns {
                    if self.pattern(pattern).is_ok_and(|pattern| pattern.matches(name)) {
                        lits.push(*lit);
                    }
                }
                if lits.is_empty() {
                    lits.push(source.additional);
                }
                for lit in lits.into_iter().flatten() {
                    if !self.meets(lit, value)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }
}
