//! The proxy: what passes unharmed, who is convicted by it, and who is acquitted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

#[path = "proxy/clients.rs"]
mod clients;
#[path = "proxy/command.rs"]
mod command;
#[path = "proxy/gate.rs"]
mod gate;
#[path = "proxy/habits.rs"]
mod habits;
#[path = "proxy/miniature.rs"]
mod miniature;
#[path = "proxy/unusual.rs"]
mod unusual;
#[path = "proxy/wire.rs"]
mod wire;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use miniature::{Miniature, Wrong};
use otp_conformance::app::evidence::{Recorder, Recording, judge_again};
use otp_conformance::app::{Backend, Flags, RunSettings};
use otp_conformance::contract::{DeliveryMethod, Level, RequirementId, req};
use otp_conformance::proxy::{DriverSession, HostileCase, Proxy, hostile_suite, of_recording};
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub(crate) const ANYWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

pub(crate) async fn backend(flags: Flags) -> Backend {
    Backend::open(RunSettings::with(&flags, &|_| None).unwrap()).await.unwrap()
}

pub(crate) async fn proxy(backend: &Backend) -> Proxy {
    let assumptions = backend.assumptions.clone();
    Proxy::start(SocketAddr::from(ANYWHERE), backend.target.clone(), assumptions, None).await.unwrap()
}

fn lane(backend: &Backend) -> DriverSession {
    DriverSession {
        target: backend.target.clone(),
        assumptions: backend.assumptions.clone(),
        limit: Duration::from_secs(20),
        fails_from: Level::Should,
    }
}

/// Cases played at once: with more of them a call of a right client takes longer than a caller waits.
const AT_ONCE: usize = 16;

/// Plays these cases to a client that is wrong in this way, some at once.
async fn play(backend: &Backend, cases: Vec<HostileCase>, wrong: Option<Wrong>) -> Vec<TrialReport> {
    let mut running = JoinSet::new();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    for case in cases {
        let (lane, project, room) = (lane(backend), backend.target.project_id.clone(), room.clone());
        let case = HostileCase { moment: Some(*miniature::MOMENT), ..case };
        running.spawn(async move {
            let _place = room.acquire_owned().await.unwrap();
            lane.run(&case, |url| Ok(Miniature::new(url, &project, wrong))).await
        });
    }
    running.join_all().await
}

/// The case without its wait: what never comes need not be waited for long.
fn hasty(case: HostileCase) -> HostileCase {
    HostileCase { patience: case.patience.map(|_| Duration::from_secs(2)), ..case }
}

/// A MAY is no promise: it is observed.
#[tokio::test]
async fn what_released_clients_take_is_observed() {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    for (wrong, case, question) in [
        (Wrong::TakesRefreshTokens, "tokens::refresh-token-as-a-session-token", "OTP-254"),
        (Wrong::TakesEternalTokens, "tokens::no-expiry", "OTP-255"),
    ] {
        let case = cases.iter().find(|it| it.short() == case).unwrap();
        let trials = play(&backend, vec![case.clone()], Some(wrong)).await;
        assert_eq!((trials[0].outcome, broken(&trials)), (Outcome::Pass, BTreeSet::new()));
        let warned: Vec<String> = trials[0].warnings.iter().map(|it| it.requirement.to_string()).collect();
        assert_eq!(warned, [question]);
    }
}

/// What it refused as it came it does not go on with: the token that is validated after that is a right one.
#[tokio::test]
async fn a_client_that_validates_what_it_gets_at_once_is_acquitted() {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    let tokens: Vec<HostileCase> =
        cases.into_iter().filter(|it| it.short().starts_with("tokens::")).collect();
    assert!(tokens.iter().any(|case| case.short() == "tokens::alg-none-at-a-refresh"));
    let trials = play(&backend, tokens, Some(Wrong::ChecksAtOnce)).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
}

pub(crate) fn broken(trials: &[TrialReport]) -> BTreeSet<RequirementId> {
    trials.iter().flat_map(|trial| &trial.findings).map(|finding| finding.requirement).collect()
}

