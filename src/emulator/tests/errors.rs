//! Refusals: each with its status and envelope, and none that ends a server or a connection early.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::client::{ADA, BOB, Client};
use crate::emulator::{Emulator, RateLimit, Settings, StartError};

const SEND: &str = "/v1/auth/otp/signup-in/sms";
const VERIFY: &str = "/v1/auth/otp/verify/sms";
const UPDATE: &str = "/v1/auth/otp/update/phone/sms";

#[tokio::test]
async fn bodies_are_refused_by_what_is_wrong_with_them() {
    let client = Client::new().await;
    for (path, body, refusal) in [
        (SEND, json!({}), "400 E011002"),
        (SEND, json!({ "loginId": null }), "400 E011002"),
        (SEND, json!({ "loginId": "" }), "400 E011003"),
        (SEND, json!({ "loginId": 5 }), "400 E011003"),
        (SEND, json!({ "loginId": "absent" }), "400 E011003"),
        (SEND, json!({ "loginId": "12025550101" }), "400 E011003"),
        (SEND, json!([]), "400 E011003"),
        (SEND, json!({ "loginId": ADA, "loginOptions": [] }), "400 E011003"),
        (SEND, json!({ "loginId": ADA, "loginOptions": { "stepup": "yes" } }), "400 E011003"),
        (SEND, json!({ "loginId": ADA, "loginOptions": { "customClaims": [] } }), "400 E011003"),
        (SEND, json!({ "loginId": ADA, "loginOptions": { "templateOptions": { "n": 1 } } }), "400 E011003"),
        (
            SEND,
            json!({ "loginId": ADA, "loginOptions": { "revokeOtherSessionsTypes": "all" } }),
            "400 E011003",
        ),
        (SEND, json!({ "loginId": ADA, "providerId": {} }), "400 E011003"),
        (SEND, json!({ "loginId": ADA, "unknown": 1 }), "200 none"),
        ("/v1/auth/otp/signup/sms", json!({ "loginId": "ada" }), "400 E011003"),
        ("/v1/auth/otp/signup/sms", json!({ "loginId": "ada", "phone": "12" }), "400 E011003"),
        ("/v1/auth/otp/signup/sms", json!({ "loginId": "ada", "user": { "phone": 12 } }), "400 E011003"),
        ("/v1/auth/otp/signup/sms", json!({ "phone": BOB }), "200 none"),
        (VERIFY, json!({ "loginId": ADA }), "400 E011002"),
        (VERIFY, json!({ "loginId": ADA, "code": "" }), "400 E011003"),
        (VERIFY, json!({ "loginId": ADA, "code": 123456 }), "400 E011003"),
        (VERIFY, json!({ "loginId": ADA, "code": null }), "400 E011002"),
        (VERIFY, json!({ "loginId": "absent", "code": "123456" }), "400 E062108"),
        (UPDATE, json!({ "loginId": ADA, "phone": BOB }), "401 E061005"),
        ("/v1/auth/refresh", json!({}), "401 E061005"),
        ("/v1/auth/validate", json!({}), "401 E061005"),
        ("/emulator/clock", json!({ "advanceMs": -1 }), "400 E011003"),
        ("/emulator/clock", json!({}), "400 E011002"),
    ] {
        let answer = client.post(path, body.clone()).await;
        assert_eq!(answer.short(), refusal, "{path} {body}: {}", answer.text);
    }
    assert_eq!(client.get("/emulator/messages?after=x").await.short(), "400 E011003");
}

