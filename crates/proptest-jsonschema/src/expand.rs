//! From a goal to its alternatives: literals are taken apart until only plain facts are left.

use crate::{
    demand::{Fact, Goal, Lit, Step},
    facts::{Facts, Listeners},
    schemas::Schemas,
    types::Types,
    unsupported::Unsupported,
};

/// How many alternatives of one goal are kept; each choice gives every option its share.
const ALTERNATIVES: usize = 128;
/// How many literals one goal may take apart before the search is cut short.
const EFFORT: usize = 20_000;
/// The same for goals of a single boundary or invalid case, of which there are many.
const CASE_ALTERNATIVES: usize = 4;
const CASE_EFFORT: usize = 2_000;

/// The alternatives found, and what stood in the way when there are none.
pub(crate) struct Expansion {
    pub(crate) alternatives: Vec<Facts>,
    pub(crate) conflict: Option<Unsupported>,
}

/// Takes a goal apart.
pub(crate) fn expand(schemas: &mut Schemas<'_>, goal: &Goal) -> Result<Expansion, Unsupported> {
    let is_case = goal.lits.iter().any(|lit| matches!(lit, Lit::Force(_) | Lit::Breaks(..)));
    let (share, effort) = if is_case { (CASE_ALTERNATIVES, CASE_EFFORT) } else { (ALTERNATIVES, EFFORT) };
    let mut search = Search { schemas, without: goal.without, effort, conflict: None, listeners: 0 };
    let mut state = State { facts: Facts::new(), seen: Vec::new(), choices: Vec::new() };
    let mut alternatives = Vec::new();
    let steps = goal.lits.iter().map(|lit| Step::Lit(*lit)).collect();
    if search.take(&mut state, steps, &Vec::new(), "")? {
        search.decide(state, share, &mut alternatives)?;
    }
    let conflict = search.conflict;
    Ok(Expansion { alternatives, conflict })
}

#[derive(Clone)]
struct State {
    facts: Facts,
    seen: Vec<(Lit, Listeners)>,
    choices: Vec<(Vec<Vec<Step>>, Listeners, String)>,
}

struct Search<'s, 'r> {
    schemas: &'s mut Schemas<'r>,
    without: Option<(usize, &'static str)>,
    effort: usize,
    conflict: Option<Unsupported>,
    listeners: usize,
}

impl Search<'_, '_> {
    /// Joins everything that needs no decision; false when it contradicts itself.
    fn take(
        &mut self,
        state: &mut State,
        steps: Vec<Step>,
        listeners: &Listeners,
        pointer: &str,
    ) -> Result<bool, Unsupported> {
        for step in steps {
            match step {
                Step::Fact(fact) => {
                    if let Err(why) = state.facts.join(fact, listeners) {
                        self.conflict.get_or_insert_with(|| Unsupported::at(pointer, why));
                        return Ok(false);
                    }
                }
                Step::Choice(options) => state.choices.push((options, listeners.clone(), pointer.to_owned())),
                Step::Lit(lit) => {
                    if !self.open(state, lit, listeners)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn open(&mut self, state: &mut State, lit: Lit, listeners: &Listeners) -> Result<bool, Unsupported> {
        let key = (lit, listeners.clone());
        if state.seen.contains(&key) {
            return Ok(true);
        }
        state.seen.push(key);
        self.effort = self.effort.saturating_sub(1);
        let left_out = |id| self.without.filter(|(left, _)| *left == id).map(|(_, keyword)| keyword);
        match lit {
            Lit::Holds(id) => {
                let steps = self.schemas.demands(id, left_out(id))?;
                let mut heard = listeners.clone();
                if steps.iter().any(listens) {
                    self.listeners += 1;
                    heard.push(self.listeners);
                }
                let pointer = self.schemas.entry(id).pointer.clone();
                self.take(state, steps, &heard, &pointer)
            }
            Lit::Fails(id) => {
                let ways = self.schemas.violations(id, left_out(id))?;
                let pointer = self.schemas.entry(id).pointer.clone();
                self.take(state, vec![Step::Choice(ways)], &Vec::new(), &pointer)
            }
            Lit::Breaks(id, keyword) => {
                let ways = self.schemas.breaches(id, keyword)?;
                let pointer = self.schemas.entry(id).pointer.clone();
                self.take(state, vec![Step::Choice(ways)], &Vec::new(), &pointer)
            }
            Lit::Force(number) => {
                let steps = self.schemas.forces[number].clone();
                self.take(state, steps, listeners, "")
            }
        }
    }

    /// Makes the open decisions one by one, each option getting its share of what may be kept.
    fn decide(&mut self, mut state: State, share: usize, found: &mut Vec<Facts>) -> Result<(), Unsupported> {
        let Some((options, listeners, pointer)) = next_choice(&mut state) else {
            state.facts.close();
            found.push(state.facts);
            return Ok(());
        };
        if options.is_empty() {
            self.conflict.get_or_insert_with(|| Unsupported::at(&pointer, "nothing can break this schema"));
            return Ok(());
        }
        let (start, mut left) = (found.len(), options.len());
        for option in options {
            let used = found.len() - start;
            if used >= share || self.effort == 0 {
                break;
            }
            let own = ((share - used) / left).max(1);
            left -= 1;
            let mut branch = state.clone();
            if self.take(&mut branch, option, &listeners, &pointer)? {
                self.decide(branch, own, found)?;
            }
        }
        Ok(())
    }
}

/// The next decision that is still open, those with a single option first.
fn next_choice(state: &mut State) -> Option<(Vec<Vec<Step>>, Listeners, String)> {
    let facts = &state.facts;
    state.choices.retain(|(options, ..)| !options.iter().any(|option| is_known(facts, option)));
    for (options, ..) in &mut state.choices {
        options.retain(|option| !is_ruled_out(facts, option));
    }
    let index = (0..state.choices.len()).min_by_key(|&index| state.choices[index].0.len().min(2))?;
    Some(state.choices.remove(index))
}

/// A violation that holds anyway asks for nothing more.
fn is_known(facts: &Facts, option: &[Step]) -> bool {
    option.iter().any(|step| matches!(step, Step::Fact(Fact::Types(_))))
        && option.iter().all(|step| matches!(step, Step::Fact(fact) if facts.knows(fact)))
}

fn is_ruled_out(facts: &Facts, option: &[Step]) -> bool {
    option.iter().any(|step| match step {
        Step::Fact(Fact::Types(types)) => types.and(facts.types) == Types::NONE,
        Step::Fact(Fact::Required(name)) => {
            facts.object.absent.contains(name) && facts.types == Types::OBJECT
        }
        Step::Fact(Fact::Absent(name)) => {
            facts.object.required.contains(name) && facts.types == Types::OBJECT
        }
        _ => false,
    })
}

fn listens(step: &Step) -> bool {
    matches!(step, Step::Fact(Fact::UnevaluatedMembers(_) | Fact::UnevaluatedItems(_)))
}
