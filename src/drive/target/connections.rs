//! The connections to a target. One that has served a request waits for the next, until an answer was lost: a server may
//! close a connection that waits whenever it likes (RFC 9112, 9.5), and a request that is on its way then is lost. From that
//! moment on each request has a connection of its own, so that what is lost is lost by the request.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::header::HeaderMap;
use reqwest::{Client, Url};

use crate::drive::Transport;
use crate::drive::error::TargetError;

/// The clients of one target.
pub(super) struct Connections {
    server: Url,
    transport: Transport,
    /// Ours, and another one, by which the same is asked for again.
    kept: [Client; 2],
    /// The same, with a new connection for each request.
    fresh: OnceLock<Option<[Client; 2]>>,
    distrusted: AtomicBool,
}

impl Connections {
    /// None is made before there is something to send.
    ///
    /// # Errors
    /// A certificate or the proxy's address cannot be used.
    pub(super) fn new(transport: Transport, server: Url) -> Result<Connections, TargetError> {
        let kept = [transport.client(&server, HeaderMap::new())?, transport.other_client(&server)?];
        Ok(Connections {
            server,
            transport,
            kept,
            fresh: OnceLock::new(),
            distrusted: AtomicBool::new(false),
        })
    }

    /// From now on no request has a connection that another one had before it.
    pub(super) fn distrust(&self) {
        self.distrusted.store(true, Ordering::Relaxed);
    }

    /// What sends the next request: our client, or the other one.
    pub(super) fn client(&self, other: bool) -> &Client {
        let fresh = || self.transport.fresh_clients(&self.server).ok();
        let distrusted = self.distrusted.load(Ordering::Relaxed);
        // What could be made once can be made again.
        let fresh = distrusted.then(|| self.fresh.get_or_init(fresh).as_ref()).flatten();
        &fresh.unwrap_or(&self.kept)[usize::from(other)]
    }

    /// A client that passes on what others send.
    ///
    /// # Errors
    /// A certificate or the proxy's address cannot be used.
    pub(super) fn forwarder(&self) -> Result<Client, TargetError> {
        self.transport.forwarder(&self.server)
    }
}
