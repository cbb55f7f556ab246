//! Parts of a schema as plain JSON has them: counts, lists and members.

use serde_json::{Map, Value};

/// A count that a schema states; nothing in memory reaches the ceiling.
pub(crate) fn size(value: &Value) -> Option<usize> {
    const CEILING: f64 = 1e15;
    let size = value.as_f64()?;
    (size >= 0.0 && size.fract() == 0.0).then_some(size.min(CEILING) as usize)
}

pub(crate) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(crate) fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
