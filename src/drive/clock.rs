//! Moving the target's clock, where it has one that can be moved.

use std::time::Duration;

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

    /// The URL and the body that move it this far.
    pub(super) fn request(&self, by: Duration) -> (String, String) {
        let filled = |text: &str| {
            let millis = text.replace("{ms}", &by.as_millis().to_string());
            millis.replace("{s}", &by.as_millis().div_ceil(1000).to_string())
        };
        (filled(&self.url), filled(&self.body))
    }
}
