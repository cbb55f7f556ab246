//! No artefact of a run shows a code, a token, a number or a key: the values are known from the server's own inbox.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

mod serve;

use serde_json::Value;
use serve::{Desk, KEY, PROJECT, Server};

/// Whether a text holds a value as a whole word.
fn shows(text: &str, value: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(value).any(|(at, found)| {
        !part(text[..at].chars().next_back()) && !part(text[at + found.len()..].chars().next())
    })
}

/// The texts of a JSON document: a count or a time that happens to equal a code is none.
fn texts(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => into.push_str(&format!("{text}\n")),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(members) => {
            for (name, member) in members {
                into.push_str(&format!("{name}\n"));
                texts(member, into);
            }
        }
        _ => {}
    }
}

fn readable(name: &str, text: &str) -> String {
    let lines: Vec<&str> = if name.ends_with(".ndjson") { text.lines().collect() } else { vec![text] };
    if !name.contains("json") && !name.ends_with(".har") {
        return text.to_owned();
    }
    let mut all = String::new();
    for line in lines {
        texts(&serde_json::from_str(line).unwrap(), &mut all);
    }
    all
}

#[test]
fn no_artefact_shows_a_secret() {
    // Faults, so that failures are printed in full, with the exchanges that show them.
    let server = Server::start(&["--fault", "never-consumed"]);
    let desk = Desk::new();
    let files = [
        "--record",
        "run.ndjson",
        "--json",
        "sum.json",
        "--junit",
        "run.xml",
        "--markdown",
        "run.md",
        "--html",
        "run.html",
        "--har",
        "run.har",
    ];
    let ended = desk
        .against(&server, &[&["--codes", "emulator", "--verbose", "scenario::"], &files[..]].concat())
        .with(1);
    let doctor =
        desk.run(&["doctor", "--target", &server.url, "--project-id", PROJECT, "--codes", "emulator"]);
    let mut artefacts: Vec<(String, String)> =
        files.chunks(2).map(|pair| (pair[1].to_owned(), readable(pair[1], &desk.read(pair[1])))).collect();
    artefacts.push(("stdout".into(), ended.out));
    artefacts.push(("stderr".into(), ended.err));
    artefacts.push(("doctor".into(), doctor.out + &doctor.err));

    let (_, inbox) = server.ask("GET", "/emulator/messages", PROJECT, "");
    let inbox: Value =
        serde_json::from_str(&inbox[inbox.find('{').unwrap()..=inbox.rfind('}').unwrap()]).unwrap();
    let messages = inbox["messages"].as_array().unwrap();
    assert!(messages.len() > 20);
    let of = |member: &'static str| messages.iter().map(move |message| message[member].as_str().unwrap());
    let secrets: Vec<&str> = of("token").chain(of("recipient")).chain([KEY, PROJECT]).collect();
    for (name, text) in &artefacts {
        assert!(!text.is_empty() || name == "stderr", "{name} is empty");
        for secret in &secrets {
            let digits = secret.trim_start_matches('+');
            assert!(!shows(text, digits), "{name} shows {secret}");
        }
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))) {
            let token = word.starts_with("ey") && word.len() > 40 && word.matches('.').count() == 2;
            assert!(!token, "{name} shows a token: {word}");
        }
    }
    assert!(artefacts.iter().any(|(_, text)| text.contains("<code:A1>")));
}
