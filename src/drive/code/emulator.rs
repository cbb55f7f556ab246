//! The inbox of our emulator: `GET /emulator/messages?to=…&after=…`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Deserialize;

use super::poll::{Pauses, poll};
use super::{CodeError, CodeSource, Cursor, Message, Reply, same_number};
use crate::exchange::Capture;

/// Reads messages where the emulator keeps them.
#[derive(Debug)]
pub struct EmulatorInbox {
    client: reqwest::Client,
    base: String,
    /// The last message of earlier runs.
    floor: AtomicU64,
}

impl EmulatorInbox {
    /// The inbox of the emulator at that base URL.
    pub fn new(client: reqwest::Client, mut base: String) -> EmulatorInbox {
        base.truncate(base.trim_end_matches('/').len());
        EmulatorInbox { client, base, floor: AtomicU64::new(0) }
    }

    async fn look(&self, to: &str, after: Cursor) -> Result<Vec<Message>, CodeError> {
        let after = after.max(self.floor.load(Ordering::Relaxed));
        let listed = self.list(&[("to", to), ("after", &after.to_string())]).await?;
        // An inbox that does not know these parameters shows everybody's messages, old ones too.
        let ours = |kept: &Kept| kept.seq > after && same_number(&kept.recipient, to);
        let message = |kept: Kept| Message {
            to: kept.recipient,
            code: kept.token,
            text: Some(kept.body),
            seq: kept.seq,
        };
        let mut messages: Vec<_> = listed.messages.into_iter().filter(ours).map(message).collect();
        messages.sort_by_key(|message| message.seq);
        Ok(messages)
    }

    async fn list(&self, query: &[(&str, &str)]) -> Result<Listed, CodeError> {
        let failed =
            |error: reqwest::Error| CodeError(format!("the emulator's inbox: {}", error.without_url()));
        let request = self.client.get(format!("{}/emulator/messages", self.base)).query(query);
        let response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        response.json().await.map_err(failed)
    }
}

#[derive(Deserialize)]
struct Listed {
    messages: Vec<Kept>,
}

#[derive(Deserialize)]
struct Kept {
    seq: u64,
    recipient: String,
    #[serde(default)]
    body: String,
    token: String,
}

impl CodeSource for EmulatorInbox {
    fn capture(&self) -> Capture {
        Capture::EachMessage
    }

    fn shows_text(&self) -> bool {
        true
    }

    fn begin(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            let newest = self.list(&[]).await?.messages.iter().map(|kept| kept.seq).max();
            self.floor.store(newest.unwrap_or(0), Ordering::Relaxed);
            Ok(())
        })
    }

    fn messages<'a>(
        &'a self,
        to: &'a str,
        _login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>> {
        Box::pin(poll(patience, Pauses::SHORT, move || self.look(to, after)))
    }
}

#[cfg(test)]
mod tests {
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
}
