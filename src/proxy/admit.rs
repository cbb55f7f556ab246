//! What of a request is looked at before it is passed on, and requests that are kept back.

use axum::body::Body;
use axum::http::{HeaderMap, Response as HttpResponse, StatusCode, header};
use bytes::Bytes;
use hyper::body::Incoming;

use super::body::{Copied, Kept, Tee};
use super::coding::{codings, plain};
use super::forward::{LARGEST, whole};
use super::in_flight::InFlight;
use super::own_answer::plain_text;
use super::state::ProxyState;
use crate::contract::OperationId;
use crate::drive::Blocked;
use crate::exchange::{Answer, Loss};

/// Why a request is not passed on: what it carries may reach a stranger.
#[derive(Debug, thiserror::Error)]
pub(super) enum Withheld {
    #[error("a body that broke off or is too large to be looked at")]
    Unread,
    #[error("a body in a coding that cannot be looked at")]
    Coded,
    #[error(transparent)]
    Blocked(#[from] Blocked),
}

impl ProxyState {
    /// The body as it is passed on. It is read first where it is judged, or where the guard binds: an upstream that is
    /// gone, or answers early, would leave it half seen.
    pub(super) async fn admit(
        &self,
        operation: Option<OperationId>,
        path: &str,
        headers: &HeaderMap,
        copied: &Copied,
        incoming: Incoming,
    ) -> Result<Option<reqwest::Body>, Withheld> {
        use http_body::Body as _;
        if self.target.guard().is_none() && operation.is_none() {
            return Ok((!incoming.is_end_stream()).then(|| streamed(incoming, copied.clone())));
        }
        let bytes = whole(incoming, LARGEST).await.ok_or(Withheld::Unread)?;
        keep(copied, &bytes);
        if let Some(guard) = self.target.guard() {
            if codings(headers).is_none() {
                return Err(Withheld::Coded);
            }
            let label = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let query = path.split_once('?').map_or("", |(_, query)| query);
            guard.check(&plain(&bytes, headers), label, query)?;
        }
        Ok((!bytes.is_empty()).then(|| bytes.into()))
    }

    /// What is kept back is no fault of the upstream and none of the client.
    pub(super) fn turn_away(&self, passing: &InFlight, why: &Withheld) -> HttpResponse<Body> {
        let client = (passing.as_sent(), Answer::Lost(Loss::Unreachable));
        self.recorder.leave(&passing.arrival, client, None, passing.facts());
        let text = format!("otp-conformance: {why}\n");
        self.recorder.blocked(why.to_string());
        plain_text(StatusCode::FORBIDDEN, text)
    }
}

pub(super) fn streamed(incoming: Incoming, copied: Copied) -> reqwest::Body {
    reqwest::Body::wrap(Tee::new(incoming, copied, |_, _| {}))
}

fn keep(copied: &Copied, bytes: &Bytes) {
    if let Ok(mut kept) = copied.lock() {
        *kept = Kept::of(bytes);
    }
}
