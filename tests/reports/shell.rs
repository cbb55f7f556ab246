//! Commands and scripts, as a shell reads them.

use std::process::Command;

use crate::fixture::{HOSTILE, hostile, race};
use crate::histories::{history, odd};
use crate::snapshot;
use otp_conformance::exchange::{Event, Exchange, Payload, Request};
use otp_conformance::report::{curl, script};

#[test]
fn curl_commands() {
    let commands: Vec<String> =
        history().exchanges().map(|exchange| curl::curl(exchange, "http://127.0.0.1:4600/")).collect();
    snapshot("curl", &commands.join("\n\n"));
}

#[test]
fn shell_script_of_a_history() {
    let mut history = history();
    let last = history.events.len() - 1;
    if let Event::Exchange(exchange) = &mut history.events[last] {
        exchange.request.headers[0].1 = "Bearer <project>:<refresh:1>".into();
    }
    snapshot("script", &script::script(&history, "http://127.0.0.1:4600"));
}

/// What a shell hands to curl: its arguments, and its standard input.
fn typed(command: &str) -> (Vec<String>, Vec<u8>) {
    let curl = r#"curl() { for word; do printf '%s\0' "$word" >&2; done; case "$*" in *@-*) cat;; esac; }"#;
    let output = Command::new("sh")
        .args(["-c", &format!("{curl}\n{command}")])
        .env("OTP_PROJECT_ID", "P1")
        .env("OTP_PHONE_A_DASHES", "+1-202-555-0100")
        .env("OTP_CODE_A1", "012345")
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}");
    let arguments = String::from_utf8(output.stderr).unwrap();
    (arguments.split_terminator('\0').map(str::to_owned).collect(), output.stdout)
}

fn sent(headers: &[(&str, &str)], body: Payload) -> Exchange {
    let mut exchange = history().exchanges().next().unwrap().clone();
    exchange.request = Request {
        method: "POST".into(),
        path: "/v1/auth/otp/verify/sms".into(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body,
    };
    exchange
}

#[test]
fn a_shell_fills_in_what_is_hidden() {
    let body = Payload::Json(
        serde_json::json!({ "loginId": "<phone:A|dashes>", "code": "<code:A1>", "it's": "$HOME" }),
    );
    let command =
        curl::curl(&sent(&[("authorization", "Bearer <project>"), ("x-empty", "")], body), "http://h");
    let (arguments, input) = typed(&command);
    assert!(arguments.contains(&"authorization: Bearer P1".to_owned()), "{arguments:?}");
    assert!(arguments.contains(&"x-empty;".to_owned()), "{arguments:?}");
    let body = r#"{"loginId":"+1-202-555-0100","code":"012345","it's":"$HOME"}"#;
    assert_eq!((arguments.last().map(String::as_str), input.as_slice()), (Some(body), &b""[..]));
}

#[test]
fn a_shell_sends_hostile_bytes_as_they_were() {
    let body = Payload::Other { bytes: HOSTILE.len(), text: HOSTILE.into() };
    let command = curl::curl(&sent(&[("authorization", "a\u{1b}[2J'b")], body), "http://h");
    assert!(!command.contains(|c: char| c.is_control() && c != '\n'));
    let (arguments, input) = typed(&command);
    assert!(arguments.contains(&"authorization: a\u{1b}[2J'b".to_owned()), "{arguments:?}");
    assert_eq!(String::from_utf8(input).unwrap(), HOSTILE);
}

#[test]
fn a_command_says_so_where_the_body_was_not_kept_whole() {
    let commands: Vec<String> = odd().exchanges().map(|exchange| curl::curl(exchange, "http://h")).collect();
    assert!(!commands[0].contains('#'), "{}", commands[0]);
    assert!(commands[1].ends_with("# the recording kept 11 of 4096 bytes"), "{}", commands[1]);
}

#[test]
fn a_script_asks_only_for_what_it_needs_and_once() {
    let script = script::script(&history(), "http://h");
    assert_eq!(script.matches("OTP_REFRESH_1=").count(), 0, "no request of this history presents it");
    assert_eq!(script.matches("OTP_CODE_A1=").count(), 1);
    let mut unread = history();
    unread.events.truncate(2);
    assert!(!script::script(&unread, "http://h").contains("OTP_CODE_A1"));
}

#[test]
fn a_script_takes_a_token_from_its_first_answer_and_a_number_from_nobody() {
    let mut history = history();
    let bearer = "Bearer <project>:<refresh:1>";
    for event in history.events.clone() {
        if let Event::Exchange(mut exchange) = event {
            exchange.request.headers[0].1 = bearer.into();
            exchange.request.body = Payload::Json(serde_json::json!({ "loginId": "<phone:B>" }));
            history.events.push(Event::Exchange(exchange));
        }
    }
    let text = serde_json::to_string(&history)
        .unwrap()
        .replace(r#"loginIds":["<phone:A>"]"#, r#"loginIds":["<phone:B>"]"#);
    let script = script::script(&serde_json::from_str(&text).unwrap(), "http://h");
    assert_eq!(script.matches("OTP_REFRESH_1=").count(), 1, "{script}");
    assert!(!script.contains("OTP_PHONE_B="), "{script}");
    assert!(script.contains("${OTP_PHONE_B:?"), "{script}");
}

#[test]
fn every_script_can_be_read_by_a_shell() {
    for history in [history(), race().histories[0].clone(), hostile().trials[0].histories[0].clone()] {
        let script = script::script(&history, "http://127.0.0.1:4600");
        let status = Command::new("sh").args(["-n", "-c", &script]).status().unwrap();
        assert!(status.success(), "{script}");
    }
}
