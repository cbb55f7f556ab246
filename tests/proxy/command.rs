//! COMMAND and drivers: every way in which a child can end, by name and without an orphan.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use otp_conformance::app::Flags;
use otp_conformance::contract::Level;
use otp_conformance::proxy::{Child, DriverCommand, DriverSession, Ending, hostile_suite, of_command};
use otp_conformance::trial::{Outcome, TrialReport};

use super::{backend, lane};

fn binary(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otp-conformance"));
    command.arg("proxy").args(arguments).env_remove("OTP_TARGET").output().unwrap()
}

fn shell(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

#[test]
fn each_ending_has_its_status_and_its_words() {
    for (arguments, status, words) in [
        (&["--", "sh", "-c", "exit 9"][..], 7, "exit status: 9"),
        (&["--", "true"], 4, "untested"),
        (
            &["--timeout", "0.2", "--", "sh", "-c", "sleep 600"],
            3,
            "did not end within 0.2 s, without having connected",
        ),
        (&["--", "/no/such/command"], 2, "COMMAND /no/such/command"),
        (&["--require", "dance", "--", "true"], 2, "`dance` is not an operation"),
        (&["--env", "X=y", "--", "true"], 2, "NAME=base-url"),
        (&["--hostile", "--timeout", "3", "--", "true"], 2, "--timeout"),
        (&["--jobs", "3", "--", "true"], 2, "--hostile"),
        (&["--suites", "suites/hostile", "--", "true"], 2, "--suites"),
        (&["--hostile", "--case", "no such answer", "--", "true"], 2, "no hostile answer"),
        (&["--record", "/no/such/folder/x", "--", "sh", "-c", "exit 9"], 2, "--record"),
        (
            &[
                "--target",
                "http://127.0.0.1:9",
                "--project-id",
                "P1",
                "--variant",
                "late-messages",
                "--",
                "true",
            ],
            2,
            "--variant",
        ),
        (&["--inject", "no such answer", "--", "true"], 2, "no hostile answer"),
        (&["--target", "nonsense", "--project-id", "P1", "--", "true"], 2, "nonsense"),
    ] {
        let output = binary(arguments);
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
}

#[test]
fn a_summary_is_alone_on_standard_output() {
    let output = binary(&["--json", "-", "--", "sh", "-c", "echo chatter"]);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((summary["verdict"].as_str(), output.status.code()), (Some("untested"), Some(4)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("chatter"));
}

#[test]
fn a_command_finds_values_under_names_of_its_own() {
    let script = r#"test -n "$A" && test "$A" = "$OTP_PROXY_URL" && test "$B" = "$DESCOPE_PROJECT_ID" &&
        test "$C" = "$DESCOPE_MANAGEMENT_KEY" && test -n "$DESCOPE_AUTH_MANAGEMENT_KEY""#;
    let named = ["--env", "A=base-url", "--env", "B=project", "--env", "C=key", "--", "sh", "-c", script];
    assert_eq!(binary(&named).status.code(), Some(4));
}

#[test]
fn a_command_finds_the_proxy_in_its_environment() {
    let script = r#"test -n "$DESCOPE_BASE_URL" && test "$DESCOPE_BASE_URL" = "$OTP_PROXY_URL" &&
        test "$DESCOPE_BASE_URI" = "$OTP_PROXY_URL" && test -n "$DESCOPE_PROJECT_ID$DESCOPE_MANAGEMENT_KEY""#;
    let output = binary(&["--", "sh", "-c", script]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_command_leaves_behind_is_ended_with_it() {
    let scratch = tempfile::tempdir().unwrap();
    let note = scratch.path().join("pid");
    for (script, ends) in [("sleep 600 & echo $! > PID; wait", false), ("sleep 600 & echo $! > PID", true)] {
        let script = script.replace("PID", &note.display().to_string());
        let child = Child::start(&shell(&script), &[], Stdio::inherit()).unwrap();
        let ending = child.wait(Duration::from_secs(if ends { 60 } else { 1 })).await.unwrap();
        assert_eq!(matches!(ending, Ending::Exited(_)), ends);
        let pid = std::fs::read_to_string(&note).unwrap();
        let stat = format!("/proc/{}/stat", pid.trim());
        // A signal takes its time; a survivor would keep this test from ending.
        while std::fs::read_to_string(&stat)
            .is_ok_and(|state| !state.contains(") Z ") && !state.contains(") X "))
        {
            tokio::task::yield_now().await;
        }
    }
}

#[test]
fn an_interrupted_command_tells_nothing() {
    let report = of_command(Ending::Interrupted, 3).unwrap();
    assert_eq!(report.outcome, Outcome::Inconclusive);
}

/// One case played to a driver that is a shell script.
async fn driven(script: &str, limit: Duration) -> TrialReport {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    let case = cases.into_iter().find(|case| case.short() == "errors::wrong-code").unwrap();
    let lane = DriverSession { limit, fails_from: Level::Must, ..lane(&backend) };
    let driver = DriverCommand { command: shell(script), environment: Vec::new(), addresses: Vec::new() };
    lane.run(&case, |url| driver.start(url)).await
}

#[tokio::test]
async fn a_driver_answers_line_by_line_and_may_chatter() {
    let script =
        r#"n=0; while read line; do n=$((n+1)); echo "some chatter"; echo "{\"id\":$n,\"ok\":{}}"; done"#;
    let report = driven(script, Duration::from_secs(20)).await;
    // It claims success and sends nothing: nothing can be said of what it would have sent.
    assert_eq!(report.histories[0].results.len(), 2, "{report:#?}");
    assert_eq!(report.outcome, Outcome::Pass, "{report:#?}");
}

#[tokio::test]
async fn a_driver_that_breaks_off_is_inconclusive() {
    for (script, limit, words) in [
        ("exit 0", 20_000, "the driver"),
        (r#"read line; echo '{"id":1}'; read line"#, 20_000, "neither `ok` nor `error`"),
        ("sleep 600", 300, "nothing in time"),
    ] {
        let report = driven(script, Duration::from_millis(limit)).await;
        assert_eq!(report.outcome, Outcome::Inconclusive, "{script}: {report:#?}");
        let why = format!("{:?} {:?}", report.doubts, report.reason);
        assert!(why.contains(words), "{script}: {why}");
    }
}

#[tokio::test]
async fn a_call_that_a_client_does_not_have_is_unsupported() {
    let script = r#"n=0; while read line; do n=$((n+1)); echo "{\"id\":$n,\"unsupported\":true}"; done"#;
    assert_eq!(driven(script, Duration::from_secs(20)).await.outcome, Outcome::Unsupported);
}
