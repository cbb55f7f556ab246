//! What other programs read: CI servers, browsers, tools.

use crate::fixture::{full, hostile, race, run, sentences, sequential, trial};
use crate::histories::odd;
use crate::snapshot;
use otp_conformance::exchange::{Answer, Event, Loss};
use otp_conformance::report::{RunReport, annotations, findings, har, html, junit, markdown};
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::{Value, json};

#[test]
fn junit_report() {
    snapshot("junit", &junit::junit(&full(), &sentences()).unwrap());
}

#[test]
fn junit_can_be_read_back() {
    for run in [run(), full(), hostile()] {
        let written = junit::junit(&run, &sentences()).unwrap();
        let read = quick_junit::Report::deserialize_from_str(&written).unwrap();
        assert_eq!(read.tests, run.trials.len() + run.states().len());
        let failures = run.with(Outcome::Fail).count() + run.with(Outcome::UnexpectedPass).count();
        let failures = failures + run.violated().len();
        assert_eq!(read.failures, failures);
    }
}

#[test]
fn markdown_report() {
    snapshot("markdown", &markdown::markdown(&full(), &sentences()));
}

/// How it looks, and what its script does, is seen in a browser: `.ci/browser.sh`.
#[test]
fn a_page_has_an_article_for_every_broken_requirement_and_a_cell_for_every_one() {
    let (run, page) = (full(), html::html(&full(), &sentences()));
    let broken = findings::violated(&run).len() + findings::warned(&run).len();
    assert!(broken > 0);
    assert_eq!(page.matches("<article ").count(), broken);
    assert_eq!(page.matches("class=\"cell ").count(), run.states().len());
    assert!(page.contains("script-src 'sha256-") && !page.contains("unsafe-inline"));
}

#[test]
fn html_report_against_an_earlier_run() {
    let before = RunReport { trials: vec![race()], ..run() };
    let page = html::html_against(&full(), &sentences(), Some(&before));
    let since = page.split("<section aria-labelledby=\"since\">").nth(1).unwrap();
    snapshot("html-against", &since.split("</section>").next().unwrap().replace("><", ">\n<"));
    let same = html::html_against(&full(), &sentences(), Some(&full()));
    assert!(same.contains("Nothing has changed."));
}

#[test]
fn annotation_lines() {
    snapshot("annotations", &annotations::annotations(&full(), &sentences()));
}

#[test]
fn har_export() {
    let one = RunReport { trials: vec![sequential()], ..run() };
    snapshot("har", &har::har(&one));
}

#[test]
fn a_har_has_an_entry_for_every_exchange_even_a_lost_one() {
    let mut run = RunReport { trials: vec![sequential(), race()], ..run() };
    let lost = run.trials[0].histories[0].events.iter_mut().find_map(|event| match event {
        Event::Exchange(exchange) => Some(exchange),
        _ => None,
    });
    lost.unwrap().answer = Answer::Lost(Loss::TimedOut);
    let har: Value = serde_json::from_str(&har::har(&run)).unwrap();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 6);
    assert_eq!(har["log"]["entries"][0]["response"]["status"], 0);
    assert_eq!(har["log"]["entries"][0]["response"]["bodySize"], -1);
    assert_eq!(har["log"]["entries"][1]["startedDateTime"], "2026-11-20T09:30:00.02Z");
}

#[test]
fn a_har_holds_nothing_but_urls_for_addresses() {
    let loading = TrialReport { histories: vec![odd()], ..trial("t", Outcome::Pass) };
    let har: Value = serde_json::from_str(&har::har(&RunReport { trials: vec![loading], ..run() })).unwrap();
    let request = &har["log"]["entries"][0]["request"];
    assert_eq!(request["url"], "http://127.0.0.1:4600/v1/mgmt/user?loginId=%3Cphone:A%3E");
    assert_eq!(request["queryString"][0], serde_json::json!({ "name": "loginId", "value": "<phone:A>" }));
}

#[test]
fn a_page_does_not_grow_without_end() {
    assert!(html::html(&hostile(), &sentences()).len() < 300_000);
}

/// The published schema as one document.
fn har_schema() -> Value {
    let published: Value = serde_json::from_str(include_str!("har-1.2.json")).unwrap();
    let mut files = published["files"].as_object().unwrap().clone();
    files.values_mut().for_each(|file| drop(file.as_object_mut().unwrap().remove("$id")));
    let text = json!({ "$ref": "har.json#", "definitions": files }).to_string();
    let local = regex::Regex::new(r#""\$ref":"(\w+\.json)#""#).unwrap();
    serde_json::from_str(&local.replace_all(&text, r##""$$ref":"#/definitions/$1""##)).unwrap()
}

#[test]
fn a_har_is_what_other_programs_call_one() {
    let validator = jsonschema::draft6::options().should_validate_formats(true).build(&har_schema()).unwrap();
    let mut entries = 0;
    let odd = RunReport { target: run().target, ..hostile() };
    for run in [full(), odd, RunReport { trials: vec![], ..run() }] {
        let har: Value = serde_json::from_str(&har::har(&run)).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&har).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        entries += har["log"]["entries"].as_array().unwrap().len();
    }
    assert!(entries > 6);
    let without =
        json!({ "log": { "version": "1.2", "creator": { "name": "x", "version": "1" }, "entries": [{}] } });
    assert!(!validator.is_valid(&without));
}
