//! Malformed requests of an operation, as calls.

use serde_json::{Value, json};

use super::body::PEOPLE;
use super::case::{Case, bare_template, template};
use crate::contract::OperationId;
use crate::exchange::Place;
use crate::malformed::{Framing, HeaderChange, Malformed, MalformedBearer, bodies};
use crate::suite::{Call, RawBody, RawText, Reference, Template};

/// Bodies beyond this many bytes stay bytes.
const USUAL: usize = 64 * 1024;

/// Who is named where no client means to send what is sent.
const OTHER: &str = "eve";

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
        None => call.raw = Some(RawBody { text: raw(malformed.bytes), content_type }),
    }
    let group: String = malformed.name.chars().take_while(|c| *c != ':' && *c != '/').collect();
    Case { question: Some(format!("{operation} {group}")), label: malformed.name, call, pair: None }
}

/// What no client means to send, about a user whom only this play has: trials run beside each other, and what one of them did
/// to a user must not show in another. It is not the user of the steps around it, whose code a server that reads it may void.
fn raw(bytes: bytes::Bytes) -> RawText {
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= USUAL);
    let Some(RawText::Text(Template::Text(mut parts))) = text.map(bare_template) else {
        return RawText::Bytes(bytes);
    };
    for part in &mut parts {
        if let Template::Reference(Reference::Person { name, .. }) = part
            && name == PEOPLE[0].0
        {
            OTHER.clone_into(name);
        }
    }
    RawText::Text(Template::Text(parts))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the users in what is sent, and whether a number of fiction is left in it.
    fn users(case: &Case) -> (Vec<&str>, bool) {
        let of = |reference: &&Reference| matches!(reference, Reference::Person { .. });
        let people = case.call.references().into_iter().filter(of);
        let names = people.map(|reference| match reference {
            Reference::Person { name, .. } => name.as_str(),
            _ => "",
        });
        let literal = case.call.case(crate::contract::Bearer::Missing, &mut |_| {
            Ok::<_, std::convert::Infallible>(Value::from("x"))
        });
        let Ok(sent) = literal;
        let left = match &sent.body {
            crate::contract::Body::Bytes { bytes, .. } => {
                String::from_utf8_lossy(bytes).contains(PEOPLE[0].1)
            }
            _ => false,
        };
        (names.collect(), left)
    }

    #[test]
    fn text_that_is_sent_as_it_is_names_a_user_of_its_own() {
        for operation in [OperationId::SignupInSms, OperationId::VerifySms, OperationId::SigninSms] {
            let all = cases(operation);
            let raw = all.iter().filter(|case| case.call.raw.is_some());
            for case in
                raw.filter(|case| case.label != "string-of-1-mib" && case.label != "mebibyte-of-space")
            {
                let (names, left) = users(case);
                assert!(!left, "{operation} {}", case.label);
                assert!(!names.contains(&"ada"), "{operation} {}", case.label);
            }
            let typed = all.iter().find(|case| case.label == "content-type-text").unwrap();
            assert_eq!(users(typed).0, ["eve"], "{operation}");
        }
    }
}
