//! No code source: everything that needs a code is reported as unsupported, by name.

use std::time::Duration;

use super::{CodeSource, Cursor, Message, Reply};
use crate::exchange::Capture;

/// Shows nothing.
pub struct Nothing;

impl CodeSource for Nothing {
    fn capture(&self) -> Capture {
        Capture::Nothing
    }

    fn shows_text(&self) -> bool {
        false
    }

    fn messages<'a>(&'a self, _: &'a str, _: &'a str, _: Cursor, _: Duration) -> Reply<'a, Vec<Message>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}
