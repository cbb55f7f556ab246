//! The front of the crate: one schema, compiled once, and the strategies it gives.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, OnceLock},
};

use jsonschema::{Registry, Validator};
use serde_json::Value;

use crate::{
    boundary::{BoundaryCase, boundaries},
    class::CoveragePoint,
    compile::Compiler,
    demand::{Goal, Lit},
    invalid::InvalidCases,
    mutation::{Mutation, Purpose, mutations},
    options::Options,
    plan::Plan,
    schemas::Schemas,
    stats::Stats,
    unsupported::Unsupported,
    valid::ValidValues,
};

/// Where a schema without `$id` is said to be.
const NOWHERE: &str = "json-schema:///";

/// One JSON Schema, compiled once, and the strategies that draw from it.
///
/// It is `Send` and `Sync`, and so are its strategies, which live on without it. A schema of usual size takes a
/// millisecond to compile; invalid cases are compiled when first asked for.
///
/// # Examples
///
/// ```
/// use proptest::prelude::*;
/// use proptest_jsonschema::{Generator, Options};
/// use serde_json::{Value, json};
///
/// let schema = json!({ "type": "array", "items": { "type": "integer", "minimum": 0 } });
/// let generator = Generator::new(&schema, Options::default())?;
/// proptest!(|(list in generator.valid())| {
///     prop_assert!(list.as_array().unwrap().iter().all(Value::is_u64));
/// });
/// # Ok::<(), proptest_jsonschema::Unsupported>(())
/// ```
pub struct Generator {
    schema: Value,
    base: String,
    options: Options,
    valid: ValidValues,
    invalid: OnceLock<Option<InvalidCases>>,
    stats: Arc<Stats>,
}

impl Generator {
    /// Compiles a schema of any draft; `$schema` says which, and 2020-12 is the default. Its `$ref`s point into
    /// itself or into [`Options::registry`]: nothing is fetched.
    ///
    /// # Errors
    ///
    /// When no value can be made, with the pointer of the subschema at fault: the schema is invalid, allows nothing,
    /// refers to a document that is not in the registry, or is beyond this crate.
    ///
    /// ```
    /// use proptest_jsonschema::{Generator, Options};
    /// use serde_json::json;
    ///
    /// let schema = json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string", "pattern": "^x$", "maxLength": 0 } } });
    /// let error = Generator::new(&schema, Options::default()).unwrap_err();
    /// assert_eq!(error.pointer, "/properties/a");
    /// ```
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
        let valid = ValidValues {
            plan: Arc::new(plan),
            root,
            validator: Arc::new(validator),
            validate: options.validate,
            stats: Arc::clone(&stats),
        };
        drop(registry);
        Ok(Generator { schema: schema.clone(), base, options, valid, invalid: OnceLock::new(), stats })
    }

    /// Valid values. A value that fails a test shrinks to the simplest that is still valid.
    pub fn valid(&self) -> ValidValues {
        self.valid.clone()
    }

    /// The boundary cases of the schema; the same list each time. It is made anew on each call, of some hundred cases
    /// for a schema of usual size.
    ///
    /// ```
    /// use proptest_jsonschema::{BoundaryClass, Generator, Options};
    /// use serde_json::json;
    ///
    /// let generator = Generator::new(&json!({ "type": "string", "maxLength": 3 }), Options::default())?;
    /// let cases = generator.boundary();
    /// let outside = cases.iter().find(|case| case.name == "root.max-length.outside").unwrap();
    /// assert_eq!((outside.class, outside.valid), (BoundaryClass::Outside, false));
    /// assert_eq!(outside.value.as_str().unwrap().chars().count(), 4);
    /// # Ok::<(), proptest_jsonschema::Unsupported>(())
    /// ```
    pub fn boundary(&self) -> Vec<BoundaryCase> {
        let Some((plan, mutations)) = self.mutations(Purpose::Boundary) else { return Vec::new() };
        boundaries(&self.valid, &plan, &mutations)
    }

    /// Invalid values, each a valid one with one labelled change; `None` when no change can be labelled, as for a
    /// schema that allows everything.
    ///
    /// ```
    /// use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
    /// use proptest_jsonschema::{Generator, Options};
    /// use serde_json::json;
    ///
    /// let schema = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } });
    /// let generator = Generator::new(&schema, Options::default())?;
    /// let invalid = generator.invalid().unwrap();
    /// let case = invalid.new_tree(&mut TestRunner::default()).unwrap().current();
    /// assert!(!generator.validator().is_valid(&case.value));
    /// println!("{} breaks {} at {:?}", case.value, case.label.keyword, case.label.pointer);
    /// # Ok::<(), proptest_jsonschema::Unsupported>(())
    /// ```
    pub fn invalid(&self) -> Option<InvalidCases> {
        self.labelled().cloned()
    }

    /// Those of the invalid values that exercise one of [`Generator::invalid_points`]: one of each exercises every
    /// keyword that can be broken, which as many drawn from [`Generator::invalid`] may not. `None` when no change
    /// exercises the point.
    pub fn breaking(&self, point: &CoveragePoint) -> Option<InvalidCases> {
        self.labelled().and_then(|invalid| invalid.breaking(point))
    }

    /// The keywords, with their class, that boundary and invalid cases can exercise, sorted.
    pub fn coverage_points(&self) -> Vec<CoveragePoint> {
        let boundary = self.boundary();
        let points: BTreeSet<CoveragePoint> =
            boundary.iter().map(BoundaryCase::point).chain(self.invalid_points()).collect();
        points.into_iter().collect()
    }

    /// Those of them that invalid cases exercise, sorted: the keywords that some labelled change breaks.
    pub fn invalid_points(&self) -> Vec<CoveragePoint> {
        let mutations = self.labelled().map_or(&[][..], InvalidCases::mutations);
        mutations.iter().map(Mutation::point).collect::<BTreeSet<CoveragePoint>>().into_iter().collect()
    }

    /// Compiled when first asked for, and once.
    fn labelled(&self) -> Option<&InvalidCases> {
        let compile = || {
            let (plan, mutations) = self.mutations(Purpose::Invalid)?;
            InvalidCases::new(self.valid.clone(), plan, mutations)
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

impl fmt::Debug for Generator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Generator").field("schema", &self.schema).finish_non_exhaustive()
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
