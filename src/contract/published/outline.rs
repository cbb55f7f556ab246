//! An OpenAPI document reduced to what two of them can be compared by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{DanglingReference, Document, Part, reference};
use crate::contract::lines::escape;

/// A reference that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file}: {operation}: the reference `{reference}` leads nowhere; references must stay within the document"
)]
pub struct OutlineError {
    /// The document.
    pub file: String,
    /// Method and path.
    pub operation: String,
    /// The reference as it is written.
    pub reference: String,
}

/// The operations of a document, by method and path. Names of path parameters do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    pub(super) operations: BTreeMap<String, OperationOutline>,
}

/// One operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OperationOutline {
    /// Query parameters by name.
    pub(super) query: Members,
    /// Members of the request body by pointer; `None` if the operation takes no body.
    pub(super) request: Option<Members>,
    /// Members of the response body, by status as it is written: `200`, `4XX`, `default`.
    pub(super) responses: BTreeMap<String, Members>,
}

/// Members by JSON pointer; `*` means the items of a list and for members of any name.
pub(super) type Members = BTreeMap<String, Member>;

/// What a document says of one member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Member {
    /// JSON types. None: any value.
    pub(super) types: BTreeSet<String>,
    /// Whether it must be there.
    pub(super) required: bool,
    /// The values it may have, as JSON, where they are listed.
    pub(super) values: Option<BTreeSet<String>>,
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Outline {
    /// The outline of a document.
    ///
    /// # Errors
    /// A reference leads nowhere.
    pub fn of(document: &Document) -> Result<Outline, OutlineError> {
        let root = document.root();
        let mut operations = BTreeMap::new();
        for (path, item) in members(root.value, "paths") {
            let name = |method: &str| format!("{} {}", method.to_uppercase(), without_names(path));
            let lost = |operation: String| {
                move |lost: DanglingReference| OutlineError {
                    file: root.file.to_owned(),
                    operation,
                    reference: lost.0,
                }
            };
            let item = document.follow(Part { value: item, ..root }).map_err(lost(name("path")))?;
            for method in METHODS.into_iter().filter(|method| item.value.get(method).is_some()) {
                let reader = Reader { document };
                let of = Part { value: &item.value[method], ..item };
                let outline = reader.operation(item, of).map_err(lost(name(method)))?;
                operations.insert(name(method), outline);
            }
        }
        Ok(Outline { operations })
    }
}

/// `/v2/keys/{}` of `/v2/keys/{projectId}`.
fn without_names(path: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for character in path.chars() {
        inside &= character != '}';
        if !inside {
            kept.push(character);
        }
        inside |= character == '{';
    }
    kept
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(name).and_then(Value::as_object).into_iter().flatten()
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

struct Reader<'a> {
    document: &'a Document,
}

impl<'a> Reader<'a> {
    fn operation(&self, item: Part<'a>, of: Part<'a>) -> Result<OperationOutline, DanglingReference> {
        let mut outline = OperationOutline::default();
        for part in [item, of] {
            for parameter in items(part.value, "parameters") {
                let parameter = self.document.follow(Part { value: parameter, ..part })?;
                self.parameter(parameter, &mut outline.query)?;
            }
        }
        if let Some(body) = of.value.get("requestBody") {
            let body = self.document.follow(Part { value: body, ..of })?;
            outline.request = Some(self.content(body)?);
        }
        for (status, response) in members(of.value, "responses") {
            let response = self.document.follow(Part { value: response, ..of })?;
            outline
                .responses
                .insert(status.to_uppercase().replace("DEFAULT", "default"), self.content(response)?);
        }
        Ok(outline)
    }

    fn parameter(&self, parameter: Part<'a>, into: &mut Members) -> Result<(), DanglingReference> {
        let text = |name: &str| parameter.value.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("in") == "query" {
            let schema = parameter.value.get("schema").unwrap_or(&Value::Bool(true));
            let mut found = Members::new();
            Walk { document: self.document, found: &mut found, open: Vec::new() }.member(
                Part { value: schema, ..parameter },
                "",
                false,
            )?;
            let mut member = found.remove("").unwrap_or_default();
            member.required = parameter.value.get("required") == Some(&Value::Bool(true));
            into.insert(text("name").to_owned(), member);
        }
        Ok(())
    }

