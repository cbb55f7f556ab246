use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;
use crate::exchange::{History, Response, Signature, symbolize};

fn token(drn: &str) -> String {
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(json!({ "alg": "RS256" })), part(json!({ "drn": drn })))
}

fn exchange(operation: Option<OperationId>, headers: &[(&str, &str)], body: Payload) -> Exchange {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = Request { path: "/".into(), headers: headers.collect(), body, ..Request::default() };
    let answer = Answer::Response(Response { status: 200, ..Response::default() });
    Exchange { id: 1, operation, request, answer, call: 0, ret: 1, facts: Vec::new() }
}

/// What is kept of one exchange with the project `P2OurOwnProject`.
fn kept(exchange: Exchange) -> Exchange {
    let mut vault = Pseudonyms::default();
    vault.learn_as(SecretKind::Project, "", "P2OurOwnProject");
    let events = vec![Event::Exchange(Box::new(exchange))];
    let mut observed = History { events, ..History::default() };
    conceal(&mut observed, &mut vault);
    let history = symbolize(observed, &mut vault, &|_| Signature::Verified);
    history.exchanges().next().unwrap().clone()
}

fn header(name: &str, value: &str) -> String {
    kept(exchange(Some(OperationId::Refresh), &[(name, value)], Payload::Empty)).request.headers[0].1.clone()
}

fn verify(body: Value) -> Value {
    let kept = kept(exchange(Some(OperationId::VERIFY), &[], Payload::Json(body)));
    kept.request.body.json().unwrap().clone()
}

#[test]
fn tokens_of_a_session_that_began_before_have_names() {
    let (session, refresh) = (token("DS"), token("DSR"));
    let bearer = header("authorization", &format!("Bearer P2OurOwnProject:{refresh}"));
    assert_eq!(bearer, "Bearer <project>:<refresh:1>");
    assert_eq!(
        header("cookie", &format!("a=1; DSR={refresh}; DS={session}")),
        "a=<token|short>; DSR=<refresh:1>; DS=<session:1>"
    );
    assert_eq!(header("x-note", &format!("see {session}.")), "see <session:1>.");
    let place = format!("/v1/x/{session}/y?t={refresh}");
    let mut called = exchange(Some(OperationId::Me), &[], Payload::Empty);
    called.request.path = place;
    assert_eq!(kept(called).request.path, "/v1/x/<session:1>/y?t=<refresh:1>");
}

#[test]
fn credentials_that_are_not_ours_are_named_and_taken_for_nothing() {
    let bearer = header("authorization", "Bearer P2SomebodyElses:K2AnUnknownKey");
    assert_eq!(bearer, "Bearer <project:1|strange>:<key:1|strange>");
    assert_eq!(header("authorization", "Bearer P2OurOwnProject:hunter2"), "Bearer <project>:<key|short>");
    assert_eq!(header("authorization", "Basic aHVudGVyMg=="), "Basic <key:1|strange>");
    assert_eq!(header("authorization", "Bearer Bearer P2OurOwnProject"), "Bearer Bearer <project>");
    let coded = header("authorization", &format!("Bearer P2OurOwnProject%3A{}", token("DSR")));
    assert_eq!(coded, "Bearer <project>%3A<refresh:1>");
    assert_eq!(
        header("authorization", "Bearer P2OurOwnProject, 8f14e45fceea"),
        "Bearer <project>, <project:1|strange>"
    );
    assert_eq!(header("x-api-key", "8f14e45fceea"), "<key:1|strange>");
    assert_eq!(header("cookie", "sid=8f14e45fceea"), "sid=<token:1|strange>");
    assert_eq!(header("accept", "application/json"), "application/json");
}

#[test]
fn numbers_and_codes_are_known_in_every_notation() {
    assert_eq!(
        verify(json!({ "loginId": "12025550104", "code": 482_913 })),
        json!({ "loginId": "<login:1>", "code": "<guess:1|number>" })
    );
    assert_eq!(
        verify(json!({ "loginId": "ada@example.com", "code": " 482913 " })),
        json!({ "loginId": "<login:1>", "code": " <guess:1> " })
    );
    assert_eq!(verify(json!({ "loginId": 12_025_550_104_u64 })), json!({ "loginId": "<login:1|number>" }));
    let form = "loginId=%2B12025550104&code=482913";
    let body = Payload::Other { bytes: form.len(), text: form.into() };
    let kept = kept(exchange(Some(OperationId::VERIFY), &[], body));
    let text = "loginId=<phone:A|url>&code=<guess:1>";
    assert_eq!(kept.request.body, Payload::Other { bytes: form.len(), text: text.into() });
}

#[test]
fn of_other_calls_only_method_path_and_status_are_kept() {
    let body = Payload::Json(json!({ "loginId": "ada", "password": "correct horse" }));
    let mut called = exchange(None, &[("x-anything", "at all"), ("user-agent", "sdk")], body);
    called.request.path = "/v1/auth/password/signin?x=y".into();
    called.answer = Answer::Response(Response {
        status: 200,
        body: Payload::Json(json!({ "otp": "482913" })),
        ..Response::default()
    });
    let text = serde_json::to_string(&kept(called)).unwrap();
    for secret in ["correct horse", "at all", "482913", "x=y"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("/v1/auth/password/signin") && text.contains("user-agent"), "{text}");
}
