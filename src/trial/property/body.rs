//! Where bodies come from: the schemas of an operation, compiled once.

use std::fmt;
use std::sync::OnceLock;

use proptest_jsonschema::{BoundaryCase, CoveragePoint, CustomFormat, Generator, Options, Unsupported};
use serde_json::Value;

use crate::contract::{Contract, OperationId, ProjectValues};

/// The people that a drawn body may name, and the numbers that stand for them until it is sent. Bodies that are no
/// JSON go out as they are drawn, so no other trial of the run may use these numbers: they are of Ofcom's range for
/// drama (London, 020 7946 0000 to 0999), and people get theirs from the North American one.
pub(super) const PEOPLE: [(&str, &str, &str); 3] = [
    ("ada", "+442079460147", "+44-20-7946-0147"),
    ("bob", "+442079460258", "+44-20-7946-0258"),
    ("cyd", "+442079460369", "+44-20-7946-0369"),
];

/// The addresses that stand for the same people until a body is sent.
pub(super) const ADDRESSES: [(&str, &str); 3] =
    [("ada", "ada.drawn@example.com"), ("bob", "bob.drawn@example.com"), ("cyd", "cyd.drawn@example.com")];

/// The schemas of one operation's body, each compiled when first drawn from, and once.
#[derive(Debug)]
pub struct BodySource {
    valid: Option<Source>,
    well_formed: Source,
}

/// One schema and what is made of it.
pub(super) struct Source {
    /// Names that the project has.
    values: ProjectValues,
    /// Name of the schema: `requests/signup-in-sms`.
    name: String,
    schema: Value,
    generator: OnceLock<Result<Generator, Unsupported>>,
    boundary: OnceLock<Vec<BoundaryCase>>,
}

impl BodySource {
    /// The bodies of an operation; `None` if it takes none.
    pub(super) fn new(contract: &Contract, operation: OperationId) -> Option<BodySource> {
        let operation = contract.operation(operation);
        let values = contract.schemas().values();
        let source = |name: &String| {
            let mut schema = contract.schemas().raw(name)?.clone();
            values.prune(&mut schema);
            Some(Source {
                values: values.clone(),
                name: name.clone(),
                schema,
                generator: OnceLock::new(),
                boundary: OnceLock::new(),
            })
        };
        Some(BodySource {
            well_formed: operation.request.as_ref().and_then(source)?,
            valid: operation.must_accept.as_ref().and_then(source),
        })
    }

    /// Bodies that must be accepted, or well-formed ones where the contract knows no narrower.
    pub(super) fn valid(&self) -> &Source {
        self.valid.as_ref().unwrap_or(&self.well_formed)
    }

    /// Bodies that the types allow.
    pub(super) fn well_formed(&self) -> &Source {
        &self.well_formed
    }
}

impl Source {
    /// The generator.
    ///
    /// # Errors
    /// No value of the schema can be made.
    pub(super) fn generator(&self) -> Result<&Generator, Unsupported> {
        let compile = || Generator::new(&self.schema, options(&self.values));
        self.generator.get_or_init(compile).as_ref().map_err(Unsupported::clone)
    }

    /// The boundary cases.
    ///
    /// # Errors
    /// As [`Source::generator`].
    pub(super) fn boundary(&self) -> Result<&[BoundaryCase], Unsupported> {
        let generator = self.generator()?;
        Ok(self.boundary.get_or_init(|| generator.boundary()))
    }

    /// A point as coverage counts it: `requests/signup-in-sms#/properties/loginId minLength outside`.
    pub(super) fn covers(&self, point: &CoveragePoint) -> String {
        format!("{}#{} {} {}", self.name, point.schema, point.keyword, point.class.as_str())
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)
    }
}

/// Phone numbers are those of [`PEOPLE`]; names of the project's things are those that it has.
fn options(values: &ProjectValues) -> Options {
    let numbers =
        proptest::sample::select(PEOPLE.iter().map(|(_, plain, _)| (*plain).to_owned()).collect::<Vec<_>>());
    let dashed =
        proptest::sample::select(PEOPLE.iter().map(|(.., dashed)| (*dashed).to_owned()).collect::<Vec<_>>());
    let phones = proptest::prop_oneof![4 => numbers, 1 => dashed];
    let known = |text: &str| PEOPLE.iter().any(|(_, plain, dashed)| text == *plain || text == *dashed);
    let mut options = Options::default();
    options.formats.insert("phone-number".into(), CustomFormat::new(phones, known));
    let addresses = ADDRESSES.iter().map(|(_, address)| (*address).to_owned()).collect::<Vec<_>>();
    let drawn = |text: &str| ADDRESSES.iter().any(|(_, address)| text == *address);
    let addresses = CustomFormat::new(proptest::sample::select(addresses), drawn);
    options.formats.insert("email-address".into(), addresses);
    for (format, names) in values.by_format() {
        // What has no names is nowhere in the schema.
        if !names.is_empty() {
            let (drawn, known) = (Vec::from_iter(names.clone()), names.clone());
            let named = CustomFormat::new(proptest::sample::select(drawn), move |text| known.contains(text));
            options.formats.insert(format.to_owned(), named);
        }
    }
    options
}
