//! Reads the operations out of `openapi.json`.

use serde_json::{Map, Value};

use super::bundle::resolve;
use super::files::Files;
use super::lines::{Lines, escape};
use super::schema::parse;
use super::{BearerForm, ContractError, DeliveryMethod, Operation, OperationId, Schemas};

const FILE: &str = "openapi.json";

/// All operations, in the order of [`OperationId::ALL`].
pub(crate) fn load(files: &Files, schemas: &Schemas) -> Result<Vec<Operation>, ContractError> {
    let text = files.get(FILE)?;
    let document = parse(FILE, text)?;
    let reader = Reader { document: &document, lines: Lines::of(text), schemas };
    reader.references("", &document)?;
    let mut operations = reader.operations()?;
    operations.sort_by_key(|operation| operation.id);
    if let Some([_, twice]) = operations.windows(2).find(|pair| pair[0].id == pair[1].id) {
        let problem = format!("the operation `{}` is there twice", twice.id);
        return Err(ContractError::new(FILE, twice.line, problem, "give every operation a name of its own"));
    }
    if let Some(id) =
        OperationId::ALL.iter().find(|id| operations.iter().all(|operation| operation.id != **id))
    {
        let problem = format!("the operation `{id}` is missing");
        return Err(ContractError::new(FILE, None, problem, "add it under `paths`"));
    }
    Ok(operations)
}

struct Reader<'a> {
    document: &'a Value,
    lines: Lines,
    schemas: &'a Schemas,
}

impl Reader<'_> {
    fn wrong(&self, pointer: &str, problem: impl std::fmt::Display, remedy: &str) -> ContractError {
        ContractError::new(FILE, self.lines.line(pointer), problem, remedy)
    }

    fn operations(&self) -> Result<Vec<Operation>, ContractError> {
        let empty = Map::new();
        let paths = self.document.get("paths").and_then(Value::as_object).unwrap_or(&empty);
        let mut operations = Vec::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().unwrap_or(&empty) {
                let pointer = format!("/paths/{}/{method}", escape(path));
                let read = self.operation(&pointer, path, method, operation)?;
                for other in DeliveryMethod::ALL.into_iter().filter(|other| *other != DeliveryMethod::Sms) {
                    if read.id.method().is_some() {
                        let own = other.reword(&operation.to_string());
                        let own = parse(FILE, &own)?;
                        operations.push(self.operation(&pointer, &other.reword(path), method, &own)?);
                    }
                }
                operations.push(read);
            }
        }
        Ok(operations)
    }

    fn operation(
        &self,
        pointer: &str,
        path: &str,
        method: &str,
        of: &Value,
    ) -> Result<Operation, ContractError> {
        let id = of.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let id: OperationId = id
            .parse()
            .map_err(|error| self.wrong(&format!("{pointer}/operationId"), error, "correct the name"))?;
        let bearer = of.get("x-bearer-form").cloned().unwrap_or_default();
        let bearer: BearerForm = serde_json::from_value(bearer).map_err(|error| {
            self.wrong(&format!("{pointer}/x-bearer-form"), error, "say which bearer the operation wants")
        })?;
        let response = "/responses/200/content/application~1json/schema";
        Ok(Operation {
            id,
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            bearer,
            request: schema_at(of, "/requestBody/content/application~1json/schema"),
            must_accept: schema_at(of, "/x-must-accept"),
            body_required: of.pointer("/requestBody/required") == Some(&Value::Bool(true)),
            query: query(of),
            response: schema_at(of, response).ok_or_else(|| {
                self.wrong(pointer, "the answer has no schema", "refer to a file of responses/ under 200")
            })?,
            response_should: schema_at(of, "/x-response-should"),
            issues_code: of.get("x-issues-code") == Some(&Value::Bool(true)),
            line: self.lines.line(pointer),
        })
    }

    /// Every reference, to a part of the document or to a schema file, must point at something.
    fn references(&self, pointer: &str, value: &Value) -> Result<(), ContractError> {
        match value {
            Value::Object(members) => members.iter().try_for_each(|(name, member)| {
                let inner = format!("{pointer}/{}", escape(name));
                match member {
                    Value::String(reference) if name == "$ref" => self.reference(&inner, reference),
                    member => self.references(&inner, member),
                }
            }),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| self.references(&format!("{pointer}/{index}"), item)),
            _ => Ok(()),
        }
    }

    fn reference(&self, pointer: &str, reference: &str) -> Result<(), ContractError> {
        let (file, target) = resolve(FILE, reference);
        let document = if file == FILE { Some(self.document) } else { self.schemas.documents().get(&file) };
        match document.and_then(|document| document.pointer(&target)) {
            Some(_) => Ok(()),
            None => Err(self.wrong(
                pointer,
                format!("`{reference}` points at nothing"),
                "name a schema file of this folder",
            )),
        }
    }
}

/// The name of the schema file that the reference at `pointer` names.
fn schema_at(operation: &Value, pointer: &str) -> Option<String> {
    let reference = operation.pointer(pointer)?.get("$ref")?.as_str()?;
    reference.strip_suffix(".json").map(str::to_owned)
}

fn query(operation: &Value) -> Vec<String> {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let in_query = parameters.filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"));
    in_query.filter_map(|parameter| parameter.get("name")?.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_changed(from: &str, to: &str) -> Result<Vec<Operation>, ContractError> {
        let files = Files::embedded();
        let text = files.get(FILE).unwrap();
        assert!(text.contains(from), "{from}");
        let schemas = Schemas::load(&files).unwrap();
        load(&Files::of(&[(FILE, &text.replacen(from, to, 1))]), &schemas)
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (from, to, part) in [
            ("\"operationId\": \"me\"", "\"operationId\": \"mee\"", "`mee` is not an operation"),
            ("\"operationId\": \"me\"", "\"operationId\": \"logout\"", "`logout` is there twice"),
            ("responses/me.json", "responses/mee.json", "points at nothing"),
            ("#/components/responses/refused", "#/components/responses/none", "points at nothing"),
            ("\"x-bearer-form\": \"session\"", "\"x-bearer-form\": \"sesion\"", "sesion"),
            ("{ \"$ref\": \"responses/me.json\" }", "{}", "no schema"),
            ("\"paths\": {", "\"paths\" {", "expected `:`"),
        ] {
            let error = load_changed(from, to).unwrap_err();
            assert!(error.problem.contains(part) && error.line.is_some_and(|line| line > 1), "{error}");
        }
    }

    #[test]
    fn a_missing_operation_is_named() {
        let error = load_changed("\"paths\":", "\"other\":").unwrap_err();
        assert!(error.problem.contains("`signup-in-sms` is missing"), "{error}");
    }
}
