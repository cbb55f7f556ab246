//! How a one-time code reaches us.
//!
//! One file per source; [`CodeSpec`] is what the user writes, and opens the source it names.

mod arrivals;
mod command;
mod emulator;
mod gateway;
mod http;
mod latest;
mod listener;
mod mail;
mod pair;
mod poll;
mod silent;
mod smtp;
mod spec;
#[cfg(test)]
mod testing;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::contract::DeliveryMethod;
use crate::exchange::{Capture, as_typed};

pub use command::CommandSource;
pub use emulator::EmulatorInbox;
pub use gateway::{Access, Connector, Credentials};
pub use http::{HttpSource, HttpTemplate, HttpTemplateError};
pub use listener::Listener;
pub use pair::Pair;
pub use silent::Silent;
pub use spec::{CodeSpec, SpecError, SpecMistake};

/// A future that a code source returns.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, CodeError>> + Send + 'a>>;

/// One message, with the real code. Never leaves the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Recipient's number in international form, as the source reports it.
    pub to: String,
    /// The one-time code.
    pub code: String,
    /// Text of the message, where the source shows it.
    pub text: Option<String>,
    /// How many others it went to.
    pub others: usize,
    /// The method that it came by, where the source says so.
    pub method: Option<DeliveryMethod>,
    /// Grows with every message of this source; what a [`Cursor`] counts.
    pub seq: u64,
}

impl Message {
    /// What it says, as its reader takes it: a code in the digits of the message's script, or in groups, is the code that
    /// one types.
    pub fn as_read(&self) -> Option<String> {
        self.text.as_deref().map(|text| as_typed(text, &self.code).into_owned())
    }
}

/// "Everything after this message of this recipient."
pub type Cursor = u64;

/// Why no message can be had. Something of ours: an inconclusive trial, never a failed one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("code source: {0}")]
pub struct CodeError(pub String);

/// A place where one-time codes become visible. One value serves all trials of a run, at the same time.
pub trait CodeSource: Send + Sync {
    /// What it can show.
    fn capture(&self) -> Capture;

    /// Whether it shows the text of messages.
    fn shows_text(&self) -> bool;

    /// Whether it shows messages of this method.
    fn shows(&self, method: DeliveryMethod) -> bool {
        let _ = method;
        true
    }

    /// Whether it may be asked again and again while messages are on their way.
    fn can_be_watched(&self) -> bool {
        false
    }

    /// Forgets what is there already: numbers reserved for fiction are few, and another run may have used one.
    /// Called before the first send, and after the target was reset.
    fn begin(&self) -> Reply<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// What it sees when it is asked for a user's messages, and what to mend if that is wrong; `None` where there is
    /// nothing to say. For the doctor, where no message came.
    fn diagnose<'a>(
        &'a self,
        to: &'a str,
        login_id: &'a str,
    ) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        let _ = (to, login_id);
        Box::pin(std::future::ready(None))
    }

    /// The messages to `to` (international form) after `after`, oldest first, as soon as there is at least one, and
    /// an empty list when `patience` is over. Zero patience asks once. `login_id` is what the request named the
    /// person by, for sources that are asked by login ID.
    fn messages<'a>(
        &'a self,
        to: &'a str,
        login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>>;
}

/// Whether two spellings are of one number: the same digits. Of an address no more than the case of letters differs.
fn same_number(one: &str, other: &str) -> bool {
    if one.contains('@') || other.contains('@') {
        return one.eq_ignore_ascii_case(other);
    }
    digits(one).eq(digits(other))
}

fn digits(number: &str) -> impl Iterator<Item = char> {
    number.chars().filter(char::is_ascii_digit)
}
