//! The published schema of suite files says what the loader says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

use jsonschema::Validator;
use otp_conformance::contract::OperationId;
use otp_conformance::suite::{Need, parse_suite};
use serde_json::Value;

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/suite.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::meta::validate(&schema()).unwrap();
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// What the schema finds wrong with a suite.
fn complaints(validator: &Validator, text: &str) -> Vec<String> {
    let suite: Value = toml::from_str(text).unwrap();
    validator.iter_errors(&suite).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The words of a list of constants.
fn words(pointer: &str) -> Vec<String> {
    let list = schema().pointer(pointer).unwrap().as_array().unwrap().clone();
    list.iter().map(|entry| entry["const"].as_str().unwrap().to_owned()).collect()
}

/// A scenario with these steps.
fn with_steps(steps: &str) -> String {
    format!("[[scenario]]\nname = \"a\"\nproves = [\"OTP-001\"]\nsteps = [\n{steps}\n]\n")
}

const GOOD: &str = r#"
title = "Everything the format has"

[[scenario]]
name = "all of it at once"
group = "every-thing"
proves = ["OTP-054", "OTP-046"]
note = "Why."
found-by = "sequence::one-user"
exclusive = true
needs = ["codes", "each-message"]
rounds = 3
names = "letters"
steps = [
  { call = "signup-in-sms", with = { loginId = "$ada|dashes", loginOptions = {} }, expect = "accepted", save = "first" },
  { call = "verify-sms", with = { loginId = "$ada", code = "$ada.code.1|prefix" }, repeat = "max-attempts", expect = "refused" },
  { call = "me", bearer = "Bearer ${project}:${ada.refresh}", expect = { seen = "accepted", status = 200, body = { "/userId" = "$first/user/userId", "/x" = { present = false } } } },
  { call = "signup-in-sms", raw = "{", content-type = "", by = "ada", expect = [ "refused", { error = ["E011001"], proves = "OTP-009" } ] },
  { call = "signup-in-sms", raw-base64 = "/w==", chunked = true, method = "PUT", headers = { X-A = ["1", "2"] }, expect = "refused" },
  { call = "load-user", query = { loginId = "$ada" }, expect = { session = { "" = { has = 1 } }, header = { Retry-After = { not = "0" } }, message = { lacks = "x" } } },
  { together = [ { call = "logout", by = "ada" }, { call = "refresh", by = "ada", expect = "answered" } ], repeat = 2 },
  { together = [ { call = "verify-sms", with = { loginId = "$ada", code = "$wrong" }, repeat = "max-attempts" } ] },
  { wait = "90s" },
  { wait = "code-ttl" },
]
"#;

#[test]
fn every_suite_fits_it() {
    let validator = validator();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/suites")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(complaints(&validator, &text), [""; 0], "{}", path.display());
        }
    }
}

#[test]
fn the_whole_format_fits_it() {
    parse_suite("suites/good.toml", GOOD).unwrap();
    assert_eq!(complaints(&validator(), GOOD), [""; 0]);
}

