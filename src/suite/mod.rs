//! Scenarios as data: the suite format, its loader, and errors with file and line.
//!
//! A suite file says what happens and what must be seen; how to judge it is code elsewhere. Scenarios, stored cases
//! and promoted random sequences share one step format, published as `schema/suite.json`.

mod call;
mod check;
mod error;
mod expect;
mod fill;
mod load;
mod method;
mod name_form;
mod need;
mod parse;
mod reference;
mod scenario;
mod template;
mod write;

pub use call::{Call, RawBody, RawText, Repeat};
pub(crate) use check::is_management;
pub use error::{ReferenceError, SuiteError};
pub use expect::Expect;
use expect::{AnswerPart, Open};
pub use load::{embedded, from_dir, parse_suite};
pub use name_form::{NameForm, folded};
pub use need::Need;
pub use reference::{Field, How, Reference};
pub use scenario::{Scenario, Step, StepAction, Suite, Wait};
pub use template::Template;
pub use write::write;
