//! An OpenAPI document as parsed data, and where its references lead.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::ContractError;
use crate::contract::bundle::resolve;
use crate::contract::files::Files;
use crate::contract::schema::parse;

const OURS: &str = "openapi.json";
const REMEDY: &str = "give an OpenAPI 3.0 or 3.1 document in JSON or YAML";

/// An OpenAPI document with the files it refers to.
#[derive(Debug)]
pub struct Document {
    file: String,
    files: BTreeMap<String, Value>,
}

/// A reference, as it is written, that leads nowhere, out of the document, or in a circle.
#[derive(Debug)]
pub(super) struct DanglingReference(pub(super) String);

/// A part of a document, and its file, to which its references are relative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) file: &'a str,
    pub(super) value: &'a Value,
}

impl Document {
    /// The document of this contract, with its schema files.
    ///
    /// # Errors
    /// Only if the crate was built with a broken `schema/` folder.
    pub fn ours() -> Result<Document, ContractError> {
        let files = Files::embedded();
        let mut documents = BTreeMap::from([(OURS.to_owned(), parse(OURS, files.get(OURS)?)?)]);
        for (name, text) in files.schemas() {
            documents.insert(name.to_owned(), parse(name, text)?);
        }
        Ok(Document { file: OURS.to_owned(), files: documents })
    }

    /// A published document: JSON or YAML, in one file. `file` is its name in messages.
    ///
    /// # Errors
    /// The text does not parse, or is no OpenAPI 3 document; with the line where there is one.
    pub fn parse(file: &str, text: &str) -> Result<Document, ContractError> {
        let wrong = |line: Option<usize>, problem: String| {
            ContractError::new(file, line.and_then(|line| u32::try_from(line).ok()), problem, REMEDY)
        };
        let value: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| wrong(Some(error.line()), error.to_string()))?
        } else {
            serde_yaml_ng::from_str(text)
                .map_err(|error| wrong(error.location().map(|place| place.line()), error.to_string()))?
        };
        match value.get("openapi").and_then(Value::as_str) {
            Some(version) if version.starts_with("3.") => {}
            Some(version) => return Err(wrong(None, format!("OpenAPI {version} is not read"))),
            None if value.get("swagger").is_some() => {
                return Err(wrong(None, "Swagger 2.0 is not read; convert it".to_owned()));
            }
            None => return Err(wrong(None, "there is no member `openapi`".to_owned())),
        }
        Ok(Document { file: file.to_owned(), files: BTreeMap::from([(file.to_owned(), value)]) })
    }

    /// The document itself.
    pub(super) fn root(&self) -> Part<'_> {
        static NOTHING: Value = Value::Null;
        let (file, value) = self
            .files
            .get_key_value(&self.file)
            .map_or((self.file.as_str(), &NOTHING), |(file, value)| (file.as_str(), value));
        Part { file, value }
    }

    /// The part that the references of `part` lead to in the end; `part` itself, if it is no reference.
    ///
    /// # Errors
    /// There is no such end.
    pub(super) fn follow<'a>(&'a self, mut part: Part<'a>) -> Result<Part<'a>, DanglingReference> {
        // Longer chains are circles: each step leads to another file or place, and documents have a few levels only.
        for _ in 0..64 {
            let Some(reference) = reference(part.value) else { return Ok(part) };
            part =
                self.target(part.file, reference).ok_or_else(|| DanglingReference(reference.to_owned()))?;
        }
        Err(DanglingReference(reference(part.value).unwrap_or_default().to_owned()))
    }

    fn target(&self, file: &str, reference: &str) -> Option<Part<'_>> {
        let (file, pointer) = resolve(file, reference);
        let (file, root) = self.files.get_key_value(&file)?;
        Some(Part { file, value: root.pointer(&pointer)? })
    }
}

/// What a schema or component refers to.
pub(super) fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> ContractError {
        Document::parse("api.yaml", text).unwrap_err()
    }

    #[test]
    fn what_is_no_openapi_document_is_named_with_its_line() {
        for (text, line, part) in [
            ("{\n  \"openapi\" \"3.1.0\"\n}", Some(2), "expected `:`"),
            ("openapi: 3.1.0\npaths: [\n", Some(3), "while parsing a flow node"),
            ("openapi: 4.0.0", None, "OpenAPI 4.0.0 is not read"),
            ("swagger: '2.0'", None, "Swagger 2.0"),
            ("title: nothing", None, "no member `openapi`"),
            ("just text", None, "no member `openapi`"),
            ("", None, "no member `openapi`"),
        ] {
            let error = refused(text);
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.problem.contains(part), "{text:?}: {error}");
            assert!(error.to_string().contains("in JSON or YAML"), "{error}");
        }
    }

    #[test]
    fn references_are_followed_to_their_end() {
        let text = "openapi: 3.1.0\na: { $ref: '#/b' }\nb: { $ref: '#/c' }\nc: { type: string }\n\
                    d: { $ref: '#/d' }\ne: { $ref: 'other.json#/x' }\n";
        let document = Document::parse("api.yaml", text).unwrap();
        let root = document.root();
        let at = |name: &str| document.follow(Part { value: &root.value[name], ..root });
        assert_eq!(at("a").unwrap().value["type"], "string");
        assert_eq!(at("d").unwrap_err().0, "#/d");
        assert_eq!(at("e").unwrap_err().0, "other.json#/x");
    }
}
