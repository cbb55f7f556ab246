//! The front of the module: one schema, compiled once, and the strategies it gives.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use jsonschema::{Registry, Validator};
use proptest::strategy::{BoxedStrategy, Strategy as _};
use serde_json::Value;

use crate::{
    boundary::{Boundary, Pair, boundaries},
    compile::Compiler,
    demand::{Goal, Lit},
    invalid::{Invalid, Mutated},
    mutation::{Mutation, Purpose, mutations},
    options::{Options, Stats, Unsupported},
    plan::Plan,
    schemas::Schemas,
    valid::Valid,
};

/// Where a schema without `$id` is said to be.
const NOWHERE: &str = "json-schema:///";

/// Generates values from one JSON Schema.
pub struct Generator {
    schema: Value,
    base: String,
    options: Options,
    valid: Valid,
    invalid: OnceLock<Option<Invalid>>,
    stats: Arc<Stats>,
}

impl Generator {
    /// Compiles a schema; its `$ref`s point into itself or into [`Options::registry`].
    ///
    /// # Errors
    ///
    /// When no value can be made, with the pointer of the subschema that stands in the way.
    pub fn new(schema: &Value, options: Options) -> Result<Generator, Unsupported> {
        let base = base_of(schema)?;
        let registry = registry(&base, schema, &options)?;
        let validator = validator(&registry, &base, schema, &options)?;
        let stats = Arc::new(Stats::default());
        let (plan, root) = with_schemas(&registry, &base, schema, &options, |schemas| {
            let mut compiler = Compiler::new(schemas, &options);
            let root = compiler.schemas.root();
            let root = compiler.node(Goal::of([Lit::Holds(root)]));
            compiler.finish()?;
            if !compiler.is_possible(root) {
                return Err(compiler.blame(root));
            }
            Ok((compiler.into_plan(), root))
        })?;
        let valid = Valid {
            plan: Arc::new(plan),
            root,
            validator: Arc::new(validator),
            validate: options.validate,
            stats: Arc::clone(&stats),
        };
        drop(registry);
        Ok(Generator { schema: schema.clone(), base, options, valid, invalid: OnceLock::new(), stats })
    }

    /// Valid values, each shrinking to the simplest that is still valid.
    pub fn valid(&self) -> BoxedStrategy<Value> {
        self.valid.clone().boxed()
    }

    /// The boundary cases of the schema; the same list each time.
    pub fn boundary(&self) -> Vec<Boundary> {
        let Some((plan, mutations)) = self.mutations(Purpose::Boundary) else { return Vec::new() };
        boundaries(&self.valid, &plan, &mutations)
    }

    /// Invalid values, each a valid one with one labelled change; `None` when no change can be labelled.
    pub fn invalid(&self) -> Option<BoxedStrategy<Mutated>> {
        self.labelled().map(|invalid| invalid.clone().boxed())
    }

    /// Those of the invalid values that break the keyword of one of [`Generator::labels`]: whoever draws one of each
    /// has exercised them all, which many drawn at random may not have.
    pub fn breaking(&self, pair: &Pair) -> Option<BoxedStrategy<Mutated>> {
        self.labelled().map(|invalid| invalid.breaking(pair).boxed())
    }

    /// The keywords, with their class, that boundary and invalid cases can exercise.
    pub fn pairs(&self) -> Vec<Pair> {
        let boundary = self.boundary();
        let pairs: BTreeSet<Pair> = boundary.iter().map(Boundary::pair).chain(self.labels()).collect();
        pairs.into_iter().collect()
    }

    /// Those of them that invalid cases exercise: the keywords that some labelled change breaks.
    pub fn labels(&self) -> Vec<Pair> {
        let mutations = self.labelled().map_or(&[][..], Invalid::mutations);
        mutations.iter().map(Mutation::pair).collect::<BTreeSet<Pair>>().into_iter().collect()
    }

    /// Compiled when first asked for, and once.
    fn labelled(&self) -> Option<&Invalid> {
        let compile = || {
            let (plan, mutations) = self.mutations(Purpose::Invalid)?;
            Invalid::new(self.valid.clone(), plan, mutations)
        };
        self.invalid.get_or_init(compile).as_ref()
    }

    fn mutations(&self, purpose: Purpose) -> Option<(Plan, Vec<Mutation>)> {
        let registry = registry(&self.base, &self.schema, &self.options).ok()?;
        with_schemas(&registry, &self.base, &self.schema, &self.options, |schemas| {
            let mut compiler = Compiler::new(schemas, &self.options);
            let (mutations, impossible) = mutations(&mut compiler, purpose)?;
            impossible.into_iter().for_each(|keyword| self.stats.count_dropped(keyword));
            Ok((compiler.into_plan(), mutations))
        })
        .ok()
    }

    /// What has been counted so far, by all strategies of this generator.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The validator that decides on every value of this generator.
    pub fn validator(&self) -> &Validator {
        &self.valid.validator
    }
}

fn base_of(schema: &Value) -> Result<String, Unsupported> {
    let id = schema
        .get("$id")
        .or_else(|| schema.get("id"))
        .and_then(Value::as_str)
        .filter(|id| !id.starts_with('#'));
    let Some(id) = id else { return Ok(NOWHERE.to_owned()) };
    let uri = jsonschema::uri::from_str(id).map_err(|why| Unsupported::at("", why.to_string()))?;
    Ok(uri.as_str().trim_end_matches('#').to_owned())
}

fn registry<'a>(base: &str, schema: &'a Value, options: &'a Options) -> Result<Registry<'a>, Unsupported> {
    let unusable = |why: jsonschema::ReferencingError| Unsupported::at("", why.to_string());
    let others = options.registry.iter().map(|(uri, document)| (uri.as_str(), document));
    Registry::new().extend(others.chain([(base, schema)])).map_err(unusable)?.prepare().map_err(unusable)
}

fn validator(
    registry: &Registry<'_>,
    base: &str,
    schema: &Value,
    options: &Options,
) -> Result<Validator, Unsupported> {
    let invalid = |why: jsonschema::ValidationError<'_>| {
        Unsupported::at(why.instance_path().as_str(), format!("is no valid schema: {}", why.masked()))
    };
    options.validator().with_registry(registry).with_base_uri(base).build(schema).map_err(invalid)
}

fn with_schemas<'r, T>(
    registry: &'r Registry<'r>,
    base: &str,
    schema: &'r Value,
    options: &'r Options,
    work: impl FnOnce(&mut Schemas<'r>) -> Result<T, Unsupported>,
) -> Result<T, Unsupported> {
    let mut documents: Vec<(&str, &Value)> = vec![(base, schema)];
    documents.extend(options.registry.iter().map(|(uri, document)| (uri.as_str(), document)));
    work(&mut Schemas::new(registry, base, &documents)?)
}
