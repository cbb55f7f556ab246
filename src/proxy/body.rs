//! Bodies on their way through: passed on frame by frame, with a copy of their beginning.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::http::HeaderMap;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::coding::{is_miscoded, plain};
use crate::exchange::{Payload, repeats_a_member};

/// How much of a body is kept for judging. Everything the contract describes is far smaller.
const KEPT: usize = 1 << 20;

/// The beginning of a body, and its length.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    start: Vec<u8>,
    length: usize,
}

impl Kept {
    pub(super) fn of(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        kept.push(bytes);
        kept
    }

    fn push(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
        let room = KEPT.saturating_sub(self.start.len());
        self.start.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Whether parsers differ in what it says.
    pub(super) fn is_ambiguous(&self, headers: &HeaderMap) -> bool {
        self.length <= self.start.len() && repeats_a_member(&plain(&self.start, headers))
    }

    /// Whether it is not in the coding that is named for it.
    pub(super) fn is_miscoded(&self, headers: &HeaderMap) -> bool {
        self.length <= self.start.len() && is_miscoded(&self.start, headers)
    }

    /// An answer's body as a judge reads it, who knows what the headers say of its coding. What is too large to be kept is
    /// no JSON text to it.
    pub(super) fn payload(&self, headers: &HeaderMap) -> Payload {
        self.read(headers, Payload::from_bytes)
    }

    /// The same of a request: what parsers differ on is no JSON text.
    pub(super) fn request(&self, headers: &HeaderMap) -> Payload {
        self.read(headers, Payload::of_client)
    }

    fn read(&self, headers: &HeaderMap, read: impl Fn(&[u8]) -> Payload) -> Payload {
        if self.length <= self.start.len() {
            return read(&plain(&self.start, headers));
        }
        let text = String::from_utf8_lossy(&self.start[..2048]).into_owned();
        Payload::Other { bytes: self.length, text }
    }
}

/// A copy that can be looked at while the body is still on its way.
pub(super) type Copied = Arc<Mutex<Kept>>;

/// What was copied so far.
pub(super) fn look(copied: &Copied) -> Kept {
    copied.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

type Done = Box<dyn FnOnce(Kept, bool) + Send>;

/// Passes a body on and tells at its end what it was, and whether it was whole.
pub(super) struct Tee<B> {
    inner: B,
    copied: Copied,
    left: Option<u64>,
    // The lock is never contended: it makes the closure shareable, as the client's type asks.
    done: Mutex<Option<Done>>,
}

impl<B: Body<Data = Bytes> + Unpin> Tee<B> {
    /// `done` is called once: before the last bytes are passed on, or when the body breaks off.
    pub(super) fn new(inner: B, copied: Copied, done: impl FnOnce(Kept, bool) + Send + 'static) -> Tee<B> {
        let left = inner.size_hint().exact();
        let mut tee = Tee { inner, copied, left, done: Mutex::new(Some(Box::new(done))) };
        if tee.inner.is_end_stream() {
            tee.end(true);
        }
        tee
    }
}

impl<B> Tee<B> {
    fn end(&mut self, whole: bool) {
        let done = self.done.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(done) = done {
            done(look(&self.copied), whole);
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Tee<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        match &polled {
            Poll::Pending => {}
            Poll::Ready(None) => self.end(true),
            Poll::Ready(Some(Err(_))) => self.end(false),
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    self.copied.lock().unwrap_or_else(PoisonError::into_inner).push(data);
                    self.left = self.left.map(|left| left.saturating_sub(data.len() as u64));
                }
                if self.left == Some(0) || self.inner.is_end_stream() {
                    self.end(true);
                }
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B> Drop for Tee<B> {
    fn drop(&mut self) {
        self.end(false);
    }
}

/// A body that breaks off: half of it, and then the connection ends.
pub(super) struct Torn(Option<Bytes>);

impl Torn {
    pub(super) fn half_of(bytes: &Bytes) -> Torn {
        Torn(Some(bytes.slice(..bytes.len() / 2)))
    }
}

impl Body for Torn {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(bytes) => Ok(Frame::data(bytes)),
            None => Err(std::io::ErrorKind::ConnectionAborted.into()),
        }))
    }
}
