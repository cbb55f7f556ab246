//! The wish to end a run early, with what was learned: what a first Ctrl-C asks for.

use tokio::sync::watch;

/// Asked for once, and heard by everybody who waits for it, also later.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Stop {
        Stop(watch::Sender::new(false))
    }
}

impl Stop {
    /// Asks for it.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns as soon as it is asked for.
    pub async fn asked(&self) {
        // The sender lives as long as `self`, so that this ends only when it is asked for.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }
}
