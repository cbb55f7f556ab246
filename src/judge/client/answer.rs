//! What the client made of an answer, as far as its caller can see.

use serde_json::Value;

use super::call::{Call, calls, injected, trick, words};
use crate::contract::{Contract, OperationId, RequirementId, req};
use crate::exchange::{ClientResult, Exchange, History, Payload, Response};
use crate::judge::{Check, Finding, InconclusiveReason, Judgement, Policy, brief, finding};

/// Results and errors.
pub(super) struct Answers;

const NAME: &str = "client-answers";

impl Check for Answers {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "a client tells its caller what the server said"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[
            req::CLIENT_SHOWS_ERROR_CODE,
            req::CLIENT_REPORTS_RATE_LIMIT,
            req::CLIENT_SENDS_INPUT_UNCHANGED,
            req::CLIENT_ACCEPTS_EMPTY_OBJECT,
            req::CLIENT_ACCEPTS_DOCUMENTED_ANSWERS,
            req::CLIENT_REPORTS_NO_FALSE_SUCCESS,
            req::CLIENT_LOGIN_NEEDS_SESSION_TOKEN,
            req::CLIENT_READS_REFRESH_COOKIE,
            req::CLIENT_FAILS_CLEANLY,
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for call in calls(history).iter().filter(|call| !call.upset()) {
            judgement.examined.extend(examined(contract, call));
            judgement.findings.extend(unaltered(contract, call));
            judgement.findings.extend(result(contract, call));
            judgement.observed.extend(policy(call));
            if call.result.silent() && call.own.is_empty() {
                let what = format!("{}: the client sent nothing, and said nothing in time", call.result.call);
                judgement.doubts.push(InconclusiveReason::Missing { what });
            }
        }
        judgement
    }
}

/// What a client could have been convicted of by this call.
fn examined(contract: &Contract, call: &Call<'_>) -> Vec<RequirementId> {
    let Some((exchange, answer)) = call.last() else { return Vec::new() };
    let mut all = vec![req::CLIENT_REPORTS_NO_FALSE_SUCCESS];
    let gives =
        |exchange: &&Exchange| exchange.request.body.json().is_some_and(|body| body.get("loginId").is_some());
    if call.own.iter().any(gives) {
        all.push(req::CLIENT_SENDS_INPUT_UNCHANGED);
    }
    if call.result.error().is_some() {
        all.push(req::CLIENT_FAILS_CLEANLY);
    }
    let Ok(response) = answer else { return all };
    let login = exchange.operation.is_some_and(OperationId::is_verify);
    let sends = exchange.operation.is_some_and(|id| contract.operation(id).issues_code);
    let empty = response.body.json().and_then(Value::as_object).is_some_and(serde_json::Map::is_empty);
    match response.is_success() {
        true if sends && empty => all.push(req::CLIENT_ACCEPTS_EMPTY_OBJECT),
        true if login && by_cookie(exchange, response) => all.push(req::CLIENT_READS_REFRESH_COOKIE),
        true if allowed(contract, exchange, response) => all.push(req::CLIENT_ACCEPTS_DOCUMENTED_ANSWERS),
        true if login => all.push(req::CLIENT_LOGIN_NEEDS_SESSION_TOKEN),
        _ => {}
    }
    if response.error_code().is_some() && response.status != 429 {
        all.push(req::CLIENT_SHOWS_ERROR_CODE);
    }
    if response.status == 429 && response.header("retry-after").is_some() {
        all.push(req::CLIENT_REPORTS_RATE_LIMIT);
    }
    all
}

fn by_cookie(exchange: &Exchange, response: &Response) -> bool {
    let login = exchange.operation.is_some_and(OperationId::is_verify);
    login && response.body.str_at("/refreshJwt").is_none() && cookie(response, "DSR=")
}

/// What the caller gave is what is sent.
fn unaltered(contract: &Contract, call: &Call<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for exchange in &call.own {
        for member in ["loginId", "code"] {
            let (Some(given), Some(body)) = (call.result.given.get(member), exchange.request.body.json())
            else {
                continue;
            };
            let sent = body.get(member).unwrap_or(&Value::Null);
            // A number for a code is a finding of its own.
            if sent != given && !is_number(sent) {
                let seen = format!("{member} {sent}");
                findings.push(finding(
                    contract,
                    NAME,
                    req::CLIENT_SENDS_INPUT_UNCHANGED,
                    format!("{member} {given}"),
                    seen,
                    &[exchange.id],
                ));
            }
        }
    }
    findings
}

fn is_number(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.ends_with("|number>"))
}

