//! From a history to the calls the model knows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::call::{Action, Call, Code, Door, Outcome, SendCall};
use crate::contract::{BearerForm, Contract, OperationId};
use crate::exchange::{Answer, Bearer, Delivery, Exchange, History, Payload, Response, StandIn};

/// The calls of a history, in order. Exchanges that say nothing about users, codes or sessions, and malformed ones
/// that no server could read, are left out.
pub(crate) fn calls(contract: &Contract, history: &History) -> Vec<Call> {
    history.exchanges().filter_map(|exchange| read(contract, history, exchange)).collect()
}

fn read(contract: &Contract, history: &History, exchange: &Exchange) -> Option<Call> {
    let operation = exchange.operation?;
    let bearer = Bearer::read(exchange.request.header("authorization"));
    // A request whose bearer is in no documented form may be refused for that alone, whatever its body says, and so may
    // one without the management key that it needs; what it does if it is accepted counts all the same.
    let accepted = exchange.answer.response().is_some_and(Response::is_success);
    let managed = contract.operation(operation).bearer == BearerForm::Management;
    if !accepted && !matches!(bearer, Bearer::Project { key, .. } if key || !managed) {
        return None;
    }
    let body = exchange.request.body.json().cloned().unwrap_or(Value::Null);
    let action = match operation {
        OperationId::SignupInSms => send(contract, history, exchange, &body, &bearer, Door::SignupIn)?,
        OperationId::SignupSms => send(contract, history, exchange, &body, &bearer, Door::Signup)?,
        OperationId::SigninSms => send(contract, history, exchange, &body, &bearer, Door::Signin)?,
        OperationId::UpdatePhoneSms => send(contract, history, exchange, &body, &bearer, Door::Update)?,
        OperationId::VerifySms => {
            Action::Verify { who: text(&body, "loginId")?, code: code(body.get("code")) }
        }
        OperationId::GenerateOtp => Action::Generate {
            who: text(&body, "loginId")?,
            code: exchange.answer.response().and_then(|r| r.body.str_at("/code")).map(str::to_owned),
        },
        OperationId::CreateTestUser => Action::Create { who: text(&body, "loginId")?, test: true },
        OperationId::CreateUser => {
            Action::Create { who: text(&body, "loginId")?, test: body["test"] == Value::Bool(true) }
        }
        OperationId::DeleteUser => Action::Delete { who: text(&body, "loginId"), id: text(&body, "userId") },
        OperationId::DeleteAllTestUsers => Action::DeleteTestUsers,
        OperationId::Refresh | OperationId::Me | OperationId::Logout | OperationId::Logoutall => {
            let empty = exchange.request.body == Payload::Empty;
            Action::Session { operation, token: refresh_token(&bearer)?, empty }
        }
        _ => return None,
    };
    let moved = history.moved_before(exchange.call);
    let (outcome, answer) = outcome(&exchange.answer);
    Some(Call {
        exchange: exchange.id,
        call: exchange.call + moved,
        ret: (outcome != Outcome::Lost).then_some(exchange.ret + moved),
        action,
        outcome,
        plain: plain(contract, exchange),
        body: answer,
        facts: exchange.facts.clone(),
    })
}

/// Whether every server must understand the request: nothing in it but what page and SDKs send.
fn plain(contract: &Contract, exchange: &Exchange) -> bool {
    let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { return false };
    match &exchange.request.body {
        Payload::Empty => !operation.body_required,
        Payload::Json(body) => {
            let schema = operation.must_accept.as_deref().or(operation.request.as_deref());
            let typed =
                exchange.request.header("content-type").is_some_and(|t| t.starts_with("application/json"));
            typed && schema.is_some_and(|schema| contract.schemas().is_valid(schema, body))
        }
        Payload::Other { .. } => false,
    }
}

/// A string member in plain form; empty strings name nobody.
fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).filter(|text| !text.is_empty()).map(crate::exchange::base_of)
}

fn send(
    contract: &Contract,
    history: &History,
    exchange: &Exchange,
    body: &Value,
    bearer: &Bearer,
    door: Door,
) -> Option<Action> {
    let phone = text(body, "phone").or_else(|| body.get("user").and_then(|user| text(user, "phone")));
    let delivery = history.deliveries().find(|d| d.sent_by == Some(exchange.id));
    // A body that we cannot read, and the server could: its message tells whom it was about.
    let who = text(body, "loginId").or_else(|| phone.clone()).or_else(|| Some(delivery?.to.clone()))?;
    let mine = |to: &str| to == who || phone.as_deref() == Some(to);
    // Where more came than was asked for, nobody can say which message is whose.
    let certain = |d: &&Delivery| d.sent_by.is_some() && !has_surplus(contract, history, &d.to);
    let delivered = delivery.filter(certain).map(|d| d.code.clone());
    let unmatched = history.deliveries().filter(|d| !certain(d) && d.at >= exchange.call && mine(&d.to));
    Some(Action::Send(Box::new(SendCall {
        door,
        candidates: unmatched.map(|d| d.code.clone()).collect(),
        options: body.get("loginOptions").filter(|o| o.is_object()).cloned().unwrap_or_else(|| json!({})),
        token: refresh_token(bearer),
        must_accept: must_accept(contract, exchange, body),
        delivered,
        phone,
        who,
    })))
}

