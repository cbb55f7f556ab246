use super::super::testing::{client, serve};
use super::*;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const LONG: Duration = Duration::from_secs(600);

fn message(seq: u64, recipient: &str) -> Value {
    json!({"seq": seq, "recipient": recipient, "body": format!("Your code is 00000{seq}"),
           "sender": "otpc", "token": format!("00000{seq}"), "time": "2026-01-01T00:00:00Z"})
}

async fn inbox(answers: Vec<Value>) -> (EmulatorInbox, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let answer = move |RawQuery(query): RawQuery| async move {
        assert_eq!(query.as_deref(), Some("to=%2B12025550100&after=1"));
        let nth = count.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
        Json(json!({"messages": answers[nth]}))
    };
    let base = serve(Router::new().route("/emulator/messages", get(answer))).await;
    (EmulatorInbox::new(client(), format!("{base}/")), asked)
}

#[tokio::test]
async fn waits_for_a_message_and_reads_all_of_it() {
    let (inbox, asked) = inbox(vec![json!([]), json!([]), json!([message(2, "+12025550100")])]).await;
    let found = inbox.messages("+12025550100", "ada", 1, LONG).await.unwrap();
    let expected = Message {
        to: "+12025550100".into(),
        code: "000002".into(),
        text: Some("Your code is 000002".into()),
        others: 0,
        method: None,
        seq: 2,
    };
    assert_eq!(found, [expected]);
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    assert_eq!((inbox.capture(), inbox.shows_text()), (Capture::EachMessage, true));
}

#[tokio::test]
async fn shows_only_what_is_new_and_ours_oldest_first() {
    let all = [
        message(4, "+1 (202) 555-0100"),
        message(3, "+12025550100"),
        message(1, "+12025550100"),
        message(5, "+12025550101"),
    ];
    let (inbox, _) = inbox(vec![json!(all)]).await;
    let found = inbox.messages("+12025550100", "ada", 1, LONG).await.unwrap();
    assert_eq!(found.iter().map(|message| message.seq).collect::<Vec<_>>(), [3, 4]);
}

/// An inbox that holds one message for everybody, and hears so many recipients at once.
async fn crowded(hears: usize) -> (EmulatorInbox, Arc<Mutex<Vec<usize>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let answer = move |RawQuery(query): RawQuery| async move {
        let query = query.unwrap_or_default();
        let named: Vec<String> =
            query.split('&').filter_map(|part| Some(part.strip_prefix("to=%2B")?.to_owned())).collect();
        heard.lock().unwrap().push(named.len());
        let named = &named[..named.len().min(hears)];
        let messages: Vec<Value> = named.iter().map(|to| message(1, &format!("+{to}"))).collect();
        Json(json!({ "messages": messages, "asked": named.len() }))
    };
    let base = serve(Router::new().route("/emulator/messages", get(answer))).await;
    (EmulatorInbox::new(client(), base), asked)
}

async fn all_at_once(inbox: &EmulatorInbox) {
    let numbers: Vec<String> = (0..10).map(|n| format!("+1202555010{n}")).collect();
    let looks = numbers.iter().map(|to| inbox.messages(to, to, 0, Duration::ZERO));
    let found = futures_util::future::join_all(looks).await;
    found.into_iter().zip(&numbers).for_each(|(found, to)| assert_eq!(&found.unwrap()[0].to, to));
}

#[tokio::test]
async fn those_who_wait_are_asked_for_together() {
    let (inbox, asked) = crowded(usize::MAX).await;
    all_at_once(&inbox).await;
    assert_eq!(*asked.lock().unwrap(), [10]);
}

#[tokio::test]
async fn an_inbox_that_hears_only_one_name_is_asked_one_by_one() {
    let (inbox, asked) = crowded(1).await;
    all_at_once(&inbox).await;
    all_at_once(&inbox).await;
    assert_eq!(*asked.lock().unwrap(), [vec![10], vec![1; 20]].concat());
}

#[tokio::test]
async fn no_patience_asks_once() {
    let (inbox, asked) = inbox(vec![json!([])]).await;
    assert_eq!(inbox.messages("+12025550100", "ada", 1, Duration::ZERO).await, Ok(Vec::new()));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_inbox_that_does_not_work_is_an_error() {
    let broken = serve(Router::new().fallback(|| async { StatusCode::INTERNAL_SERVER_ERROR })).await;
    let strange = serve(Router::new().fallback(|| async { "hello" })).await;
    for base in [broken, strange, "http://127.0.0.1:1".into()] {
        let inbox = EmulatorInbox::new(client(), base);
        let error = inbox.messages("+12025550100", "ada", 1, LONG).await.unwrap_err();
        assert!(error.to_string().starts_with("code source: the emulator's inbox: "), "{error}");
        assert!(!error.to_string().contains("2025550100"), "{error}");
    }
}
