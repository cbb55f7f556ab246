//! The state again whenever it has changed, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream;

/// How often is looked: short for a person, long for the one lock that all operations share.
const PAUSE: Duration = Duration::from_millis(150);
/// After so many looks without news something is written, so that a reader that is gone is noticed.
const SILENT: u32 = 100;

/// A stream that ends when its reader leaves.
pub(super) fn events(state: impl Fn() -> String + Send + Sync + 'static) -> Body {
    let events = stream::unfold((state, String::new()), |(state, last)| async move {
        let (event, now) = next(&state, last).await;
        Some((Ok::<Bytes, Infallible>(event), (state, now)))
    });
    Body::from_stream(events)
}

/// The next event, and the state that it tells.
async fn next(state: &(impl Fn() -> String + Sync), last: String) -> (Bytes, String) {
    for _ in 0..SILENT {
        let now = state();
        if now != last {
            return (Bytes::from(format!("data: {now}\n\n")), now);
        }
        tokio::time::sleep(PAUSE).await;
    }
    (Bytes::from_static(b": nothing new\n\n"), last)
}