#[tokio::test]
async fn a_right_client_is_acquitted_of_every_hostile_answer() {
    let backend = backend(Flags::default()).await;
    let cases: Vec<HostileCase> = hostile_suite(&backend.contract).unwrap().into_iter().map(hasty).collect();
    let count = cases.len();
    let trials = play(&backend, cases, None).await;
    for trial in &trials {
        let shown = (&trial.name, &trial.reason, &trial.doubts, &trial.findings, &trial.warnings);
        assert_eq!(trial.outcome, Outcome::Pass, "{shown:#?}");
        assert!(trial.warnings.is_empty(), "{shown:#?}");
    }
    assert_eq!(trials.len(), count);
}

#[tokio::test]
async fn each_wrong_client_is_convicted_of_its_wrong_and_of_nothing_else() {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    // Two for everybody, which show every operation, and those that are about the wrong at hand.
    let usual = |case: &HostileCase| {
        let steps = ["stepup-with-token", "update-phone", "me"]
            .map(|call| format!("session::unknown-members-at-{call}"));
        ["errors::wrong-code", "shape::cookie-only-refresh-token"].contains(&case.short())
            || steps.iter().any(|name| name == case.short())
    };
    let about = |case: &HostileCase, ids: &[RequirementId]| case.proves.iter().any(|id| ids.contains(id));
    // What goes around sends and logins is shown to the first client of each requirement.
    let mut met: BTreeSet<RequirementId> = BTreeSet::new();
    use Wrong as W;
    for (wrong, expected) in [
        (W::NumberAsCode, &[req::CLIENT_SENDS_CODE_AS_STRING][..]),
        (W::RepeatsRefusals, &[req::CLIENT_RETRIES_ARE_LIMITED]),
        (W::RepeatsForEver, &[req::CLIENT_RETRIES_ARE_LIMITED]),
        (W::RepeatsAfterLoss, &[req::CLIENT_RETRIES_ARE_LIMITED]),
        (W::RepeatsLimits, &[req::CLIENT_REPORTS_RATE_LIMIT]),
        (W::HidesTheWait, &[req::CLIENT_REPORTS_RATE_LIMIT]),
        (W::ChecksNoSignature, &[req::CLIENT_CHECKS_SIGNATURE]),
        (W::ChecksNoExpiry, &[req::CLIENT_REFUSES_EXPIRED_TOKEN]),
        (W::ForgivesNoSecond, &[req::CLIENT_FORGIVES_CLOCK_SKEW]),
        (W::SwallowsErrorCode, &[req::CLIENT_SHOWS_ERROR_CODE]),
        (W::ReportsSuccess, &[req::CLIENT_REPORTS_NO_FALSE_SUCCESS]),
        (W::TakesAnyBody, &[req::CLIENT_REPORTS_NO_FALSE_SUCCESS]),
        (W::SlashAtTheEnd, &[req::CLIENT_METHOD_AND_PATH]),
        (W::FormBody, &[req::CLIENT_BODY_MATCHES_SCHEMA, req::CLIENT_CONTENT_TYPE]),
        (W::TextLabel, &[req::CLIENT_CONTENT_TYPE]),
        (W::NoBearer, &[req::CLIENT_PRESENTS_RIGHT_BEARER]),
        (W::SessionForRefresh, &[req::CLIENT_PRESENTS_RIGHT_BEARER]),
        (W::CodeInUrl, &[req::CLIENT_KEEPS_SECRETS_OUT_OF_URLS]),
        (W::TrimsZeros, &[req::CLIENT_SENDS_INPUT_UNCHANGED]),
        (W::TriesAnotherCode, &[req::CLIENT_SENDS_INPUT_UNCHANGED]),
        (W::NeedsMaskedPhone, &[req::CLIENT_ACCEPTS_EMPTY_OBJECT]),
        (W::KnowsAllMembers, &[req::CLIENT_ACCEPTS_DOCUMENTED_ANSWERS]),
        (W::IgnoresCookies, &[req::CLIENT_READS_REFRESH_COOKIE]),
        (W::StepsUpAlone, &[req::CLIENT_STEPUP_NEEDS_REFRESH_JWT]),
        (W::LeaksInternals, &[req::CLIENT_FAILS_CLEANLY]),
        (W::TakesAnyAlgorithm, &[req::CLIENT_CHECKS_SIGNATURE]),
        (W::KeepsFirstKeys, &[req::CLIENT_READS_NEW_KEYS_ONCE]),
        (W::ReadsKeysWithoutEnd, &[req::CLIENT_READS_NEW_KEYS_ONCE]),
        (W::FollowsWithCredentials, &[req::CLIENT_KEEPS_CREDENTIALS_FROM_OTHER_HOSTS]),
        (W::SendsAgainWhenTired, &[req::CLIENT_RETRIES_ARE_LIMITED]),
        (W::ReadsNoGzip, &[req::CLIENT_ACCEPTS_DOCUMENTED_ANSWERS]),
        (W::TakesNothingForLogin, &[req::CLIENT_REPORTS_NO_FALSE_SUCCESS]),
        (W::TakesNothingForSession, &[req::CLIENT_REPORTS_NO_FALSE_SUCCESS]),
        (W::RepeatsFailures, &[req::CLIENT_RETRIES_ARE_LIMITED]),
        (W::SessionForStepup, &[req::CLIENT_PRESENTS_RIGHT_BEARER]),
        (W::PresentsUndefined, &[req::CLIENT_PRESENTS_RIGHT_BEARER]),
        (W::ForgetsProject, &[req::CLIENT_PRESENTS_RIGHT_BEARER]),
        (W::TokenInUrl, &[req::CLIENT_KEEPS_SECRETS_OUT_OF_URLS]),
        (W::UpdatesWithoutToken, &[req::CLIENT_PRESENTS_RIGHT_BEARER]),
        (W::AsksMeByPost, &[req::CLIENT_METHOD_AND_PATH]),
        (W::TakesKeyOfToken, &[req::CLIENT_CHECKS_SIGNATURE]),
        (W::RepeatsAfterSilence, &[req::CLIENT_RETRIES_ARE_LIMITED]),
        (W::ReadsNoFailure, &[req::CLIENT_REPORTS_NO_FALSE_SUCCESS]),
    ] {
        // Who gives up after a while does so wherever a busy machine takes as long.
        let tires = [W::SendsAgainWhenTired, W::RepeatsAfterSilence].contains(&wrong);
        let chosen = cases.iter().filter(|case| case.answer.delay_ms == 0 && (case.answer.hang || !tires));
        let first = expected.iter().any(|id| met.insert(*id));
        let chosen = chosen.filter(|case| first || !case.short().starts_with("around::"));
        let chosen = chosen.filter(|case| usual(case) || about(case, expected)).cloned().map(hasty).collect();
        let trials = play(&backend, chosen, Some(wrong)).await;
        assert_eq!(broken(&trials), expected.iter().copied().collect(), "{wrong:?}: {:#?}", told(&trials));
    }
}

