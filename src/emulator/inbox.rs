//! The inbox: the last messages of each recipient, and how many went to it in this window.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::channel::Channel;
use super::clock::Millis;
use super::options::LoginOptions;

/// Messages kept per recipient, so that a long run needs no more memory than it has users.
const KEPT_PER_RECIPIENT: usize = 20;
/// Messages kept over all recipients, for a reader who names none.
const KEPT_OVER_ALL: usize = 200;

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) seq: u64,
    pub(crate) recipient: String,
    pub(crate) channel: Channel,
    pub(crate) body: String,
    pub(crate) sender: String,
    pub(crate) token: String,
    pub(crate) time: Millis,
}

impl Message {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "seq": self.seq, "recipient": self.recipient, "method": self.channel.name(), "body": self.body, "sender": self.sender,
                "token": self.token, "time": self.time })
    }
}

#[derive(Debug, Default)]
struct Mailbox {
    window_start: Millis,
    in_window: u32,
    messages: VecDeque<Arc<Message>>,
}

/// All mailboxes.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    last_seq: u64,
    mailboxes: HashMap<String, Mailbox>,
    recent: VecDeque<Arc<Message>>,
}

impl Inbox {
    /// How long this recipient must wait, if its window is full.
    pub(crate) fn wait(&self, recipient: &str, now: Millis, limit: u32, window: Millis) -> Option<Millis> {
        let mailbox = self.mailboxes.get(recipient)?;
        let left = mailbox.window_start + window - now;
        (left > 0 && mailbox.in_window >= limit).then_some(left)
    }

    /// Counts a message against the recipient's window.
    pub(crate) fn count(&mut self, recipient: &str, now: Millis, window: Millis) {
        let mailbox = self.mailboxes.entry(recipient.to_owned()).or_default();
        if now >= mailbox.window_start + window {
            mailbox.window_start = now;
            mailbox.in_window = 0;
        }
        mailbox.in_window += 1;
    }

    pub(crate) fn next_seq(&mut self) -> u64 {
        self.last_seq += 1;
        self.last_seq
    }

    pub(crate) fn deliver(&mut self, message: Arc<Message>) {
        let mailbox = self.mailboxes.entry(message.recipient.clone()).or_default();
        keep(&mut mailbox.messages, Arc::clone(&message), KEPT_PER_RECIPIENT);
        keep(&mut self.recent, message, KEPT_OVER_ALL);
    }

    /// Takes back a message that never went out.
    pub(crate) fn withdraw(&mut self, message: &Message) {
        if let Some(mailbox) = self.mailboxes.get_mut(&message.recipient) {
            mailbox.messages.retain(|kept| kept.seq != message.seq);
        }
        self.recent.retain(|kept| kept.seq != message.seq);
    }

    /// Messages to `recipient`, or to anybody, that came after `after`.
    pub(crate) fn messages(&self, recipient: Option<&str>, after: u64) -> Vec<Arc<Message>> {
        let kept = match recipient {
            Some(recipient) => self.mailboxes.get(recipient).map(|mailbox| &mailbox.messages),
            None => Some(&self.recent),
        };
        kept.into_iter().flatten().filter(|message| message.seq > after).cloned().collect()
    }
}

fn keep(messages: &mut VecDeque<Arc<Message>>, message: Arc<Message>, most: usize) {
    if messages.len() == most {
        messages.pop_front();
    }
    messages.push_back(message);
}

/// The text of a message: the code, and whatever the template options and the locale make of it.
pub(crate) fn text(code: &str, options: &LoginOptions) -> String {
    let greeting = match options.locale.split(['-', '_']).next().unwrap_or_default() {
        "" | "en" => "Your verification code is",
        "de" => "Ihr Bestätigungscode lautet",
        "es" => "Su código de verificación es",
        "fr" => "Votre code de vérification est",
        "pt" => "Seu código de verificação é",
        "ja" => "認証コード:",
        _ => "Code:",
    };
    let mut text = format!("{greeting} {code}");
    for (name, value) in &options.template_options {
        text += &format!("; {name}: {value}");
    }
    for (name, value) in [("template", &options.template_id), ("locale", &options.locale)] {
        if !value.is_empty() {
            text += &format!(" [{name} {value}]");
        }
    }
    text
}
