//! What a caller may set.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jsonschema::{ValidationOptions, Validator};
use proptest::strategy::{SBoxedStrategy, Strategy};
use serde_json::Value;

/// A string format that the caller brings: how to draw it and how to recognise it.
///
/// The check also limits shrinking and mutation, so make it as strict as the strategy: nothing that it
/// refuses is ever offered as a valid value.
#[derive(Clone)]
pub struct CustomFormat {
    pub(crate) strategy: SBoxedStrategy<String>,
    pub(crate) check: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl CustomFormat {
    /// A format drawn from `strategy` and recognised by `check`.
    pub fn new(
        strategy: impl Strategy<Value = String> + Send + Sync + 'static,
        check: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> CustomFormat {
        CustomFormat { strategy: strategy.sboxed(), check: Arc::new(check) }
    }
}

impl fmt::Debug for CustomFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CustomFormat")
    }
}

/// How values are generated. The default suits request bodies.
#[derive(Debug, Clone)]
pub struct Options {
    /// Formats of the caller's own, by name.
    pub formats: BTreeMap<String, CustomFormat>,
    /// Other documents that `$ref` may point into, by URI.
    pub registry: Vec<(String, Value)>,
    /// How deep optional content nests; required content goes as deep as it must. Default 5.
    pub max_depth: usize,
    /// How many items an array has above its minimum. Default 5.
    pub max_items: usize,
    /// How many characters a free string has above its minimum. Default 16.
    pub max_length: usize,
    /// How many values one document holds before optional content stops. Default 400.
    pub max_values: usize,
    /// Whether objects that say nothing about further members may get some. Default false.
    pub unknown_members: bool,
    /// Whether each generated value is validated before it is handed out. Default true.
    pub validate: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            formats: BTreeMap::new(),
            registry: Vec::new(),
            max_depth: 5,
            max_items: 5,
            max_length: 16,
            max_values: 400,
            unknown_members: false,
            validate: true,
        }
    }
}

impl Options {
    /// The validator's options that agree with ours: formats assert, nothing is fetched.
    pub(crate) fn validator(&self) -> ValidationOptions<'static> {
        let mut options = Validator::options().offline().should_validate_formats(true);
        for (name, format) in &self.formats {
            let check = Arc::clone(&format.check);
            options = options.with_format(name.clone(), move |text: &str| check(text));
        }
        options
    }
}