/// Whether more codes came to a number than messages to it were asked for.
pub(crate) fn has_surplus(contract: &Contract, history: &History, number: &str) -> bool {
    let codes: BTreeSet<&str> =
        history.deliveries().filter(|d| d.to == number).map(|d| d.code.as_str()).collect();
    let asked = history.exchanges().filter(|exchange| {
        let sends = exchange.operation.is_some_and(|id| contract.operation(id).issues_code);
        // Refused is refused; after anything else a message may come.
        let may_send = exchange.answer.response().is_none_or(|r| !r.is_refusal() || r.status == 429);
        sends && may_send && names(exchange, number)
    });
    codes.len() > asked.count()
}

/// Whether a request names this number, or somebody whose number we do not know by the request alone.
pub(crate) fn names(exchange: &Exchange, number: &str) -> bool {
    let body = &exchange.request.body;
    let named = ["/loginId", "/phone", "/user/phone"].into_iter().filter_map(|at| body.str_at(at));
    named.map(crate::exchange::base_of).any(|who| {
        let label = |text: &str| StandIn::parse(text).map(|name| name.label.to_owned());
        // The phone of the project's own static login ID is not known to us.
        let known = label(&who).filter(|label| label != "static");
        who == number || known.is_none_or(|known| Some(known) == label(number))
    })
}

/// The token in second place, unless it was tampered with.
fn refresh_token(bearer: &Bearer) -> Option<String> {
    let token = bearer.token()?;
    StandIn::parse(token).is_some_and(|name| name.how.is_none()).then(|| token.to_owned())
}

fn code(member: Option<&Value>) -> Code {
    let Some(text) = member.and_then(Value::as_str).filter(|text| !text.is_empty()) else {
        return Code::NotACode;
    };
    match StandIn::parse(text).and_then(|name| name.how.map(|how| (name, how))) {
        Some((name, "padded" | "number" | "fullwidth")) => Code::Lenient(name.base()),
        Some(_) => Code::NearMiss(text.to_owned()),
        None => Code::Plain(text.to_owned()),
    }
}

fn outcome(answer: &Answer) -> (Outcome, Value) {
    let Answer::Response(response) = answer else { return (Outcome::Lost, Value::Null) };
    let outcome = match response.status {
        200..=299 => Outcome::Accepted,
        429 => Outcome::Limited,
        503 if response.header("retry-after").is_some() => Outcome::Limited,
        400..=499 => Outcome::Refused { error: response.error_code().map(str::to_owned) },
        status => Outcome::Broken { status },
    };
    let body = match &response.body {
        Payload::Json(value) => value.clone(),
        _ => Value::Null,
    };
    (outcome, body)
}

/// The requirement by which this request must be accepted, if any does: the one that speaks of what is special in it.
fn must_accept(contract: &Contract, exchange: &Exchange, body: &Value) -> Option<u16> {
    let operation = contract.operation(exchange.operation?);
    let schema = operation.must_accept.as_deref()?;
    let typed = exchange.request.header("content-type").is_some_and(|t| t.starts_with("application/json"));
    if !typed || exchange.request.method != operation.method || !contract.schemas().is_valid(schema, body) {
        return None;
    }
    Some(acceptance(body, exchange.request.header("authorization").unwrap_or_default()))
}

/// The options that are on or off.
const SWITCHES: [&str; 3] = ["stepup", "mfa", "revokeOtherSessions"];

/// Which of the acceptance requirements speaks of a signup-in body like this.
fn acceptance(body: &Value, authorization: &str) -> u16 {
    let options = body.get("loginOptions");
    let has =
        |value: Option<&Value>, member: &str| value.and_then(|v| v.get(member)).is_some_and(|v| !v.is_null());
    let null = |member: &str| options.and_then(|o| o.get(member)).is_some_and(Value::is_null);
    let who = body.get("loginId").and_then(Value::as_str).and_then(StandIn::parse);
    let off = |member: &str| options.and_then(|o| o.get(member)) == Some(&Value::Bool(false));
    if has(Some(body), "providerId") && has(Some(body), "ssoAppId") && has(options, "pkceChallenge") {
        6
    } else if options == Some(&json!({})) {
        3
    } else if null("customClaims") || null("ssoAppId") || SWITCHES.into_iter().any(off) {
        4
    } else if has(options, "customClaims") {
        61
    } else if has(options, "pkceChallenge") {
        68
    } else if has(options, "templateId") || has(Some(body), "templateId") {
        5
    } else if who.is_some_and(|name| name.how.is_some()) {
        13
    } else if authorization.contains("<key") {
        16
    } else {
        1
    }
}
