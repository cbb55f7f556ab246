//! Two code sources as one: text messages come here, mails there.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{CodeSource, Cursor, Message, Reply};
use crate::contract::DeliveryMethod;
use crate::exchange::Capture;

/// What the first shows is asked of the first.
pub struct Pair {
    /// The first.
    pub one: Arc<dyn CodeSource>,
    /// The second.
    pub other: Arc<dyn CodeSource>,
}

impl Pair {
    /// The source that shows messages to this address.
    fn of(&self, to: &str) -> &Arc<dyn CodeSource> {
        let method = if to.contains('@') { DeliveryMethod::Email } else { DeliveryMethod::Sms };
        if self.one.shows(method) { &self.one } else { &self.other }
    }
}

impl CodeSource for Pair {
    fn capture(&self) -> Capture {
        // What both can show.
        let both = [self.one.capture(), self.other.capture()];
        if both[0] == both[1] { both[0] } else { Capture::LatestOnly }
    }

    fn shows_text(&self) -> bool {
        self.one.shows_text() && self.other.shows_text()
    }

    fn shows(&self, method: DeliveryMethod) -> bool {
        self.one.shows(method) || self.other.shows(method)
    }

    fn can_be_watched(&self) -> bool {
        // One that shows each message has nothing to watch.
        let is_seen =
            |one: &Arc<dyn CodeSource>| one.can_be_watched() || one.capture() == Capture::EachMessage;
        is_seen(&self.one) && is_seen(&self.other)
    }

    fn begin(&self) -> Reply<'_, ()> {
        Box::pin(async {
            self.one.begin().await?;
            self.other.begin().await
        })
    }

    fn diagnose<'a>(
        &'a self,
        to: &'a str,
        login_id: &'a str,
    ) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        self.of(to).diagnose(to, login_id)
    }

    fn messages<'a>(
        &'a self,
        to: &'a str,
        login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>> {
        self.of(to).messages(to, login_id, after, patience)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{client, serve};
    use super::super::{HttpSource, Silent};
    use super::*;

    /// A debug endpoint that answers with this status, whatever is asked.
    async fn endpoint(status: u16) -> Arc<dyn CodeSource> {
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        let base = serve(axum::Router::new().fallback(move || std::future::ready(status))).await;
        Arc::new(HttpSource::new(client(), "{target}/{loginId}#/code".parse().unwrap(), base))
    }

    #[tokio::test]
    async fn what_is_wrong_with_the_source_that_was_asked_is_said() {
        let pair = Pair { one: endpoint(403).await, other: Arc::new(Silent(Capture::Nothing)) };
        let said = pair.diagnose("+12025550100", "ada").await;
        assert!(said.as_ref().is_some_and(|said| said.contains("403")), "{said:?}");
    }
}
