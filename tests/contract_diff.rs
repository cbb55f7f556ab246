//! `contract diff` on documents derived from our own, with one difference of each kind.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the lint lets tests do so, but not the functions beside them"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// Our own document as a vendor would publish it: one file without references to others.
fn published() -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    inlined(&folder, &read(&folder.join("openapi.json")))
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn inlined(folder: &Path, value: &Value) -> Value {
    match value {
        Value::Object(members) => match members.get("$ref").and_then(Value::as_str) {
            Some(file) if file.ends_with(".json") => {
                let path = folder.join(file);
                inlined(path.parent().unwrap(), &read(&path))
            }
            _ => members.iter().map(|(name, member)| (name.clone(), inlined(folder, member))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| inlined(folder, item)).collect(),
        other => other.clone(),
    }
}

fn diff(name: &str, text: &str, accept: Option<&str>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_otp-conformance"));
    command.current_dir(folder.path()).args(["contract", "diff", name]);
    if let Some(accept) = accept {
        fs::write(folder.path().join("accept.toml"), accept).unwrap();
        command.args(["--accept", "accept.toml"]);
    }
    command.output().unwrap()
}

fn lines(output: &Output) -> Vec<String> {
    let mut lines: Vec<String> =
        String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect();
    lines.pop().unwrap();
    lines
}

#[test]
fn our_own_document_does_not_differ_in_json_or_yaml() {
    for (name, text) in
        [("api.json", published().to_string()), ("api.yaml", serde_yaml_ng::to_string(&published()).unwrap())]
    {
        let output = diff(name, &text, None);
        assert_eq!((output.status.code(), lines(&output)), (Some(0), vec![]), "{name}");
    }
}

#[test]
fn each_kind_of_difference_is_one_line() {
    let sends = "/paths/~1v1~1auth~1otp~1signup-in~1sms/post";
    let body = format!("{sends}/requestBody/content/application~1json/schema");
    let answer = format!("{sends}/responses/200/content/application~1json/schema/allOf/0");
    let request = "POST /v1/auth/otp/signup-in/sms: request";
    for (pointer, value, due) in [
        (
            format!("{body}/properties/tenant"),
            json!({ "type": "string" }),
            format!("{request} /tenant: only in the published document (string)"),
        ),
        (
            format!("{body}/properties/providerId"),
            Value::Null,
            format!("{request} /providerId: only in ours (string)"),
        ),
        (
            format!("{body}/properties/templateId"),
            json!({ "type": "integer" }),
            format!("{request} /templateId: integer in the published document, string in ours"),
        ),
        (
            format!("{body}/properties/templateId"),
            json!({ "type": "string", "enum": ["a"] }),
            format!("{request} /templateId: \"a\" in the published document, any value in ours"),
        ),
        (
            format!("{body}/required"),
            json!([]),
            format!("{request} /loginId: optional in the published document, required in ours"),
        ),
        (format!("{sends}/requestBody"), Value::Null, format!("{request}: only in ours")),
        (
            format!("{answer}/properties/sentAt"),
            json!({ "type": "integer" }),
            "POST /v1/auth/otp/signup-in/sms: response 200 /sentAt: only in the published document (integer)"
                .into(),
        ),
        (
            format!("{sends}/responses/202"),
            json!({ "description": "later" }),
            "POST /v1/auth/otp/signup-in/sms: response 202: only in the published document".into(),
        ),
        (
            format!("{sends}/parameters"),
            json!([{ "name": "dry", "in": "query", "schema": { "type": "boolean" } }]),
            "POST /v1/auth/otp/signup-in/sms: query dry: only in the published document (boolean)".into(),
        ),
        (
            "/paths/~1v1~1auth~1otp~1other".into(),
            json!({ "get": { "responses": {} } }),
            "GET /v1/auth/otp/other: only in the published document".into(),
        ),
        ("/paths/~1v1~1auth~1me".into(), Value::Null, "GET /v1/auth/me: only in ours".into()),
    ] {
        let output = diff("api.json", &changed(&pointer, value).to_string(), None);
        assert_eq!((output.status.code(), lines(&output)), (Some(1), vec![due]), "{pointer}");
    }
}

/// Our document with one member put in, replaced, or taken out by null.
fn changed(pointer: &str, value: Value) -> Value {
    let mut document = published();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")).as_object_mut().unwrap();
    match value {
        Value::Null => drop(parent.remove(&name).unwrap()),
        value => drop(parent.insert(name, value)),
    }
    document
}

#[test]
fn known_differences_are_accepted_and_stale_entries_named() {
    let text = changed("/paths/~1v1~1auth~1me", Value::Null).to_string();
    let entry = |difference: &str| format!("[[accepted]]\ndifference = \"{difference}\"\nreason = \"r\"\n");
    let known = entry("GET /v1/auth/me: only in ours");
    assert_eq!(diff("api.json", &text, Some(&known)).status.code(), Some(0));
    let stale = diff("api.json", &text, Some(&(known + &entry("GET /gone: *"))));
    assert_eq!(stale.status.code(), Some(5));
    let told = String::from_utf8(stale.stderr).unwrap();
    assert!(told.contains("accept.toml:4: no difference fits \"GET /gone: *\""), "{told}");
}

#[test]
fn what_cannot_be_read_is_named() {
    for (text, part) in [
        ("swagger: '2.0'", "api.json: Swagger 2.0 is not read; convert it"),
        ("{\n\"openapi\": 3", "api.json:2: "),
        (
            "openapi: 3.0.0\npaths: { /a: { get: { requestBody: { $ref: 'x.json' } } } }",
            "`x.json` leads nowhere",
        ),
    ] {
        let output = diff("api.json", text, None);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(part), "{told}");
    }
}
