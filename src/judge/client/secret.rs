//! Where a client puts secrets: not in a URL, not at another host, and nowhere that they are not asked for.

use std::borrow::Cow;

use crate::contract::{BearerForm, Contract, Operation, RequirementId, req};
use crate::exchange::{Exchange, Fact, History, Payload, Response};
use crate::judge::{Check, Judgement, Policy, finding};

/// Secrets in the wrong place.
pub(super) struct Secrets;

const NAME: &str = "client-secrets";

/// Stand-ins of what must not be seen by others.
const SECRET: [(&str, &str); 6] = [
    ("<code:", "code"),
    ("<guess:", "code"),
    ("<session:", "session token"),
    ("<refresh:", "refresh token"),
    ("<token:", "token"),
    ("<key:", "key"),
];

impl Check for Secrets {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "a client puts secrets where they are asked for, and nowhere else"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::CLIENT_KEEPS_SECRETS_OUT_OF_URLS, req::CLIENT_KEEPS_CREDENTIALS_FROM_OTHER_HOSTS]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for exchange in history.exchanges() {
            let elsewhere = exchange.facts.contains(&Fact::Elsewhere);
            if elsewhere || exchange.answer.response().is_some_and(is_redirection) {
                judgement.examined.insert(req::CLIENT_KEEPS_CREDENTIALS_FROM_OTHER_HOSTS);
            }
            if elsewhere {
                at_another_host(contract, exchange, &mut judgement);
                continue;
            }
            let operation = exchange.operation.map(|id| contract.operation(id));
            if operation.is_some() {
                judgement.examined.insert(req::CLIENT_KEEPS_SECRETS_OUT_OF_URLS);
            }
            in_url(contract, exchange, &mut judgement);
            judgement.observed.extend(in_headers(exchange));
            judgement.observed.extend(in_body(operation, exchange));
        }
        judgement
    }
}

/// An answer that sends a client on. Source: RFC 9110, 15.4.
fn is_redirection(response: &Response) -> bool {
    matches!(response.status, 301 | 302 | 303 | 307 | 308) && response.header("location").is_some()
}

fn at_another_host(contract: &Contract, exchange: &Exchange, judgement: &mut Judgement) {
    let request = &exchange.request;
    let authorization = request.header("authorization").unwrap_or_default();
    let presented = secret(authorization).is_some() || authorization.contains("<project>");
    let number = req::CLIENT_KEEPS_CREDENTIALS_FROM_OTHER_HOSTS;
    let mut convict = |seen: String| {
        let expected = "no credentials for another host";
        judgement.findings.push(finding(contract, NAME, number, expected, seen, &[exchange.id]));
    };
    if presented {
        convict("the Authorization header went along".into());
    } else if let Some(what) = request.header("cookie").and_then(secret) {
        convict(format!("a {what} in the cookies went along"));
    }
    // A status of 307 asks for the same body again, which a client may refuse.
    if let Some(what) = secret(&text(&request.body)) {
        let question = "follows a redirection to another host with a secret in its body".into();
        judgement.observed.push(Policy { question, answer: format!("a {what}") });
    }
}

fn in_url(contract: &Contract, exchange: &Exchange, judgement: &mut Judgement) {
    let Some(what) = secret(&exchange.request.path) else { return };
    judgement.findings.push(finding(
        contract,
        NAME,
        req::CLIENT_KEEPS_SECRETS_OUT_OF_URLS,
        "secrets in the body or the Authorization header",
        format!("a {what} in the URL"),
        &[exchange.id],
    ));
}

/// Tokens are at home in cookies, and what tells a device from others in headers of the SDK's.
fn in_headers(exchange: &Exchange) -> Vec<Policy> {
    let of_device = |name: &str| name.starts_with("x-descope-") && name.ends_with("-device-token");
    let own = exchange.request.headers.iter().filter(|(name, _)| name != "authorization" && !of_device(name));
    let found = own.filter_map(|(name, value)| {
        let what = secret(value).filter(|what| name != "cookie" || !what.ends_with("token"))?;
        Some(format!("a {what} in {name}"))
    });
    let question = "sends secrets in headers of its own";
    found.map(|answer| Policy { question: question.into(), answer }).collect()
}

/// A body holds the code of a verification, and no token. The management API knows other secrets.
fn in_body(operation: Option<&Operation>, exchange: &Exchange) -> Option<Policy> {
    if operation.is_some_and(|operation| operation.bearer == BearerForm::Management) {
        return None;
    }
    let text = text(&exchange.request.body);
    let verifies = operation.is_some_and(|operation| operation.id.is_verify());
    let mut found = SECRET.into_iter().filter(|(mark, what)| {
        let asked_for = *what == "code" && (verifies || *mark == "<guess:");
        !asked_for && text.contains(mark)
    });
    let (_, what) = found.next()?;
    let (question, place) = match operation {
        Some(operation) => ("sends secrets in bodies that do not ask for them", operation.id.to_string()),
        None => {
            ("sends secrets to operations outside this contract", super::briefly(exchange.request.route()))
        }
    };
    Some(Policy { question: question.into(), answer: format!("{place}: a {what}") })
}

/// A body as one text, in which secrets are looked for.
fn text(body: &Payload) -> Cow<'_, str> {
    match body {
        Payload::Empty => Cow::Borrowed(""),
        Payload::Json(body) => Cow::Owned(body.to_string()),
        Payload::Other { text, .. } => Cow::Borrowed(text),
    }
}

/// The secrets that a text holds.
pub(super) fn secret(text: &str) -> Option<&'static str> {
    SECRET.into_iter().find(|(mark, _)| text.contains(mark)).map(|(_, what)| what)
}
