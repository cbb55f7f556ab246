//! From a history to the calls the model knows.

use serde_json::{Value, json};

use super::call::{Action, Call, Code, Door, Outcome, SendCall};
use crate::contract::{Contract, OperationId};
use crate::exchange::{Answer, Bearer, Exchange, History, Lookup, Loss, Payload, Request, StandIn};

/// The calls of a history, in order. Exchanges that say nothing about users, codes or sessions, and malformed ones
/// that no server could read, are left out.
pub(crate) fn calls(contract: &Contract, history: &History) -> Vec<Call> {
    let lookup = Lookup::new(history);
    let mut calls: Vec<Call> =
        history.exchanges().filter_map(|exchange| read(contract, &lookup, exchange)).collect();
    calls.sort_by_key(|call| call.exchange);
    calls
}

fn read(contract: &Contract, lookup: &Lookup<'_>, exchange: &Exchange) -> Option<Call> {
    let operation = exchange.operation?;
    // What was never sent had no effect.
    if exchange.answer == Answer::Lost(Loss::Unreachable) {
        return None;
    }
    let bearer = Bearer::read(exchange.request.header("authorization"));
    // A request whose bearer is in no documented form may be refused for that alone, whatever its body says.
    if !matches!(bearer, Bearer::Project { .. }) {
        return None;
    }
    let body = exchange.request.body.json().cloned().unwrap_or(Value::Null);
    let action = match operation {
        OperationId::SignupInSms => send(contract, lookup, exchange, &body, &bearer, Door::SignupIn)?,
        OperationId::SignupSms => send(contract, lookup, exchange, &body, &bearer, Door::Signup)?,
        OperationId::SigninSms => send(contract, lookup, exchange, &body, &bearer, Door::Signin)?,
        OperationId::UpdatePhoneSms => send(contract, lookup, exchange, &body, &bearer, Door::Update)?,
        OperationId::VerifySms => {
            Action::Verify { who: text(&body, "loginId")?, code: code(body.get("code")) }
        }
        OperationId::GenerateOtp => Action::Generate {
            who: text(&body, "loginId")?,
            code: exchange.answer.response().and_then(|r| r.body.str_at("/code")).map(str::to_owned),
        },
        OperationId::CreateTestUser | OperationId::CreateUser => Action::Create {
            who: text(&body, "loginId")?,
            test: operation == OperationId::CreateTestUser || body["test"] == Value::Bool(true),
            others: more_login_ids(&body),
        },
        OperationId::DeleteUser => Action::Delete { who: text(&body, "loginId"), id: text(&body, "userId") },
        OperationId::UpdateUserStatus | OperationId::LogoutUser => Action::Unsettle {
            who: text(&body, "loginId"),
            id: text(&body, "userId"),
            user: operation == OperationId::UpdateUserStatus,
        },
        OperationId::DeleteAllTestUsers => Action::DeleteTestUsers,
        OperationId::Refresh
        | OperationId::TryRefresh
        | OperationId::Me
        | OperationId::Logout
        | OperationId::Logoutall => {
            let presented = if bearer.token().is_some() { None } else { cookie(&exchange.request) };
            Action::Session { operation, token: refresh_token(&bearer).or(presented)? }
        }
        _ => return None,
    };
    let (outcome, answer) = outcome(&exchange.answer);
    Some(Call {
        exchange: exchange.id,
        call: exchange.call + lookup.moved_before(exchange.call),
        ret: (outcome != Outcome::Lost).then(|| exchange.ret + lookup.moved_before(exchange.ret)),
        action,
        outcome,
        body: answer,
        facts: exchange.facts.clone(),
    })
}

/// A string member in plain form; empty strings name nobody.
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
    lookup: &Lookup<'_>,
    exchange: &Exchange,
    body: &Value,
    bearer: &Bearer,
    door: Door,
) -> Option<Action> {
    let phone = text(body, "phone").or_else(|| body.get("user").and_then(|user| text(user, "phone")));
    let who = text(body, "loginId").or_else(|| phone.clone())?;
    let mine = |to: &str| to == who || phone.as_deref() == Some(to);
    let mut codes: Vec<String> = lookup.sent_by(exchange.id).iter().map(|d| d.code.clone()).collect();
    codes.dedup();
    // A server that repeats a message with another code means one of the two.
    let delivered = if codes.len() == 1 { codes.pop() } else { None };
    let unmatched = lookup.unmatched().iter().filter(|d| d.at >= exchange.call && mine(&d.to));
    codes.extend(unmatched.map(|d| d.code.clone()));
    Some(Action::Send(Box::new(SendCall {
        door,
        candidates: codes,
        options: body.get("loginOptions").filter(|o| o.is_object()).cloned().unwrap_or_else(|| json!({})),
        token: refresh_token(bearer),
        must_accept: must_accept(contract, exchange, body, bearer),
        delivered,
        phone,
        who,
    })))
}

/// The token in second place, unless it was tampered with.
fn refresh_token(bearer: &Bearer) -> Option<String> {
    let token = bearer.token()?;
    StandIn::parse(token).is_some_and(|name| name.how.is_none()).then(|| token.to_owned())
}

/// The refresh token in a cookie.
fn cookie(request: &Request) -> Option<String> {
    let cookies = request.header("cookie")?.split(';').map(str::trim);
    cookies.filter_map(|cookie| cookie.strip_prefix("DSR=")).find_map(|token| {
        StandIn::parse(token).is_some_and(|name| name.how.is_none()).then(|| token.to_owned())
    })
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
fn must_accept(contract: &Contract, exchange: &Exchange, body: &Value, bearer: &Bearer) -> Option<u16> {
    // A token that was tampered with may be refused even where none is needed.
    if bearer.token().is_some() && refresh_token(bearer).is_none() {
        return None;
    }
    let operation = contract.operation(exchange.operation?);
    let schema = operation.must_accept.as_deref()?;
    let typed = exchange.request.header("content-type").is_some_and(|t| t.starts_with("application/json"));
    if !typed || exchange.request.method != operation.method || !contract.schemas().is_valid(schema, body) {
        return None;
    }
    Some(acceptance(body, exchange.request.header("authorization").unwrap_or_default()))
}

/// Which of the acceptance requirements speaks of a signup-in body like this.
fn acceptance(body: &Value, authorization: &str) -> u16 {
    let options = body.get("loginOptions");
    let has =
        |value: Option<&Value>, member: &str| value.and_then(|v| v.get(member)).is_some_and(|v| !v.is_null());
    let null = |member: &str| options.and_then(|o| o.get(member)).is_some_and(Value::is_null);
    let who = body.get("loginId").and_then(Value::as_str).and_then(StandIn::parse);
    if options == Some(&json!({})) {
        3
    } else if null("customClaims") || null("ssoAppId") {
        4
    } else if has(options, "customClaims") {
        61
    } else if has(options, "pkceChallenge") {
        68
    } else if has(options, "templateId") || has(Some(body), "templateId") {
        5
    } else if options.is_some() && has(Some(body), "providerId") {
        6
    } else if who.is_some_and(|name| name.how.is_some()) {
        13
    } else if authorization.contains("<key") {
        16
    } else {
        1
    }
}
