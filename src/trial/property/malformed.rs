//! Malformed requests of an operation, as calls.

use serde_json::{Value, json};

use super::body::PEOPLE;
use super::case::{Case, template};
use crate::contract::OperationId;
use crate::exchange::Place;
use crate::malformed::{Framing, HeaderChange, Malformed, MalformedBearer, bodies};
use crate::suite::{Call, RawBody, RawText, Reference, Template};

/// Bodies beyond this many bytes stay bytes.
const USUAL: usize = 64 * 1024;

/// Every malformed request of an operation. The list is the same each run.
pub(super) fn cases(operation: OperationId) -> Vec<Case> {
    bodies(&sample(operation)).into_iter().map(|malformed| case(operation, malformed)).collect()
}

/// The body that the malformed ones are made of: plain, complete, and about a person of fiction.
fn sample(operation: OperationId) -> Value {
    let ada = PEOPLE[0].1;
    match operation.template() {
        OperationId::SIGNUP_IN | OperationId::SIGNIN => json!({ "loginId": ada, "loginOptions": {} }),
        OperationId::SIGNUP => json!({ "loginId": ada, "user": { "phone": ada } }),
        OperationId::VERIFY => json!({ "loginId": ada, "code": "000000" }),
        OperationId::UPDATE => json!({ "loginId": ada, "phone": PEOPLE[1].1 }),
        OperationId::GenerateOtp => json!({ "loginId": ada, "deliveryMethod": "sms" }),
        OperationId::Refresh | OperationId::TryRefresh | OperationId::Logout | OperationId::Logoutall => {
            json!({})
        }
        _ => json!({ "loginId": ada }),
    }
}

fn case(operation: OperationId, malformed: Malformed) -> Case {
    let place = Place { file: format!("schema/requests/{operation}.json"), line: 1 };
    let mut call = Call { by: Some("ada".into()), ..Call::bare(operation, place) };
    let mut content_type = "application/json".to_owned();
    for change in &malformed.headers {
        match change {
            HeaderChange::Remove("content-type") => content_type.clear(),
            HeaderChange::Remove(_) => call.bearer = Some(literal("")),
            HeaderChange::Set("content-type", value) => content_type.clone_from(value),
            HeaderChange::Set(name, value) | HeaderChange::Add(name, value) => {
                call.headers.push(((*name).to_owned(), literal(value)));
            }
            HeaderChange::Repeat("content-type") => {
                call.headers.push(("content-type".to_owned(), literal(&content_type)));
            }
            HeaderChange::Repeat(name) => call.headers.push((
                (*name).to_owned(),
                Template::Text(vec![literal("Bearer "), Template::Reference(Reference::Project(None))]),
            )),
            HeaderChange::Bearer(form) => call.bearer = Some(Template::Text(bearer(*form))),
        }
    }
    call.chunked = matches!(malformed.framing, Framing::Chunked(_));
    match plain(&malformed.bytes).filter(|_| content_type == "application/json") {
        // What is JSON after all goes as a body of its own, with the people in their places.
        Some(value) => call.with = Some(template(value)),
        None => call.raw = Some(RawBody { text: RawText::Bytes(malformed.bytes), content_type }),
    }
    let group: String = malformed.name.chars().take_while(|c| *c != ':' && *c != '/').collect();
    Case { question: Some(format!("{operation} {group}")), label: malformed.name, call, pair: None }
}

/// The value of a body that any client could have written: of usual size, and as a serializer leaves it.
fn plain(bytes: &[u8]) -> Option<Value> {
    let value: Value = (bytes.len() <= USUAL).then(|| serde_json::from_slice(bytes).ok())??;
    serde_json::to_vec(&value).is_ok_and(|again| again == bytes).then_some(value)
}

fn literal(text: &str) -> Template {
    Template::Literal(text.into())
}

/// The credentials in another form than the documented one.
fn bearer(form: MalformedBearer) -> Vec<Template> {
    let project = || Template::Reference(Reference::Project(None));
    let text = literal;
    match form {
        MalformedBearer::LowerCase => vec![text("bearer "), project()],
        MalformedBearer::UpperCase => vec![text("BEARER "), project()],
        MalformedBearer::TwoSpaces => vec![text("Bearer  "), project()],
        MalformedBearer::Tab => vec![text("Bearer\t"), project()],
        MalformedBearer::NoSpace => vec![text("Bearer"), project()],
        MalformedBearer::Empty => vec![text("Bearer ")],
        MalformedBearer::NoScheme => vec![project()],
        MalformedBearer::Basic => vec![text("Basic "), project()],
        MalformedBearer::TrailingSpace => vec![text("Bearer "), project(), text(" ")],
        MalformedBearer::TrailingColon => vec![text("Bearer "), project(), text(":")],
        MalformedBearer::LeadingColon => vec![text("Bearer :"), project()],
        MalformedBearer::DoubleColon => vec![text("Bearer "), project(), text("::")],
        MalformedBearer::ManyParts => vec![text("Bearer "), project(), text(":x:x:x")],
        MalformedBearer::Quoted => vec![text("Bearer \""), project(), text("\"")],
        MalformedBearer::List => vec![text("Bearer "), project(), text(", Bearer "), project()],
    }
}
