//! The binary as its users meet it: what is wrong with their input is said in one message, and every status is kept.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the lint lets tests do so, but not the functions beside them"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use otp_conformance::contract::Contract;
use serde_json::Value;

/// Runs the binary in an environment without settings.
fn otp(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otp-conformance"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTP_") || name == "NEXTEST_RUN_ID" {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// It ends in `status` and says each of `words`, once and without a panic.
#[track_caller]
fn assert_ends(output: &Output, status: i32, words: &[&str]) {
    let told = stderr(output);
    assert_eq!(output.status.code(), Some(status), "{told}");
    for word in words {
        assert!(told.contains(word), "{word:?} is missing in: {told}");
    }
    assert!(!told.contains("panicked"), "{told}");
}

/// What a usage error looks like: status 2, nothing on standard output, one line that says what is wrong.
#[track_caller]
fn assert_refused(arguments: &[&str], words: &[&str]) {
    let output = otp(arguments);
    assert_ends(&output, 2, words);
    assert_eq!(stdout(&output), "");
    assert_eq!(stderr(&output).trim_end().lines().count(), 1, "{}", stderr(&output));
}

/// A folder with one suite file, whose third scenario step reads as given.
fn suite(step: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "title = \"Mistakes\"\n\n[[scenario]]\nname = \"a mistake\"\nproves = [\"OTP-001\"]\nsteps = [\n  {step},\n]\n"
    );
    fs::write(dir.path().join("mistakes.toml"), text).unwrap();
    dir
}

fn path(dir: &Path) -> &str {
    dir.to_str().unwrap()
}

#[test]
fn no_command_and_unknown_words_are_usage_errors() {
    assert_ends(&otp(&[]), 2, &["Usage: otp-conformance"]);
    assert_ends(&otp(&["rnu"]), 2, &["unrecognized subcommand 'rnu'", "--help"]);
    assert_ends(&otp(&["run", "--sede", "7"]), 2, &["unexpected argument '--sede'", "--seed"]);
}

#[test]
fn help_and_version_are_answers() {
    let help = otp(&["run", "--help"]);
    assert_ends(&help, 0, &[]);
    assert!(stdout(&help).contains("OTP_TARGET"));
    assert!(stdout(&otp(&["--version"])).starts_with("otp-conformance "));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    assert_refused(&["run", "--seed", "seven"], &["--seed (flag)", "\"seven\"", "whole number"]);
    assert_refused(&["run", "--shard", "4/3"], &["--shard (flag)", "1/3, 2/3, 3/3"]);
    assert_refused(&["run", "--codes", "carrier-pigeon"], &["--codes (flag)", "carrier-pigeon", "emulator"]);
    assert_refused(&["run", "--fault", "never-consummed"], &["--fault (flag)", "never-consumed"]);
    assert_refused(&["run", "--fault", "zzz"], &["\"zzz\"", "otp-conformance list faults"]);
    assert_refused(&["serve", "--variant", "zzz"], &["\"zzz\"", "otp-conformance list variants"]);
    let target = "http://127.0.0.1:1";
    assert_refused(&["run", "--target", target], &["--project-id"]);
    assert_refused(&["run", "--target", target, "--project-id", "P2x"], &["--codes", "none"]);
    assert_refused(&["run", "--target", target, "--fault", "never-consumed"], &["--fault", "embedded"]);
    assert_refused(&["explain", "OTP-999"], &["OTP-999", "otp-conformance list"]);
}

#[test]
fn a_bad_url_is_named_with_a_good_one() {
    for url in ["nonsense", "ftp://127.0.0.1", "http://", "127.0.0.1:4600"] {
        assert_refused(
            &["run", "--target", url, "--project-id", "P2x", "--codes", "none"],
            &[url, "http://127.0.0.1:4600"],
        );
    }
}

#[test]
fn a_suite_folder_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    assert_refused(&["run", "--suites", path(&missing)], &[path(&missing), "leave --suites out"]);
    assert_refused(&["run", "--suites", path(dir.path())], &[path(dir.path()), "no .toml file"]);
}

#[test]
fn a_mistake_in_a_suite_is_named_with_file_and_line() {
    for (step, what) in [
        ("{ call = \"sgnup-in-sms\", expect = \"accepted\" }", "signup-in-sms"),
        ("{ call = \"signup-in-sms\", expcet = \"accepted\" }", "expcet"),
        ("{ call = \"signup-in-sms\", expect = \"excepted\" }", "excepted"),
        ("{ call = signup-in-sms }", "see schema/suite.json"),
    ] {
        let dir = suite(step);
        assert_refused(&["run", "--suites", path(dir.path())], &["mistakes.toml:7: ", what]);
    }
}

#[test]
fn a_mistake_in_a_schema_is_named_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    assert_refused(&["run", "--schema", path(&missing)], &[path(&missing), "layout of `schema/`"]);

    let copy = dir.path().join("schema");
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schema"), &copy);
    let user = copy.join("user.json");
    let text = fs::read_to_string(&user).unwrap();
    let line = 1 + text.lines().position(|line| line.contains("\"type\": \"object\"")).unwrap();
    fs::write(&user, text.replacen("\"object\"", "\"objct\"", 1)).unwrap();
    assert_refused(&["run", "--schema", path(&copy)], &[&format!("user.json:{line}: "), "draft 2020-12"]);

    fs::write(&user, text.replacen(':', "", 1)).unwrap();
    assert_refused(&["run", "--schema", path(&copy)], &["user.json:", "make it JSON again"]);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn an_unwritable_report_is_noticed_before_anything_is_sent() {
    assert_refused(&["run", "--json", "/dev/null/summary.json"], &["--json", "/dev/null/summary.json"]);
}

