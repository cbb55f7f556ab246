//! One row of a hostile suite, and the cases that it means.

use std::time::Duration;

use serde::Deserialize;

use super::{CALLS, HostileCase, HostileError, Injection, Point};
use crate::contract::{Contract, DeliveryMethod, RequirementId};
use crate::exchange::Place;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Row {
    name: String,
    about: String,
    proves: Vec<RequirementId>,
    calls: Vec<String>,
    at: Option<String>,
    /// One case for each of these calls; `$each` in `calls` and `at` is that call, `$before` those that lead up to it.
    #[serde(default)]
    each: Vec<String>,
    /// One case for each of these statuses; `$status` in `name` is that status.
    #[serde(default)]
    each_status: Vec<u16>,
    #[serde(default = "once")]
    times: usize,
    #[serde(default)]
    after: usize,
    patience_ms: Option<u64>,
    #[serde(default)]
    answer: Injection,
}

fn once() -> usize {
    1
}

/// The cases of a row: one, or one for each of the statuses and calls that it names.
pub(super) fn cases(
    suite: &str,
    row: Row,
    place: Place,
    contract: &Contract,
) -> Result<Vec<HostileCase>, HostileError> {
    let rows = by_status(row).into_iter().flat_map(by_call);
    rows.map(|row| case(suite, row, place.clone(), contract)).collect()
}

fn by_status(row: Row) -> Vec<Row> {
    if row.each_status.is_empty() {
        return vec![row];
    }
    let of = |status: &u16| {
        let name = row.name.replace(STATUS, &status.to_string());
        Row { name, answer: Injection { status: Some(*status), ..row.answer.clone() }, ..row.clone() }
    };
    row.each_status.iter().map(of).collect()
}

fn by_call(row: Row) -> Vec<Row> {
    if row.each.is_empty() {
        return vec![row];
    }
    let of = |call: &String| {
        let filled = |text: &String| match text.as_str() {
            EACH => vec![call.clone()],
            BEFORE => before(call).iter().map(|&call| call.to_owned()).collect(),
            _ => vec![text.clone()],
        };
        let at =
            row.at.as_ref().map(|at| if at == EACH { operation_of(call).to_owned() } else { at.clone() });
        let calls = row.calls.iter().flat_map(filled).collect();
        Row { name: format!("{} at {call}", row.name), calls, at, ..row.clone() }
    };
    row.each.iter().map(of).collect()
}

/// In place of each call of a row.
const EACH: &str = "$each";
/// In place of the calls that lead up to it.
const BEFORE: &str = "$before";
/// In place of each status of a row.
const STATUS: &str = "$status";

/// What must be called before a call can be made as it should.
fn before(call: &str) -> &'static [&'static str] {
    match call {
        "signup-in" | "signup" => &[],
        "verify" | "wrong-code" => &["signup-in"],
        _ => &["signup-in", "verify"],
    }
}

fn case(suite: &str, row: Row, place: Place, contract: &Contract) -> Result<HostileCase, HostileError> {
    let wrong = |what: String| HostileError { place: place.clone(), what };
    let at = match row.at.as_deref() {
        None => None,
        Some("send") => Some(Point::Send),
        Some(name) => Some(Point::Operation(name.parse().map_err(|error| wrong(format!("at: {error}")))?)),
    };
    if let Some(call) = row.calls.iter().find(|call| !CALLS.contains(&call.as_str())) {
        return Err(wrong(format!("no call {call:?}; there are {}", CALLS.join(", "))));
    }
    if let Some(id) = row.proves.iter().find(|id| contract.requirement(**id).is_none()) {
        return Err(wrong(format!("{id} is no requirement of set {}", contract.set_name())));
    }
    if at.is_none() && row.answer != Injection::default() {
        return Err(wrong("an answer needs the point where it is put: `at`".into()));
    }
    if row.calls.is_empty() {
        return Err(wrong("a case needs calls".into()));
    }
    Ok(HostileCase {
        name: format!("hostile::{suite}::{}", slug(&row.name)),
        about: row.about,
        proves: row.proves,
        calls: row.calls,
        method: DeliveryMethod::Sms,
        at,
        times: row.times,
        after: row.after,
        patience: row.patience_ms.map(Duration::from_millis),
        moment: None,
        answer: row.answer,
        place,
    })
}

fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// The operation that a call of a case leads to, where the name says it.
fn operation_of(call: &str) -> &str {
    match call {
        "signup" => "signup-sms",
        "signin" | "stepup" | "stepup-with-token" => "signin-sms",
        "update-phone" => "update-phone-sms",
        "verify" | "wrong-code" => "verify-sms",
        "signup-in" => "signup-in-sms",
        other => other,
    }
}