    /// Members of a body: those of its JSON form, or of its only form.
    fn content(&self, of: Part<'a>) -> Result<Members, DanglingReference> {
        let forms: Vec<_> = members(of.value, "content").collect();
        let json = forms.iter().find(|(kind, _)| kind.split(';').next() == Some("application/json"));
        let mut found = Members::new();
        if let Some((_, form)) = json.or(forms.first())
            && let Some(schema) = form.get("schema")
        {
            Walk { document: self.document, found: &mut found, open: Vec::new() }.member(
                Part { value: schema, ..of },
                "",
                true,
            )?;
        }
        Ok(found)
    }
}

/// Goes through a schema and notes every member.
struct Walk<'a, 'f> {
    document: &'a Document,
    found: &'f mut Members,
    /// Schemas that are being read: one that holds itself is not entered again.
    open: Vec<*const Value>,
}

impl<'a> Walk<'a, '_> {
    fn member(&mut self, schema: Part<'a>, pointer: &str, required: bool) -> Result<(), DanglingReference> {
        let mut applied = Vec::new();
        self.collect(schema, true, &mut applied)?;
        let first = applied.first().map(|(part, _)| std::ptr::from_ref(part.value));
        if first.is_some_and(|schema| self.open.contains(&schema)) {
            return Ok(());
        }
        let member = self.found.entry(pointer.to_owned()).or_default();
        member.required |= required;
        for (part, _) in &applied {
            member.types.extend(types(part.value));
            if let Some(values) = values(part.value) {
                member.values.get_or_insert_default().extend(values);
            }
        }
        let depth = self.open.len();
        self.open.extend(first);
        for (part, always) in &applied {
            self.inner(*part, *always, pointer)?;
        }
        self.open.truncate(depth);
        Ok(())
    }

    /// What is inside a schema: its members, the items of its list, members of any name.
    fn inner(&mut self, schema: Part<'a>, always: bool, pointer: &str) -> Result<(), DanglingReference> {
        let required: BTreeSet<&str> = items(schema.value, "required").filter_map(Value::as_str).collect();
        for (name, member) in members(schema.value, "properties") {
            let inner = format!("{pointer}/{}", escape(name));
            self.member(
                Part { value: member, ..schema },
                &inner,
                always && required.contains(name.as_str()),
            )?;
        }
        for keyword in ["items", "additionalProperties"] {
            if let Some(any) = schema.value.get(keyword).filter(|any| any.is_object()) {
                self.member(Part { value: any, ..schema }, &format!("{pointer}/*"), false)?;
            }
        }
        Ok(())
    }

    /// The schemas that apply to one value, and whether each always does.
    fn collect(
        &self,
        schema: Part<'a>,
        always: bool,
        into: &mut Vec<(Part<'a>, bool)>,
    ) -> Result<(), DanglingReference> {
        if into.iter().any(|(known, _)| std::ptr::eq(known.value, schema.value)) {
            return Ok(());
        }
        into.push((schema, always));
        if reference(schema.value).is_some() {
            self.collect(self.document.follow(schema)?, always, into)?;
        }
        for part in items(schema.value, "allOf") {
            self.collect(Part { value: part, ..schema }, always, into)?;
        }
        for part in ["anyOf", "oneOf"].into_iter().flat_map(|keyword| items(schema.value, keyword)) {
            self.collect(Part { value: part, ..schema }, false, into)?;
        }
        Ok(())
    }
}

/// The types that a schema names, or that its keywords and values are of. OpenAPI 3.0 has a keyword for null.
fn types(schema: &Value) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = match schema.get("type") {
        Some(Value::String(one)) => BTreeSet::from([one.clone()]),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ if schema.get("properties").is_some() => BTreeSet::from(["object".to_owned()]),
        _ if schema.get("items").is_some() => BTreeSet::from(["array".to_owned()]),
        _ => {
            items(schema, "enum").chain(schema.get("const")).map(|value| type_of(value).to_owned()).collect()
        }
    };
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        found.insert("null".to_owned());
    }
    found
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn values(schema: &Value) -> Option<BTreeSet<String>> {
    let listed: BTreeSet<String> =
        items(schema, "enum").chain(schema.get("const")).map(Value::to_string).collect();
    (!listed.is_empty()).then_some(listed)
}

#[cfg(test)]
mod tests;
