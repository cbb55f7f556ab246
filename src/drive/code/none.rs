//! No code source: everything that needs a code is reported as unsupported, by name.

use std::time::Duration;

use super::{CodeSource, Cursor, Message, Reply};
use crate::exchange::Capture;

/// Shows nothing, and waits for nothing.
#[derive(Clone, Copy, Debug)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn does_not_wait_for_what_cannot_come() {
        assert_eq!(Nothing.messages("+12025550100", "ada", 0, Duration::MAX).await, Ok(Vec::new()));
        assert_eq!((Nothing.capture(), Nothing.shows_text()), (Capture::Nothing, false));
    }
}