/// The same client by other methods: what it does is judged by the operations of each.
#[tokio::test]
async fn a_client_is_judged_by_each_method_that_it_is_asked_for() {
    let backend = backend(Flags::default()).await;
    let all = hostile_suite(&backend.contract).unwrap();
    let by = |method: DeliveryMethod, parts: &[&str]| -> Vec<HostileCase> {
        let chosen = all.iter().filter(|case| case.answer.delay_ms == 0 && !case.answer.hang);
        let chosen = chosen.filter(|case| parts.iter().any(|part| case.short().contains(part)));
        chosen.filter_map(|case| case.by_method(method, &backend.contract)).collect()
    };
    let own = ["errors::", "shape::", "limits::", "update-phone", "signup"];
    for method in [DeliveryMethod::Email, DeliveryMethod::Voice] {
        let cases = by(method, &own);
        assert!(cases.len() > 30, "{}", cases.len());
        for trial in play(&backend, cases, None).await {
            let shown = (&trial.name, &trial.reason, &trial.doubts, &trial.findings, &trial.warnings);
            assert!(trial.outcome == Outcome::Pass && trial.warnings.is_empty(), "{shown:#?}");
        }
    }
    for (wrong, expected) in [
        (Wrong::NeedsMaskedPhone, req::CLIENT_ACCEPTS_EMPTY_OBJECT),
        (Wrong::SlashAtTheEnd, req::CLIENT_METHOD_AND_PATH),
        (Wrong::TrimsZeros, req::CLIENT_SENDS_INPUT_UNCHANGED),
        (Wrong::StepsUpAlone, req::CLIENT_STEPUP_NEEDS_REFRESH_JWT),
    ] {
        let expected = backend.contract.own(DeliveryMethod::Email, expected);
        let cases = by(DeliveryMethod::Email, &["errors::", "shape::"]);
        let trials = play(&backend, cases, Some(wrong)).await;
        assert_eq!(broken(&trials), BTreeSet::from([expected]), "{wrong:?}: {:#?}", told(&trials));
    }
    // A client that has never heard of a method is asked for none of it.
    let trials = play(&backend, by(DeliveryMethod::Whatsapp, &["errors::wrong-code"]), None).await;
    let why = trials[0].reason.clone().unwrap_or_default();
    assert_eq!((trials[0].outcome, trials[0].requests), (Outcome::Unsupported, 0), "{why}");
    assert!(why.contains("does not name whatsapp among its methods"), "{why}");
}

