//! What is asked for again, and what never is: counted by a server that answers badly at first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use std::time::Duration;

use super::*;
use crate::contract::{Bearer, Case, OperationId};
use crate::drive::code::Silent;
use crate::exchange::{Answer, Capture, Loss, Signature};

const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.c2ln";

fn target(base: String) -> Target {
    let settings = TargetSettings {
        base,
        project_id: "P1".into(),
        management_key: None,
        auth_management_key: None,
        static_code: None,
        headers: Vec::new(),
        transport: Transport::within(Duration::from_secs(5)),
        allowed_numbers: Vec::new(),
        allowed_domains: Vec::new(),
        namespace: 7,
        pace: Pace::unlimited(),
        codes: Arc::new(Silent(Capture::Nothing)),
        clock: None,
        reset: None,
        journal: Journal::in_memory(),
        budget: Arc::default(),
        lasting: false,
        max_body: 1024 * 1024,
    };
    let contract = Arc::new(Contract::embedded().unwrap());
    Target::new(settings, contract, Arc::new(Redactor::default())).unwrap()
}

/// Answers by how many requests came before.
async fn server(answer: fn(usize) -> Response) -> (Target, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let app = Router::new()
        .fallback(move |_: Request| std::future::ready(answer(count.fetch_add(1, Ordering::Relaxed))));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (target(base), asked)
}

/// Reads a request and hangs up, so many times; answers after that.
async fn dropping(times: usize) -> (Target, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let count = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            if count.fetch_add(1, Ordering::Relaxed) >= times {
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
                    .await;
            }
        }
    });
    (target(base), asked)
}

fn keys() -> Response {
    axum::Json(json!({ "keys": [{ "kid": "k", "kty": "RSA", "n": "AQAB", "e": "AQAB" }] })).into_response()
}

async fn sent(target: &Target, operation: OperationId) -> Answer {
    let case = Case::new(operation, Bearer::of(&["P1"]));
    target.send(&target.wire(case, None), Some(operation)).await.unwrap().1
}

#[tokio::test]
async fn keys_that_a_limit_kept_from_us_are_asked_for_again() {
    let limited = |nth| if nth < 2 { StatusCode::TOO_MANY_REQUESTS.into_response() } else { keys() };
    let (target, asked) = server(limited).await;
    let signature = target.keys(None).await.check(TOKEN);
    assert!(matches!(&signature, Signature::Unchecked(why) if why.contains("status 429")), "{signature:?}");
    assert!(target.keys(None).await.knows("k"));
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    target.keys(Some("k")).await;
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn what_fails_later_takes_no_keys_away_and_accuses_nobody() {
    let later = |nth| if nth == 0 { keys() } else { StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let (target, asked) = server(later).await;
    target.keys(None).await;
    for _ in 0..20 {
        let unknown = target.keys(Some("other")).await.check(TOKEN);
        assert!(matches!(unknown, Signature::Unchecked(_)), "{unknown:?}");
    }
    assert!(target.keys(Some("k")).await.knows("k"));
    assert_eq!(asked.load(Ordering::Relaxed), 1 + published::PATIENCE as usize);
}

#[tokio::test]
async fn a_lost_read_is_asked_for_once_more_and_a_send_never() {
    for read in [OperationId::Keys, OperationId::KeysV1, OperationId::Me] {
        let (target, asked) = dropping(1).await;
        assert!(sent(&target, read).await.response().is_some(), "{read}");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        let (target, asked) = dropping(usize::MAX).await;
        assert!(matches!(sent(&target, read).await, Answer::Lost(_)), "{read}");
        assert_eq!(asked.load(Ordering::Relaxed), 2, "{read}");
    }
    for operation in OperationId::ALL.iter().filter(|id| !send::READS.contains(id)) {
        let (target, asked) = dropping(1).await;
        assert!(matches!(sent(&target, *operation).await, Answer::Lost(_)), "{operation}");
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{operation}");
    }
}

/// Answers every request with a head, and then with the same bytes until the other end has enough.
async fn endless(head: &'static str, chunk: &'static [u8]) -> (Target, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let count = sent.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(chunk).await.is_ok() {
                count.fetch_add(chunk.len(), Ordering::Relaxed);
            }
        }
    });
    (target(base), sent)
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[";
    let (target, sent_to_us) = endless(head, &[b' '; 4096]).await;
    assert_eq!(sent(&target, OperationId::SIGNIN).await, Answer::Lost(Loss::TooLarge));
    assert!(sent_to_us.load(Ordering::Relaxed) < 64 * 1024 * 1024);
    let (target, _) =
        endless("HTTP/1.1 200 OK\r\n", b"x-filler: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n").await;
    assert!(matches!(sent(&target, OperationId::SIGNIN).await, Answer::Lost(_)));
}

#[tokio::test]
async fn a_coded_body_is_read_and_one_that_cannot_be_is_lost() {
    let gzip = |_| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, br#"{"a": 1}"#).unwrap();
        ([("content-encoding", "gzip")], encoder.finish().unwrap()).into_response()
    };
    let (target, _) = server(gzip).await;
    let answer = sent(&target, OperationId::SIGNIN).await;
    assert_eq!(answer.response().and_then(|response| response.body.at("/a")), Some(&json!(1)));
    let (target, asked) = server(|_| ([("content-encoding", "br")], "{}").into_response()).await;
    assert_eq!(sent(&target, OperationId::Me).await, Answer::Lost(Loss::Undecodable));
    assert_eq!(asked.load(Ordering::Relaxed), 1, "it would come again");
}

#[tokio::test]
async fn another_client_has_connections_of_its_own_and_other_header_names() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = target(format!("http://{}", listener.local_addr().unwrap()));
    let heads = tokio::spawn(async move {
        let mut heads = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap();
            heads.push(String::from_utf8_lossy(&head[..read]).into_owned());
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
            // An open connection would be used again.
            tokio::spawn(async move { stream.read(&mut [0; 1]).await });
        }
        heads
    });
    for other_client in [false, true] {
        let wire = target.wire(Case::new(OperationId::Me, Bearer::of(&["P1"])), None);
        target.send(&Wire { other_client, ..wire }, Some(OperationId::Me)).await.unwrap();
    }
    let heads = heads.await.unwrap();
    assert!(
        heads[0].contains("\r\nauthorization: ") && heads[1].contains("\r\nAuthorization: "),
        "{heads:?}"
    );
}

#[tokio::test]
async fn once_an_answer_was_lost_no_request_follows_another_on_its_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = target(format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
                // What follows is read, and the connection is closed.
                stream.read(&mut [0; 4096]).await
            });
        }
    });
    let mut lost = Vec::new();
    for _ in 0..6 {
        lost.push(matches!(sent(&target, OperationId::Refresh).await, Answer::Lost(Loss::Dropped)));
    }
    assert_eq!(lost, [false, true, false, false, false, false]);
}
