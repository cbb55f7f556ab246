//! The same answer in other bytes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::emulator::reply::Reply;
use crate::emulator::state::Server;
use crate::emulator::variant::Variant;
use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::http::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::body::Frame;

impl Server {
    /// The JSON of an answer.
    pub(crate) fn json(&self, reply: &mut Reply) -> Vec<u8> {
        if self.variants.has(Variant::ExtraMembers)
            && let Some(members) = reply.body.as_object_mut()
        {
            members.insert("requestInfo".into(), serde_json::json!({ "region": "local", "tags": [] }));
        }
        if self.variants.has(Variant::EscapedJson) {
            return escaped(&reply.body.to_string());
        }
        let pretty = self.variants.has(Variant::PrettyJson);
        let text =
            if pretty { serde_json::to_vec_pretty(&reply.body) } else { serde_json::to_vec(&reply.body) };
        text.unwrap_or_default()
    }

    /// Headers and framing of an answer.
    pub(crate) fn frame(&self, response: &mut Response<Body>) {
        let mut put = |variant, headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().filter(|_| self.variants.has(variant));
            headers.for_each(|(name, value)| {
                response.headers_mut().insert(*name, HeaderValue::from_static(value));
            });
        };
        put(Variant::ConnectionClose, &[(CONNECTION.as_str(), "close")]);
        put(Variant::CharsetNamed, &[(CONTENT_TYPE.as_str(), "application/json; charset=utf-8")]);
        put(
            Variant::ExtraHeaders,
            &[
                ("x-request-id", "00000000-0000-4000-8000-000000000000"),
                ("cache-control", "no-store"),
                ("strict-transport-security", "max-age=31536000"),
                ("server", "edge"),
            ],
        );
    }

    /// The body, in one piece or in several.
    pub(crate) fn body(&self, bytes: Vec<u8>) -> Body {
        if !self.variants.has(Variant::ChunkedAnswers) {
            return Body::from(bytes);
        }
        Body::new(Chunks { rest: Bytes::from(bytes) })
    }

    /// What a patient server takes longer for.
    pub(crate) async fn delay(&self) {
        if self.variants.has(Variant::Latency) {
            let turn = [5, 25, 10, 15, 20][self.variants.turn(Variant::Latency) as usize % 5];
            tokio::time::sleep(Duration::from_millis(turn)).await;
        }
    }
}

/// JSON whose strings hold nothing but letters, digits and escapes.
fn escaped(json: &str) -> Vec<u8> {
    let mut text = String::with_capacity(json.len() * 2);
    let (mut inside, mut after_backslash) = (false, false);
    for symbol in json.chars() {
        let plain =
            !inside || after_backslash || symbol.is_ascii_alphanumeric() || symbol == '\\' || symbol == '"';
        if symbol == '"' && !after_backslash {
            inside = !inside;
        }
        after_backslash = inside && symbol == '\\' && !after_backslash;
        if plain {
            text.push(symbol);
        } else {
            let mut units = [0; 2];
            symbol.encode_utf16(&mut units).iter().for_each(|unit| text += &format!("\\u{unit:04x}"));
        }
    }
    text.into_bytes()
}

/// A body of unknown length, in pieces.
struct Chunks {
    rest: Bytes,
}

/// Bytes of a piece: small enough that most answers take several.
const PIECE: usize = 100;

impl axum::body::HttpBody for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }
}
