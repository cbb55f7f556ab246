//! Members of a JSON object read by type: null is absent, another type is a refusal that names the member.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// An object of the request, and its place in it.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    members: &'a Map<String, Value>,
    within: &'static str,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(members: &'a Map<String, Value>) -> Self {
        Fields { members, within: "" }
    }

    fn get(self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn wrong(self, name: &str, expected: &str) -> Refusal {
        Refusal::invalid(&format!("{}{name}", self.within), &format!("must be {expected}"))
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    pub(crate) fn is_null(self, name: &str) -> bool {
        self.members.get(name).is_some_and(Value::is_null)
    }

    pub(crate) fn text(self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.get(name).map(|value| value.as_str().ok_or_else(|| self.wrong(name, "a string"))).transpose()
    }

    pub(crate) fn required(self, name: &str) -> Result<&'a str, Refusal> {
        match self.text(name)? {
            None => Err(Refusal::missing(name)),
            Some("") => Err(Refusal::invalid(name, "is empty")),
            Some(text) => Ok(text),
        }
    }

    /// Text, or empty where it is absent.
    pub(crate) fn text_or_empty(self, name: &str) -> Result<String, Refusal> {
        Ok(self.text(name)?.unwrap_or_default().to_owned())
    }

    pub(crate) fn flag(self, name: &str) -> Result<bool, Refusal> {
        let read = |value: &Value| value.as_bool().ok_or_else(|| self.wrong(name, "a boolean"));
        self.get(name).map_or(Ok(false), read)
    }

    pub(crate) fn count(self, name: &str) -> Result<Option<u64>, Refusal> {
        self.get(name)
            .map(|value| value.as_u64().ok_or_else(|| self.wrong(name, "a whole number")))
            .transpose()
    }

    pub(crate) fn object(self, name: &'static str) -> Result<Option<&'a Map<String, Value>>, Refusal> {
        self.get(name).map(|value| value.as_object().ok_or_else(|| self.wrong(name, "an object"))).transpose()
    }

    /// A nested object's members, with its name in front of theirs in refusals.
    pub(crate) fn nested(
        self,
        name: &'static str,
        within: &'static str,
    ) -> Result<Option<Fields<'a>>, Refusal> {
        Ok(self.object(name)?.map(|members| Fields { members, within }))
    }

    pub(crate) fn list(self, name: &str) -> Result<Option<&'a Vec<Value>>, Refusal> {
        self.get(name).map(|value| value.as_array().ok_or_else(|| self.wrong(name, "an array"))).transpose()
    }

    pub(crate) fn texts(self, name: &str) -> Result<Vec<String>, Refusal> {
        let wrong = || self.wrong(name, "an array of strings");
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(wrong)?;
        items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
    }
}
