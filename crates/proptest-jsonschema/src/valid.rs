//! Valid values as a proptest strategy over the compiled plan.

use std::{fmt, sync::Arc};

use jsonschema::Validator;
use proptest::{
    prelude::Rng as _,
    strategy::{NewTree, Strategy},
    test_runner::TestRunner,
};
use serde_json::Value;

use crate::{
    options::Stats,
    plan::{NodeId, Plan},
    random::Random,
    shrink::{Classify, Tree},
};

/// How often one case is tried again before the strategy gives up.
const ATTEMPTS: usize = 200;

#[derive(Clone)]
pub(crate) struct Valid {
    pub(crate) plan: Arc<Plan>,
    pub(crate) root: NodeId,
    pub(crate) validator: Arc<Validator>,
    pub(crate) validate: bool,
    pub(crate) stats: Arc<Stats>,
}

impl Valid {
    /// One valid value; a function of the runner's seed alone.
    pub(crate) fn value(&self, runner: &mut TestRunner) -> Result<Value, &'static str> {
        let mut random = Random::new(runner.rng().next_u64());
        for _ in 0..ATTEMPTS {
            let attempt = Random::new(random.next());
            let Some(value) = self.plan.draw(self.root, attempt, runner) else { continue };
            if !self.validate || self.validator.is_valid(&value) {
                self.stats.count_generated();
                return Ok(value);
            }
            self.stats.count_contradiction();
        }
        Err("no valid value was found")
    }
}

impl fmt::Debug for Valid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Valid")
    }
}

impl Strategy for Valid {
    type Tree = Tree<Value>;
    type Value = Value;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let value = self.value(runner)?;
        let validator = Arc::clone(&self.validator);
        let classify: Classify<Value> =
            Arc::new(move |candidate| validator.is_valid(candidate).then(|| candidate.clone()));
        Ok(Tree::new(value.clone(), value, classify))
    }
}
