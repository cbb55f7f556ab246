//! What a gate hangs on: nothing passes without evidence, trials have names of their own, and nobody is accused of what
//! was there before, came late, or was our own doing.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use otp_conformance::app::{Backend, Flags};
use otp_conformance::contract::{Level, OperationId};
use otp_conformance::proxy::{Proxy, hostile_suite, of_recording};
use otp_conformance::report::{Clients, RunVerdict};
use otp_conformance::trial::{Outcome, TrialReport};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ANYWHERE, backend, broken, miniature, proxy, told};

const ADA: &str = "+12025550160";

async fn post(url: &str, bearer: &str, body: Value) -> Value {
    let request = miniature::client().post(url).header("authorization", bearer).json(&body);
    request.send().await.unwrap().json().await.unwrap_or_default()
}

/// A login through that base URL: a send, and the verification of the code that came.
async fn log_in(backend: &Backend, base: &str) -> Value {
    let bearer = format!("Bearer {}", backend.target.project_id);
    let seen = backend.target.codes.messages(ADA, ADA, 0, Default::default()).await.unwrap();
    let cursor = seen.iter().map(|message| message.seq).max().unwrap_or(0);
    post(&format!("{base}/v1/auth/otp/signup-in/sms"), &bearer, json!({ "loginId": ADA })).await;
    let sent = backend.target.codes.messages(ADA, ADA, cursor, miniature::PATIENCE).await.unwrap();
    let body = json!({ "loginId": ADA, "code": sent.last().unwrap().code });
    post(&format!("{base}/v1/auth/otp/verify/sms"), &bearer, body).await
}

async fn judged(backend: &Backend, proxy: Proxy) -> Vec<TrialReport> {
    of_recording(&backend.contract, &proxy.finish().await, Level::Should)
}

#[tokio::test]
async fn what_calls_no_operation_tests_nothing() {
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    for (method, path) in [(Method::OPTIONS, "/"), (Method::GET, "/favicon.ico")] {
        miniature::client().request(method, format!("{}{path}", proxy.url())).send().await.unwrap();
    }
    let trials = judged(&backend, proxy).await;
    assert!(!trials.is_empty());
    for trial in &trials {
        assert_eq!((trial.outcome, trial.examined.len()), (Outcome::Unsupported, 0), "{trial:#?}");
    }
    let report = backend.report(trials, &[], jiff::Timestamp::UNIX_EPOCH, Default::default());
    assert_eq!(report.verdict(), RunVerdict::Untested);
}

#[tokio::test]
async fn only_what_has_evidence_is_examined() {
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    let bearer = format!("Bearer {}", backend.target.project_id);
    post(&format!("{}/v1/auth/otp/signup-in/sms", proxy.url()), &bearer, json!({ "loginId": ADA })).await;
    let trials = judged(&backend, proxy).await;
    let client = trials.iter().find(|trial| trial.name == "proxy::signup-in-sms::client").unwrap();
    let examined: Vec<u16> = client.examined.iter().map(|id| id.number()).collect();
    assert_eq!(examined, [119, 120, 121, 122, 123]);
}

#[tokio::test]
async fn what_is_required_and_not_called_is_missed_and_a_red_command_has_a_word_of_its_own() {
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    log_in(&backend, &proxy.url()).await;
    let trials = judged(&backend, proxy).await;
    let histories: Vec<_> = trials.iter().flat_map(|trial| trial.histories.clone()).collect();
    let required = [OperationId::VerifySms, OperationId::Refresh];
    let clients = Clients::of(Default::default(), &histories, &required);
    assert_eq!(clients.missing, [OperationId::Refresh]);
    let mut report = backend.report(trials, &[], jiff::Timestamp::UNIX_EPOCH, Default::default());
    assert_eq!(report.verdict(), RunVerdict::Pass);
    report.clients = Some(clients.clone());
    assert_eq!((report.verdict(), report.exit_status()), (RunVerdict::Untested, 4));
    report.clients = Some(Clients { failed: Some("exit status: 1".into()), ..clients });
    assert_eq!((report.verdict(), report.exit_status()), (RunVerdict::CommandFailed, 7));
}

