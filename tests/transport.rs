//! A target behind something: private authorities, client certificates, a proxy, a base path, headers, a bad moment.
//!
//! In front of a server in a second process stands a gate of ours, which lets through what comes in the right way only.

#![cfg(feature = "tls")]
#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

mod gate;
mod serve;

use gate::{Gate, Rules};
use serve::{Desk, Ended, PROJECT, Server};

const VERIFY: &str = "scenario::verification::a-code-opens-one-session";
/// The same, in a scenario that moves the target's clock.
const LATER: &str = "scenario::verification::a-code-ends-after-its-lifetime";

/// The path of a file in `tests/tls`, which tests/tls/make.sh wrote.
fn file(name: &str) -> String {
    format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A run under a profile: the target, how codes are seen, and what else the profile says.
fn run(target: &str, codes: &str, more: &str, trial: &str) -> Ended {
    let desk = Desk::new();
    let text = format!(
        "target = \"{target}\"\nproject-id = \"{PROJECT}\"\ncodes = \"{codes}\"\nanswer-timeout = 5\n{more}\n\
         [rate]\nall = {{ requests = 1000, window = 1 }}\n[limits]\ncode-ttl = 180\n"
    );
    let profile = desk.put("p.toml", &text);
    desk.run(&["run", "--profile", &profile, trial])
}

fn passed(ended: Ended) {
    assert!(ended.with(0).out.contains("verdict: pass"));
}

#[test]
fn a_private_authority_is_trusted_where_the_profile_names_it() {
    let server = Server::start(&[]);
    let gate = Gate::open(&server.url, Rules { certificate: Some("server.pem"), ..Rules::default() });
    let root = format!("tls = {{ root = \"{}\" }}", file("authority.pem"));
    for codes in ["emulator", "http:{target}/emulator/otp/{loginId}#/code"] {
        passed(run(&gate.https(), codes, &root, VERIFY));
    }
    let ended = run(&gate.https(), "emulator", "", VERIFY).with(3);
    assert!(ended.out.contains("UnknownIssuer") && ended.out.contains("[tls] root"), "{}", ended.out);
}

#[test]
fn an_expired_certificate_ends_the_run_by_name() {
    let server = Server::start(&[]);
    let gate = Gate::open(&server.url, Rules { certificate: Some("expired.pem"), ..Rules::default() });
    let root = format!("tls = {{ root = \"{}\" }}", file("authority.pem"));
    let ended = run(&gate.https(), "emulator", &root, VERIFY).with(3);
    assert!(ended.out.contains("must be renewed"), "{}", ended.out);
    assert_eq!(gate.passed(), 0);
}

#[test]
fn a_client_certificate_is_shown_to_who_asks() {
    let server = Server::start(&[]);
    let rules = Rules { certificate: Some("server.pem"), asks_certificate: true, ..Rules::default() };
    let gate = Gate::open(&server.url, rules);
    let root = file("authority.pem");
    let both = format!("tls = {{ root = \"{root}\", client-certificate = \"{}\" }}", file("client.pem"));
    passed(run(&gate.https(), "emulator", &both, VERIFY));
    let ended = run(&gate.https(), "emulator", &format!("tls = {{ root = \"{root}\" }}"), VERIFY).with(3);
    assert!(ended.out.contains("doctor: reach         FAILED"), "{}", ended.out);
}

#[test]
fn base_path_and_headers_reach_operations_inbox_and_clock() {
    let server = Server::start(&[]);
    let rules = Rules { base_path: "/auth-proxy", header: Some(("x-gate", "sesame")), ..Rules::default() };
    let gate = Gate::open(&server.url, rules);
    let headers = "base-path = \"/auth-proxy\"\nheaders = { x-gate = \"sesame\" }";
    for codes in ["emulator", "http:{target}/emulator/otp/{loginId}#/code"] {
        passed(run(&gate.http(), codes, headers, VERIFY));
    }
    passed(run(&gate.http(), "emulator", headers, LATER));
    let before = gate.passed();
    for half in ["base-path = \"/auth-proxy\"", "headers = { x-gate = \"sesame\" }"] {
        assert_ne!(run(&gate.http(), "emulator", half, VERIFY).status, 0);
    }
    assert_eq!(gate.passed(), before);
}

#[test]
fn a_proxy_is_the_only_way() {
    let server = Server::start(&[]);
    let gate = Gate::open(&server.url, Rules::default());
    // A name that nobody knows: only the proxy can reach it.
    let proxy = format!("proxy = \"{}\"", gate.http());
    passed(run("http://staging.invalid", "emulator", &proxy, VERIFY));
    assert!(gate.passed() > 3);
    let ended = run("http://staging.invalid", "emulator", "", VERIFY).with(3);
    assert!(ended.out.contains("doctor: reach         FAILED"), "{}", ended.out);
}

#[test]
fn what_happens_once_to_people_who_may_be_known_convicts_nobody() {
    // The doctor's login is the first.
    let (server, rules) = (Server::start(&[]), Rules { refuses_login: 2, ..Rules::default() });
    let ended = run(&Gate::open(&server.url, rules).http(), "emulator", "jobs = 1", VERIFY);
    passed(ended);
    // What happens always does.
    let faulty = Server::start(&["--fault", "never-consumed"]);
    run(&faulty.url, "emulator", "", VERIFY).with(1);
}
