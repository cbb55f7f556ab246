//! One request with blanks, and whom it speaks of.

use super::{Expect, Reference, Template};
use crate::contract::OperationId;
use crate::exchange::Place;

/// How often a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// A number of times.
    Times(u32),
    /// As often as the target's attempt limit says.
    MaxAttempts,
    /// As often as messages may be sent to one recipient.
    ResendLimit,
    /// As many times as the plan allows test users.
    TestUserLimit,
    /// Until it is refused: so a limit is found that no profile gives. Where it never is, the scenario is over.
    UntilRefused,
}

/// One request with blanks.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation.
    pub operation: OperationId,
    /// The JSON body, if there is one.
    pub with: Option<Template>,
    /// A body that is not JSON, in place of `with`.
    pub raw: Option<RawBody>,
    /// The `Authorization` header; `None` is what the contract asks for, with the newest token of the person the
    /// step speaks of; an empty text sends none.
    pub bearer: Option<Template>,
    /// Another method than the contract's.
    pub method: Option<String>,
    /// Query parameters.
    pub query: Vec<(String, Template)>,
    /// Further headers; one name may come several times.
    pub headers: Vec<(String, Template)>,
    /// The body goes out in chunks, without a length.
    pub chunked: bool,
    /// The person whose token is presented and whose message is awaited, if the body does not say.
    pub by: Option<String>,
    /// The person whom the message goes to, where the body does not say.
    pub to: Option<String>,
    /// The name the answer is saved under.
    pub save: Option<String>,
    /// The scenario is over where this call is refused: a right server may do either.
    pub or_stop: bool,
    /// How many of it are made at the same moment, where it is made together with others.
    pub copies: Repeat,
    /// What must be seen.
    pub expect: Vec<Expect>,
    /// Its place.
    pub place: Place,
}

impl Call {
    /// A call with nothing but its operation.
    pub fn bare(operation: OperationId, place: Place) -> Call {
        Call {
            operation,
            with: None,
            raw: None,
            bearer: None,
            method: None,
            query: Vec::new(),
            headers: Vec::new(),
            chunked: false,
            by: None,
            to: None,
            save: None,
            or_stop: false,
            copies: Repeat::Times(1),
            expect: Vec::new(),
            place,
        }
    }

    /// Every reference of the request, in order.
    pub fn references(&self) -> Vec<&Reference> {
        let raw = self.raw.iter().filter_map(|raw| match &raw.text {
            RawText::Text(template) => Some(template),
            RawText::Bytes(_) => None,
        });
        let templates = self.with.iter().chain(raw).chain(&self.bearer);
        let more = self.query.iter().chain(&self.headers).map(|(_, template)| template);
        templates.chain(more).flat_map(Template::references).collect()
    }

    /// The person the call speaks of: `by`, or the first one in its body or query.
    pub fn person(&self) -> Option<&str> {
        let named = self.references().into_iter().find_map(person_in);
        self.by.as_deref().or(named)
    }

    /// The person whom a message goes to: the owner of the body's number, else of its login ID, else the person the
    /// call speaks of. Bytes name no user of the trial.
    pub fn recipient(&self) -> Option<&str> {
        let named = |member| self.with.as_ref().and_then(|body| body.member(member)).and_then(first_person);
        match self.raw.as_ref().map(|raw| &raw.text) {
            _ if self.to.is_some() => self.to.as_deref(),
            Some(RawText::Bytes(_)) => None,
            Some(RawText::Text(text)) => first_person(text).or_else(|| self.person()),
            None => named("phone")
                .or_else(|| named("email"))
                .or_else(|| named("loginId"))
                .or_else(|| self.person()),
        }
    }
}

fn first_person(template: &Template) -> Option<&str> {
    template.references().into_iter().find_map(person_in)
}

fn person_in(reference: &Reference) -> Option<&str> {
    match reference {
        Reference::Person { name, .. } => Some(name.as_str()),
        _ => None,
    }
}

/// A body that is not JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct RawBody {
    /// What is sent.
    pub text: RawText,
    /// Its content type; empty sends none.
    pub content_type: String,
}

/// The bytes of a body that is not JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum RawText {
    /// Text, perhaps with references.
    Text(Template),
    /// Bytes that need not be text; `raw-base64` in a suite file.
    Bytes(bytes::Bytes),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_goes_to_whom_the_body_names() {
        let place = Place { file: "x".into(), line: 1 };
        let call = Call { by: Some("eve".into()), ..Call::bare(OperationId::SIGNUP_IN, place) };
        let raw = |text| Some(RawBody { text, content_type: "application/json".into() });
        let text = |text: &str| raw(RawText::Text(Template::parse(&json!(text)).unwrap()));
        let with = |body| Some(Template::parse(&body).unwrap());
        let recipient = |call: &Call| call.recipient().map(str::to_owned);
        let bodies = [
            (Call { with: with(json!({ "loginId": "$ada" })), ..call.clone() }, Some("ada")),
            (Call { with: with(json!({ "loginId": "$ada", "phone": "$bob" })), ..call.clone() }, Some("bob")),
            (Call { with: with(json!({ "x": 1 })), ..call.clone() }, Some("eve")),
            (Call { raw: text("{\"loginId\":\"${cyd|dashes}\",}"), ..call.clone() }, Some("cyd")),
            (Call { raw: text("{\"loginId\":"), ..call.clone() }, Some("eve")),
            (Call { raw: raw(RawText::Bytes(bytes::Bytes::from_static(b"{"))), ..call }, None),
        ];
        for (call, named) in bodies {
            assert_eq!(recipient(&call).as_deref(), named, "{call:?}");
        }
    }
}
