//! Moving the target's clock, where it has one that can be moved.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

/// The endpoint that moves a target's clock forward.
#[derive(Clone, Debug)]
pub struct Clock {
    url: String,
    body: String,
}

impl Clock {
    /// The clock of a server that answers like our emulator's `POST /emulator/clock`: `{"advanceMs": n}`.
    pub fn at(url: String) -> Clock {
        Clock::new(url, r#"{"advanceMs": {ms}}"#.into())
    }

    /// Any clock that a POST moves; `{ms}` and `{s}` in URL and body stand for how far.
    pub fn new(url: String, body: String) -> Clock {
        Clock { url, body }
    }

    /// Moves the clock forward.
    ///
    /// # Errors
    /// What kept the clock from moving, in words.
    pub(crate) async fn advance(&self, client: &reqwest::Client, by: Duration) -> Result<(), String> {
        let filled = |text: &str| {
            let millis = text.replace("{ms}", &by.as_millis().to_string());
            millis.replace("{s}", &by.as_millis().div_ceil(1000).to_string())
        };
        post(client, &filled(&self.url), filled(&self.body)).await
    }
}

/// A POST that must succeed, to an endpoint that is no operation of the contract.
///
/// # Errors
/// What came instead, in words.
pub(crate) async fn post(client: &reqwest::Client, url: &str, body: String) -> Result<(), String> {
    let request = client.post(url).header(CONTENT_TYPE, "application/json").body(body);
    let status = request.send().await.map_err(|error| format!("{url}: {}", error.without_url()))?.status();
    if status.is_success() { Ok(()) } else { Err(format!("{url} answered {status}")) }
}