fn result(contract: &Contract, call: &Call<'_>) -> Vec<Finding> {
    let Some((exchange, answer)) = call.last() else { return Vec::new() };
    let seen = format!("the caller got {}", words(call.result));
    let found = |number: RequirementId, expected: String| {
        finding(contract, NAME, number, expected, seen.clone(), &[exchange.id])
    };
    let response = match answer {
        Ok(response) => response,
        // How a broken connection is called is the platform's affair.
        Err(loss) if call.result.ok().is_some() => {
            return vec![found(req::CLIENT_REPORTS_NO_FALSE_SUCCESS, format!("an error: {loss}"))];
        }
        Err(_) => return Vec::new(),
    };
    let findings = match response.is_success() {
        true => success(contract, call, exchange, response, &found),
        false => refusal(call.result, response, &found),
    };
    let foreign = call.result.error().is_some_and(|error| error.get("own") == Some(&Value::Bool(false)));
    if (foreign || call.result.silent()) && findings.is_empty() {
        return vec![found(req::CLIENT_FAILS_CLEANLY, "an error of the client's own".into())];
    }
    findings
}

fn refusal(
    result: &ClientResult,
    response: &Response,
    found: &dyn Fn(RequirementId, String) -> Finding,
) -> Vec<Finding> {
    let Some(error) = result.error() else {
        return if result.silent() {
            Vec::new()
        } else {
            vec![found(req::CLIENT_REPORTS_NO_FALSE_SUCCESS, format!("an error: {}", brief(response)))]
        };
    };
    let mut findings = Vec::new();
    if let Some(code) = response.error_code() {
        let shown = ["code", "text"].into_iter().filter_map(|name| error.get(name)).filter_map(Value::as_str);
        // Of a 429 the wait is what matters; the code may be an edge's.
        if !shown.into_iter().any(|text| text.contains(code)) && response.status != 429 {
            findings.push(found(req::CLIENT_SHOWS_ERROR_CODE, format!("an error with {code}")));
        }
    }
    let wait = response.header("retry-after").and_then(|text| text.trim().parse::<u64>().ok());
    if let (429, Some(wait)) = (response.status, wait)
        && error.get("retryAfter").and_then(Value::as_u64) != Some(wait)
    {
        findings.push(found(req::CLIENT_REPORTS_RATE_LIMIT, format!("an error that says to wait {wait} s")));
    }
    findings
}

fn success(
    contract: &Contract,
    call: &Call<'_>,
    exchange: &Exchange,
    response: &Response,
    found: &dyn Fn(RequirementId, String) -> Finding,
) -> Vec<Finding> {
    let login = exchange.operation.is_some_and(OperationId::is_verify);
    let by_cookie = by_cookie(exchange, response);
    let Some(value) = call.result.ok() else {
        let fair = trick(exchange).is_none() && !call.hampered && allowed(contract, exchange, response);
        let empty = response.body.json().and_then(Value::as_object).is_some_and(serde_json::Map::is_empty);
        let number = match exchange.operation.is_some_and(|id| contract.operation(id).issues_code) {
            true if empty => req::CLIENT_ACCEPTS_EMPTY_OBJECT,
            _ if by_cookie => req::CLIENT_READS_REFRESH_COOKIE,
            _ => req::CLIENT_ACCEPTS_DOCUMENTED_ANSWERS,
        };
        return if fair && !call.result.silent() {
            vec![found(number, "success".into())]
        } else {
            Vec::new()
        };
    };
    let answers_with_an_object =
        login || matches!(exchange.operation, Some(OperationId::Refresh | OperationId::Me));
    if answers_with_an_object && !response.body.json().is_some_and(Value::is_object) {
        return vec![found(
            req::CLIENT_REPORTS_NO_FALSE_SUCCESS,
            "an error: the answer is no JSON object".into(),
        )];
    }
    if login && response.body.str_at("/sessionJwt").is_none() && response.session_token().is_none() {
        return vec![found(
            req::CLIENT_LOGIN_NEEDS_SESSION_TOKEN,
            "an error: the answer holds no session token".into(),
        )];
    }
    let unseen = value.get("refreshToken").is_none_or(|token| token.is_null() || token == "");
    if by_cookie && unseen {
        return vec![found(req::CLIENT_READS_REFRESH_COOKIE, "the refresh token of the cookie".into())];
    }
    Vec::new()
}

/// Whether the documents allow this answer: then refusing it is the client's fault.
fn allowed(contract: &Contract, exchange: &Exchange, response: &Response) -> bool {
    let Some(operation) = exchange.operation.map(|id| contract.operation(id)) else { return false };
    let Payload::Json(body) = &response.body else { return false };
    // A client may look for the session token in the body alone, which is where it is by default.
    let brings = matches!(operation.id.template(), OperationId::VERIFY | OperationId::Refresh);
    let brought = body["sessionJwt"].as_str().is_some_and(|token| !token.is_empty());
    (brought || !brings) && contract.schemas().is_valid(&operation.response, body)
}

fn cookie(response: &Response, start: &str) -> bool {
    response.headers.iter().any(|(name, value)| name == "set-cookie" && value.starts_with(start))
}

/// What the client did after a hostile answer, whether or not a requirement is about it.
fn policy(call: &Call<'_>) -> Option<Policy> {
    let answer = call.own.iter().find_map(|it| injected(it))?;
    let times = match call.own.len() {
        1 => String::new(),
        many => format!(" after {many} requests"),
    };
    let answered = format!("the caller gets {}{times}", words(call.result));
    Some(Policy { question: format!("{} answered by: {answer}", call.result.call), answer: answered })
}