pub(crate) fn told(trials: &[TrialReport]) -> Vec<String> {
    let line = |trial: &TrialReport| {
        let name = trial.name.clone();
        trial
            .findings
            .iter()
            .map(|it| format!("{name} {} {} {}", it.requirement, it.expected, it.seen))
            .collect::<Vec<_>>()
    };
    trials.iter().flat_map(line).collect()
}

#[tokio::test]
async fn what_only_some_clients_look_at_is_observed() {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    let case = cases.into_iter().find(|case| case.short() == "tokens::wrong-issuer").unwrap();
    let trials = play(&backend, vec![case], Some(Wrong::ChecksNoSignature)).await;
    assert_eq!(trials[0].outcome, Outcome::Pass);
    let answers: Vec<&str> = trials[0].observed.iter().map(|policy| policy.answer.as_str()).collect();
    assert!(answers.iter().any(|answer| answer.starts_with("validate: an error")), "{answers:?}");
}

/// What a client without a driver shows, on the wire alone.
async fn on_the_wire(requests: &[(&str, serde_json::Value)]) -> Vec<TrialReport> {
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    let http = miniature::client();
    for (path, body) in requests {
        let request = http.post(format!("{}{path}", proxy.url())).json(body);
        let bearer = format!("Bearer {}", backend.target.project_id);
        request.header("authorization", bearer).send().await.unwrap();
    }
    let recording = proxy.finish().await;
    of_recording(&backend.contract, &recording, Level::Should)
}

#[tokio::test]
async fn a_habit_of_repeating_refusals_is_the_clients_and_one_repetition_may_be_the_callers() {
    let unknown = |n: u32| ("/v1/auth/otp/signin/sms", json!({ "loginId": format!("+120255501{n:02}") }));
    let caller = [unknown(1), unknown(1), unknown(2), unknown(3)];
    assert_eq!(broken(&on_the_wire(&caller).await), BTreeSet::new());
    let client = [unknown(1), unknown(1), unknown(2), unknown(2), unknown(3), unknown(3)];
    assert_eq!(broken(&on_the_wire(&client).await), BTreeSet::from([req::CLIENT_RETRIES_ARE_LIMITED]));
}

#[tokio::test]
async fn the_wire_alone_shows_shape_and_leaves_values_to_the_caller() {
    let verify = |code: serde_json::Value| {
        ("/v1/auth/otp/verify/sms", json!({ "loginId": "+12025550104", "code": code }))
    };
    assert_eq!(
        broken(&on_the_wire(&[verify(json!(123_456))]).await),
        BTreeSet::from([req::CLIENT_SENDS_CODE_AS_STRING])
    );
    assert_eq!(broken(&on_the_wire(&[verify(json!(""))]).await), BTreeSet::new());
    let stepup = json!({ "loginId": "+12025550104", "loginOptions": { "stepup": true } });
    assert_eq!(
        broken(&on_the_wire(&[("/v1/auth/otp/signin/sms", stepup)]).await),
        BTreeSet::from([req::CLIENT_STEPUP_NEEDS_REFRESH_JWT])
    );
    let trials = on_the_wire(&[("/v1/auth/magiclink/signin/email", json!({}))]).await;
    assert_eq!(broken(&trials), BTreeSet::new());
    assert!(
        trials.iter().flat_map(|trial| &trial.observed).any(|it| it.answer.contains("magiclink")),
        "{trials:#?}"
    );
}

