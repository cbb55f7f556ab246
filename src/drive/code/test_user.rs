//! Test users: trials generate their codes by the management API, and no message is ever seen.

use std::time::Duration;

use super::{CodeSource, Cursor, Message, Reply};
use crate::exchange::Capture;

/// Shows no delivery: whether the service sends test users anything is not documented.
#[derive(Clone, Copy, Debug)]
pub struct TestUsers;

impl CodeSource for TestUsers {
    fn capture(&self) -> Capture {
        Capture::Generated
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
        assert_eq!(TestUsers.messages("+12025550100", "ada", 0, Duration::MAX).await, Ok(Vec::new()));
        assert_eq!((TestUsers.capture(), TestUsers.shows_text()), (Capture::Generated, false));
    }
}
