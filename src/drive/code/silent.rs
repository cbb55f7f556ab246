//! Sources that show no message: none at all, and codes that trials generate themselves by the management API.

use std::time::Duration;

use super::{CodeSource, Cursor, Message, Reply};
use crate::exchange::Capture;

/// Shows nothing, and waits for nothing. With [`Capture::Nothing`] what needs a code is reported as unsupported, by name;
/// with [`Capture::Generated`] users are test users: whether the service sends them anything is not documented.
#[derive(Clone, Copy, Debug)]
pub struct Silent(pub Capture);

impl CodeSource for Silent {
    fn capture(&self) -> Capture {
        self.0
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
        for capture in [Capture::Nothing, Capture::Generated] {
            let source = Silent(capture);
            assert_eq!(source.messages("+12025550100", "ada", 0, Duration::MAX).await, Ok(Vec::new()));
            assert_eq!((source.capture(), source.shows_text()), (capture, false));
        }
    }
}
