//! From a history to the calls the model knows.

mod acceptance;
mod bearer;

use std::collections::HashMap;

use serde_json::{Value, json};

use super::asked::Asked;
use super::call::{Action, CallOutcome, Code, ModelCall, SendCall, SendKind};
use super::settled::settled;
use crate::contract::{BearerForm, Contract, DeliveryMethod, OperationId};
use crate::exchange::{
    Answer, Delivery, Exchange, Fact, History, Lookup, Loss, Payload, Placeholder, PresentedBearer, Response,
};

pub(crate) use acceptance::ACCEPTANCE;
use acceptance::must_accept;
use bearer::{is_altered, presented, refresh_token};

/// The calls of a history, in order. Exchanges that say nothing about users, codes or sessions, and malformed ones
/// that no server could read, are left out.
pub(crate) fn calls(contract: &Contract, history: &History) -> Vec<ModelCall> {
    let messages = Messages::new(contract, history);
    let read = |exchange| {
        let action = action(contract, &messages, exchange).or_else(|| unread(exchange))?;
        Some(call(contract, &messages, exchange, action))
    };
    let mut calls: Vec<ModelCall> = history.exchanges().filter_map(read).collect();
    calls.sort_by_key(|call| call.exchange);
    calls
}

/// The messages of a history, by the sends that may have caused them.
struct Messages<'h> {
    lookup: Lookup<'h>,
    asked: Asked<'h>,
    /// Those whose send is unknown: sends overlapped, or more came to the number than was asked for.
    loose: HashMap<&'h str, Vec<&'h Delivery>>,
    /// The code of a send that alone can be behind a message, although the record does not say so.
    settled: HashMap<usize, &'h str>,
}

