//! Valid values as a proptest strategy over the compiled plan.

use std::{fmt, sync::Arc};

use jsonschema::Validator;
use proptest::{
    strategy::{NewTree, Strategy},
    test_runner::TestRunner,
};
use serde_json::Value;

use crate::{
    plan::{NodeId, Plan},
    shrink::{Classify, JsonTree},
    stats::Stats,
};

/// How often one case is tried again before the strategy gives up.
const ATTEMPTS: usize = 200;

/// The valid values of a schema, as a strategy; made by [`Generator::valid`](crate::Generator::valid).
///
/// Cheap to clone. Which value comes is a function of the runner's random numbers alone.
///
/// # Examples
///
/// It composes as every strategy does:
///
/// ```
/// use proptest::prelude::*;
/// use proptest_jsonschema::{Generator, Options};
/// use serde_json::json;
///
/// let schema = json!({ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer", "maximum": 9 } } });
/// let valid = Generator::new(&schema, Options::default())?.valid();
/// let even = valid
///     .prop_map(|value| value["n"].as_i64().unwrap())
///     .prop_filter("an even number", |n| n % 2 == 0);
/// proptest!(|(n in even, others in prop::collection::vec(any::<u8>(), 0..3))| {
///     prop_assert!(n <= 8 && others.len() < 3);
/// });
/// # Ok::<(), proptest_jsonschema::Unsupported>(())
/// ```
#[derive(Clone)]
pub struct ValidValues {
    pub(crate) plan: Arc<Plan>,
    pub(crate) root: NodeId,
    pub(crate) validator: Arc<Validator>,
    pub(crate) validate: bool,
    pub(crate) stats: Arc<Stats>,
}

impl ValidValues {
    fn value(&self, runner: &mut TestRunner) -> Result<Value, &'static str> {
        for _ in 0..ATTEMPTS {
            let Some(value) = self.plan.draw(self.root, runner) else { continue };
            if !self.validate || self.validator.is_valid(&value) {
                self.stats.count_generated();
                return Ok(value);
            }
            self.stats.count_contradiction();
        }
        Err("no valid value was found")
    }
}

impl fmt::Debug for ValidValues {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ValidValues")
    }
}

impl Strategy for ValidValues {
    type Tree = JsonTree<Value>;
    type Value = Value;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let value = self.value(runner)?;
        let validator = Arc::clone(&self.validator);
        let classify: Classify<Value> =
            Arc::new(move |candidate| validator.is_valid(candidate).then(|| candidate.clone()));
        Ok(JsonTree::new(value.clone(), value, classify))
    }
}