#[tokio::test]
async fn bearers_are_refused_by_what_is_missing() {
    let client = Client::new().await;
    let project = client.project().to_owned();
    let none = client.send(client.request(Method::POST, SEND).json(&json!({ "loginId": ADA }))).await;
    assert_eq!(none.short(), "401 E011002");
    assert_eq!(client.post_as("P2other", SEND, json!({ "loginId": ADA })).await.short(), "401 E011004");
    assert_eq!(client.get("/v2/keys/P2other").await.short(), "401 E011004");
    let search = "/v2/mgmt/user/search";
    assert_eq!(client.post_as(&project, search, json!({})).await.short(), "401 E062802");
    assert_eq!(client.post_as(&format!("{project}:"), search, json!({})).await.short(), "401 E062802");
    assert_eq!(client.post_as(&format!("{project}:wrong"), search, json!({})).await.short(), "401 E062803");
    for bearer in [format!("{project}:K2"), format!("{project}:K2:K3"), project.to_owned() + ":a.b.c"] {
        assert_eq!(client.post_as(&bearer, SEND, json!({ "loginId": BOB })).await.status, 200, "{bearer}");
    }
}

#[tokio::test]
async fn a_project_with_an_auth_management_key_knows_its_key() {
    let settings = Settings { auth_management_key: Some("K2auth".into()), ..Settings::default() };
    let client = Client::with(settings).await;
    let project = client.project().to_owned();
    for (bearer, status) in
        [(project.clone(), 200), (format!("{project}:K2auth"), 200), (format!("{project}:K2x"), 401)]
    {
        assert_eq!(client.post_as(&bearer, SEND, json!({ "loginId": ADA })).await.status, status, "{bearer}");
    }
    let jwt = client.log_in(ADA).await.jwt("refreshJwt");
    let both = client.post_as(&format!("{project}:{jwt}:K2auth"), "/v1/auth/refresh", json!({})).await;
    assert_eq!(both.status, 200);
}

#[tokio::test]
async fn paths_and_methods_have_envelopes_too() {
    let client = Client::new().await;
    assert_eq!(client.get("/nowhere").await.short(), "404 E011004");
    let wrong = client.get(SEND).await;
    assert_eq!((wrong.short().as_str(), wrong.headers["allow"].to_str().unwrap()), ("405 E011004", "POST"));
    assert_eq!(client.get("/health").await.body, json!({ "status": "ok" }));
    assert_eq!(client.get(&format!("/emulator/otp/{ADA}")).await.short(), "404 E061102");
}

#[tokio::test]
async fn too_large_a_body_is_read_to_its_end_and_refused() {
    let client = Client::with(Settings { body_limit: 1000, ..Settings::default() }).await;
    let large = client.post_bytes(SEND, "x".repeat(20_000)).await;
    assert_eq!(large.short(), "413 E011001");
    assert_eq!(client.sign_up_or_in(ADA).await.status, 200);
}

#[tokio::test]
async fn slow_requests_are_ended() {
    let quick = Duration::from_millis(50);
    let settings = Settings { header_timeout: quick, request_timeout: quick, ..Settings::default() };
    let client = Client::with(settings).await;
    let address = client.address();
    let read = move |head: &'static str| {
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        })
    };
    let body = read("POST /v1/auth/otp/signup-in/sms HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")
        .await
        .unwrap();
    assert!(body.starts_with("HTTP/1.1 408") && body.contains("E011001"), "{body}");
    let head = read("POST /v1/auth/otp/signup-in/sms HTTP/1.1\r\nhos").await.unwrap();
    assert!(!head.contains("200"), "{head}");
}

#[tokio::test]
async fn the_general_limit_counts_a_window() {
    let limit = RateLimit { requests: 3, window: Duration::from_secs(60) };
    let client = Client::with(Settings { rate_limit: Some(limit), ..Settings::default() }).await;
    for _ in 0..3 {
        assert_eq!(client.sign_up_or_in(ADA).await.status, 200);
    }
    let limited = client.sign_up_or_in(ADA).await;
    assert_eq!(limited.short(), "429 E130429");
    assert!(limited.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 60);
    assert_eq!(client.get("/health").await.status, 200);
    client.advance(60).await;
    assert_eq!(client.sign_up_or_in(ADA).await.status, 200);
}

