//! JSON values of a step in which strings may be references, and how they are filled.

use serde_json::{Map, Value};

use super::ReferenceError;
use super::reference::Reference;

/// A JSON value in which strings may be, or hold, references.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// A value without references.
    Literal(Value),
    /// One reference, which may become any JSON value.
    Reference(Reference),
    /// Text around references: `"Bearer ${project}:${ada.refresh}"`.
    Text(Vec<Template>),
    /// An array.
    List(Vec<Template>),
    /// An object.
    Members(Vec<(String, Template)>),
}

impl Template {
    /// Reads every string of a value. `$$` at the start of a string is a dollar sign.
    ///
    /// # Errors
    /// The first reference that makes no sense.
    pub fn parse(value: &Value) -> Result<Template, ReferenceError> {
        Ok(match value {
            Value::String(text) => Template::parse_text(text)?,
            Value::Array(items) => {
                Template::List(items.iter().map(Template::parse).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| Ok((key.clone(), Template::parse(value)?));
                Template::Members(members.iter().map(member).collect::<Result<_, ReferenceError>>()?)
            }
            other => Template::Literal(other.clone()),
        })
    }

    /// Reads one string.
    ///
    /// # Errors
    /// As [`Template::parse`].
    pub fn parse_text(text: &str) -> Result<Template, ReferenceError> {
        if let Some(rest) = text.strip_prefix("$$") {
            return Ok(Template::Literal(Value::String(format!("${rest}"))));
        }
        if let Some(reference) = text.strip_prefix('$').filter(|rest| !rest.starts_with('{')) {
            return Ok(Template::Reference(Reference::parse(reference)?));
        }
        if !text.contains("${") {
            return Ok(Template::Literal(Value::String(text.to_owned())));
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            let (inner, after) =
                after.split_once('}').ok_or_else(|| ReferenceError::Unclosed(text.to_owned()))?;
            if !before.is_empty() {
                parts.push(Template::Literal(before.into()));
            }
            parts.push(Template::Reference(Reference::parse(inner)?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Template::Literal(rest.into()));
        }
        Ok(Template::Text(parts))
    }

    /// The member of that name, where it is an object.
    pub fn member(&self, name: &str) -> Option<&Template> {
        match self {
            Template::Members(members) => {
                members.iter().find(|(key, _)| key == name).map(|(_, member)| member)
            }
            _ => None,
        }
    }

    /// Every reference in it, in order.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Template::Literal(_) => Vec::new(),
            Template::Reference(reference) => vec![reference],
            Template::Text(items) | Template::List(items) => {
                items.iter().flat_map(Template::references).collect()
            }
            Template::Members(members) => {
                members.iter().flat_map(|(_, member)| member.references()).collect()
            }
        }
    }

    /// The value, with each reference resolved.
    ///
    /// # Errors
    /// Those of `resolve`.
    pub fn fill<E>(&self, resolve: &mut dyn FnMut(&Reference) -> Result<Value, E>) -> Result<Value, E> {
        Ok(match self {
            Template::Literal(value) => value.clone(),
            Template::Reference(reference) => resolve(reference)?,
            Template::List(items) => {
                Value::Array(items.iter().map(|item| item.fill(resolve)).collect::<Result<_, _>>()?)
            }
            Template::Members(members) => {
                let mut object = Map::new();
                for (key, member) in members {
                    object.insert(key.clone(), member.fill(resolve)?);
                }
                Value::Object(object)
            }
            Template::Text(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part.fill(resolve)? {
                        Value::String(part) => text.push_str(&part),
                        other => text.push_str(&other.to_string()),
                    }
                }
                Value::String(text)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fills_text_and_members() {
        let template =
            Template::parse(&json!({"a": "$ada", "b": ["x ${project}:${ada.code} y"], "c": "$$5"})).unwrap();
        let filled =
            template.fill::<()>(&mut |reference| Ok(json!(format!("<{reference:?}>").len()))).unwrap();
        assert_eq!(filled["c"], "$5");
        assert!(filled["a"].is_u64() && filled["b"][0].as_str().unwrap().starts_with("x "));
        assert_eq!(template.references().len(), 3);
    }
}
