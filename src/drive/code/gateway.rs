//! The other end of the generic SMS gateway connector (docs: Generic SMS Gateway): the service posts each message to us.

mod access;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::{CodeError, CodeSource, Cursor, Message, Reply, digits};
use crate::exchange::Capture;

pub use access::{Access, Credentials};

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
    pub async fn listen(address: SocketAddr, access: Access) -> Result<GatewayListener, CodeError> {
        let failed = |error: std::io::Error| {
            CodeError(format!(
                "cannot listen on {address} for the SMS gateway's messages: {error}; name another with sms-gateway=ADDRESS:PORT"
            ))
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let desk =
            Arc::new(GatewayInbox { access, boxes: Mutex::default(), arrivals: watch::Sender::new(0) });
        let app = Router::new().fallback_service(post(receive).with_state(Arc::clone(&desk)));
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

    fn messages<'a>(
        &'a self,
        to: &'a str,
        _login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>> {
        Box::pin(async move {
            let recipient: String = digits(to).collect();
            match timeout(patience, self.desk.wait(&recipient, after)).await {
                Ok(found) => Ok(found),
                // Nothing came, but something was turned away: that is no proof that nothing was sent.
                Err(_) => self.desk.turned_away(&recipient, after).map_or(Ok(Vec::new()), Err),
            }
        })
    }
}

/// What the connector sends.
#[derive(Deserialize)]
struct Payload {
    recipient: String,
    #[serde(default)]
    body: String,
    token: String,
}

/// Takes messages in, checks who brings them, and keeps them by recipient.
#[derive(Debug)]
struct GatewayInbox {
    access: Access,
    boxes: Mutex<Boxes>,
    /// The number of the newest arrival; wakes those who wait.
    arrivals: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Boxes {
    last: u64,
    messages: HashMap<String, Vec<Message>>,
    /// The newest refusal by recipient, with its number; unreadable messages stand under the empty text.
    refused: HashMap<String, (u64, String)>,
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
        let payload = serde_json::from_slice::<Payload>(body);
        let recipient: String =
            payload.as_ref().map_or_else(|_| String::new(), |p| digits(&p.recipient).collect());
        let verdict = match (self.access.check(headers, body), payload) {
            (Err(why), _) => Err((StatusCode::UNAUTHORIZED, why.to_owned())),
            (_, Err(error)) => Err((StatusCode::BAD_REQUEST, format!("its payload cannot be read: {error}"))),
            (_, Ok(payload)) if recipient.is_empty() || payload.token.is_empty() => {
                Err((StatusCode::BAD_REQUEST, "its payload has no recipient or no token".to_owned()))
            }
            (Ok(()), Ok(payload)) => Ok(payload),
        };
        let mut boxes = self.boxes();
        boxes.last += 1;
        let seq = boxes.last;
        let answer = match verdict {
            Ok(Payload { recipient: to, body, token: code }) => {
                boxes.messages.entry(recipient).or_default().push(Message {
                    to,
                    code,
                    text: Some(body),
                    seq,
                });
                (StatusCode::OK, String::new())
            }
            Err((status, why)) => {
                boxes.refused.insert(recipient, (seq, why.clone()));
                (status, why)
            }
        };
        drop(boxes);
        self.arrivals.send_replace(seq);
        answer
    }

    async fn wait(&self, recipient: &str, after: Cursor) -> Vec<Message> {
        // Subscribed before the look, so that a message that comes in between is not slept through.
        let mut arrivals = self.arrivals.subscribe();
        loop {
            let newer = |message: &&Message| message.seq > after;
            let found: Vec<_> =
                self.boxes().messages.get(recipient).into_iter().flatten().filter(newer).cloned().collect();
            if !found.is_empty() || arrivals.changed().await.is_err() {
                return found;
            }
        }
    }

    fn turned_away(&self, recipient: &str, after: Cursor) -> Option<CodeError> {
        let boxes = self.boxes();
        let (_, why) = ["", recipient]
            .iter()
            .filter_map(|whose| boxes.refused.get(*whose))
            .find(|(seq, _)| *seq > after)?;
        Some(CodeError(format!("the SMS gateway turned a message away: {why}")))
    }

    fn boxes(&self) -> MutexGuard<'_, Boxes> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
