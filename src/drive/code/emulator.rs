//! The inbox of our emulator: `GET /emulator/messages?to=…&after=…`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::oneshot;

use super::poll::{Pauses, Unanswered, poll};
use super::{CodeError, CodeSource, Cursor, Message, Reply, same_number};
use crate::drive::error::error_chain;
use crate::drive::{Budget, bounded};
use crate::exchange::Capture;

/// Bytes of an answer that are read: an inbox may show everybody's messages.
const LONGEST: usize = 16 * 1024 * 1024;

/// Most recipients in one question, so that its URL stays short.
const MOST: usize = 32;

/// Reads messages where the emulator keeps them. Who asks while a question is on its way joins the next one: with many
/// trials in flight, one request then serves several of them.
#[derive(Debug)]
pub struct EmulatorInbox {
    desk: Arc<InboxBatcher>,
    /// The last message of earlier runs.
    floor: AtomicU64,
    unanswered: Unanswered,
}

#[derive(Debug)]
struct InboxBatcher {
    client: reqwest::Client,
    base: String,
    queue: Mutex<Queue>,
    /// The server was found to hear only one recipient of several.
    one_by_one: AtomicBool,
    budget: Arc<Budget>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Question>,
    /// A task is serving the queue, and will serve every question in it.
    attended: bool,
}

#[derive(Debug)]
struct Question {
    to: String,
    after: Cursor,
    answer: oneshot::Sender<Result<Vec<Message>, CodeError>>,
}

impl EmulatorInbox {
    /// The inbox of the emulator at that base URL.
    pub fn new(client: reqwest::Client, base: String) -> EmulatorInbox {
        EmulatorInbox::counted(client, base, Arc::default())
    }

    /// The same, its questions counted in this budget.
    pub fn counted(client: reqwest::Client, mut base: String, budget: Arc<Budget>) -> EmulatorInbox {
        base.truncate(base.trim_end_matches('/').len());
        let desk = InboxBatcher {
            client,
            base,
            queue: Mutex::default(),
            one_by_one: AtomicBool::new(false),
            budget,
        };
        EmulatorInbox { desk: Arc::new(desk), floor: AtomicU64::new(0), unanswered: Unanswered::default() }
    }

    async fn look(&self, to: &str, after: Cursor) -> Result<Vec<Message>, CodeError> {
        let after = after.max(self.floor.load(Ordering::Relaxed));
        let (answer, answered) = oneshot::channel();
        if self.desk.queue_up(Question { to: to.to_owned(), after, answer }) {
            // On a task of its own: who asked first may give up, and others still wait.
            tokio::spawn(Arc::clone(&self.desk).attend());
        }
        answered.await.unwrap_or_else(|_| Err(CodeError("the emulator's inbox was not asked".into())))
    }
}

impl InboxBatcher {
    /// Joins the queue; says whether no task serves it.
    fn queue_up(&self, question: Question) -> bool {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.waiting.push(question);
        !std::mem::replace(&mut queue.attended, true)
    }

    /// The questions that are asked together next; once there are none, no task serves the queue.
    fn next(&self) -> Vec<Question> {
        let most = if self.one_by_one.load(Ordering::Relaxed) { 1 } else { MOST };
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let so_many = most.min(queue.waiting.len());
        queue.attended = so_many > 0;
        queue.waiting.drain(..so_many).collect()
    }

    /// Serves until the queue is empty.
    async fn attend(self: Arc<InboxBatcher>) {
        loop {
            let questions = self.next();
            if questions.is_empty() {
                return;
            }
            let listed = match self.list(&questions).await {
                // It heard fewer than were asked for; its answer is not one to all of them.
                Ok(listed) if questions.len() > 1 && listed.asked != Some(questions.len()) => {
                    self.one_by_one.store(true, Ordering::Relaxed);
                    let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                    queue.waiting.splice(..0, questions);
                    continue;
                }
                listed => listed,
            };
            for Question { to, after, answer } in questions {
                // Who does not wait any more needs no answer.
                let _ = answer.send(listed.as_ref().map(|l| l.of(&to, after)).map_err(Clone::clone));
            }
        }
    }

    async fn list(&self, questions: &[Question]) -> Result<Listed, CodeError> {
        let failed = |error: reqwest::Error| {
            CodeError(format!("the emulator's inbox: {}", error_chain(&error.without_url())))
        };
        let query: Vec<(&str, String)> = questions
            .iter()
            .flat_map(|asked| [("to", asked.to.clone()), ("after", asked.after.to_string())])
            .collect();
        self.budget.note_poll();
        let request = self.client.get(format!("{}/emulator/messages", self.base)).query(&query);
        let response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        let failed = |why: String| CodeError(format!("the emulator's inbox: {why}"));
        let bytes = bounded(response, LONGEST).await.map_err(|loss| failed(loss.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))
    }
}

impl Listed {
    /// The messages to one number, oldest first. An inbox that does not know our parameters shows everybody's, and old
    /// ones too.
    fn of(&self, to: &str, after: Cursor) -> Vec<Message> {
        let ours = |kept: &&Kept| kept.seq > after && same_number(&kept.recipient, to);
        let message = |kept: &Kept| Message {
            to: kept.recipient.clone(),
            code: kept.token.clone(),
            text: Some(kept.body.clone()),
            others: 0,
            method: kept.method.as_deref().and_then(|name| name.parse().ok()),
            seq: kept.seq,
        };
        let mut messages: Vec<_> = self.messages.iter().filter(ours).map(message).collect();
        messages.sort_by_key(|message| message.seq);
        messages
    }
}

#[derive(Deserialize)]
struct Listed {
    messages: Vec<Kept>,
    /// How many recipients were understood.
    #[serde(default)]
    asked: Option<usize>,
}

#[derive(Deserialize)]
struct Kept {
    seq: u64,
    recipient: String,
    #[serde(default)]
    method: Option<String>,
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
            let newest = self.desk.list(&[]).await?.messages.iter().map(|kept| kept.seq).max();
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
        Box::pin(poll(patience, Pauses::SHORT, &self.unanswered, move || self.look(to, after)))
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
}
