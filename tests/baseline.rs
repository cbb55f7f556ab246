//! Known deviations and recordings of a run in parts, by the binary alone.

#![allow(clippy::unwrap_used, reason = "the lint lets tests unwrap, but not the helpers beside them")]

mod serve;

use std::sync::LazyLock;

use serde_json::Value;
use serve::{Desk, PROJECT, Server};

/// Bugs that three different requirements are about, and one more.
const KNOWN: [&str; 3] = ["never-consumed", "mask-is-a-number", "code-in-the-body"];
const NEW: &str = "last-two-codes-valid";
/// Scenarios that meet each of them in several trials.
const SUITES: [&str; 3] = ["scenario::verification", "scenario::invalidation", "scenario::identity"];

/// The recording of a run in which the known bugs were met for the first time.
static FIRST: LazyLock<String> = LazyLock::new(|| {
    let desk = Desk::new();
    let (status, _) = run(&desk, &server(&KNOWN), "1", &[]);
    assert_eq!(status, 1);
    desk.read("run.ndjson")
});

/// A folder in which the known bugs are excused; what `baseline add` said.
fn excused() -> (Desk, String) {
    let desk = Desk::new();
    desk.put("first.ndjson", &FIRST);
    let told = desk.run(&["baseline", "add", "--from", "first.ndjson", "--reason", "ticket 7"]).with(0).out;
    (desk, told)
}

fn server(faults: &[&str]) -> Server {
    let flags: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", *fault]).collect();
    Server::start(&flags)
}

/// A run of these scenarios, recorded.
fn run(desk: &Desk, server: &Server, seed: &str, more: &[&str]) -> (i32, Value) {
    let flags = ["--methods", "sms", "--codes", "emulator", "--seed", seed, "--json", "live.json"];
    let ended = desk.against(server, &[&SUITES[..], &flags, &["--record", "run.ndjson"], more].concat());
    (ended.status, serde_json::from_str(&desk.read("live.json")).unwrap())
}

/// The recording of that run, judged with the same deviations, says the same.
fn judged_alike(desk: &Desk, status: i32, live: &Value, deviations: &str) {
    let again = desk.run(&["judge", "run.ndjson", "--deviations", deviations, "--json", "again.json"]);
    let again_json: Value = serde_json::from_str(&desk.read("again.json")).unwrap();
    for member in
        ["verdict", "counts", "violated", "warned", "held", "untested", "unsupported", "not_planned"]
    {
        assert_eq!(again_json[member], live[member], "{member}, live status {status}");
    }
    assert_eq!(again.status, status);
}

#[test]
fn known_bugs_are_a_green_gate_and_a_new_one_beside_them_is_red() {
    let (known, (desk, told)) = (server(&KNOWN), excused());
    assert!(told.contains("+ bug OTP-046 verify-sms 200: one answer of one operation, in "), "{told}");
    let entries = desk.read("deviations.toml").matches("[[deviation]]").count();
    assert!(entries <= 6, "{entries} entries\n{told}");
    for seed in ["2", "3"] {
        let (status, live) = run(&desk, &known, seed, &["--deviations", "deviations.toml"]);
        assert_eq!(status, 0, "seed {seed}: {live:#}");
        judged_alike(&desk, status, &live, "deviations.toml");
    }
    let again = desk.run(&["baseline", "add", "--from", "run.ndjson", "--reason", "r"]).with(0);
    assert!(again.out.contains(": 0 added, "), "{}", again.out);

    let more = server(&[&KNOWN[..], &[NEW]].concat());
    let (status, live) = run(&desk, &more, "4", &["--deviations", "deviations.toml"]);
    assert_eq!(status, 1);
    assert_eq!(live["violated"][0]["requirement"], "OTP-054");
    judged_alike(&desk, status, &live, "deviations.toml");
}

#[test]
fn a_mended_bug_makes_its_entry_stale_and_the_others_stay() {
    let (desk, _) = excused();
    let before = desk.read("deviations.toml").matches("[[deviation]]").count();
    let mended = server(&KNOWN[1..]);
    let (status, live) = run(&desk, &mended, "2", &["--deviations", "deviations.toml"]);
    assert_eq!((status, &live["verdict"]), (5, &Value::from("stale")));
    judged_alike(&desk, status, &live, "deviations.toml");
    let pruned = desk.run(&["baseline", "prune", "run.ndjson"]).with(0).out;
    assert!(pruned.contains("- OTP-046 verify-sms 200"), "{pruned}");
    assert!(desk.read("deviations.toml").matches("[[deviation]]").count() < before);
    let (status, live) = run(&desk, &mended, "3", &["--deviations", "deviations.toml"]);
    assert_eq!(status, 0, "{live:#}");
}

#[test]
fn what_is_skipped_is_neither_run_nor_held_against_the_run() {
    let (broken, desk) = (server(&KNOWN[..1]), Desk::new());
    let (status, live) = run(&desk, &broken, "1", &["--skip", "scenario::*"]);
    assert_eq!((status, &live["verdict"]), (4, &Value::from("untested")));
    let text = format!("target = \"{}\"\nproject-id = \"{PROJECT}\"\ncodes = \"emulator\"\n", broken.url);
    let profile = desk.put("p.toml", &format!("{text}skip = [\"scenario::verification::*\"]\n"));
    let flags = ["run", "--profile", &profile, "scenario::verification", "scenario::errors", "--dry-run"];
    let plan = desk.run(&flags).with(0).out;
    assert!(plan.contains("scenario::errors::") && !plan.contains("scenario::verification::"), "{plan}");
}

/// Steps of the workflow, as a CI server would run them.
fn steps(shard: u32) -> Vec<Vec<String>> {
    let text = include_str!("../examples/workflows/shards.yml");
    let commands = text.lines().filter_map(|line| line.trim().strip_prefix("run: otp-conformance "));
    let words = |line: &str| {
        let line = line.replace("${{ matrix.shard }}", &shard.to_string());
        line.split_whitespace().map(str::to_owned).collect()
    };
    commands.map(words).collect()
}

#[test]
fn shards_of_a_workflow_are_one_verdict() {
    let (broken, desk) = (server(&KNOWN[..1]), Desk::new());
    let text = format!("target = \"{}\"\nproject-id = \"{PROJECT}\"\ncodes = \"emulator\"\n", broken.url);
    std::fs::create_dir(desk.path("targets")).unwrap();
    desk.put(
        "targets/local-emulator.toml",
        &format!("{text}skip = [\"property::*\", \"sequence::*\", \"race::*\", \"*::email::*\"]\n"),
    );
    for shard in 1..=3 {
        let step: Vec<String> = steps(shard).swap_remove(0);
        let ended = desk.run(&step.iter().map(String::as_str).collect::<Vec<_>>());
        assert!([0, 1].contains(&ended.status), "{}", ended.out);
    }
    let mut verdict: Vec<String> = steps(0).swap_remove(1);
    let shards = verdict.iter().position(|word| word == "shard-*.ndjson").unwrap();
    let files = ["shard-1.ndjson", "shard-2.ndjson", "shard-3.ndjson"];
    verdict.splice(shards..=shards, files.map(str::to_owned));
    let words: Vec<&str> = verdict.iter().map(String::as_str).filter(|word| !word.contains('$')).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| *word != "--markdown").collect();
    let whole = desk.run(&words).with(1);
    assert!(whole.out.contains("OTP-046 MUST"), "{}", whole.out);
    let without: Vec<&str> = words.iter().copied().filter(|word| *word != "shard-2.ndjson").collect();
    let part = desk.run(&without);
    assert!(part.out.contains("no recording holds shard 2/3"), "{}", part.out);
}
