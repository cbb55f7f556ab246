//! What the validator says of a value, reduced to what labels are compared by.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;

/// One error of the validator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where in the value.
    pub(crate) pointer: String,
    keyword: String,
    /// Where in the schema, and which of several things that are wrong there.
    place: (String, String),
}

pub(crate) fn faults(validator: &Validator, value: &Value) -> Vec<Fault> {
    validator.iter_errors(value).map(|error| Fault::of(&error)).collect()
}

impl Fault {
    fn of(error: &ValidationError<'_>) -> Fault {
        let which = match error.kind() {
            ValidationErrorKind::Required { property } => property.as_str().unwrap_or_default(),
            _ => "",
        };
        Fault {
            pointer: error.instance_path().as_str().to_owned(),
            keyword: error.kind().keyword().to_owned(),
            place: (error.schema_path().as_str().to_owned(), which.to_owned()),
        }
    }

    /// Whether the error is of that keyword, whose own subschema may have been `false`.
    fn is_of(&self, keyword: &str) -> bool {
        self.keyword == keyword || self.place.0.rsplit('/').take(2).any(|segment| segment == keyword)
    }

    fn is_within(&self, pointer: &str) -> bool {
        self.pointer.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn is_same_kind(&self, other: &Fault) -> bool {
        self.place == other.place
    }
}

/// The errors of a labelled value, by which its smaller versions are recognised.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    faults: Vec<Fault>,
    labelled: usize,
    /// How many segments below the changed place the labelled error lies.
    below: usize,
}

impl Signature {
    /// `None` unless the keyword is among the errors and all of them lie where the change was made.
    pub(crate) fn new(faults: Vec<Fault>, pointer: &str, keyword: &str) -> Option<Signature> {
        let labelled = faults.iter().position(|fault| fault.is_of(keyword) && fault.is_within(pointer))?;
        let depth = |pointer: &str| pointer.matches('/').count();
        let below = depth(&faults[labelled].pointer) - depth(pointer);
        let clean = below <= 1 && faults.iter().all(|fault| fault.is_within(pointer));
        clean.then_some(Signature { faults, labelled, below })
    }

    /// Where the change lies in another value with the same errors, or fewer of them.
    pub(crate) fn locate(&self, faults: &[Fault]) -> Option<String> {
        let mut unmatched = self.faults.clone();
        for fault in faults {
            let index = unmatched.iter().position(|known| known.is_same_kind(fault))?;
            unmatched.swap_remove(index);
        }
        let label = faults.iter().find(|fault| fault.is_same_kind(&self.faults[self.labelled]))?;
        let mut pointer = label.pointer.as_str();
        for _ in 0..self.below {
            pointer = &pointer[..pointer.rfind('/')?];
        }
        faults.iter().all(|fault| fault.is_within(pointer)).then(|| pointer.to_owned())
    }
}
