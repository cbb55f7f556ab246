//! A whole history as a shell script: codes are read while it runs, tokens are taken from its own answers.

use std::collections::BTreeSet;

use super::curl::{curl, found, needed, variable};
use super::text::{plain, shell_quoted};
use crate::exchange::{Delivery, Event, Exchange, History, Placeholder, SecretKind};

/// Asks for a code: the command line in `$OTP_CODES` prints the newest one of `$OTP_LOGIN_ID`, else a person types it.
const READ_CODE: &str = r#"code() {
  if [ -n "${OTP_CODES:-}" ]; then OTP_LOGIN_ID=$1 sh -c "$OTP_CODES"; return; fi
  printf 'code sent to %s: ' "$1" >&2
  read -r typed && printf '%s' "$typed"
}
"#;

/// The script. What nothing in it produces must be in the environment, and it says so before it sends anything.
pub fn script(history: &History, target: &str) -> String {
    let mut known = BTreeSet::new();
    let mut missing = Vec::new();
    let mut steps = String::new();
    for (at, event) in history.events.iter().enumerate() {
        match event {
            Event::Exchange(exchange) => {
                let unknown = |name: &String| known.insert(name.clone());
                missing.extend(needed(&exchange.request).into_iter().filter(unknown));
                steps.push_str(&step(exchange, target));
                steps.push_str(&answers(exchange, &later(history, at), &mut known));
            }
            Event::Delivery(seen) => {
                steps.push_str(&delivery(seen, &later(history, at), &mut known, &mut missing));
            }
            Event::Clock(moved) => {
                let seconds = moved.by.div_ceil(1_000_000);
                steps.push_str(&format!(
                    "\n# the clock was moved; a server without such a clock needs the wait\nsleep {seconds}\n"
                ));
            }
        }
    }
    let demand = missing.iter().filter_map(|name| Some((Placeholder::parse(name)?, name)));
    let demand = demand.map(|(stand_in, name)| {
        format!(": \"${{{}:?placeholder of {}}}\"\n", variable(stand_in), safe(name))
    });
    format!("#!/bin/sh\n# needs curl and jq\nset -eu\n{}\n{READ_CODE}{steps}", demand.collect::<String>())
}

fn step(exchange: &Exchange, target: &str) -> String {
    let named = exchange.operation.map_or("no operation of the contract", |operation| operation.as_str());
    let command = curl(exchange, target).replace('\n', "\n  ");
    // A remark ends the line, and with it the parenthesis it would swallow.
    format!("\n# {} {named}\nanswer=$({command}\n)\nprintf '%s\\n' \"$answer\"\n", exchange.id)
}

/// Takes from the answer what later requests need.
fn answers(exchange: &Exchange, later: &BTreeSet<String>, known: &mut BTreeSet<String>) -> String {
    let body = exchange.answer.response().and_then(|response| response.body.json());
    let mut text = String::new();
    for (name, path) in body.map(found).unwrap_or_default() {
        let wanted = later.contains(&name) && !known.contains(&name);
        let Some(stand_in) =
            Placeholder::parse(&name).filter(|name| wanted && name.kind != SecretKind::Phone)
        else {
            continue;
        };
        text.push_str(&format!(
            "{}=$(printf '%s' \"$answer\" | jq --raw-output {})\n",
            variable(stand_in),
            shell_quoted(&path)
        ));
        known.insert(name);
    }
    text
}

fn delivery(
    seen: &Delivery,
    later: &BTreeSet<String>,
    known: &mut BTreeSet<String>,
    missing: &mut Vec<String>,
) -> String {
    let (Some(to), Some(code)) = (Placeholder::parse(&seen.to), Placeholder::parse(&seen.code)) else {
        return String::new();
    };
    if !later.contains(&seen.code) || !known.insert(seen.code.clone()) {
        return String::new();
    }
    if known.insert(seen.to.clone()) {
        missing.push(seen.to.clone());
    }
    format!("{}=$(code \"${}\")\n", variable(code), variable(to))
}

/// The stand-ins that requests after an event need.
fn later(history: &History, at: usize) -> BTreeSet<String> {
    let events = history.events.iter().skip(at + 1);
    let requests = events.filter_map(|event| match event {
        Event::Exchange(exchange) => Some(&exchange.request),
        _ => None,
    });
    requests.flat_map(needed).collect()
}

/// Inside `${…:?…}` a stand-in's brackets are text, and so must everything else be.
fn safe(name: &str) -> String {
    plain(name).chars().filter(|c| c.is_alphanumeric() || "<>:|_-".contains(*c)).collect()
}
