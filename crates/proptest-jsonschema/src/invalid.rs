//! Invalid values: a valid one with a single labelled change, which the validator has confirmed.

use std::{fmt, sync::Arc};

use proptest::{
    strategy::{NewTree, Strategy},
    test_runner::TestRunner,
};
use serde_json::Value;

use crate::{
    class::{BoundaryClass, CoveragePoint},
    fault::{Signature, faults},
    mutation::Mutation,
    plan::Plan,
    random::Random,
    shrink::{Classify, JsonTree},
    valid::ValidValues,
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
    /// The point that this change exercises.
    pub fn point(&self) -> CoveragePoint {
        CoveragePoint {
            schema: self.schema.clone(),
            keyword: self.keyword.clone(),
            class: BoundaryClass::Outside,
        }
    }
}

/// An invalid value and the one change that made it so.
#[derive(Debug, Clone, PartialEq)]
pub struct InvalidCase {
    /// The change.
    pub label: Label,
    /// The whole value.
    pub value: Value,
}

/// Invalid values with their labels, as a strategy; made by [`Generator::invalid`](crate::Generator::invalid).
///
/// Cheap to clone. A case that fails a test shrinks to the simplest value that breaks the same keyword and no other.
#[derive(Clone)]
pub struct InvalidCases {
    valid: ValidValues,
    plan: Arc<Plan>,
    mutations: Arc<Vec<Mutation>>,
}

impl InvalidCases {
    /// Keeps the changes that can be labelled; `None` when there are none.
    pub(crate) fn new(valid: ValidValues, plan: Plan, mutations: Vec<Mutation>) -> Option<InvalidCases> {
        let mut invalid = InvalidCases { valid, plan: Arc::new(plan), mutations: Arc::new(Vec::new()) };
        let mut runner = TestRunner::deterministic();
        let (kept, dropped): (Vec<Mutation>, Vec<Mutation>) = mutations
            .into_iter()
            .partition(|mutation| (0..TRIALS).any(|_| invalid.make(mutation, &mut runner).is_some()));
        dropped.iter().for_each(|mutation| invalid.valid.stats.count_dropped(mutation.keyword));
        invalid.mutations = Arc::new(kept);
        (!invalid.mutations.is_empty()).then_some(invalid)
    }

    /// The places and keywords that are broken.
    pub(crate) fn mutations(&self) -> &[Mutation] {
        &self.mutations
    }

    /// Only those changes that exercise a point; `None` when there are none.
    pub(crate) fn breaking(&self, point: &CoveragePoint) -> Option<InvalidCases> {
        let kept: Vec<Mutation> =
            self.mutations.iter().filter(|mutation| mutation.point() == *point).cloned().collect();
        (!kept.is_empty()).then(|| InvalidCases { mutations: Arc::new(kept), ..self.clone() })
    }

    fn make(&self, mutation: &Mutation, runner: &mut TestRunner) -> Option<(InvalidCase, Signature)> {
        let base = self.plan.draw(mutation.base, runner)?;
        let validator = &self.valid.validator;
        if !validator.is_valid(&base) {
            self.valid.stats.count_contradiction();
            return None;
        }
        let value = mutation.apply(&self.plan, &base, runner)?;
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
        Some((InvalidCase { label, value }, signature))
    }
}

impl fmt::Debug for InvalidCases {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("InvalidCases")
    }
}

impl Strategy for InvalidCases {
    type Tree = JsonTree<InvalidCase>;
    type Value = InvalidCase;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        for _ in 0..ATTEMPTS {
            let mutation = runner.pick(&self.mutations).clone();
            let Some((mutated, signature)) = self.make(&mutation, runner) else {
                self.valid.stats.count_dropped(mutation.keyword);
                continue;
            };
            self.valid.stats.count_mutated();
            let classify = self.classify(mutated.label.clone(), signature);
            return Ok(JsonTree::new(mutated.value.clone(), mutated, classify));
        }
        Err("no labelled change was found".into())
    }
}

impl InvalidCases {
    /// A smaller value is of the class while its errors are those of the label, wherever they now lie.
    fn classify(&self, label: Label, signature: Signature) -> Classify<InvalidCase> {
        let validator = Arc::clone(&self.valid.validator);
        Arc::new(move |candidate| {
            let pointer = signature.locate(&faults(&validator, candidate))?;
            let new = candidate.pointer(&pointer)?.clone();
            let label = Label { pointer, new, ..label.clone() };
            Some(InvalidCase { label, value: candidate.clone() })
        })
    }
}
