//! What is recorded, judged again, written as a report, replayed and compared.

use super::*;

/// What a run against a broken server left: four tests read it, and it is made once.
static RECORDED: LazyLock<[(&str, String); 4]> = LazyLock::new(|| {
    let desk = Desk::new();
    let files =
        ["--record", "run.ndjson", "--json", "sum.json", "--junit", "run.xml", "--markdown", "run.md"];
    let arguments = ["run", "--fault", "never-consumed", "--seed", "7", "scenario::verification"];
    desk.run(&[&arguments[..], &files].concat()).with(1);
    ["run.ndjson", "sum.json", "run.xml", "run.md"].map(|name| (name, desk.read(name)))
});

fn recorded(desk: &Desk) {
    for (name, text) in RECORDED.iter() {
        desk.put(name, text);
    }
}

#[test]
fn every_line_of_a_recording_is_as_published() {
    let desk = Desk::new();
    recorded(&desk);
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/evidence.json")).unwrap();
    let schema = jsonschema::validator_for(&json(&schema)).unwrap();
    let text = desk.read("run.ndjson");
    let events: Vec<String> = text
        .lines()
        .map(|line| {
            let line = json(line);
            let errors: Vec<String> = schema.iter_errors(&line).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{line}: {errors:?}");
            line["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!((events[0].as_str(), events[events.len() - 1].as_str()), ("run", "end"));
    for event in ["trial-started", "history", "exchange", "delivery", "expected", "finding", "trial-ended"] {
        assert!(events.iter().any(|seen| seen == event), "no {event}");
    }
}

#[test]
fn every_report_can_be_written_from_a_recording() {
    let desk = Desk::new();
    recorded(&desk);
    let files = [
        "--json",
        "again.json",
        "--junit",
        "again.xml",
        "--markdown",
        "again.md",
        "--har",
        "again.har",
        "--html",
        "again.html",
    ];
    desk.run(&[&["report", "run.ndjson"], &files[..]].concat()).with(0);
    assert_eq!(desk.read("again.json"), desk.read("sum.json"));
    assert_eq!(desk.read("again.xml"), desk.read("run.xml"));
    assert_eq!(desk.read("again.md"), desk.read("run.md"));
    assert!(json(&desk.read("again.har"))["log"]["entries"].as_array().unwrap().len() > 3);
}

#[test]
fn recorded_evidence_is_judged_again() {
    let desk = Desk::new();
    recorded(&desk);
    desk.run(&["judge", "run.ndjson", "--json", "again.json"]).with(1);
    let (first, again) = (json(&desk.read("sum.json")), json(&desk.read("again.json")));
    assert_eq!(first["violated"], again["violated"]);
    assert_eq!(first["counts"], again["counts"]);

    let text = desk.read("run.ndjson");
    let cut = text.len() * 2 / 3;
    desk.put("cut.ndjson", &text[..cut]);
    assert!(desk.run(&["report", "cut.ndjson"]).with(0).out.contains("mid-run"));
    desk.put("changed.ndjson", &text.replacen("\"status\":200", "\"status\":201", 1));
    assert!(desk.run(&["judge", "changed.ndjson"]).with(2).err.contains("was changed"));
    desk.put("other.ndjson", "{\"a\":1}\n");
    assert!(desk.run(&["judge", "other.ndjson"]).with(2).err.contains("other.ndjson:1"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_before_anything_is_sent() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let ended = desk.against(&server, &["--codes", "test-user", "--record", "/dev/full", VERIFY]).with(2);
    assert!(ended.err.contains("/dev/full") && ended.err.contains("make room"), "{}", ended.err);
    assert_eq!(server.test_users(), 0);
    desk.run(&["run", VERIFY, "--junit", "no/such/folder/x.xml"]).with(2);
}

#[test]
fn a_stored_case_still_fails_or_is_fixed() {
    let desk = Desk::new();
    let case = "title = \"kept\"\n[[scenario]]\nname = \"spent\"\nproves = [\"OTP-046\"]\nsteps = [\n  { call = \"signup-in-sms\", with = { loginId = \"$ada\" }, expect = \"accepted\" },\n  { call = \"verify-sms\", with = { loginId = \"$ada\", code = \"$ada.code\" }, expect = \"accepted\" },\n  { call = \"verify-sms\", with = { loginId = \"$ada\", code = \"$ada.code\" }, expect = \"refused\" },\n]\n";
    desk.put("case.toml", case);
    assert!(
        desk.run(&["replay", "case.toml", "--fault", "never-consumed"]).with(1).out.contains("still fails")
    );
    assert!(desk.run(&["replay", "case.toml"]).with(0).out.contains("case.toml: fixed"));
}

// ---- compare -------------------------------------------------------------------------------------------------

#[test]
fn equal_targets_compare_empty_and_a_fault_is_named() {
    let (one, other, desk) = (Server::start(&[]), Server::start(&[]), Desk::new());
    let pair = |seed: &str, most: &str, against: &Server| {
        let flags = ["compare", "--target", &one.url, "--against", &against.url, "--project-id", PROJECT];
        desk.run(
            &[&flags[..], &["--codes", "emulator", "--max-requests", most, "--cases", "4", "--seed", seed]]
                .concat(),
        )
    };
    for seed in ["1", "2", "3", "4"] {
        assert!(pair(seed, "40", &other).with(0).out.ends_with("no difference\n"));
    }
    let faulty = Server::start(&["--fault", "mask-is-a-number"]);
    let ended = pair("1", "400", &faulty).with(1);
    assert!(ended.out.contains("OTP-022  A kept, B broken"), "{}", ended.out);
}

#[test]
fn recordings_compare_too() {
    let desk = Desk::new();
    recorded(&desk);
    desk.run(&["run", "--seed", "7", "scenario::verification", "--record", "right.ndjson"]).with(0);
    desk.run(&["compare", "right.ndjson", "right.ndjson"]).with(0);
    let told = desk.run(&["compare", "right.ndjson", "run.ndjson", "--format", "json"]).with(1);
    let requirements = json(&told.out)["requirements"].clone();
    assert_eq!(requirements[0]["what"], "OTP-046");
    let table = desk.run(&["compare", "right.ndjson", "run.ndjson", "--format", "markdown"]).with(1);
    assert!(table.out.contains("| OTP-046 | kept | broken |"), "{}", table.out);
    desk.run(&["compare", "right.ndjson"]).with(2);
    assert!(desk.root().exists());
}

#[test]
fn what_makes_no_sense_of_a_code_of_letters_is_not_asked() {
    let desk = Desk::new();
    let trial = "scenario::verification::whether-a-code-may-be-written-otherwise-is-open";
    let ended = desk.run(&["run", "--variant", "alphanumeric-codes", "--seed", "1", "-v", trial]).with(0);
    assert!(
        ended.out.contains("a code between spaces") && !ended.out.contains("a code as a number"),
        "{}",
        ended.out
    );
}