#[test]
fn neither_it_nor_the_loader_takes_broken_suites() {
    let validator = validator();
    let steps = [
        r#"{ call = "signupin-sms" }"#,
        r#"{ call = "me", wait = "1s", expect = "accepted" }"#,
        r#"{ expect = "accepted" }"#,
        r#"{ call = "verify-sms", with = {}, raw = "" }"#,
        r#"{ call = "verify-sms", raw = "", raw-base64 = "" }"#,
        r#"{ call = "verify-sms", raw-base64 = "?" }"#,
        r#"{ call = "verify-sms", body = {} }"#,
        r#"{ call = "verify-sms", content_type = "x", raw = "" }"#,
        r#"{ call = "verify-sms", repeat = 0 }"#,
        r#"{ call = "verify-sms", repeat = "for-ever" }"#,
        r#"{ call = "verify-sms", chunked = "yes" }"#,
        r#"{ call = "verify-sms" }, { wait = "5 minutes" }"#,
        r#"{ call = "verify-sms" }, { wait = 5 }"#,
        r#"{ together = [ { call = "verify-sms" }, { wait = "5m" } ] }"#,
        r#"{ together = [ { call = "verify-sms" } ] }"#,
        r#"{ together = [ { call = "me" }, { call = "me", repeat = 0 } ] }"#,
        r#"{ call = "verify-sms", expect = "ok" }"#,
        r#"{ call = "verify-sms", expect = { seen = "ok" } }"#,
        r#"{ call = "verify-sms", expect = { status = "200" } }"#,
        r#"{ call = "verify-sms", expect = { error = [1] } }"#,
        r#"{ call = "verify-sms", expect = { proves = "OTP-1" } }"#,
        r#"{ call = "verify-sms", expect = { body = { user = 1 } } }"#,
        r#"{ call = "verify-sms", expect = { claims = {} } }"#,
        r#"{ call = "verify-sms", expect = [ "accepted", "ok" ] }"#,
    ];
    let whole = [
        "[[scenarios]]",
        "title = 1",
        "[[scenario]]\nname = \"a\"\nproves = [\"OTP-054\"]\nsteps = []",
        "[[scenario]]\nname = \"a\"\nsteps = [ { call = \"me\" } ]",
        "[[scenario]]\nname = \"a\"\nproves = []\nsteps = [ { call = \"me\" } ]",
        "[[scenario]]\nname = \"a\"\nproves = [\"54\"]\nsteps = [ { call = \"me\" } ]",
        "[[scenario]]\nname = \"…\"\nproves = [\"OTP-054\"]\nsteps = [ { call = \"me\" } ]",
        "[[scenario]]\nname = \"a\"\nproves = [\"OTP-054\"]\nneeds = [\"luck\"]\nsteps = [ { call = \"me\" } ]",
        "[[scenario]]\nname = \"a\"\ngroup = \"a b\"\nproves = [\"OTP-054\"]\nsteps = [ { call = \"me\" } ]",
        "[[scenario]]\nname = \"a\"\nproves = [\"OTP-054\"]\nrounds = -1\nsteps = [ { call = \"me\" } ]",
    ];
    for text in steps.iter().map(|step| with_steps(step)).chain(whole.map(str::to_owned)) {
        assert!(!complaints(&validator, &text).is_empty(), "the schema takes\n{text}");
        assert!(parse_suite("suites/broken.toml", &text).is_err(), "the loader takes\n{text}");
    }
}

#[test]
fn it_also_names_what_the_loader_would_leave_unread() {
    let validator = validator();
    for step in [
        r#"{ wait = "5m", expect = "accepted" }"#,
        r#"{ together = [ { call = "me" }, { call = "me" } ], save = "x" }"#,
        r#"{ call = "me", expect = {} }"#,
        r#"{ call = "me", expect = { status = 99 } }"#,
        r#"{ call = "me", expect = { body = { "/x" = { present = "no" } } } }"#,
    ] {
        assert!(!complaints(&validator, &with_steps(step)).is_empty(), "{step}");
    }
}

#[test]
fn its_words_are_those_of_the_code() {
    let operations: Vec<_> = OperationId::ALL.iter().map(|id| id.as_str()).collect();
    assert_eq!(words("/$defs/operation/oneOf"), operations);
    let needs: Vec<_> = Need::ALL.iter().map(|(_, word, _)| *word).collect();
    assert_eq!(words("/$defs/need/oneOf"), needs);
}

/// The page that explains the format, `docs/writing-scenarios.md`.
fn manual() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/writing-scenarios.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_example_of_the_manual_is_a_suite() {
    let validator = validator();
    let manual = manual();
    let blocks: Vec<&str> =
        manual.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 4, "{}", blocks.len());
    for block in blocks {
        assert_eq!(complaints(&validator, block), Vec::<String>::new(), "{block}");
        parse_suite("manual.toml", block).unwrap();
    }
}

#[test]
fn every_word_of_the_format_is_in_the_manual() {
    let (manual, schema) = (manual(), schema());
    let members = ["scenario", "step", "expected", "matcher"].map(|name| {
        let members = schema["$defs"][name]["properties"].as_object().unwrap();
        members.keys().cloned().collect::<Vec<_>>()
    });
    let changes = otp_conformance::suite::How::ALL.iter().map(|(_, word)| (*word).to_owned());
    let needs = words("/$defs/need/oneOf");
    for word in members.into_iter().flatten().chain(changes).chain(needs) {
        assert!(manual.contains(&format!("`{word}`")), "docs/writing-scenarios.md does not explain `{word}`");
    }
}

#[test]
fn the_example_of_a_suite_of_ones_own_is_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/suites/own_rules.toml");
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(complaints(&validator(), &text), Vec::<String>::new());
    assert_eq!(parse_suite("own_rules.toml", &text).unwrap().scenarios.len(), 2);
}
