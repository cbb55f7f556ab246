//! Moving the target's clock, where it has one that can be moved.

use std::time::Duration;

use serde_json::json;

/// The endpoint that moves a target's clock: `POST {"advanceMs": n}`.
#[derive(Clone, Debug)]
pub struct Clock {
    url: String,
}

impl Clock {
    /// The clock of a server that answers like our emulator's `POST /emulator/clock`.
    pub fn at(url: String) -> Clock {
        Clock { url }
    }

    /// Moves the clock forward.
    ///
    /// # Errors
    /// What kept the clock from moving, in words.
    pub(crate) async fn advance(&self, client: &reqwest::Client, by: Duration) -> Result<(), String> {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let sent = client.post(&self.url).json(&json!({ "advanceMs": millis })).send().await;
        let status = sent.map_err(|error| format!("{}: {error}", self.url))?.status();
        if status.is_success() { Ok(()) } else { Err(format!("{} answered {status}", self.url)) }
    }
}