#[test]
fn refused_settings_leave_no_empty_report() {
    let dir = tempfile::tempdir().unwrap();
    let (page, kept) = (dir.path().join("page.html"), dir.path().join("kept.xml"));
    fs::write(&kept, "of an earlier run").unwrap();
    let reports = ["--html", path(&page), "--junit", path(&kept)];
    assert_refused(&[&["run", "--profile", "no-such.toml"][..], &reports].concat(), &["no-such.toml"]);
    assert!(!page.exists());
    assert_eq!(fs::read_to_string(&kept).unwrap(), "of an earlier run");
}

#[test]
fn a_port_in_use_is_a_usage_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_refused(&["serve", "--listen", &address], &["--listen"]);
}

#[test]
fn an_unreachable_target_is_inconclusive() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let output = otp(&["run", "--target", &url, "--project-id", "P2x", "--codes", "none"]);
    assert_ends(&output, 3, &[]);
    assert!(stdout(&output).contains("cannot be reached (exit status 3)"), "{}", stdout(&output));
}

#[test]
fn a_selection_of_nothing_tests_nothing() {
    let output = otp(&["run", "no-such-trial"]);
    assert_ends(&output, 4, &["\"no-such-trial\"", "list trials"]);
    assert_ends(&otp(&["run", "--max-requests", "0"]), 4, &["budget"]);
}

#[test]
fn a_healthy_target_is_acquitted_and_the_summary_is_as_published() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("summary.json");
    let output = otp(&["run", "verification", "--seed", "7", "--json", path(&file)]);
    assert_ends(&output, 0, &[]);
    let summary = valid_summary(&fs::read(&file).unwrap());
    assert_eq!(
        (&summary["verdict"], &summary["exit_status"], &summary["seed"]),
        (&"pass".into(), &0.into(), &7.into())
    );
}

#[test]
fn a_fault_is_convicted_of_what_it_breaks() {
    let output = otp(&["run", "verification", "--seed", "7", "--fault", "never-consumed", "--json", "-"]);
    assert_ends(&output, 1, &[]);
    let summary = valid_summary(&output.stdout);
    assert_eq!(summary["verdict"], "fail");
    assert_eq!(summary["violated"][0]["requirement"], "OTP-046");
}

#[track_caller]
fn valid_summary(text: &[u8]) -> Value {
    let summary: Value = serde_json::from_slice(text).unwrap();
    assert_eq!(Contract::embedded().unwrap().schemas().validate("summary", &summary), []);
    summary
}

#[test]
fn a_dry_run_sends_nothing_and_says_what_it_would() {
    let output = otp(&["run", "--dry-run", "--methods", "sms", "no-code-verifies-an-unknown-user"]);
    assert_ends(&output, 0, &[]);
    let told = stdout(&output);
    assert!(told.starts_with("scenario::verification::no-code-verifies-an-unknown-user  "), "{told}");
    assert!(told.contains("\nplan: 1 of "), "{told}");
}

#[test]
fn what_the_lists_name_can_be_explained() {
    for (list, known) in [
        ("requirements", "OTP-046"),
        ("faults", "never-consumed"),
        ("checks", "behaviour"),
        ("checks", "client-tokens"),
        ("hostile", "hostile::"),
        ("trials", "scenario::"),
    ] {
        let output = otp(&["list", list, "--json"]);
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
        let name = names.iter().find(|name| name.starts_with(known)).unwrap();
        let explained = otp(&["explain", name]);
        assert_ends(&explained, 0, &[]);
        assert!(stdout(&explained).starts_with(name), "{}", stdout(&explained));
    }
    let (by_number, by_name) = (otp(&["explain", "OTP-046"]), otp(&["explain", "code-is-single-use"]));
    assert_eq!(stdout(&by_number), stdout(&by_name));
}

/// Programs that start a server must not leave it behind, even where they are killed: standard input is what the system
/// closes then.
#[test]
fn servers_end_with_standard_input_when_asked_to() {
    for (name, status) in [("serve", 0), ("proxy", 4)] {
        let mut child = command(&[name, "--listen", "127.0.0.1:0", "--until-eof"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut line, mut out) = (String::new(), BufReader::new(child.stdout.take().unwrap()));
        out.read_line(&mut line).unwrap();
        assert!(line.starts_with("listening http://127.0.0.1:"), "{line}");
        if name == "proxy" {
            out.read_line(&mut line).unwrap();
            assert!(line.contains("\npage      http://127.0.0.1:"), "the emulator's page is named: {line}");
        }
        assert_eq!(child.try_wait().unwrap(), None, "{name} ended before its input did");
        drop(child.stdin.take());
        let ended = child.wait().unwrap();
        assert_eq!(ended.code(), Some(status), "{name}");
    }
}

#[test]
fn the_summary_of_a_ci_step_is_made_and_then_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    let trial = "scenario::verification::a-code-opens-one-session";
    let mut lines = Vec::new();
    for _ in 0..2 {
        let flags = ["run", "--seed", "1", trial, "--markdown", summary.to_str().unwrap()];
        let status = command(&flags).env("GITHUB_STEP_SUMMARY", &summary).status().unwrap();
        assert!(status.success());
        lines.push(std::fs::read_to_string(&summary).unwrap().lines().count());
    }
    assert!(lines[0] > 0 && lines[1] == 2 * lines[0], "{lines:?}");
}
