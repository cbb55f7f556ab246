//! Invalid values: a valid one with a single labelled change, which the validator has confirmed.

use std::{fmt, sync::Arc};

use proptest::{
    prelude::Rng as _,
    strategy::{NewTree, Strategy},
    test_runner::TestRunner,
};
use serde_json::Value;

use crate::{
    boundary::{Class, Pair},
    fault::{Signature, faults},
    mutation::Mutation,
    plan::Plan,
    random::Random,
    shrink::{Classify, Tree},
    valid::Valid,
};

const ATTEMPTS: usize = 200;
/// How often a change is tried before it counts as one that cannot be labelled.
const TRIALS: u64 = 6;

/// What was changed to make a value invalid.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// JSON pointer of the changed place in the value.
    pub pointer: String,
    /// JSON pointer of the subschema that is broken.
    pub schema: String,
    /// The keyword of it that is broken.
    pub keyword: String,
    /// The name of the change.
    pub operator: String,
    /// What stood at the place before.
    pub original: Value,
    /// What stands there now.
    pub new: Value,
}

impl Label {
    /// The pair that this change exercises.
    pub fn pair(&self) -> Pair {
        Pair { schema: self.schema.clone(), keyword: self.keyword.clone(), class: Class::Outside }
    }
}

/// An invalid value and the one change that made it so.
#[derive(Debug, Clone, PartialEq)]
pub struct Mutated {
    /// The change.
    pub label: Label,
    /// The whole value.
    pub value: Value,
}

#[derive(Clone)]
pub(crate) struct Invalid {
    valid: Valid,
    plan: Arc<Plan>,
    mutations: Arc<Vec<Mutation>>,
}

impl Invalid {
    /// Keeps the changes that can be labelled; `None` when there are none.
    pub(crate) fn new(valid: Valid, plan: Plan, mutations: Vec<Mutation>) -> Option<Invalid> {
        let mut invalid = Invalid { valid, plan: Arc::new(plan), mutations: Arc::new(Vec::new()) };
        let mut runner = TestRunner::deterministic();
        let (kept, dropped): (Vec<Mutation>, Vec<Mutation>) = mutations.into_iter().partition(|mutation| {
            (0..TRIALS).any(|seed| invalid.make(mutation, &mut Random::new(seed), &mut runner).is_some())
        });
        dropped.iter().for_each(|mutation| invalid.valid.stats.count_dropped(mutation.keyword));
        invalid.mutations = Arc::new(kept);
        (!invalid.mutations.is_empty()).then_some(invalid)
    }

    /// The places and keywords that are broken.
    pub(crate) fn mutations(&self) -> &[Mutation] {
        &self.mutations
    }

    /// Only those changes that exercise a pair.
    pub(crate) fn breaking(&self, pair: &Pair) -> Invalid {
        let kept = self.mutations.iter().filter(|mutation| mutation.pair() == *pair).cloned().collect();
        Invalid { mutations: Arc::new(kept), ..self.clone() }
    }

    fn make(
        &self,
        mutation: &Mutation,
        random: &mut Random,
        runner: &mut TestRunner,
    ) -> Option<(Mutated, Signature)> {
        let base = self.plan.draw(mutation.base, Random::new(random.next()), runner)?;
        let validator = &self.valid.validator;
        if !validator.is_valid(&base) {
            self.valid.stats.count_contradiction();
            return None;
        }
        let value = mutation.apply(&self.plan, &base, random, runner)?;
        let pointer = mutation.pointer();
        let signature = Signature::new(faults(validator, &value), &pointer, mutation.keyword)?;
        let label = Label {
            schema: mutation.schema.clone(),
            keyword: mutation.keyword.to_owned(),
            operator: mutation.operator.clone(),
            original: base.pointer(&pointer)?.clone(),
            new: value.pointer(&pointer)?.clone(),
            pointer,
        };
        Some((Mutated { label, value }, signature))
    }
}

impl fmt::Debug for Invalid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Invalid")
    }
}

impl Strategy for Invalid {
    type Tree = Tree<Mutated>;
    type Value = Mutated;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let mut random = Random::new(runner.rng().next_u64());
        if self.mutations.is_empty() {
            return Err("nothing of that kind can be broken".into());
        }
        for _ in 0..ATTEMPTS {
            let mutation = random.pick(&self.mutations).clone();
            let Some((mutated, signature)) = self.make(&mutation, &mut random, runner) else {
                self.valid.stats.count_dropped(mutation.keyword);
                continue;
            };
            self.valid.stats.count_mutated();
            let classify = self.classify(mutated.label.clone(), signature);
            return Ok(Tree::new(mutated.value.clone(), mutated, classify));
        }
        Err("no labelled change was found".into())
    }
}

impl Invalid {
    /// A smaller value is of the class while its errors are those of the label, wherever they now lie.
    fn classify(&self, label: Label, signature: Signature) -> Classify<Mutated> {
        let validator = Arc::clone(&self.valid.validator);
        Arc::new(move |candidate| {
            let pointer = signature.locate(&faults(&validator, candidate))?;
            let new = candidate.pointer(&pointer)?.clone();
            let label = Label { pointer, new, ..label.clone() };
            Some(Mutated { label, value: candidate.clone() })
        })
    }
}
