//! The other end of a generic gateway connector (docs: Generic SMS Gateway, Generic Email Gateway): the service posts each
//! message to us.

mod access;
mod payload;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::arrivals::Arrivals;
use super::listener::{Bound, Purpose};
use super::mail::LARGEST;
use super::{CodeError, Listener};
use crate::contract::DeliveryMethod;

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
    fn purpose(self) -> Purpose {
        match self {
            Connector::Sms => Purpose {
                method: DeliveryMethod::Sms,
                what: "the SMS gateway",
                comes: "the SMS gateway's messages",
                word: "sms-gateway",
            },
            Connector::Email => Purpose {
                method: DeliveryMethod::Email,
                what: "the e-mail gateway",
                comes: "the e-mail gateway's messages",
                word: "email-gateway",
            },
        }
    }
}

impl Listener {
    /// Starts to listen for the connector's POSTs, on any path; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be used, for instance because another program has the port.
    pub async fn gateway(
        connector: Connector,
        address: SocketAddr,
        access: Access,
    ) -> Result<Listener, CodeError> {
        let (this, Bound { socket, arrivals, stopped }) =
            Listener::bind(connector.purpose(), address).await?;
        let desk = Arc::new(GatewayInbox { connector, access, arrivals });
        let app = Router::new()
            .fallback_service(post(receive).with_state(desk))
            .layer(DefaultBodyLimit::max(LARGEST));
        let until = async {
            let _dropped = stopped.await;
        };
        tokio::spawn(async move { axum::serve(socket, app).with_graceful_shutdown(until).await });
        Ok(this)
    }
}

/// Takes messages in, checks who brings them, and keeps them by recipient.
#[derive(Debug)]
struct GatewayInbox {
    connector: Connector,
    access: Access,
    arrivals: Arc<Arrivals>,
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