/// The emulator reads the last of two members; a server that reads the first is as right.
#[tokio::test]
async fn a_body_that_says_two_things_accuses_nobody() {
    let backend = backend(Flags::default()).await;
    let proxy = proxy(&backend).await;
    let send = |body: &'static str| {
        let request = miniature::client().post(format!("{}/v1/auth/otp/signup-in/sms", proxy.url()));
        let bearer = format!("Bearer {}", backend.target.project_id);
        request.header("authorization", bearer).header("content-type", "application/json").body(body).send()
    };
    send(r#"{"loginId":"+12025550104"}"#).await.unwrap();
    send(r#"{"loginId":"+12025550104","loginId":"+12025550105"}"#).await.unwrap();
    let trials = of_recording(&backend.contract, &proxy.finish().await, Level::Should);
    assert!(!trials.is_empty());
    for trial in trials {
        assert_eq!(trial.outcome, Outcome::Inconclusive, "{trial:#?}");
        assert!(
            trial.doubts.iter().any(|doubt| doubt.to_string().contains("a name occurs twice")),
            "{trial:#?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_server_is_convicted_as_always() {
    let faulty = Flags { faults: vec!["never-consumed".into()], ..Flags::default() };
    let backend = backend(faulty).await;
    let proxy = proxy(&backend).await;
    let mut client = Miniature::new(&proxy.url(), &backend.target.project_id, None);
    use otp_conformance::proxy::Client as _;
    let person = json!({ "loginId": "+12025550105" });
    client.call("signup-in", &person, Duration::ZERO).await;
    let messages =
        backend.target.codes.messages("+12025550105", "", 0, Duration::from_secs(5)).await.unwrap();
    let with_code = json!({ "loginId": "+12025550105", "code": messages[0].code });
    client.call("verify", &with_code, Duration::ZERO).await;
    client.call("verify", &with_code, Duration::ZERO).await;
    let recording = proxy.finish().await;
    let trials = of_recording(&backend.contract, &recording, Level::Must);
    let by_name = |part: &str| trials.iter().find(|trial| trial.name.ends_with(part)).unwrap();
    assert_eq!(broken(std::slice::from_ref(by_name("::server"))), BTreeSet::from([req::CODE_IS_SINGLE_USE]));
    assert_eq!(by_name("::client").outcome, Outcome::Pass);
}

#[tokio::test]
async fn clients_at_once_are_told_apart_whatever_connections_they_use() {
    let backend = Arc::new(backend(Flags::default()).await);
    let proxy = proxy(&backend).await;
    let (url, project) = (proxy.url(), backend.target.project_id.clone());
    let login = |number: &'static str| {
        let (url, project) = (url.clone(), project.clone());
        async move {
            for door in ["signup-in", "signin"] {
                // A new pool each time: a new connection for each request.
                let request = miniature::client().post(format!("{url}/v1/auth/otp/{door}/sms"));
                let request = request.header("authorization", format!("Bearer {project}"));
                request.json(&json!({ "loginId": number })).send().await.unwrap();
            }
        }
    };
    tokio::join!(login("+12025550106"), login("+12025550107"), login("+12025550108"));
    let recording = proxy.finish().await;
    let names: Vec<&str> = recording.clients.iter().map(|client| client.name.as_str()).collect();
    let same = "signup-in-sms+signin-sms";
    assert_eq!(names, [same, &format!("{same}-2"), &format!("{same}-3")]);
    for client in &recording.clients {
        assert_eq!(client.history.exchanges().count(), 2);
        assert_eq!(client.history.deliveries().filter(|it| it.sent_by.is_some()).count(), 1);
        let text = serde_json::to_string(&client.history).unwrap();
        assert!(
            text.contains("<phone:A>") && !text.contains("<phone:B>") && !text.contains("+1202555"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_recorded_client_is_judged_again_as_it_was() {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    let chosen = cases.into_iter().filter(|case| case.short().starts_with("shape::")).collect();
    let trials = play(&backend, chosen, Some(Wrong::NeedsMaskedPhone)).await;
    let run = backend.report(trials, &[], jiff::Timestamp::UNIX_EPOCH, Duration::ZERO);
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut recorder = Recorder::create(file.path(), &run, backend.redactor.clone()).unwrap();
    run.trials.iter().for_each(|trial| recorder.trial(trial));
    recorder.finish(&run).unwrap();
    let again = judge_again(Recording::read(file.path()).unwrap().into_run(), &backend.contract, true);
    assert_eq!(broken(&again.trials), BTreeSet::from([req::CLIENT_ACCEPTS_EMPTY_OBJECT]));
    assert_eq!(again.counts(), run.counts());
}
