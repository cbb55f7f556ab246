//! Ceilings hold on the wire: runs against servers with faults, with limits drawn at random, counted by a proxy.
//!
//! `OTP_CEILING_RUNS=500 cargo test --release --test ceilings -- --nocapture` plays so many runs and prints what they
//! sent.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use otp_conformance::app::{self, Flags, Harness, Progress, RunSettings, doctor};
use otp_conformance::emulator::{self, Emulator, Fault};
use otp_conformance::trial::TrialReport;

/// What passed the proxy, whatever was answered.
#[derive(Default)]
struct Wire {
    requests: AtomicU64,
    sends: AtomicU64,
}

/// Passes everything on to the emulator, and counts it.
async fn counting(emulator: &str) -> (String, Arc<Wire>) {
    let wire = Arc::new(Wire::default());
    let _ = rustls::crypto::ring::default_provider().install_default(); // a second time is no error
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (count, base) = (wire.clone(), emulator.to_owned());
    let app = Router::new().fallback(move |request: Request| {
        let (count, base, client) = (count.clone(), base.clone(), client.clone());
        async move {
            let (head, body) = request.into_parts();
            let path = head.uri.path();
            if !path.starts_with("/emulator/messages") {
                count.requests.fetch_add(1, Ordering::Relaxed);
            }
            let sends = ["/v1/auth/otp/signup", "/v1/auth/otp/signin", "/v1/auth/otp/update"];
            if sends.iter().any(|prefix| path.starts_with(prefix)) {
                count.sends.fetch_add(1, Ordering::Relaxed);
            }
            let url = format!("{base}{}", head.uri);
            let body = to_bytes(body, usize::MAX).await.unwrap();
            let sent = client.request(head.method, url).headers(head.headers).body(body).send().await;
            let Ok(answer) = sent else {
                return Response::builder().status(502).body(Body::empty()).unwrap();
            };
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                *headers = answer.headers().clone();
                headers.remove("transfer-encoding");
            }
            response.body(Body::from(answer.bytes().await.unwrap_or_default())).unwrap()
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (base, wire)
}

struct Silent;

impl Progress for Silent {
    fn ended(&mut self, _: &TrialReport) {}
}

/// SplitMix64: the draws of a test are the same each time.
fn drawn(nth: u64, below: u64) -> u64 {
    let mut z = nth.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (z ^ (z >> 27)) % below
}

/// One run against one fault: what it might send, what it said it sent, what the wire saw.
async fn run(nth: u64) -> (String, (u64, u64), (u64, u64), (u64, u64)) {
    let fault = Fault::ALL[drawn(nth, Fault::ALL.len() as u64) as usize];
    let own = emulator::Settings { faults: vec![fault], ..emulator::Settings::default() };
    let emulator = Emulator::start(own.clone()).await.unwrap();
    let (base, wire) = counting(&emulator.url()).await;
    let (requests, sends) = (12 + drawn(nth ^ 0xA5, 400), 1 + drawn(nth ^ 0x5A, 80));
    let flags = Flags {
        target: Some(base),
        project_id: Some(own.project_id.clone()),
        codes: Some(if nth.is_multiple_of(3) { "test-user" } else { "emulator" }.into()),
        max_requests: (nth % 4 != 1).then(|| requests.to_string()),
        max_sends: (nth % 4 != 2).then(|| sends.to_string()),
        seed: Some(nth.to_string()),
        ..Flags::default()
    };
    let key = |name: &str| {
        (name == "OTP_MANAGEMENT_KEY" && nth.is_multiple_of(2)).then(|| own.management_key.clone())
    };
    let mut settings = RunSettings::with(&flags, &key).unwrap();
    settings.profile = Some(app::Profile {
        journal: Some(std::env::temp_dir().join("otpc-ceilings")),
        ..Default::default()
    });
    let harness = Harness::prepare(settings, &[]).await.unwrap();
    doctor::examine(&harness).await;
    let mut report = app::run(&harness, "2026-01-01T00:00:00Z".parse().unwrap(), &mut Silent).await;
    harness.clean_up().await;
    app::count(&harness, &mut report);
    let ceiling = harness.target.budget().ceiling();
    let counted = (wire.requests.load(Ordering::Relaxed), wire.sends.load(Ordering::Relaxed));
    let most = (ceiling.requests.unwrap(), ceiling.sends.unwrap());
    (fault.name().to_owned(), most, (report.requests, report.sends), counted)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_run_sends_more_than_it_may_and_reports_say_what_the_wire_saw() {
    let runs = std::env::var("OTP_CEILING_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(6);
    let (mut beyond, mut requests, mut sends) = (0, 0, 0);
    for nth in 0..runs {
        let (fault, most, told, counted) = run(nth).await;
        assert_eq!(told, counted, "run {nth}, {fault}: what is told is what was counted");
        beyond += u64::from(counted.0 > most.0 || counted.1 > most.1);
        requests += counted.0;
        sends += counted.1;
    }
    println!("{beyond} of {runs} runs beyond a ceiling; {requests} requests, {sends} messages on the wire");
    assert_eq!(beyond, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trimmed_plan_holds_only_what_this_target_can_show() {
    let own = emulator::Settings::default();
    let emulator = Emulator::start(own.clone()).await.unwrap();
    let flags = Flags {
        target: Some(emulator.url()),
        project_id: Some(own.project_id.clone()),
        codes: Some("test-user".into()),
        max_requests: Some("100".into()),
        dry_run: true,
        ..Flags::default()
    };
    let key = |name: &str| (name == "OTP_MANAGEMENT_KEY").then(|| own.management_key.clone());
    let harness = Harness::prepare(RunSettings::with(&flags, &key).unwrap(), &[]).await.unwrap();
    assert!(harness.plan.chosen.len() > 3);
    for trial in harness.plan.trials() {
        assert_eq!(trial.lacks(&harness.ground), None, "{}", trial.name);
    }
    assert!(harness.plan.cost().requests <= 100);
}