#[tokio::test]
async fn pages_on_loopback_may_call_and_others_may_not() {
    let client = Client::new().await;
    let from = |origin: &'static str| client.request(Method::GET, "/health").header("origin", origin);
    for (origin, allowed) in [
        ("http://localhost:3000", true),
        ("https://127.0.0.1", true),
        ("http://[::1]:8080", true),
        ("https://evil.example", false),
        ("http://localhost.evil.example", false),
    ] {
        let answer = client.send(from(origin)).await;
        let echoed = answer.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(echoed, allowed.then_some(origin));
    }
    let asked = client.request(Method::OPTIONS, SEND).header("origin", "http://localhost:3000");
    let asked = asked.header("access-control-request-method", "POST");
    let asked =
        asked.header("access-control-request-headers", "authorization,x-descope-trusted-device-token,x-own");
    let preflight = client.send(asked).await;
    assert_eq!(preflight.status, 200);
    let allowed = preflight.headers["access-control-allow-headers"].to_str().unwrap();
    assert_eq!(allowed, "authorization,x-descope-trusted-device-token,x-own");
}

#[tokio::test]
async fn a_wrong_setting_is_named() {
    let taken = Emulator::start(Settings::default()).await.unwrap();
    let refused = Emulator::start(Settings { listen: taken.addr(), ..Settings::default() }).await;
    assert!(matches!(refused, Err(StartError::Listen { .. })));
    for (settings, name) in [
        (Settings { code_length: 0, ..Settings::default() }, "code_length"),
        (Settings { max_attempts: 0, ..Settings::default() }, "max_attempts"),
        (Settings { project_id: "P2:x".into(), ..Settings::default() }, "project_id"),
        (Settings { management_key: String::new(), ..Settings::default() }, "management_key"),
        (Settings { test_login_ids: Some("(".into()), ..Settings::default() }, "test_login_ids"),
    ] {
        let error = Emulator::start(settings).await.unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}

#[tokio::test]
async fn a_stopped_emulator_frees_its_port() {
    let first = Emulator::start(Settings::default()).await.unwrap();
    let address = first.addr();
    first.stop().await;
    let second = Emulator::start(Settings { listen: address, ..Settings::default() }).await.unwrap();
    assert_eq!(second.url(), format!("http://{address}"));
}

#[tokio::test]
async fn odd_but_well_framed_requests_are_answered() {
    let client = Client::new().await;
    let (address, project) = (client.address(), client.project().to_owned());
    let body = json!({ "loginId": ADA }).to_string();
    let post = |target: &str, headers: &str, body: &str| {
        let common = format!("host: x\r\nauthorization: Bearer {project}\r\nconnection: close\r\n");
        format!("POST {target} HTTP/1.1\r\n{common}{headers}\r\n{body}")
    };
    let length = format!("content-length: {}\r\n", body.len());
    let many_headers: String = (0..90).map(|number| format!("x-{number}: y\r\n")).collect();
    for (request, status) in [
        ("OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(), "404"),
        ("BREW /v1/auth/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(), "405"),
        ("HEAD /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(), "200"),
        ("GET /emulator/otp/%ff%fe%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(), "404"),
        ("GET /v1/mgmt/user?%=%ff&&= HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(), "401"),
        (post("http://elsewhere/v1/auth/otp/signup-in/sms", &length, &body), "200"),
        (post("//v1/auth/otp/signup-in/sms", &length, &body), "404"),
        (post("/v1/auth/otp/signup-in/sms/", &length, &body), "404"),
        (post(SEND, &format!("{length}{many_headers}"), &body), "200"),
        (
            post(SEND, &format!("{length}content-type: text/plain\r\ncontent-type: text/html\r\n"), &body),
            "200",
        ),
        (post(SEND, &format!("{length}authorization: Bearer other\r\n"), &body), "200"),
        (post(SEND, "transfer-encoding: chunked\r\n", "2;ext=1\r\n{}\r\n0\r\nx-trailer: 1\r\n\r\n"), "400"),
        (post(SEND, "content-length: 0\r\n", ""), "400"),
    ] {
        let sent = request.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(sent.as_bytes()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            String::from_utf8_lossy(&answer).into_owned()
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}\n{answer}");
        let refused = !status.starts_with('2');
        assert!(!refused || answer.contains("errorCode"), "{request}\n{answer}");
    }
}
