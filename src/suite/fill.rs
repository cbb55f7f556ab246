//! A call with its blanks filled in.

use serde_json::Value;

use super::{Call, RawText, Reference, Template};
use crate::contract::{Bearer, Body, Case};

impl Call {
    /// What is sent: body, query and headers, in this order, with what `resolve` puts in place of each reference.
    ///
    /// # Errors
    /// What `resolve` says of the first reference that has no value.
    pub fn case<E>(
        &self,
        bearer: Bearer,
        resolve: &mut dyn FnMut(&Reference) -> Result<Value, E>,
    ) -> Result<Case, E> {
        let mut case = Case::new(self.operation, bearer);
        case.body = match (&self.with, &self.raw) {
            (Some(template), _) => Body::Json(template.fill(resolve)?),
            (None, Some(raw)) => Body::Bytes {
                content_type: Some(raw.content_type.clone()).filter(|kind| !kind.is_empty()),
                bytes: match &raw.text {
                    RawText::Text(template) => template.fill_text(resolve)?.into(),
                    RawText::Bytes(bytes) => bytes.clone(),
                },
            },
            (None, None) => Body::None,
        };
        for (name, template) in &self.query {
            case.query.push((name.clone(), template.fill_text(resolve)?));
        }
        for (name, template) in &self.headers {
            case.headers.push((name.to_lowercase(), template.fill_text(resolve)?));
        }
        Ok(case)
    }
}

impl Template {
    /// The value as text: a string as it is, anything else as JSON.
    ///
    /// # Errors
    /// As [`Template::fill`].
    pub fn fill_text<E>(&self, resolve: &mut dyn FnMut(&Reference) -> Result<Value, E>) -> Result<String, E> {
        Ok(match self.fill(resolve)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }
}
