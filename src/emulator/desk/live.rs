//! The state again whenever it has changed, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Response;
use futures_util::stream;

use super::{Desk, answer};

/// How often is looked: short for a person, long for the one lock that all operations share.
const PAUSE: Duration = Duration::from_millis(150);
/// After so many looks without news something is written, so that a reader that is gone is noticed.
const SILENT: u32 = 100;

/// A stream that ends when its reader leaves.
pub(super) fn events(desk: Desk) -> Response<Body> {
    let told = stream::unfold((desk, String::new()), |(desk, last)| async move {
        let (event, now) = next(&desk, last).await;
        Some((Ok::<Bytes, Infallible>(event), (desk, now)))
    });
    answer("text/event-stream", Body::from_stream(told))
}

/// The next event, and the state that it tells.
async fn next(desk: &Desk, last: String) -> (Bytes, String) {
    for _ in 0..SILENT {
        let now = desk.state();
        if now != last {
            return (Bytes::from(format!("data: {now}\n\n")), now);
        }
        tokio::time::sleep(PAUSE).await;
    }
    (Bytes::from_static(b": nothing new\n\n"), last)
}
