//! Reads our own schemas with a stricter eye than a validator has: misspelt keywords are mistakes, not annotations.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bundle::resolve;
use super::lines::escape;
use super::{ContractError, Requirement, RequirementId, Schemas};

const PLAIN: &[&str] = &[
    "$schema",
    "$id",
    "$ref",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "type",
    "const",
    "enum",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "format",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "contentEncoding",
    "contentMediaType",
];
const SCHEMA: &[&str] = &[
    "items",
    "contains",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "not",
    "if",
    "then",
    "else",
    "contentSchema",
];
const SCHEMA_BY_NAME: &[&str] = &["properties", "patternProperties", "dependentSchemas", "$defs"];
const SCHEMA_LIST: &[&str] = &["prefixItems", "allOf", "anyOf", "oneOf"];

/// Refuses unknown keywords, references to nothing and unknown requirements.
pub(crate) fn check(schemas: &Schemas, requirements: &[Requirement]) -> Result<(), ContractError> {
    schemas.documents().iter().try_for_each(|(file, document)| {
        let lint = Lint { file, schemas, documents: schemas.documents(), requirements };
        lint.schema("", document)
    })
}

struct Lint<'a> {
    file: &'a str,
    schemas: &'a Schemas,
    documents: &'a BTreeMap<String, Value>,
    requirements: &'a [Requirement],
}

impl Lint<'_> {
    fn wrong(&self, pointer: &str, problem: String, remedy: &str) -> ContractError {
        ContractError::new(self.file, self.schemas.line(self.file, pointer), problem, remedy)
    }

    fn schema(&self, pointer: &str, schema: &Value) -> Result<(), ContractError> {
        let Value::Object(keywords) = schema else {
            let known = schema.is_boolean();
            return if known {
                Ok(())
            } else {
                Err(self.wrong(pointer, "this is no schema".into(), "write an object or a boolean"))
            };
        };
        keywords.iter().try_for_each(|(keyword, value)| {
            let inner = format!("{pointer}/{}", escape(keyword));
            match keyword.as_str() {
                "$ref" => self.reference(&inner, value),
                "x-requirement" => self.requirement(&inner, value, keywords),
                name if PLAIN.contains(&name) || name.starts_with("x-") => Ok(()),
                name if SCHEMA.contains(&name) => self.schema(&inner, value),
                name if SCHEMA_BY_NAME.contains(&name) => self.by_name(&inner, value),
                name if SCHEMA_LIST.contains(&name) => self.list(&inner, value),
                name => Err(self.wrong(
                    &inner,
                    format!("`{name}` is no keyword"),
                    "spell it as draft 2020-12 does, or begin it with x-",
                )),
            }
        })
    }

    fn by_name(&self, pointer: &str, value: &Value) -> Result<(), ContractError> {
        let members = value.as_object().into_iter().flatten();
        members
            .into_iter()
            .try_for_each(|(name, schema)| self.schema(&format!("{pointer}/{}", escape(name)), schema))
    }

    fn list(&self, pointer: &str, value: &Value) -> Result<(), ContractError> {
        let items = value.as_array().into_iter().flatten();
        items.enumerate().try_for_each(|(index, schema)| self.schema(&format!("{pointer}/{index}"), schema))
    }

    fn reference(&self, pointer: &str, value: &Value) -> Result<(), ContractError> {
        let (file, target) = resolve(self.file, value.as_str().unwrap_or_default());
        let document = self.documents.get(&file);
        if document.and_then(|document| document.pointer(&target)).is_none() {
            let remedy = "name a file of this folder, relative to this one";
            return Err(self.wrong(pointer, format!("{value} points at nothing"), remedy));
        }
        // Other people's tools resolve references against `$id`, where they find no file.
        if file != self.file && self.documents[self.file].get("$id").is_some() {
            let remedy = "leave it out, so that the reference is relative to the file";
            return Err(self.wrong("/$id", format!("`$id` leads {value} astray"), remedy));
        }
        Ok(())
    }

    /// An id or null, or an object of them in which each name is a keyword beside it.
    fn requirement(
        &self,
        pointer: &str,
        value: &Value,
        beside: &serde_json::Map<String, Value>,
    ) -> Result<(), ContractError> {
        let Value::Object(by_keyword) = value else { return self.requirement_id(pointer, value) };
        by_keyword.iter().try_for_each(|(keyword, id)| {
            let pointer = format!("{pointer}/{}", escape(keyword));
            if beside.contains_key(keyword) {
                self.requirement_id(&pointer, id)
            } else {
                Err(self.wrong(
                    &pointer,
                    format!("there is no `{keyword}` here"),
                    "name keywords of the same schema",
                ))
            }
        })
    }

    fn requirement_id(&self, pointer: &str, value: &Value) -> Result<(), ContractError> {
        let id = value.as_str().and_then(|id| id.parse::<RequirementId>().ok());
        if value.is_null() || id.is_some_and(|id| self.requirements.iter().any(|row| row.id == id)) {
            return Ok(());
        }
        Err(self.wrong(
            pointer,
            format!("{value} is no requirement"),
            "name one of requirements.toml, such as OTP-054",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::files::Files;

    fn lint(text: &str) -> Result<(), ContractError> {
        let schemas =
            Schemas::load(&Files::of(&[("a/x.json", text), ("y.json", "{ \"items\": true }")])).unwrap();
        check(&schemas, &[])
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, line, part) in [
            ("{\n\"requierd\": [] }", 2, "`requierd` is no keyword"),
            ("{ \"properties\": {\n \"required\": {\n \"tipe\": 1 } } }", 3, "`tipe`"),
            ("{ \"allOf\": [ true,\n { \"not\":\n 7 } ] }", 2, "no schema"),
            ("{ \"items\": {\n \"$ref\": \"y.json\" } }", 2, "points at nothing"),
            ("{ \"$ref\": \"../y.json#/none\" }", 1, "points at nothing"),
            ("{ \"$ref\": \"../y.json\",\n\"$id\": \"https://example.com/x.json\" }", 2, "astray"),
            ("{ \"x-requirement\": \"OTP-999\" }", 1, "no requirement"),
            ("{ \"x-requirement\": {\n \"type\": null } }", 2, "there is no `type` here"),
        ] {
            let error = lint(text).unwrap_err();
            assert_eq!((error.file.as_str(), error.line), ("a/x.json", Some(line)), "{error}");
            assert!(error.problem.contains(part), "{error}");
        }
    }

    #[test]
    fn what_is_right_passes() {
        assert_eq!(lint("{ \"$id\": \"https://example.com/x.json\", \"$ref\": \"#\" }"), Ok(()));
        let text = "{ \"$ref\": \"../y.json#/items\", \"x-any\": 1,
            \"properties\": { \"requierd\": { \"type\": \"string\", \"x-requirement\": { \"type\": null } } } }";
        assert_eq!(lint(text), Ok(()));
    }
}
