//! A place that messages are brought to: the source that the gateway and the mail server share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::arrivals::Arrivals;
use super::{CodeError, CodeSource, Cursor, Message, Reply};
use crate::contract::DeliveryMethod;
use crate::exchange::Capture;

/// Listens until it is dropped. Messages are kept by recipient and numbered in the order they came.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    method: DeliveryMethod,
    arrivals: Arc<Arrivals>,
    /// Dropping it ends the listener.
    _stop: oneshot::Sender<()>,
}

/// What the server behind a listener needs: the socket, where its messages go, and when to stop.
pub(super) struct Bound {
    pub(super) socket: TcpListener,
    pub(super) arrivals: Arc<Arrivals>,
    pub(super) stopped: oneshot::Receiver<()>,
}

/// What is listened for, in words.
#[derive(Clone, Copy)]
pub(super) struct Purpose {
    pub(super) method: DeliveryMethod,
    /// What turns messages away, for complaints.
    pub(super) what: &'static str,
    /// What comes, after "cannot listen for".
    pub(super) comes: &'static str,
    /// As a code source.
    pub(super) word: &'static str,
}

impl Listener {
    /// Takes the address; port 0 takes a free one. The caller serves what is bound.
    pub(super) async fn bind(purpose: Purpose, address: SocketAddr) -> Result<(Listener, Bound), CodeError> {
        let Purpose { method, what, comes, word } = purpose;
        let failed = |error: std::io::Error| {
            CodeError(format!(
                "cannot listen on {address} for {comes}: {error}; name another with {word}=ADDRESS:PORT"
            ))
        };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let arrivals = Arc::new(Arrivals::new(what));
        let (stop, stopped) = oneshot::channel();
        let listener = Listener { address, method, arrivals: arrivals.clone(), _stop: stop };
        Ok((listener, Bound { socket, arrivals, stopped }))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl CodeSource for Listener {
    fn capture(&self) -> Capture {
        Capture::EachMessage
    }

    fn shows_text(&self) -> bool {
        true
    }

    fn shows(&self, method: DeliveryMethod) -> bool {
        method == self.method
    }

    fn messages<'a>(
        &'a self,
        to: &'a str,
        _login_id: &'a str,
        after: Cursor,
        patience: Duration,
    ) -> Reply<'a, Vec<Message>> {
        Box::pin(self.arrivals.messages(to, after, patience))
    }
}
