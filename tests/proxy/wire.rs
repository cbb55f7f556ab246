//! What passes through: large, chunked, slow; and what does not: a lost upstream, a stranger's number.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit};
use axum::routing::{any, get};
use otp_conformance::app::Flags;
use otp_conformance::contract::Level;
use otp_conformance::proxy::{Proxy, of_recording};
use otp_conformance::report::RunVerdict;
use otp_conformance::trial::Outcome;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::{ANYWHERE, backend, miniature, proxy};

/// A server of these routes, and a proxy in front of it.
async fn in_front_of(routes: Router) -> (Proxy, otp_conformance::app::Backend) {
    let listener = TcpListener::bind(SocketAddr::from(ANYWHERE)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    in_front_of_url(url).await
}

async fn in_front_of_url(url: String) -> (Proxy, otp_conformance::app::Backend) {
    let flags = Flags { target: Some(url), project_id: Some("P1".into()), ..Flags::default() };
    let backend = backend(flags).await;
    (proxy(&backend).await, backend)
}

/// A server that answers once: a first part at once, the rest when it is told to go on, or nothing more.
async fn raw(first: &'static [u8], go: Arc<Notify>, rest: &'static [u8]) -> String {
    let listener = TcpListener::bind(SocketAddr::from(ANYWHERE)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let _read = stream.read(&mut head).await.unwrap();
        stream.write_all(first).await.unwrap();
        if !rest.is_empty() {
            go.notified().await;
            stream.write_all(rest).await.unwrap();
        }
    });
    url
}

#[tokio::test]
async fn large_bodies_pass_both_ways_with_their_lengths() {
    let echo = any(|body: Bytes| async move { body }).layer(DefaultBodyLimit::disable());
    let (proxy, _backend) = in_front_of(Router::new().route("/echo", echo)).await;
    let sent: Vec<u8> = (0..12 << 20).map(|at: u32| (at % 251) as u8).collect();
    let answer =
        miniature::client().put(format!("{}/echo", proxy.url())).body(sent.clone()).send().await.unwrap();
    assert_eq!(answer.content_length(), Some(sent.len() as u64));
    assert!(answer.bytes().await.unwrap() == sent, "the body was harmed");
}

#[tokio::test]
async fn an_answer_comes_through_while_it_is_still_being_written() {
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    let go = Arc::new(Notify::new());
    let url = raw(head, go.clone(), b"6\r\nsecond\r\n0\r\n\r\n").await;
    let (proxy, _backend) = in_front_of_url(url).await;
    let mut answer = miniature::client().get(format!("{}/slow", proxy.url())).send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().as_deref(), Some(&b"first"[..]));
    // Only now does the upstream go on: a proxy that waits for the whole would never get here.
    go.notify_one();
    assert_eq!(answer.chunk().await.unwrap().as_deref(), Some(&b"second"[..]));
    assert_eq!(answer.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn a_chunked_request_passes_and_one_connection_serves_several() {
    let who = any(|ConnectInfo(peer): ConnectInfo<SocketAddr>, body: Bytes| async move {
        format!("{peer} {}", String::from_utf8_lossy(&body))
    });
    let (proxy, _backend) = in_front_of(Router::new().route("/who", who)).await;
    let mut stream = TcpStream::connect(proxy.url().trim_start_matches("http://")).await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = "POST /who HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.unwrap();
        answers.push(String::from_utf8_lossy(&answer[..read]).into_owned());
    }
    assert!(answers[0].ends_with(" abcde"), "{answers:?}");
    // The same upstream connection too: it was kept alive.
    assert_eq!(answers[0].lines().last(), answers[1].lines().last());
}

#[tokio::test]
async fn headers_of_one_connection_stay_behind_and_all_others_pass() {
    let seen = get(|headers: axum::http::HeaderMap| async move { format!("{headers:?}") });
    let (proxy, _backend) = in_front_of(Router::new().route("/headers", seen)).await;
    let request = miniature::client().get(format!("{}/headers", proxy.url()));
    let request = request.header("x-own", "1").header("connection", "x-hop").header("x-hop", "2");
    let text = request.send().await.unwrap().text().await.unwrap();
    assert!(text.contains("x-own") && !text.contains("x-hop"), "{text}");
}

#[tokio::test]
async fn an_upstream_that_is_gone_is_nobodys_fault() {
    let listener = TcpListener::bind(SocketAddr::from(ANYWHERE)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (proxy, backend) = in_front_of_url(url).await;
    let http = miniature::client();
    for _ in 0..6 {
        let request = http.post(format!("{}/v1/auth/otp/signup-in/sms", proxy.url()));
        let request = request.header("authorization", "Bearer P1").header("content-type", "application/json");
        let answer = request.body(r#"{"loginId":"+12025550100"}"#).send().await.unwrap();
        assert_eq!(answer.status(), 502);
    }
    let recording = proxy.finish().await;
    let trials = of_recording(&backend.contract, &recording, Level::Should);
    assert!(trials.iter().all(|trial| trial.findings.is_empty()), "{trials:#?}");
    assert!(trials.iter().any(|trial| trial.outcome == Outcome::Inconclusive));
    let report = backend.report(trials, &[], jiff::Timestamp::UNIX_EPOCH, std::time::Duration::ZERO);
    assert_eq!(report.verdict(), RunVerdict::Inconclusive);
}

#[tokio::test]
async fn a_call_that_is_given_up_in_the_middle_breaks_nothing() {
    let (proxy, backend) = in_front_of_url("http://127.0.0.1:9".into()).await;
    let mut wire = TcpStream::connect(proxy.url().trim_start_matches("http://")).await.unwrap();
    let head = "POST /v1/auth/otp/signup-in/sms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer P1\r\n\
                content-type: application/json\r\ncontent-length: 500\r\n\r\n{\"loginId\":";
    wire.write_all(head.as_bytes()).await.unwrap();
    wire.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = wire.read_to_end(&mut rest).await;
    let trials = of_recording(&backend.contract, &proxy.finish().await, Level::Should);
    assert!(trials.iter().all(|trial| trial.findings.is_empty()), "{trials:#?}");
}

#[tokio::test]
async fn a_strangers_number_is_not_forwarded_to_other_peoples_servers() {
    // Nothing is listening there, and nothing may be sent there: the guard comes first.
    let (proxy, backend) = in_front_of_url("http://192.0.2.1:9".into()).await;
    let request = miniature::client().post(format!("{}/v1/auth/otp/signup-in/sms", proxy.url()));
    let answer = request.body(r#"{"loginId":"+12125551234"}"#).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let recording = proxy.finish().await;
    assert_eq!(recording.blocked.len(), 1);
    let trials = of_recording(&backend.contract, &recording, Level::Must);
    let guard = trials.iter().find(|trial| trial.name == "proxy::kept-back").unwrap();
    assert_eq!(guard.outcome, Outcome::Inconclusive);
    assert!(!guard.reason.clone().unwrap().contains("2125551234"));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_recorded_as_lost() {
    let url = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"keys\":", Arc::default(), b"").await;
    let (proxy, _backend) = in_front_of_url(url).await;
    let answer = miniature::client().get(format!("{}/v2/keys/P1", proxy.url())).send().await.unwrap();
    assert!(answer.bytes().await.is_err());
    let recording = proxy.finish().await;
    assert!(recording.clients[0].history.exchanges().all(|it| it.answer.response().is_none()));
}
