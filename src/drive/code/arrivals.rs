//! Messages that are brought to us: kept by recipient, numbered as they come, and waited for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::{CodeError, Cursor, Message, digits};

/// What one listener has taken in and turned away.
#[derive(Debug)]
pub(super) struct Arrivals {
    /// What turns messages away, for complaints.
    what: &'static str,
    boxes: Mutex<Boxes>,
    /// The number of the newest arrival; wakes those who wait.
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Boxes {
    last: u64,
    messages: HashMap<String, Vec<Message>>,
    /// The newest refusal by recipient, with its number; unreadable messages stand under the empty text.
    refused: HashMap<String, (u64, String)>,
}

/// What a recipient's box is called: a number's digits, or an address without regard to case.
pub(super) fn mailbox(to: &str) -> String {
    if to.contains('@') { to.trim().to_lowercase() } else { digits(to).collect() }
}

impl Arrivals {
    pub(super) fn new(what: &'static str) -> Arrivals {
        Arrivals { what, boxes: Mutex::default(), newest: watch::Sender::new(0) }
    }

    /// Keeps a message.
    pub(super) fn take(&self, to: &str, code: String, text: String, others: usize) {
        self.note(|boxes, seq| {
            let message = Message { to: to.to_owned(), code, text: Some(text), others, method: None, seq };
            boxes.messages.entry(mailbox(to)).or_default().push(message);
        });
    }

    /// Notes that a message was turned away. `to` is empty where its recipient cannot be read.
    pub(super) fn refuse(&self, to: &str, why: &str) {
        self.note(|boxes, seq| drop(boxes.refused.insert(mailbox(to), (seq, why.to_owned()))));
    }

    fn note(&self, change: impl FnOnce(&mut Boxes, u64)) {
        let mut boxes = self.boxes();
        boxes.last += 1;
        let seq = boxes.last;
        change(&mut boxes, seq);
        drop(boxes);
        self.newest.send_replace(seq);
    }

    /// The messages to `to` after `after`, as soon as there is one.
    ///
    /// # Errors
    /// None came, but one was turned away: that is no proof that none was sent.
    pub(super) async fn messages(
        &self,
        to: &str,
        after: Cursor,
        patience: Duration,
    ) -> Result<Vec<Message>, CodeError> {
        let mailbox = mailbox(to);
        match timeout(patience, self.wait(&mailbox, after)).await {
            Ok(found) => Ok(found),
            Err(_) => self.turned_away(&mailbox, after).map_or(Ok(Vec::new()), Err),
        }
    }

    async fn wait(&self, mailbox: &str, after: Cursor) -> Vec<Message> {
        // Subscribed before the look, so that a message that comes in between is not slept through.
        let mut arrivals = self.newest.subscribe();
        loop {
            let newer = |message: &&Message| message.seq > after;
            let found: Vec<_> =
                self.boxes().messages.get(mailbox).into_iter().flatten().filter(newer).cloned().collect();
            if !found.is_empty() || arrivals.changed().await.is_err() {
                return found;
            }
        }
    }

    fn turned_away(&self, mailbox: &str, after: Cursor) -> Option<CodeError> {
        let boxes = self.boxes();
        let (_, why) = ["", mailbox]
            .iter()
            .filter_map(|whose| boxes.refused.get(*whose))
            .find(|(seq, _)| *seq > after)?;
        Some(CodeError(format!("{} turned a message away: {why}", self.what)))
    }

    fn boxes(&self) -> MutexGuard<'_, Boxes> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
