//! Repetitions on the wire: a habit is the client's, what happens once may be its caller's idea.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use otp_conformance::app::Flags;
use otp_conformance::contract::Level;
use otp_conformance::contract::req::{
    CLIENT_REPORTS_RATE_LIMIT as LIMIT, CLIENT_RETRIES_ARE_LIMITED as RETRIES,
};
use otp_conformance::proxy::{Proxy, hostile_suite, of_recording};
use otp_conformance::trial::TrialReport;
use serde_json::json;

use super::clients::{Call, Client, GUESS, JSON, ME, PLAIN, REFRESH, SEND, SIGN_IN, VERIFY};
use super::{ANYWHERE, backend, broken, miniature, told};

/// Sends each of these so many times, over a new connection each time.
async fn repeated(calls: &[(Call, usize)]) -> Vec<TrialReport> {
    let backend = backend(Flags::default()).await;
    let client = Client::new(&backend).await;
    for (call, times) in calls {
        for _ in 0..*times {
            client.call(call).await;
        }
    }
    client.judged().await
}

fn stranger(who: &'static str) -> Call {
    (SIGN_IN, PLAIN, JSON, who)
}

const STRANGERS: [&str; 5] = [
    r#"{"loginId":"+12025550151"}"#,
    r#"{"loginId":"+12025550152"}"#,
    r#"{"loginId":"+12025550153"}"#,
    r#"{"loginId":"+12025550154"}"#,
    r#"{"loginId":"+12025550155"}"#,
];

#[tokio::test]
async fn one_refusal_left_alone_does_not_acquit_a_habit() {
    let calls: Vec<(Call, usize)> =
        STRANGERS.iter().enumerate().map(|(at, who)| (stranger(who), if at == 4 { 1 } else { 3 })).collect();
    assert_eq!(broken(&repeated(&calls).await), BTreeSet::from([RETRIES]));
    let halves: Vec<(Call, usize)> =
        STRANGERS.iter().enumerate().map(|(at, who)| (stranger(who), 1 + at % 2)).collect();
    assert_eq!(broken(&repeated(&halves).await), BTreeSet::new(), "half of them: their callers' idea");
}

#[tokio::test]
async fn habits_are_counted_by_status() {
    // Every 400 is left alone, and every 401 is sent again.
    let mut calls: Vec<(Call, usize)> = STRANGERS.iter().map(|who| (stranger(who), 1)).collect();
    calls.push(((VERIFY, PLAIN, JSON, GUESS), 2));
    calls.push(((ME, "Bearer {project}:{session}x", "", ""), 2));
    calls.push(((REFRESH, "Bearer {project}:{refresh}x", JSON, "{}"), 2));
    let trials = repeated(&calls).await;
    assert!(broken(&trials).contains(&RETRIES), "{:#?}", told(&trials));
    assert!(told(&trials).iter().all(|line| !line.contains("after 400")), "{:#?}", told(&trials));
}

#[tokio::test]
async fn what_is_looked_up_on_the_way_hides_no_habit() {
    let keys: Call = ("GET /v2/keys/{project}", "", "", "");
    let mut calls = Vec::new();
    for who in STRANGERS {
        calls.extend([(stranger(who), 1), (keys, 1), (stranger(who), 1), (keys, 1)]);
    }
    assert_eq!(broken(&repeated(&calls).await), BTreeSet::from([RETRIES]));
}

#[tokio::test]
async fn a_count_in_the_query_hides_no_habit() {
    let mut calls = Vec::new();
    for who in STRANGERS {
        for place in ["?n=1", "?n=2", "?n=3"].map(|query| &*format!("{SIGN_IN}{query}").leak()) {
            calls.push(((place, PLAIN, JSON, who), 1));
        }
    }
    assert_eq!(broken(&repeated(&calls).await), BTreeSet::from([RETRIES]));
}

