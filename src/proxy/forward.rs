//! One request passed on: what goes with it, and what stays behind because it belongs to one connection only.

use axum::http::{HeaderMap, HeaderName, Method, Response, header};
use bytes::Bytes;
use http_body::Body;

use crate::drive::{Target, TargetError};
use crate::exchange::Loss;

/// The largest body that is read before it is passed on, where it has to be.
pub(super) const LARGEST: usize = 64 << 20;

/// Header fields of one connection, not of the message. Source: RFC 9110, 7.6.1.
const HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Where requests are passed on to.
pub(super) struct Upstream {
    client: reqwest::Client,
    base: String,
    headers: HeaderMap,
}

/// A request that is passed on.
pub(super) struct Outgoing<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) headers: HeaderMap,
    /// `None` where the client sent none.
    pub(super) body: Option<reqwest::Body>,
}

impl Upstream {
    pub(super) fn new(target: &Target) -> Result<Upstream, TargetError> {
        let headers = target.headers().clone();
        Ok(Upstream { client: target.forwarder()?, base: target.base().to_owned(), headers })
    }

    /// Sends it; the answer's body is still on its way when this returns.
    pub(super) async fn send(&self, out: Outgoing<'_>) -> Result<Response<reqwest::Body>, Loss> {
        let mut headers = out.headers;
        strip(&mut headers);
        headers.remove(header::HOST);
        headers.extend(self.headers.clone());
        let mut request =
            self.client.request(out.method, format!("{}{}", self.base, out.path)).headers(headers);
        if let Some(body) = out.body {
            request = request.body(body);
        }
        let mut response: Response<reqwest::Body> =
            request.send().await.map_err(|error| crate::drive::loss(&error))?.into();
        strip(response.headers_mut());
        Ok(response)
    }
}

/// Takes out what is of one connection, and what `Connection` names.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

/// Reads a whole body; `None` where it broke off or is larger than `limit`.
pub(super) async fn whole<B>(mut body: B, limit: usize) -> Option<Bytes>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut all = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.ok()?.into_data() {
            all.extend_from_slice(&data);
        }
        if all.len() > limit {
            return None;
        }
    }
    Some(all.into())
}
