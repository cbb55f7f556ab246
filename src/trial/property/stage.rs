//! The steps around the drawn bodies: the scene before them, and the look afterwards.

use serde_json::json;

use super::body::PEOPLE;
use super::{BodyClass, Property};
use crate::contract::OperationId;
use crate::exchange::Place;
use crate::suite::{Call, Expect, Template};

/// The scene of one operation and class.
pub(super) struct Fixture {
    /// Calls that make a case possible, with their outcomes needed.
    pub(super) before: Vec<Call>,
    /// Calls that show what a case must not have changed.
    pub(super) after: Vec<Call>,
    /// How many cases share one scene.
    pub(super) batch: usize,
    /// Whether an accepted case sends a message.
    pub(super) sends: bool,
}

impl Fixture {
    pub(super) fn of(property: &Property) -> Fixture {
        use OperationId as O;
        let Property { operation, class, method, .. } = *property;
        let by = |id: OperationId| id.by(method);
        let user = |name: &str| format!("${name}");
        let code_of = |name: &str| call(by(O::SIGNUP_IN), json!({ "loginId": user(name) }));
        let login_of = |name: &str| {
            call(by(O::VERIFY), json!({ "loginId": user(name), "code": format!("${name}.code") }))
        };
        let (code, login) = (|| code_of("ada"), || login_of("ada"));
        let refusals = matches!(class, BodyClass::Invalid | BodyClass::Malformed);
        let (before, after, batch) = match operation.template() {
            // A refused send leaves the code before it alone.
            O::SIGNUP_IN | O::SIGNUP if refusals => (vec![code()], vec![login()], 16),
            O::SIGNUP_IN | O::SIGNUP => (Vec::new(), Vec::new(), 8),
            // Every user that a case may name: of one who is not registered each is refused, whatever is in it.
            O::SIGNIN => {
                let each = PEOPLE.iter().flat_map(|(name, ..)| [code_of(name), login_of(name)]);
                (each.collect(), Vec::new(), 8)
            }
            // Fewer than the usual attempt limit.
            O::VERIFY => (vec![code()], vec![login()], 3),
            O::Logout | O::Logoutall => (vec![code(), login()], Vec::new(), 1),
            O::Refresh | O::TryRefresh | O::Validate | O::UPDATE => (vec![code(), login()], Vec::new(), 8),
            _ => (Vec::new(), Vec::new(), 8),
        };
        let sends = matches!(operation.template(), O::SIGNUP_IN | O::SIGNUP | O::SIGNIN | O::UPDATE);
        Fixture { before, after, batch, sends }
    }
}

/// A call of the scene. The scene must work for a case to show anything; whether it must by the contract is judged
/// by the model.
fn call(operation: OperationId, with: serde_json::Value) -> Call {
    let with = Template::parse(&with).unwrap_or(Template::Literal(with));
    let place = Place { file: "src/trial/property/stage.rs".into(), line: line!() as usize };
    let expect = Expect::outcome(crate::exchange::Seen::Accepted, place.clone());
    Call { with: Some(with), expect: vec![expect], ..Call::bare(operation, place) }
}