/// A call whose answer was lost shows nothing of what the client makes of it.
#[tokio::test]
async fn a_call_that_was_lost_is_not_what_was_required() {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    let lost = cases.into_iter().find(|it| it.short() == "transient::connection-closed-after-the-effect");
    let (target, assumptions) = (backend.target.clone(), backend.assumptions.clone());
    let proxy = Proxy::start(SocketAddr::from(ANYWHERE), target, assumptions, lost).await.unwrap();
    let request = miniature::client().post(format!("{}/v1/auth/otp/signup-in/sms", proxy.url()));
    let request = request.header("authorization", format!("Bearer {}", backend.target.project_id));
    assert!(request.json(&json!({ "loginId": ADA })).send().await.is_err());
    let recording = proxy.finish().await;
    let histories = recording.clients.iter().map(|client| &client.history);
    let clients = Clients::of(Default::default(), histories, &[OperationId::SignupInSms]);
    assert_eq!(clients.operations.get(&OperationId::SignupInSms), Some(&1));
    assert_eq!(clients.missing, [OperationId::SignupInSms]);
}

#[tokio::test]
async fn a_client_is_judged_by_the_test_that_its_requests_name() {
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    let mark = |name: Value| {
        let request = miniature::client().post(format!("{}/proxy/mark", proxy.url()));
        async move { assert!(request.json(&json!({ "name": name })).send().await.unwrap().status().is_success()) }
    };
    mark(json!("tests/otp.py::first")).await;
    log_in(&backend, &proxy.url()).await;
    log_in(&backend, &format!("{}/proxy/as/second", proxy.url())).await;
    mark(Value::Null).await;
    let me = miniature::client().get(format!("{}/v1/auth/me", proxy.url()));
    me.header("x-otp-conformance-test", "third").send().await.unwrap();
    log_in(&backend, &proxy.url()).await;
    let recording = proxy.finish().await;
    let names: Vec<&str> = recording.clients.iter().map(|client| client.name.as_str()).collect();
    assert_eq!(names, ["tests/otp.py::first", "second", "third", "signup-in-sms+verify-sms"]);
    for client in &recording.clients {
        assert!(client.history.exchanges().all(|it| it.request.header("x-otp-conformance-test").is_none()));
        assert!(client.history.exchanges().all(|it| !it.request.path.starts_with("/proxy/")));
    }
    let trials = of_recording(&backend.contract, &recording, Level::Should);
    assert_eq!(broken(&trials).len(), 1, "no bearer for me, and nothing else: {:#?}", told(&trials));
}

/// The same server, as one of which nothing is known: who was there before, say.
async fn as_a_stranger(own: &Backend) -> Backend {
    let target = Some(own.target.base().to_owned());
    let project_id = Some(own.target.project_id.clone());
    backend(Flags { target, project_id, codes: Some("emulator".into()), ..Flags::default() }).await
}

#[tokio::test]
async fn what_was_there_before_the_client_is_not_its_own() {
    let own = backend(Flags::default()).await;
    for _ in 0..2 {
        let backend = as_a_stranger(&own).await;
        log_in(&backend, backend.target.base()).await;
        let proxy = proxy(&backend).await;
        log_in(&backend, &proxy.url()).await;
        let trials = judged(&backend, proxy).await;
        assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
        assert!(trials.iter().all(|trial| trial.outcome == Outcome::Pass), "{trials:#?}");
    }
}

/// Which project is the target's is a setting of ours, and no promise of its.
#[tokio::test]
async fn a_mistake_in_the_project_accuses_nobody() {
    let own = backend(Flags::default()).await;
    let (target, codes) = (Some(own.target.base().to_owned()), Some("emulator".into()));
    let other = Some("P2another0000000000000000000".into());
    let backend = backend(Flags { target, codes, project_id: other, ..Flags::default() }).await;
    let proxy = proxy(&backend).await;
    let bearer = format!("Bearer {}", backend.target.project_id);
    let send = format!("{}/v1/auth/otp/signup-in/sms", proxy.url());
    let refused = post(&send, &bearer, json!({ "loginId": ADA })).await;
    assert!(refused.get("errorCode").is_some());
    let trials = judged(&backend, proxy).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    let doubted = trials.iter().find(|trial| trial.outcome == Outcome::Inconclusive).unwrap();
    assert!(doubted.doubts.iter().any(|doubt| doubt.to_string().contains("--project-id")), "{doubted:#?}");
}

