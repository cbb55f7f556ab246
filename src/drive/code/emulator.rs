//! The inbox of our emulator: `GET /emulator/messages?to=…&after=…`.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::{CodeError, CodeSource, Cursor, Message, Reply};
use crate::exchange::Capture;

/// Reads messages where the emulator keeps them.
pub struct EmulatorInbox {
    client: reqwest::Client,
    base: String,
}

impl EmulatorInbox {
    /// The inbox of the emulator at that base URL.
    pub fn new(client: reqwest::Client, base: String) -> EmulatorInbox {
        EmulatorInbox { client, base }
    }

    async fn look(&self, to: &str, after: Cursor) -> Result<Vec<Message>, CodeError> {
        let failed = |error: reqwest::Error| CodeError(format!("the emulator's inbox: {}", error.without_url()));
        let request = self.client.get(format!("{}/emulator/messages", self.base));
        let after = after.to_string();
        let response = request.query(&[("to", to), ("after", &after)]).send().await.map_err(failed)?;
        let list: Listed = response.error_for_status().map_err(failed)?.json().await.map_err(failed)?;
        let message = |kept: Kept| Message { to: kept.recipient, code: kept.token, text: Some(kept.body), seq: kept.seq };
        Ok(list.messages.into_iter().map(message).collect())
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

    fn messages<'a>(
        &'a self,
        to: &'a str,
        _login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>> {
        Box::pin(async move {
            let deadline = Instant::now() + patience;
            let mut pause = Duration::from_millis(2);
            loop {
                let found = self.look(to, after).await?;
                let left = deadline.saturating_duration_since(Instant::now());
                if !found.is_empty() || left.is_zero() {
                    return Ok(found);
                }
                sleep(pause.min(left)).await;
                pause = (pause * 2).min(Duration::from_millis(200));
            }
        })
    }
}
