//! A request as bytes: what the schema's case becomes on its way out.

use super::Target;
use crate::contract::{Bearer, Body, Case};

/// A request as bytes, ready to be sent.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// HTTP method.
    pub method: String,
    /// Path and query, encoded.
    pub path: String,
    /// Header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: bytes::Bytes,
    /// The body as JSON, where it is: saves reading it again.
    pub json: Option<serde_json::Value>,
    /// Send the body in chunks, without a length.
    pub chunked: bool,
    /// It need not wait for the pace: it goes at the same moment as others, and they have waited together.
    pub paced: bool,
    /// Another client sends it, over connections of its own, with header names as `Content-Type`.
    pub other_client: bool,
}

impl Target {
    /// A case as bytes.
    pub fn wire(&self, case: Case, method: Option<&str>) -> Wire {
        let operation = self.contract.operation(case.operation);
        let mut path = operation.path.replace("{projectId}", &self.project_id);
        for (name, value) in &case.path {
            path = path.replace(&format!("{{{name}}}"), &encoded(value));
        }
        for (index, (name, value)) in case.query.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            path.push_str(&format!("{mark}{}={}", encoded(name), encoded(value)));
        }
        let mut headers = Vec::new();
        if let Bearer::Header(value) = case.bearer {
            headers.push(("authorization".to_owned(), value));
        }
        let (body, json) = match case.body {
            Body::None => (bytes::Bytes::new(), None),
            Body::Json(value) => {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
                (serde_json::to_vec(&value).unwrap_or_default().into(), Some(value))
            }
            Body::Bytes { content_type, bytes } => {
                headers.extend(content_type.map(|value| ("content-type".to_owned(), value)));
                (bytes, None)
            }
        };
        headers.extend(case.headers);
        let method = method.unwrap_or(&operation.method).to_owned();
        Wire { method, path, headers, body, json, chunked: false, paced: false, other_client: false }
    }
}

pub(super) fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A body without a known length: goes out chunked.
pub(super) struct Chunked(pub(super) Option<bytes::Bytes>);

impl http_body::Body for Chunked {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Ready(self.0.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
    }
}