#[tokio::test]
async fn a_page_may_mark_its_tests() {
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    let mark = |method: Method| {
        let request = miniature::client().request(method, format!("{}/proxy/mark", proxy.url()));
        request.header("origin", "http://localhost:3000").json(&json!({ "name": "first" })).send()
    };
    let asked = mark(Method::OPTIONS).await.unwrap();
    assert!(asked.status().is_success() && asked.headers()["access-control-allow-headers"] == "content-type");
    for answer in [asked, mark(Method::POST).await.unwrap()] {
        assert_eq!(answer.headers()["access-control-allow-origin"], "http://localhost:3000");
    }
}

#[tokio::test]
async fn messages_that_come_late_are_credited_to_nobody_else() {
    let flags = Flags { variants: vec!["late-messages".into()], ..Flags::default() };
    let own = backend(flags).await;
    for _ in 0..4 {
        let backend = as_a_stranger(&own).await;
        let proxy = proxy(&backend).await;
        for _ in 0..2 {
            log_in(&backend, &proxy.url()).await;
        }
        let trials = judged(&backend, proxy).await;
        assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    }
}

#[tokio::test]
async fn a_moved_clock_is_a_part_of_the_history() {
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    let (bearer, url) = (format!("Bearer {}", backend.target.project_id), proxy.url());
    post(&format!("{url}/v1/auth/otp/signup-in/sms"), &bearer, json!({ "loginId": ADA })).await;
    let sent = backend.target.codes.messages(ADA, ADA, 0, miniature::PATIENCE).await.unwrap();
    post(&format!("{url}/emulator/clock"), &bearer, json!({ "advanceMs": 600_000 })).await;
    let body = json!({ "loginId": ADA, "code": sent[0].code });
    let refused = post(&format!("{url}/v1/auth/otp/verify/sms"), &bearer, body).await;
    assert!(refused.get("errorCode").is_some(), "{refused}");
    let trials = judged(&backend, proxy).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
}

#[tokio::test]
async fn a_page_may_read_what_is_put_in_place_of_an_answer() {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    let case = cases.into_iter().find(|case| case.short() == "limits::429-with-retry-after");
    let (target, assumptions) = (backend.target.clone(), backend.assumptions.clone());
    let proxy = Proxy::start(SocketAddr::from(ANYWHERE), target, assumptions, case).await.unwrap();
    let request = miniature::client().post(format!("{}/v1/auth/otp/signup-in/sms", proxy.url()));
    let request = request.header("origin", "http://localhost:3000").json(&json!({ "loginId": ADA }));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), "http://localhost:3000");
    assert!(header("access-control-expose-headers").contains("retry-after"));
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn with_an_authority_of_its_own_it_is_reached_by_tls() {
    use otp_conformance::app::Authority;
    use otp_conformance::proxy::ListenSettings;
    let backend = backend(Flags::default()).await;
    let listen = SocketAddr::from(ANYWHERE);
    let authority = Authority::new(listen.ip(), &["proxy".into()]).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    authority.write(file.path()).unwrap();
    let door = ListenSettings { listen, tls: Some(authority.config()) };
    let proxy = Proxy::start(door, backend.target.clone(), backend.assumptions.clone(), None).await.unwrap();
    assert!(proxy.url().starts_with("https://127.0.0.1:"));
    let root = reqwest::Certificate::from_pem(&std::fs::read(file.path()).unwrap()).unwrap();
    let trusting = reqwest::Client::builder().no_proxy().tls_certs_merge([root]).build().unwrap();
    let keys = format!("{}/v2/keys/{}", proxy.url(), backend.target.project_id);
    assert_eq!(trusting.get(&keys).send().await.unwrap().status(), 200);
    assert!(miniature::client().get(&keys).send().await.is_err(), "the system does not trust it");
    let trials = judged(&backend, proxy).await;
    assert!(trials.iter().any(|trial| trial.name == "proxy::keys::client"), "{trials:#?}");
}
