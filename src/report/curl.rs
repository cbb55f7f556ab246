//! Exchanges as curl commands that can be typed again: every hidden value becomes a shell variable.

use std::borrow::Cow;

use serde_json::Value;

use super::text::{is_unsafe, plain};
use crate::exchange::{Exchange, Payload, Placeholder, Request, SecretKind};

/// Header fields that curl writes by itself.
const AUTOMATIC: [&str; 6] =
    ["host", "content-length", "connection", "user-agent", "accept", "accept-encoding"];

/// One exchange as a command. `target` is the base URL; hidden values come from `$OTP_…` variables.
pub fn curl(seen: &Exchange, target: &str) -> String {
    let request = &seen.request;
    let url = format!("{}{}", target.trim_end_matches('/'), request.path);
    let mut words =
        vec![format!("curl --silent --show-error --request {}", word(&request.method)), word(&url)];
    let headers = request.headers.iter().filter(|(name, _)| !AUTOMATIC.contains(&name.as_str()));
    words.extend(headers.map(|(name, value)| header(name, value)));
    let body = request.body.text();
    if let Some(body) = body.as_deref().filter(|body| !body.contains(is_unsafe)) {
        words.push(format!("--data-raw {}", word(body)));
        return words.join(" \\\n  ") + &remark(request);
    }
    let Some(body) = body else { return words.join(" \\\n  ") };
    // An argument holds no NUL, and a terminal should be handed no escape sequence: bytes like these go through a pipe.
    words.push("--data-binary @-".to_owned());
    format!("printf {} |\n  {}{}", format_word(&body), words.join(" \\\n  "), remark(request))
}

/// Says so where the recording did not keep the whole body.
fn remark(request: &Request) -> String {
    match &request.body {
        Payload::Other { bytes, text } if text.len() < *bytes || text.contains('\u{fffd}') => {
            format!(" # the recording kept {} of {bytes} bytes", text.len())
        }
        _ => String::new(),
    }
}

fn header(name: &str, value: &str) -> String {
    // curl leaves out a field without a value, unless it ends in a semicolon.
    let field = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
    format!("--header {}", word(&field))
}

/// One word of a shell: quoted, stand-ins replaced by variables.
fn word(text: &str) -> String {
    if text.contains(is_unsafe) {
        return format!("\"$(printf {})\"", format_word(text));
    }
    quote(text, |literal| literal.replace('\'', r"'\''"))
}

/// The format of a `printf` that writes the text: everything unsafe as octal bytes.
fn format_word(text: &str) -> String {
    quote(text, |literal| {
        let mut format = String::new();
        for c in literal.chars() {
            match c {
                '\'' => format.push_str(r"'\''"),
                '\\' => format.push_str(r"\\"),
                '%' => format.push_str("%%"),
                c if is_unsafe(c) => {
                    let octal = |byte: &u8| format!("\\{byte:03o}");
                    format.extend(c.encode_utf8(&mut [0; 4]).as_bytes().iter().map(octal));
                }
                c => format.push(c),
            }
        }
        format
    })
}

/// Single quotes around what is literal, double quotes around the variables between.
fn quote(text: &str, literal: impl Fn(&str) -> String) -> String {
    let mut word = String::from("'");
    for part in parts(text) {
        match part {
            Part::Text(text) => word.push_str(&literal(text)),
            Part::Hidden(name) => word.push_str(&format!("'\"${}\"'", variable(name))),
        }
    }
    word.push('\'');
    // An empty pair of quotes beside a variable only hurts the eye.
    let tidy = word.strip_prefix("''\"").map(|rest| format!("\"{rest}")).unwrap_or(word);
    tidy.strip_suffix("\"''").map(|rest| format!("{rest}\"")).unwrap_or(tidy)
}

enum Part<'a> {
    Text(&'a str),
    Hidden(Placeholder<'a>),
}

/// The text, parted at its stand-ins.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut done) = (Vec::new(), 0);
    for (open, _) in text.match_indices('<') {
        let close = text[open..].find('>').map(|at| open + at + 1);
        let hidden = close.and_then(|close| Some((close, Placeholder::parse(&text[open..close])?)));
        if let Some((close, name)) = hidden {
            parts.push(Part::Text(&text[done..open]));
            parts.push(Part::Hidden(name));
            done = close;
        }
    }
    parts.push(Part::Text(&text[done..]));
    parts
}

/// `OTP_CODE_A1`; project and management key go by the names of the settings.
pub(crate) fn variable(name: Placeholder<'_>) -> String {
    match (name.kind, name.label) {
        (SecretKind::Project, "") => return "OTP_PROJECT_ID".to_owned(),
        (SecretKind::Key, "management") => return "OTP_MANAGEMENT_KEY".to_owned(),
        _ => {}
    }
    let how = name.how.map(|how| format!("_{how}")).unwrap_or_default();
    let text = format!("OTP_{}_{}{how}", name.kind.word(), name.label);
    let safe = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    text.trim_end_matches('_').chars().map(safe).collect()
}

/// The stand-ins that a request needs, in order, once each.
pub(crate) fn needed(request: &Request) -> Vec<String> {
    let mut texts = vec![request.path.clone()];
    texts.extend(request.headers.iter().map(|(_, value)| value.clone()));
    texts.extend(request.body.text().map(Cow::into_owned));
    let mut names: Vec<String> = Vec::new();
    for text in &texts {
        for part in parts(text) {
            if let Part::Hidden(name) = part
                && !names.contains(&name.to_string())
            {
                names.push(name.to_string());
            }
        }
    }
    names
}

/// Where an answer holds a hidden value: the path of jq to each string that is a stand-in and nothing else.
pub(crate) fn found(body: &Value) -> Vec<(String, String)> {
    fn walk(value: &Value, path: &mut String, found: &mut Vec<(String, String)>) {
        let len = path.len();
        let mut step = |step: &str, value: &Value| {
            path.push_str(step);
            walk(value, path, found);
            path.truncate(len);
        };
        match value {
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| step(&format!("[{at}]"), item));
            }
            Value::Object(members) => {
                members
                    .iter()
                    .for_each(|(name, member)| step(&format!("[{}]", Value::from(name.as_str())), member));
            }
            Value::String(text) if Placeholder::parse(text).is_some() => {
                found.push((text.clone(), format!(".{}", plain(path))));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    walk(body, &mut String::new(), &mut all);
    all
}
