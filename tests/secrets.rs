//! No artefact of a run shows a code, a token, a number or a key: the values are known from the server's own inbox.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

mod serve;

use std::collections::HashSet;

use serde_json::Value;
use serve::{Desk, KEY, PROJECT, Server};

/// The words of a text: a secret of letters and digits shows in it where it is one of them.
fn words(text: &str) -> HashSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).collect()
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

/// Where a run leaves what it found: flags and files.
const FILES: [&str; 12] = [
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

fn artefacts(desk: &Desk) -> Vec<(String, String)> {
    FILES.chunks(2).map(|pair| (pair[1].to_owned(), readable(pair[1], &desk.read(pair[1])))).collect()
}

/// No artefact shows one of these values, or any token at all.
fn innocent(artefacts: &[(String, String)], secrets: &[&str]) {
    for (name, text) in artefacts {
        assert!(!text.is_empty() || name == "stderr", "{name} is empty");
        let words = words(text);
        for secret in secrets {
            let plain = secret.trim_start_matches('+');
            let is_word = plain.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let shows = if is_word { words.contains(plain) } else { text.contains(plain) };
            assert!(!shows, "{name} shows {secret}");
        }
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))) {
            let token = word.starts_with("ey") && word.len() > 40 && word.matches('.').count() == 2;
            assert!(!token, "{name} shows a token: {word}");
        }
    }
}

#[test]
fn no_artefact_shows_a_secret() {
    // Faults, so that failures are printed in full, with the exchanges that show them.
    let server = Server::start(&["--fault", "never-consumed"]);
    let desk = Desk::new();
    let ended = desk
        .against(&server, &[&["--codes", "emulator", "--verbose", "scenario::"], &FILES[..]].concat())
        .with(1);
    let doctor =
        desk.run(&["doctor", "--target", &server.url, "--project-id", PROJECT, "--codes", "emulator"]);
    let mut artefacts = artefacts(&desk);
    // A command is printed to be pasted, and asks the shell for what is not shown.
    assert!(ended.out.contains("--project-id \"$OTP_PROJECT_ID\""), "{}", ended.out);
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
    innocent(&artefacts, &secrets);
    assert!(artefacts.iter().any(|(_, text)| text.contains("<code:A1>")));
}

/// The proxy as a process of its own, until it is interrupted.
#[cfg(unix)]
fn recorded(desk: &Desk, target: &str, client: impl FnOnce(&str)) -> serve::Ended {
    use std::io::{BufRead as _, BufReader, Read as _};
    let flags = ["proxy", "--target", target, "--project-id", PROJECT, "--codes", "none"];
    let mut command = desk.command(&[&flags[..], &FILES].concat());
    let mut proxy = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(proxy.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    client(line.trim().strip_prefix("listening http://").unwrap());
    let id = rustix::process::Pid::from_child(&proxy);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    serve::Ended { status: proxy.wait().unwrap().code().unwrap_or(-1), out: text, err: String::new() }
}

/// What a client brings along was never in an inbox of ours, or in any answer.
#[cfg(unix)]
#[test]
fn no_recording_of_a_client_shows_what_the_client_brought_along() {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
    let part = |text: &str| BASE64URL.encode(text);
    let head = part(r#"{"alg":"RS256","typ":"JWT","kid":"another"}"#);
    let token = |drn: &str, n: u8| {
        format!(
            "{head}.{}.{}",
            part(&format!(r#"{{"drn":"{drn}","sub":"U2abroad{n}"}}"#)),
            part(&"s".repeat(64))
        )
    };
    let (bearer, cookie, body, query) = (token("DSR", 1), token("DSR", 2), token("DS", 3), token("DS", 4));
    let (number, other, code) = ("+12025550143", "12025550144", "590271");
    let (key, project) = ("K2aKeyThatWasNeverToldUs", "P2aProjectThatWasNeverToldUs");
    let json = "application/json";
    let post = |path: &str, bearer: &str, label: &str, more: &str, body: &str| {
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nauthorization: {bearer}");
        format!("{head}\r\ncontent-type: {label}\r\n{more}content-length: {length}\r\n\r\n{body}")
    };
    let ours = format!("Bearer {PROJECT}");
    let named = format!(r#"{{"loginId":"{number}"}}"#);
    let form = format!("loginId=%2B{}&code={code}", &number[1..]);
    let requests = [
        post("/v1/auth/refresh", &format!("{ours}:{bearer}"), json, "", "{}"),
        post("/v1/auth/logout", &ours, json, &format!("cookie: DSR={cookie}; sid=7d1f0a3c55e2\r\n"), "{}"),
        post("/v1/auth/validate", &ours, json, "", &format!(r#"{{"sessionJwt":"{body}"}}"#)),
        post(&format!("/v1/auth/me?token={query}"), &ours, json, "x-api-key: 0d9e8f7a6b5c\r\n", "{}"),
        post("/v1/auth/otp/signup-in/sms", &format!("Bearer {project}:{key}"), json, "", &named),
        post(
            "/v1/auth/otp/verify/sms",
            &ours,
            json,
            "",
            &format!(r#"{{"loginId":"{other}","code":{code}}}"#),
        ),
        post("/v1/auth/otp/verify/sms", &ours, "application/x-www-form-urlencoded", "", &form),
        post("/v1/auth/password/signin", &ours, json, "", r#"{"loginId":"ada","password":"tr0ub4dor"}"#),
    ];
    let server = Server::start(&[]);
    let desk = Desk::new();
    let ended = recorded(&desk, &server.url, |address| {
        for request in &requests {
            use std::io::{Read as _, Write as _};
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        }
    });
    let mut artefacts = artefacts(&desk);
    artefacts.push(("stdout".into(), ended.out.replace(&format!("--project-id {PROJECT}"), "")));
    let plain =
        [number, other, code, key, project, PROJECT, KEY, "tr0ub4dor", "7d1f0a3c55e2", "0d9e8f7a6b5c"];
    innocent(&artefacts, &[&plain[..], &[&bearer, &cookie, &body, &query]].concat());
    let record = &artefacts[0].1;
    assert!(record.contains("<refresh:1>") && record.contains("<session:1>"), "{record}");
}