impl<'h> Messages<'h> {
    fn new(contract: &Contract, history: &'h History) -> Messages<'h> {
        let (lookup, asked) = (Lookup::new(history), Asked::new(contract, history));
        let mut loose: HashMap<&str, Vec<&Delivery>> = HashMap::new();
        for delivery in history.deliveries().filter(|d| d.sent_by.is_none() || asked.has_surplus(&d.to)) {
            loose.entry(&delivery.to).or_default().push(delivery);
        }
        let settled = settled(contract, history, &lookup, &asked);
        Messages { lookup, asked, loose, settled }
    }

    /// The code that a send delivered, or else those that it may have delivered.
    fn codes(&self, exchange: &Exchange, who: &str, phone: Option<&str>) -> (Option<String>, Vec<String>) {
        let known = self.lookup.sent_by(exchange.id).iter().filter(|d| !self.asked.has_surplus(&d.to));
        let known = known.filter(|d| !self.lookup.is_copy(d));
        let mut codes: Vec<String> = known.map(|d| d.code.clone()).collect();
        codes.dedup();
        codes.extend(self.settled.get(&exchange.id).map(|code| (*code).to_owned()));
        // A server that repeats a message with another code means one of the two.
        let delivered = if codes.len() == 1 { codes.pop() } else { None };
        let numbers = [Some(who), phone.filter(|phone| *phone != who)];
        let loose = numbers.into_iter().flatten().filter_map(|number| self.loose.get(number)).flatten();
        codes.extend(loose.filter(|d| d.at >= exchange.call).map(|d| d.code.clone()));
        (delivered, codes)
    }
}

fn action(contract: &Contract, messages: &Messages<'_>, exchange: &Exchange) -> Option<Action> {
    let operation = exchange.operation?;
    // What was never sent had no effect.
    if exchange.answer == Answer::Lost(Loss::Unreachable) {
        return None;
    }
    let bearer = PresentedBearer::read(exchange.request.header("authorization"));
    // A request whose bearer is in no documented form may be refused for that alone, whatever its body says; what it
    // does if it is accepted counts all the same.
    let accepted = exchange.answer.response().is_some_and(Response::is_success);
    let key = match &bearer {
        PresentedBearer::Project { key, .. } => *key,
        _ if accepted => true,
        _ => return None,
    };
    if contract.operation(operation).bearer == BearerForm::Management && !key && !accepted {
        return None;
    }
    let body = exchange.request.body.json().unwrap_or(&Value::Null);
    Some(match operation.template() {
        OperationId::SIGNUP_IN => send(contract, messages, exchange, body, &bearer, SendKind::SignupIn)?,
        OperationId::SIGNUP => send(contract, messages, exchange, body, &bearer, SendKind::Signup)?,
        OperationId::SIGNIN => send(contract, messages, exchange, body, &bearer, SendKind::Signin)?,
        OperationId::UPDATE => send(contract, messages, exchange, body, &bearer, SendKind::Update)?,
        OperationId::VERIFY => Action::Verify { who: text(body, "loginId")?, code: code(body.get("code")) },
        OperationId::GenerateOtp => Action::Generate {
            who: text(body, "loginId")?,
            code: exchange.answer.response().and_then(|r| r.body.str_at("/code")).map(str::to_owned),
        },
        OperationId::CreateTestUser | OperationId::CreateUser => Action::Create {
            who: text(body, "loginId")?,
            test: operation == OperationId::CreateTestUser || body["test"] == Value::Bool(true),
            others: more_login_ids(body),
        },
        OperationId::DeleteUser => Action::Delete { who: text(body, "loginId"), id: text(body, "userId") },
        OperationId::UpdateUserStatus | OperationId::LogoutUser => Action::Unsettle {
            who: text(body, "loginId"),
            id: text(body, "userId"),
            user: operation == OperationId::UpdateUserStatus,
            suspends: operation == OperationId::UpdateUserStatus && body["status"] != "enabled",
        },
        OperationId::DeleteAllTestUsers => Action::DeleteTestUsers,
        OperationId::Refresh
        | OperationId::TryRefresh
        | OperationId::Me
        | OperationId::Logout
        | OperationId::Logoutall => {
            let empty = exchange.request.body == Payload::Empty;
            Action::Session { operation, token: presented(exchange)?, empty }
        }
        _ => return None,
    })
}

/// A login with a bearer or a body in a form of its own, which a server that reads it takes for a guess.
fn unread(exchange: &Exchange) -> Option<Action> {
    let response = exchange.answer.response()?;
    let asked = exchange.operation.is_some_and(OperationId::is_verify)
        && PresentedBearer::read(exchange.request.header("authorization")) != PresentedBearer::Absent;
    // Who says what is wrong with the form has not looked at the code.
    let guess = response.error_code().is_none_or(|error| matches!(error, "E061102" | "E061103"));
    (asked && guess && (400..500).contains(&response.status)).then_some(Action::Unread)
}

fn call(contract: &Contract, messages: &Messages<'_>, exchange: &Exchange, action: Action) -> ModelCall {
    let (outcome, answer) = outcome(&exchange.answer);
    // What must be accepted was found plain before.
    let must = matches!(&action, Action::Send(send) if send.must_accept.is_some());
    ModelCall {
        exchange: exchange.id,
        call: exchange.call + messages.lookup.moved_before(exchange.call),
        ret: (outcome != CallOutcome::Lost)
            .then(|| exchange.ret + messages.lookup.moved_before(exchange.ret)),
        action,
        presented: presented(exchange),
        method: exchange.operation.and_then(|operation| method(operation, exchange)),
        outcome,
        plain: must || plain(contract, exchange),
        spelling: exchange
            .request
            .body
            .str_at("/loginId")
            .and_then(Placeholder::parse)
            .and_then(|name| name.how.map(str::to_owned)),
        body: answer,
        facts: exchange.facts.clone(),
    }
}

/// The method that a call is about: by its path, and where a code is generated by what the body says.
fn method(operation: OperationId, exchange: &Exchange) -> Option<DeliveryMethod> {
    match operation {
        OperationId::GenerateOtp => exchange.request.body.str_at("/deliveryMethod")?.parse().ok(),
        other => other.method(),
    }
}

/// Whether every server must understand the request: nothing in it but what page and SDKs send.
fn plain(contract: &Contract, exchange: &Exchange) -> bool {
    let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { return false };
    let presented = exchange.request.header("authorization").unwrap_or_default();
    if operation.bearer != BearerForm::Management && presented.contains("<key:management") {
        return false;
    }
    // An altered token is a reason to refuse, wherever it is presented.
    if PresentedBearer::read(Some(presented)).token().is_some_and(is_altered) {
        return false;
    }
    match &exchange.request.body {
        Payload::Empty => !operation.body_required,
        Payload::Json(body) => {
            // The user who verifies was understood before, by whatever name.
            let named = text(body, "loginId").is_some_and(|who| who.starts_with("<name:"));
            let narrow = operation.must_accept.as_deref().filter(|_| !operation.id.is_verify() || !named);
            let schema = narrow.or(operation.request.as_deref());
            let typed =
                exchange.request.header("content-type").is_some_and(|t| t.starts_with("application/json"));
            typed && schema.is_some_and(|schema| contract.schemas().is_valid(schema, body))
        }
        Payload::Other { .. } => false,
    }
}

/// A string member in plain form; empty strings name no user.
fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).filter(|text| !text.is_empty()).map(crate::exchange::base_of)
}

