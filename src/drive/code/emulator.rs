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
mod tests;
