//! Where bodies come from: the schemas of an operation, compiled once.

use serde_json::Value;

use crate::contract::{Contract, OperationId};
use crate::generate::{CustomFormat, Generator, Options, Unsupported};

/// The people that a drawn body may name, and the numbers that stand for them until it is sent. Bodies that are no
/// JSON go out as they are drawn, so these numbers must be nobody else's in the run: they are of Ofcom's range for
/// drama (London, 020 7946 0000 to 0999), and people get theirs from the North American one.
pub(super) const PEOPLE: [(&str, &str, &str); 3] = [
    ("ada", "+442079460147", "+44-20-7946-0147"),
    ("bob", "+442079460258", "+44-20-7946-0258"),
    ("cyd", "+442079460369", "+44-20-7946-0369"),
];

/// The schemas of one operation's body. Generators are made of them where they are used: strategies stay on the
/// thread that draws.
#[derive(Debug)]
pub struct BodySource {
    valid: Option<Value>,
    well_formed: Value,
}

impl BodySource {
    /// The bodies of an operation; `None` if it takes none.
    pub(super) fn new(contract: &Contract, operation: OperationId) -> Option<BodySource> {
        let operation = contract.operation(operation);
        let raw = |name: &String| contract.schemas().raw(name).cloned();
        Some(BodySource {
            well_formed: operation.request.as_ref().and_then(raw)?,
            valid: operation.must_accept.as_ref().and_then(raw),
        })
    }

    /// A generator of bodies that must be accepted, or of well-formed ones where the contract knows no narrower.
    pub(super) fn valid(&self) -> Result<Generator, Unsupported> {
        Generator::new(self.valid.as_ref().unwrap_or(&self.well_formed), options())
    }

    /// A generator of bodies that the types allow.
    pub(super) fn well_formed(&self) -> Result<Generator, Unsupported> {
        Generator::new(&self.well_formed, options())
    }
}

/// Phone numbers are those of [`PEOPLE`]; names of the project's things are ones that any project may have.
fn options() -> Options {
    let numbers =
        proptest::sample::select(PEOPLE.iter().map(|(_, plain, _)| (*plain).to_owned()).collect::<Vec<_>>());
    let dashed =
        proptest::sample::select(PEOPLE.iter().map(|(.., dashed)| (*dashed).to_owned()).collect::<Vec<_>>());
    let phones = proptest::prop_oneof![4 => numbers, 1 => dashed];
    let known = |text: &str| PEOPLE.iter().any(|(_, plain, dashed)| text == *plain || text == *dashed);
    let named = |names: &'static [&'static str]| {
        let list: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        CustomFormat::new(proptest::sample::select(list), move |text| names.contains(&text))
    };
    let mut options = Options::default();
    options.formats.insert("phone-number".into(), CustomFormat::new(phones, known));
    options.formats.insert("project-template".into(), named(&["default", "welcome"]));
    options.formats.insert("project-provider".into(), named(&["default-sms"]));
    options.formats.insert("project-sso-app".into(), named(&["portal"]));
    options
}
