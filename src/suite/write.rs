//! A scenario as suite text: what is drawn at random ends as a case that people read, keep and promote.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::{Call, Field, How, Reference, Scenario, Step, StepAction, Template, Wait};
use super::{RawText, Repeat};
use crate::exchange::Seen;

/// The scenario in suite format, ready to be pasted into a suite file. Expectations of details are left out: cases
/// drawn at random have none.
pub fn write(scenario: &Scenario) -> String {
    let proves: Vec<String> = scenario.proves.iter().map(|id| format!("\"{id}\"")).collect();
    let mut text =
        format!("[[scenario]]\nname = {}\nproves = [{}]\n", string(&scenario.name), proves.join(", "));
    if let Some(note) = &scenario.note {
        text.push_str(&format!("note = {}\n", string(note)));
    }
    if let Some(group) = &scenario.group {
        text.push_str(&format!("group = {}\n", string(group)));
    }
    if let Some(trial) = &scenario.found_by {
        text.push_str(&format!("found-by = {}\n", string(trial)));
    }
    if !scenario.by_mail.is_empty() {
        let people: Vec<String> = scenario.by_mail.iter().map(|name| string(name)).collect();
        text.push_str(&format!("by-mail = [{}]\n", people.join(", ")));
    }
    if let Some(form) = scenario.names {
        text.push_str(&format!("names = \"{}\"\n", form.word()));
    }
    if scenario.rounds != 1 {
        text.push_str(&format!("rounds = {}\n", scenario.rounds));
    }
    text.push_str("steps = [\n");
    for step in &scenario.steps {
        text.push_str(&format!("  {},\n", write_step(step)));
    }
    text + "]\n"
}

fn write_step(step: &Step) -> String {
    let repeat = write_repeat(step.repeat);
    match &step.action {
        StepAction::Call(call) => format!("{{ {}{repeat} }}", write_call(call)),
        StepAction::Together(calls) => {
            let call = |call: &Call| format!("{{ {}{} }}", write_call(call), write_repeat(call.copies));
            let calls: Vec<String> = calls.iter().map(call).collect();
            format!("{{ together = [{}]{repeat} }}", calls.join(", "))
        }
        StepAction::Wait(Wait::For(duration)) => {
            format!("{{ wait = \"{}ms\"{repeat} }}", duration.as_millis())
        }
        StepAction::Wait(Wait::CodeTtl) => format!("{{ wait = \"code-ttl\"{repeat} }}"),
        StepAction::Wait(Wait::MostOfCodeTtl) => format!("{{ wait = \"most-of-code-ttl\"{repeat} }}"),
        StepAction::Wait(Wait::RestOfRun) => format!("{{ wait = \"rest-of-run\"{repeat} }}"),
        StepAction::Wait(Wait::ResendWindow) => format!("{{ wait = \"resend-window\"{repeat} }}"),
    }
}

fn write_repeat(repeat: Repeat) -> String {
    match repeat {
        Repeat::Times(1) => String::new(),
        Repeat::Times(times) => format!(", repeat = {times}"),
        Repeat::MaxAttempts => ", repeat = \"max-attempts\"".into(),
        Repeat::ResendLimit => ", repeat = \"resend-limit\"".into(),
        Repeat::TestUserLimit => ", repeat = \"test-user-limit\"".into(),
        Repeat::UntilRefused => ", repeat = \"until-refused\"".into(),
    }
}

