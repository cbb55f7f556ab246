//! The schemas of all messages: is a value right, what does it break, and what of it is news?

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde::Serialize;
use serde_json::Value;

use super::bundle::bundle;
use super::drift;
use super::files::Files;
use super::lines::Lines;
use super::location::{in_file, locate};
use super::{ContractError, ProjectValues, RequirementId};

/// All schemas, by file name without `.json`: `user`, `responses/verify-sms`. Each is compiled once, when first used.
#[derive(Debug)]
pub struct Schemas {
    schemas: BTreeMap<String, Schema>,
    documents: BTreeMap<String, Value>,
    /// Files that are made of others, and the file that each is made of.
    reworded: BTreeMap<String, String>,
    values: ProjectValues,
}

#[derive(Debug)]
struct Schema {
    text: Cow<'static, str>,
    lines: OnceLock<Lines>,
    compiled: OnceLock<Result<Compiled, Unusable>>,
}

#[derive(Debug)]
struct Compiled {
    bundle: Value,
    validator: Validator,
}

/// Where a text is no schema, and why not.
#[derive(Clone, Debug)]
struct Unusable {
    file: String,
    pointer: String,
    why: String,
}

/// One thing that is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// JSON pointer of the offending part of the value.
    pub instance_pointer: String,
    /// The keyword that refused it.
    pub keyword: String,
    /// Where that keyword is.
    pub schema_location: Location,
    /// The requirement it expresses there. None: it is documented, but no numbered sentence is about it.
    pub requirement: Option<RequirementId>,
    /// What is wrong, without the value.
    pub message: String,
}

/// A place in a file of the schema folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, relative to the schema folder.
    pub file: String,
    /// The pointer in it.
    pub pointer: String,
    /// The line, counted from 1.
    pub line: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema/{}:{}", self.file, self.line)
    }
}

impl Schemas {
    pub(crate) fn load(files: &Files) -> Result<Schemas, ContractError> {
        let (mut schemas, mut documents) = (BTreeMap::new(), BTreeMap::new());
        for (file, text) in files.schemas() {
            documents.insert(file.to_owned(), parse(file, text)?);
            schemas.insert(file.trim_end_matches(".json").to_owned(), Schema::new(text.clone()));
        }
        let mut reworded = BTreeMap::new();
        for (file, text, of) in files.reworded() {
            documents.insert(file.clone(), parse(of, &text)?);
            schemas.insert(file.trim_end_matches(".json").to_owned(), Schema::new(text.into()));
            reworded.insert(file, of.to_owned());
        }
        Ok(Schemas { schemas, documents, reworded, values: ProjectValues::default() })
    }

    pub(crate) fn with_values(self, values: ProjectValues) -> Schemas {
        let schemas =
            self.schemas.into_iter().map(|(name, schema)| (name, Schema::new(schema.text))).collect();
        Schemas { schemas, values, ..self }
    }

    /// The names that exist in the project, as far as they are known.
    pub(crate) fn values(&self) -> &ProjectValues {
        &self.values
    }

    pub(crate) fn compile_all(&self) -> Result<(), ContractError> {
        self.names().try_for_each(|name| match self.compiled(name) {
            Ok(_) => Ok(()),
            Err(Unusable { file, pointer, why }) => Err(ContractError::new(
                &file,
                self.line(&file, &pointer),
                why,
                "make it a JSON Schema of draft 2020-12",
            )),
        })
    }

    pub(crate) fn documents(&self) -> &BTreeMap<String, Value> {
        &self.documents
    }

    pub(crate) fn line(&self, file: &str, pointer: &str) -> u32 {
        self.schemas.get(file.trim_end_matches(".json")).map_or(1, |schema| schema.lines().line(pointer))
    }

    /// The names of all schemas.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    /// Everything that is wrong with `value` by the schema called `name`.
    ///
    /// A schema that does not exist refuses every value, so that a misspelt name is noticed.
    #[must_use]
    pub fn validate(&self, name: &str, value: &Value) -> Vec<Violation> {
        match self.compiled(name) {
            Ok(compiled) => compiled
                .validator
                .iter_errors(value)
                .map(|error| self.violation(name, compiled, &error))
                .collect(),
            Err(unusable) => vec![self.unusable(unusable)],
        }
    }

    /// Whether nothing is wrong with `value`; quicker than asking what.
    #[must_use]
    pub fn is_valid(&self, name: &str, value: &Value) -> bool {
        self.compiled(name).is_ok_and(|compiled| compiled.validator.is_valid(value))
    }

    /// The schema called `name` in one piece: whatever it refers to in other files is in its `$defs`.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.compiled(name).ok().map(|compiled| &compiled.bundle)
    }

    /// Pointers of the members of `value` that the schema called `name` does not know: drift, not violation.
    #[must_use]
    pub fn unknown_members(&self, name: &str, value: &Value) -> Vec<String> {
        self.raw(name).map(|bundle| drift::unknown_members(bundle, value)).unwrap_or_default()
    }

    fn compiled(&self, name: &str) -> Result<&Compiled, Unusable> {
        let schema = self.schemas.get(name).ok_or_else(|| Unusable {
            file: file_of(name),
            pointer: String::new(),
            why: format!("there is no schema `{name}`"),
        })?;
        schema.compiled.get_or_init(|| self.compile(name)).as_ref().map_err(Clone::clone)
    }

    fn compile(&self, name: &str) -> Result<Compiled, Unusable> {
        let bundle = bundle(&file_of(name), &self.documents);
        let options = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .offline()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false);
        let validator = self.values.register(options).build(&bundle).map_err(|error| {
            // The text that is no schema is an instance of the meta-schema.
            let (file, pointer) = in_file(error.instance_path().as_str());
            Unusable { file: file.unwrap_or_else(|| file_of(name)), pointer, why: error.to_string() }
        })?;
        Ok(Compiled { bundle, validator })
    }

    fn violation(
        &self,
        name: &str,
        compiled: &Compiled,
        error: &jsonschema::ValidationError<'_>,
    ) -> Violation {
        let spot = locate(&compiled.bundle, error.evaluation_path().as_str());
        let file = spot.file.unwrap_or_else(|| file_of(name));
        Violation {
            instance_pointer: error.instance_path().as_str().to_owned(),
            keyword: error.kind().keyword().to_owned(),
            schema_location: Location {
                line: self.line(&file, &spot.pointer),
                file: self.reworded.get(&file).cloned().unwrap_or(file),
                pointer: spot.pointer,
            },
            requirement: spot.requirement,
            message: error.masked().to_string(),
        }
    }

    fn unusable(&self, Unusable { file, pointer, why }: Unusable) -> Violation {
        Violation {
            instance_pointer: String::new(),
            keyword: "$ref".to_owned(),
            schema_location: Location { line: self.line(&file, &pointer), file, pointer },
            requirement: None,
            message: why,
        }
    }
}

impl Schema {
    fn new(text: Cow<'static, str>) -> Schema {
        Schema { text, lines: OnceLock::new(), compiled: OnceLock::new() }
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text))
    }
}

fn file_of(name: &str) -> String {
    format!("{name}.json")
}

/// Reads one JSON file of the contract.
pub(crate) fn parse(file: &str, text: &str) -> Result<Value, ContractError> {
    serde_json::from_str(text).map_err(|error| {
        let line = u32::try_from(error.line()).ok();
        ContractError::new(file, line, error, "make it JSON again")
    })
}