#[tokio::test]
async fn a_count_in_the_body_hides_no_habit() {
    let mut calls = Vec::new();
    for who in ["+12025550151", "+12025550152", "+12025550153", "+12025550154"] {
        for attempt in 1..4 {
            let body = format!(r#"{{"loginId":"{who}","attempt":{attempt},"trace":"t-{attempt}"}}"#).leak();
            calls.push((stranger(body), 1));
        }
    }
    assert_eq!(broken(&repeated(&calls).await), BTreeSet::from([RETRIES]));
}

/// Forty codes tried for one person are a caller's own loop: each is another request.
#[tokio::test]
async fn a_loop_of_guesses_is_the_callers() {
    let calls: Vec<(Call, usize)> = (0..40)
        .map(|guess| {
            let body = format!(r#"{{"loginId":"{{who}}","code":"{:06}"}}"#, 100 + guess).leak();
            ((VERIFY, PLAIN, JSON, &*body), 1)
        })
        .collect();
    let trials = repeated(&calls).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    let mut observed = trials.iter().flat_map(|trial| &trial.observed);
    assert!(observed.any(|it| (it.question.as_str(), it.answer.as_str()) == ("guesses in a row for one person", "40")));
}

/// Values that differ are tests of a caller's: an invalid name, an invalid address.
#[tokio::test]
async fn other_values_are_other_requests() {
    let calls: Vec<(Call, usize)> = ["a", "b", "c", "d", "e", "f"]
        .iter()
        .map(|name| {
            let body = format!(r#"{{"loginId":"{{who}}","user":{{"name":"{name}"}}}}"#).leak();
            (("POST /v1/auth/otp/signup/sms", PLAIN, JSON, &*body), 1)
        })
        .collect();
    let trials = repeated(&calls).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    assert!(!trials.iter().flat_map(|trial| &trial.observed).any(|it| it.question.contains("sent again")));
}

/// Sends to each of these persons so many times, where every send is answered with 429 and a wait.
async fn limited(people: &[(&str, usize)]) -> Vec<TrialReport> {
    limited_with_waits(people, 0).await
}

/// The same, where the server's clock is moved so far before each repetition. Clients are asked to wait seven seconds.
async fn limited_with_waits(people: &[(&str, usize)], wait_ms: u64) -> Vec<TrialReport> {
    let backend = backend(Flags::default()).await;
    let cases = hostile_suite(&backend.contract).unwrap();
    let case = cases.into_iter().find(|case| case.short() == "limits::429-with-retry-after");
    let (target, assumptions) = (backend.target.clone(), backend.assumptions.clone());
    let proxy = Proxy::start(SocketAddr::from(ANYWHERE), target, assumptions, case).await.unwrap();
    for (who, times) in people {
        for time in 0..*times {
            if time > 0 && wait_ms > 0 {
                let clock = miniature::client().post(format!("{}/emulator/clock", proxy.url()));
                let moved = clock.json(&json!({ "advanceMs": wait_ms })).send().await.unwrap();
                assert!(moved.status().is_success());
            }
            let request = miniature::client().post(format!("{}/v1/auth/otp/signup-in/sms", proxy.url()));
            let request = request.header("authorization", format!("Bearer {}", backend.target.project_id));
            request.json(&json!({ "loginId": who })).send().await.unwrap();
        }
    }
    of_recording(&backend.contract, &proxy.finish().await, Level::Should)
}

#[tokio::test]
async fn who_is_told_to_wait_and_sends_again_several_times_does_so_by_itself() {
    let trials = limited(&[("+12025550157", 4), ("+12025550158", 4)]).await;
    assert_eq!(broken(&trials), BTreeSet::from([LIMIT]), "{:#?}", told(&trials));
    for people in [&[("+12025550157", 4)][..], &[("+12025550157", 4), ("+12025550158", 1)]] {
        let trials = limited(people).await;
        assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
        let mut observed = trials.iter().flat_map(|trial| &trial.observed);
        assert!(observed.any(|it| it.answer == "signup-in-sms after 429: 3 times"), "{trials:#?}");
    }
}

const TWO: [(&str, usize); 2] = [("+12025550157", 4), ("+12025550158", 4)];

#[tokio::test]
async fn who_waits_as_long_as_it_was_told_repeats_nothing() {
    let trials = limited_with_waits(&TWO, 7_000).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    assert!(!trials.iter().flat_map(|trial| &trial.observed).any(|it| it.question.contains("sent again")));
}

#[tokio::test]
async fn who_waits_less_than_it_was_told_repeats() {
    let trials = limited_with_waits(&TWO, 2_000).await;
    assert_eq!(broken(&trials), BTreeSet::from([LIMIT]), "{:#?}", told(&trials));
}

/// A test of a limit sends until it is met, and sends on.
#[tokio::test]
async fn a_loop_that_meets_the_limit_is_the_callers() {
    let flags = Flags { variants: vec!["few-messages".into()], ..Flags::default() };
    let backend = backend(flags).await;
    let client = Client::new(&backend).await;
    for who in &STRANGERS[..3] {
        for _ in 0..12 {
            client.call(&(SEND, PLAIN, JSON, who)).await;
        }
    }
    let trials = client.judged().await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    let mut observed = trials.iter().flat_map(|trial| &trial.observed);
    assert!(observed.any(|it| it.answer.starts_with("signup-in-sms after 429: ")), "{trials:#?}");
}

/// A sign-in of a stranger by an instance of an SDK, over a connection of its own.
fn by(instance: &str, who: &'static str) -> Call {
    (format!("{SIGN_IN}\nx-descope-sdk-uuid: {instance}").leak(), PLAIN, JSON, who)
}

#[tokio::test]
async fn two_processes_that_do_the_same_repeat_nothing() {
    let calls: Vec<(Call, usize)> =
        STRANGERS.iter().flat_map(|who| [(by("one", who), 1), (by("two", who), 1)]).collect();
    let trials = repeated(&calls).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
}

#[tokio::test]
async fn what_another_process_does_meanwhile_hides_no_habit() {
    let mut calls = Vec::new();
    for (who, other) in STRANGERS.iter().zip(STRANGERS.iter().rev()) {
        for _ in 0..3 {
            calls.extend([(by("one", who), 1), (by("two", other), 1)]);
        }
    }
    assert_eq!(broken(&repeated(&calls).await), BTreeSet::from([RETRIES]));
}

/// An instance that is made for each request is none.
#[tokio::test]
async fn a_name_of_its_own_for_each_request_hides_no_habit() {
    let mut calls = Vec::new();
    for (at, who) in STRANGERS.iter().enumerate() {
        calls.extend((0..3).map(|time| (by(&format!("n-{at}-{time}"), who), 1)));
    }
    assert_eq!(broken(&repeated(&calls).await), BTreeSet::from([RETRIES]));
}

#[tokio::test]
async fn who_does_everything_twice_does_not_do_so_for_a_status() {
    let mut calls = Vec::new();
    for who in STRANGERS {
        calls.extend([(stranger(who), 2), ((SEND, PLAIN, JSON, who), 2)]);
    }
    let trials = repeated(&calls).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
}

/// Refusals of several kinds, each sent four times: a test may do that with three.
#[tokio::test]
async fn what_is_sent_again_as_often_whatever_it_is_is_a_habit() {
    let five = [
        (stranger(STRANGERS[0]), 4),
        (stranger(STRANGERS[1]), 4),
        ((VERIFY, PLAIN, JSON, GUESS), 4),
        ((REFRESH, "Bearer {project}:{refresh}x", JSON, "{}"), 4),
        ((REFRESH, "Bearer {project}:{refresh}y", JSON, "{}"), 4),
    ];
    assert_eq!(broken(&repeated(&five).await), BTreeSet::from([RETRIES]));
    assert_eq!(
        broken(&repeated(&[five[0], five[2], five[3]]).await),
        BTreeSet::new(),
        "three tests of three"
    );
    let [first, second, third, fourth, (fifth, _)] = five;
    assert_eq!(broken(&repeated(&[first, second, third, fourth, (fifth, 1)]).await), BTreeSet::new());
}

/// A test of a lock sends one wrong code again and again, for each method or person.
#[tokio::test]
async fn one_guess_again_and_again_is_the_callers() {
    let guesses: Vec<(Call, usize)> = ["+12025550151", "+12025550152", "+12025550153", "+12025550154"]
        .iter()
        .map(|who| {
            let body = format!(r#"{{"loginId":"{who}","code":"000123"}}"#).leak();
            ((VERIFY, PLAIN, JSON, &*body), 6)
        })
        .collect();
    let trials = repeated(&guesses).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    let a_refresh = ((REFRESH, "Bearer {project}:{refresh}x", JSON, "{}"), 2);
    let trials = repeated(&[guesses.clone(), vec![a_refresh]].concat()).await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    let calls = STRANGERS[..3].iter().map(|who| (stranger(who), 6)).collect();
    assert_eq!(broken(&repeated(&[guesses, calls].concat()).await), BTreeSet::from([RETRIES]));
}

/// Processes that do the same and name no instance: requests under way together show that there are several.
#[tokio::test]
async fn several_processes_at_once_repeat_nothing() {
    let flags = Flags { variants: vec!["latency".into()], ..Flags::default() };
    let backend = backend(flags).await;
    let client = Client::new(&backend).await;
    for who in STRANGERS {
        for _ in 0..3 {
            client.call(&stranger(who)).await;
        }
    }
    let (one, other) = ((SEND, PLAIN, JSON, STRANGERS[0]), (SEND, PLAIN, JSON, STRANGERS[1]));
    tokio::join!(client.call(&one), client.call(&other));
    let trials = client.judged().await;
    assert_eq!(broken(&trials), BTreeSet::new(), "{:#?}", told(&trials));
    let mut observed = trials.iter().flat_map(|trial| &trial.observed);
    assert!(observed.any(|it| it.question.contains("sent again at once")), "{trials:#?}");
}
