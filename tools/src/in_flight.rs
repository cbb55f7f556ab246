//! How much of a bare client's speed a property trial keeps, with every check on: the same emulator, the same client
//! library, as many requests in flight, the same cores, one after the other in one process.
//!
//! `cargo tools in-flight [CASES] [PART OF A NAME]`. Where `oha` or `wrk` is installed, what it reaches is shown beside.

#![allow(clippy::unwrap_used, reason = "a measurement that fails should say where")]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use otp_conformance::app::{Flags, Harness, RunSettings, emulator_settings};
use otp_conformance::emulator::{Emulator, Settings as EmulatorSettings};
use otp_conformance::trial::Outcome;
use tokio::task::JoinSet;

/// As many as a property trial has.
const IN_FLIGHT: usize = 16;
/// Ratios are medians of so many rounds.
const ROUNDS: usize = 3;
/// One body as the trials draw them, of their mean size.
const BODY: &str = r#"{"loginId":"+12025550147","loginOptions":{"customClaims":{"plan":"gold","seats":{"used":3,"of":12}},"templateOptions":{"name":"Ada"},"locale":"en","revokeOtherSessions":true},"ssoAppId":"portal"}"#;
const TRIALS: [&str; 3] = [
    "property::signup-in-sms::valid",
    "property::signup-in-sms::well-formed",
    "property::signup-in-sms::invalid",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Cases of each trial
    #[arg(default_value_t = 10_000)]
    cases: u32,
    /// Only trials with this in their names
    part: Option<String>,
}

/// Prints a line for each trial.
pub(crate) async fn run(args: &Args) {
    let cases = args.cases;
    let wanted = |name: &&str| args.part.as_ref().is_none_or(|part| name.contains(part.as_str()));
    let _ = rustls::crypto::ring::default_provider().install_default(); // the bare client asks for one, TLS or not
    println!("{cases} cases, {IN_FLIGHT} in flight; requests a second, and the share of the bare client's");
    for name in TRIALS.into_iter().filter(wanted) {
        let mut rounds: Vec<(f64, f64)> = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push((bare(cases).await, trial(name, cases).await));
        }
        let ratio = median(rounds.iter().map(|(bare, ours)| ours / bare));
        let (bare, ours) = (median(rounds.iter().map(|r| r.0)), median(rounds.iter().map(|r| r.1)));
        println!("  {name:36} {ours:7.0}/s of {bare:7.0}/s: {ratio:.2}");
    }
    others().await;
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What a run starts; but one number gets all messages here.
fn settings() -> EmulatorSettings {
    EmulatorSettings { resend_limit: u32::MAX, ..emulator_settings(&[], &[]) }
}

/// Requests a second of nothing but the client: one body, no checks.
async fn bare(requests: u32) -> f64 {
    let emulator = Emulator::start(settings()).await.unwrap();
    let url = format!("{}/v1/auth/otp/signup-in/sms", emulator.url());
    let bearer = format!("Bearer {}", settings().project_id);
    let client = reqwest::Client::builder().http1_only().tcp_nodelay(true).no_proxy().build().unwrap();
    let left = Arc::new(AtomicI64::new(i64::from(requests)));
    let mut flying = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..IN_FLIGHT {
        let (client, url, bearer, left) = (client.clone(), url.clone(), bearer.clone(), left.clone());
        flying.spawn(async move {
            while left.fetch_sub(1, Ordering::Relaxed) > 0 {
                let request = client.post(&url).header("authorization", &bearer);
                let response = request.header("content-type", "application/json").body(BODY).send().await;
                let response = response.unwrap();
                assert_eq!(response.status(), 200);
                response.bytes().await.unwrap();
            }
        });
    }
    while flying.join_next().await.is_some() {}
    f64::from(requests) / begun.elapsed().as_secs_f64()
}

/// Requests a second of a property trial: bodies that were drawn before are not sent again.
async fn trial(name: &str, cases: u32) -> f64 {
    let flags = Flags { seed: Some("7".into()), cases: Some(cases.to_string()), ..Flags::default() };
    let harness = Harness::prepare(RunSettings::with(&flags, &|_| None).unwrap(), &[]).await.unwrap();
    let trial = harness.plan.trials().find(|trial| trial.name == name).unwrap();
    let begun = Instant::now();
    let report = trial.run(harness.ground.clone()).await;
    let took = begun.elapsed().as_secs_f64();
    assert_eq!(report.outcome, Outcome::Pass, "{:?}", report.findings.first());
    report.requests as f64 / took
}

/// What load generators reach, where they are installed.
async fn others() {
    let emulator = Emulator::start(settings()).await.unwrap();
    let url = format!("{}/v1/auth/otp/signup-in/sms", emulator.url());
    let bearer = format!("Authorization: Bearer {}", settings().project_id);
    let json = "Content-Type: application/json";
    let script = std::env::temp_dir().join(format!("otp-conformance-{}.lua", std::process::id()));
    std::fs::write(&script, format!("wrk.method = \"POST\"\nwrk.body = [[{BODY}]]\n")).unwrap();
    let script = script.to_string_lossy().into_owned();
    let oha =
        ["--no-tui", "-n", "20000", "-c", "16", "-m", "POST", "-H", &bearer, "-H", json, "-d", BODY, &url];
    let wrk = ["-t2", "-c16", "-d3s", "-s", &script, "-H", &bearer, "-H", json, &url];
    for (tool, arguments) in [("oha", &oha[..]), ("wrk", &wrk[..])] {
        let (command, arguments) = (tool, arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
        let run = move || Command::new(command).args(arguments).output();
        match tokio::task::spawn_blocking(run).await.unwrap() {
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                let line = text.lines().find(|line| line.contains("Requests/sec")).unwrap_or("no figure");
                println!("  {tool:36} {}", line.trim());
            }
            Err(_) => println!("  {tool:36} not installed"),
        }
    }
    std::fs::remove_file(script).unwrap();
}
