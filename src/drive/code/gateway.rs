//! The other end of a generic gateway connector (docs: Generic SMS Gateway, Generic Email Gateway): the service posts each
//! message to us.

mod access;
mod payload;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::arrivals::Arrivals;
use super::mail::LARGEST;
use super::{CodeError, CodeSource, Cursor, Message, Reply};
use crate::contract::DeliveryMethod;
use crate::exchange::Capture;

pub use access::{Access, Credentials};

/// Which connector posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// The generic SMS gateway.
    Sms,
    /// The generic e-mail gateway.
    Email,
}

impl Connector {
    fn method(self) -> DeliveryMethod {
        match self {
            Connector::Sms => DeliveryMethod::Sms,
            Connector::Email => DeliveryMethod::Email,
        }
    }

    /// In a sentence, and as a code source.
    fn named(self) -> (&'static str, &'static str) {
        match self {
            Connector::Sms => ("the SMS gateway", "sms-gateway"),
            Connector::Email => ("the e-mail gateway", "email-gateway"),
        }
    }
}

/// Listens for the connector's POSTs, on any path, until it is dropped.
///
/// Messages are kept by recipient and numbered in the order they came.
#[derive(Debug)]
pub struct GatewayListener {
    address: SocketAddr,
    desk: Arc<GatewayInbox>,
    /// Dropping it ends the listener.
    _stop: oneshot::Sender<()>,
}

impl GatewayListener {
    /// Starts to listen; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be used, for instance because another program has the port.
    pub async fn listen(
        connector: Connector,
        address: SocketAddr,
        access: Access,
    ) -> Result<GatewayListener, CodeError> {
        let (what, word) = connector.named();
        let failed = |error: std::io::Error| {
            CodeError(format!(
                "cannot listen on {address} for {what}'s messages: {error}; name another with {word}=ADDRESS:PORT"
            ))
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let desk = Arc::new(GatewayInbox { connector, access, arrivals: Arrivals::new(what) });
        let app = Router::new()
            .fallback_service(post(receive).with_state(Arc::clone(&desk)))
            .layer(DefaultBodyLimit::max(LARGEST));
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async {
            let _dropped = stopped.await;
        };
        tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(until).await });
        Ok(GatewayListener { address, desk, _stop: stop })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl CodeSource for GatewayListener {
    fn capture(&self) -> Capture {
        Capture::EachMessage
    }

    fn shows_text(&self) -> bool {
        true
    }

    fn shows(&self, method: DeliveryMethod) -> bool {
        method == self.desk.connector.method()
    }

    fn messages<'a>(
        &'a self,
        to: &'a str,
        _login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>> {
        Box::pin(self.desk.arrivals.messages(to, after, patience))
    }
}

/// Takes messages in, checks who brings them, and keeps them by recipient.
#[derive(Debug)]
struct GatewayInbox {
    connector: Connector,
    access: Access,
    arrivals: Arrivals,
}

async fn receive(
    State(desk): State<Arc<GatewayInbox>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let (status, why) = desk.take(&headers, &body);
    (status, Json(if why.is_empty() { json!({}) } else { json!({ "error": why }) }))
}

impl GatewayInbox {
    fn take(&self, headers: &HeaderMap, body: &[u8]) -> (StatusCode, String) {
        let posted = match self.connector {
            Connector::Sms => payload::text_message(body),
            Connector::Email => payload::mail(body),
        };
        let to = posted.as_ref().map_or_else(|(to, _)| to.clone(), |posted| posted.to.clone());
        match (self.access.check(headers, body), posted) {
            (Err(why), _) => {
                self.arrivals.refuse(&to, why);
                (StatusCode::UNAUTHORIZED, why.to_owned())
            }
            (Ok(()), Err((to, why))) => {
                self.arrivals.refuse(&to, &why);
                (StatusCode::BAD_REQUEST, why)
            }
            (Ok(()), Ok(posted)) => {
                self.arrivals.take(&posted.to, posted.code, posted.text, 0);
                (StatusCode::OK, String::new())
            }
        }
    }
}

#[cfg(test)]
mod tests;
