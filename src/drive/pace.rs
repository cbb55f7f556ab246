//! How fast requests may follow each other: what the profile allows, and what the target asked for.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// A token bucket that starts full. Cheap where nothing is limited.
#[derive(Debug)]
pub struct Pace {
    limit: Option<(u32, Duration)>,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// When the next request may go, had the bucket been empty all the time.
    due: Instant,
    /// Asked for by a `Retry-After`.
    not_before: Option<Instant>,
}

impl Pace {
    /// No limit.
    pub fn unlimited() -> Pace {
        Pace { limit: None, bucket: Mutex::new(Bucket { due: Instant::now(), not_before: None }) }
    }

    /// At most so many requests in any window of that length.
    pub fn new(requests: u32, window: Duration) -> Pace {
        Pace { limit: Some((requests.max(1), window)), ..Pace::unlimited() }
    }

    /// Waits until a request may go.
    pub async fn admit(&self) {
        let Some((requests, window)) = self.limit else { return };
        let at = {
            let mut bucket = self.bucket.lock().await;
            let now = Instant::now();
            // Half of the window's requests may go at once: a server's window need not begin with ours.
            let burst = window / 2;
            bucket.due = bucket.due.max(now.checked_sub(burst).unwrap_or(now)) + window / requests;
            bucket.not_before.map_or(bucket.due, |not_before| bucket.due.max(not_before))
        };
        sleep_until(at).await;
    }

    /// Holds every request back for as long as the target asked, at most for two minutes.
    pub async fn hold(&self, wait: Duration) {
        if self.limit.is_some() {
            self.bucket.lock().await.not_before = Some(Instant::now() + wait.min(Duration::from_secs(120)));
        }
    }
}