fn write_call(call: &Call) -> String {
    let mut parts = vec![format!("call = \"{}\"", call.operation)];
    let mut add = |key: &str, value: String| parts.push(format!("{key} = {value}"));
    if let Some(with) = &call.with {
        add("with", toml(&unfilled(with)));
    }
    if let Some(raw) = &call.raw {
        match &raw.text {
            RawText::Text(template) => add("raw", toml(&unfilled(template))),
            RawText::Bytes(bytes) => add("raw-base64", string(&BASE64_STANDARD.encode(bytes))),
        }
        add("content-type", string(&raw.content_type));
    }
    if let Some(bearer) = &call.bearer {
        add("bearer", toml(&unfilled(bearer)));
    }
    if let Some(method) = &call.method {
        add("method", string(method));
    }
    let table = |list: &[(String, Template)]| {
        let mut map = Map::new();
        for (key, template) in list {
            let value = unfilled(template);
            match map.get_mut(key) {
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.clone(), value]),
                None => {
                    map.insert(key.clone(), value);
                }
            }
        }
        toml(&Value::Object(map))
    };
    if !call.query.is_empty() {
        add("query", table(&call.query));
    }
    if !call.headers.is_empty() {
        add("headers", table(&call.headers));
    }
    if call.chunked {
        add("chunked", "true".into());
    }
    if let Some(by) = &call.by {
        add("by", string(by));
    }
    if let Some(to) = &call.to {
        add("to", string(to));
    }
    if call.or_stop {
        add("or-stop", "true".into());
    }
    match call.expect.iter().find_map(|expect| expect.seen) {
        Some(Seen::Accepted) => add("expect", "\"accepted\"".into()),
        Some(Seen::Refused) => add("expect", "\"refused\"".into()),
        Some(Seen::Answered) => add("expect", "\"answered\"".into()),
        None => {}
    }
    parts.join(", ")
}

/// The value as an author would write it, references and all.
fn unfilled(template: &Template) -> Value {
    match template {
        Template::Literal(value) => escaped(value),
        Template::Reference(reference) => format!("${}", spell(reference)).into(),
        Template::List(items) => items.iter().map(unfilled).collect(),
        Template::Members(members) => {
            members.iter().map(|(key, member)| (key.clone(), unfilled(member))).collect::<Map<_, _>>().into()
        }
        Template::Text(parts) => {
            let part = |part: &Template| match part {
                Template::Reference(reference) => format!("${{{}}}", spell(reference)),
                other => unfilled(other).as_str().map(str::to_owned).unwrap_or_default(),
            };
            parts.iter().map(part).collect::<String>().into()
        }
    }
}

/// A dollar sign at the start of a text is doubled, and null is written as a reference.
fn escaped(value: &Value) -> Value {
    match value {
        Value::Null => "$null".into(),
        Value::String(text) if text.starts_with('$') => format!("${text}").into(),
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, member)| (key.clone(), escaped(member))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn spell(reference: &Reference) -> String {
    match reference {
        Reference::Null => "null".into(),
        Reference::Project(how) => format!("project{}", changed(*how)),
        Reference::Management(how) => format!("management{}", changed(*how)),
        Reference::AuthManagement => "auth".into(),
        Reference::Static => "static".into(),
        Reference::StaticLogin => "static-login".into(),
        Reference::Unknown => "unknown".into(),
        Reference::Wrong => "wrong".into(),
        Reference::Text(length, 'x') => format!("text:{length}"),
        Reference::Text(length, symbol) => format!("text:{length}:{symbol}"),
        Reference::Saved { name, pointer } => format!("{name}{pointer}"),
        Reference::Person { name, field, how } => {
            let nth =
                |word: &str, n: &Option<usize>| n.map_or(format!(".{word}"), |n| format!(".{word}.{n}"));
            let field = match field {
                Field::Phone => String::new(),
                Field::Name => ".name".into(),
                Field::UserId => ".userId".into(),
                Field::Code(n) => nth("code", n),
                Field::Generated(n) => nth("generated", n),
                Field::Refresh(n) => nth("refresh", n),
                Field::Session(n) => nth("session", n),
            };
            format!("{name}{field}{}", changed(*how))
        }
    }
}

fn changed(how: Option<How>) -> String {
    how.map(|how| format!("|{}", how.word())).unwrap_or_default()
}

/// A JSON value as an inline TOML value. Numbers that TOML cannot hold become texts: nothing may be lost silently.
fn toml(value: &Value) -> String {
    match value {
        Value::Null => "\"$null\"".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) if number.is_i64() || number.is_f64() => {
            let text = number.to_string();
            if number.is_f64() && !text.contains(['.', 'e', 'E']) { format!("{text}.0") } else { text }
        }
        Value::Number(number) => string(&number.to_string()),
        Value::String(text) => string(text),
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(members) if members.is_empty() => "{}".into(),
        Value::Object(members) => {
            let member = |(key, member): (&String, &Value)| format!("{} = {}", self::key(key), toml(member));
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
    }
}

fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { text.to_owned() } else { string(text) }
}

/// A basic TOML string.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests;
