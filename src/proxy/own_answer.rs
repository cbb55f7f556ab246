//! Answers that the proxy makes, or has had a hand in.

use axum::body::Body;
use axum::http::{HeaderValue, Response as HttpResponse, StatusCode, header};

use super::inject::BufferedResponse;
use crate::exchange::Loss;

/// What is put in place of an answer must not be hidden from a page in a browser for that alone. What the upstream
/// itself allows stays as it is.
pub(super) fn readable_by(origin: Option<HeaderValue>, mut answer: HttpResponse<Body>) -> HttpResponse<Body> {
    if let (Some(origin), Some(Ours)) = (origin, answer.extensions_mut().remove::<Ours>()) {
        let headers = answer.headers_mut();
        headers.entry(header::ACCESS_CONTROL_ALLOW_ORIGIN).or_insert(origin);
        let allowed = HeaderValue::from_static("true");
        headers.entry(header::ACCESS_CONTROL_ALLOW_CREDENTIALS).or_insert(allowed);
        headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
    answer
}

/// An answer that the proxy has made, or has had a hand in.
#[derive(Clone, Copy, Debug)]
struct Ours;

pub(super) fn outgoing(answer: BufferedResponse) -> HttpResponse<Body> {
    let mut response = HttpResponse::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// An answer that is not the upstream's own any more.
pub(super) fn ours(mut response: HttpResponse<Body>) -> HttpResponse<Body> {
    response.extensions_mut().insert(Ours);
    response
}

pub(super) fn bad_gateway(loss: Loss) -> HttpResponse<Body> {
    plain_text(StatusCode::BAD_GATEWAY, format!("otp-conformance: the upstream gave no answer: {loss}\n"))
}

pub(super) fn plain_text(status: StatusCode, text: String) -> HttpResponse<Body> {
    let mut response = HttpResponse::new(Body::from(text));
    *response.status_mut() = status;
    ours(response)
}