/// Login IDs that the management API gives a user besides the first one.
fn more_login_ids(body: &Value) -> Vec<String> {
    let lists = ["additionalLoginIds", "additionalIdentifiers"].map(|member| body[member].as_array());
    let texts = lists.into_iter().flatten().flatten().filter_map(Value::as_str);
    texts.map(crate::exchange::base_of).collect()
}

fn send(
    contract: &Contract,
    messages: &Messages<'_>,
    exchange: &Exchange,
    body: &Value,
    bearer: &PresentedBearer,
    door: SendKind,
) -> Option<Action> {
    let recipient = exchange.operation?.method()?.recipient();
    let phone = text(body, recipient).or_else(|| body.get("user").and_then(|user| text(user, recipient)));
    let sent = messages.lookup.sent_by(exchange.id);
    // A body that we cannot read, and the server could: its message tells whom it was about.
    let who = text(body, "loginId").or_else(|| phone.clone()).or_else(|| Some(sent.first()?.to.clone()))?;
    let (delivered, candidates) = messages.codes(exchange, &who, phone.as_deref());
    Some(Action::Send(Box::new(SendCall {
        door,
        candidates,
        silent: exchange.facts.contains(&Fact::Silent),
        options: body.get("loginOptions").filter(|o| o.is_object()).cloned().unwrap_or_else(|| json!({})),
        token: refresh_token(bearer),
        altered: bearer.token().is_some_and(is_altered),
        must_accept: must_accept(contract, exchange, body, bearer),
        delivered,
        phone,
        who,
    })))
}

fn code(member: Option<&Value>) -> Code {
    let Some(text) = member.and_then(Value::as_str).filter(|text| !text.is_empty()) else {
        return Code::NotACode;
    };
    match Placeholder::parse(text).and_then(|name| name.how.map(|how| (name, how))) {
        Some((name, "padded" | "number" | "fullwidth")) => Code::Lenient(name.base()),
        Some(_) => Code::NearMiss(text.to_owned()),
        None => Code::Plain(text.to_owned()),
    }
}

fn outcome(answer: &Answer) -> (CallOutcome, Value) {
    let Answer::Response(response) = answer else { return (CallOutcome::Lost, Value::Null) };
    let outcome = match response.status {
        200..=299 => CallOutcome::Accepted,
        _ if response.was_not_read() => CallOutcome::Limited,
        400..=499 => CallOutcome::Refused { error: response.error_code().map(str::to_owned) },
        status => CallOutcome::Broken { status },
    };
    let body = match &response.body {
        Payload::Json(value) => value.clone(),
        _ => Value::Null,
    };
    (outcome, body)
}
