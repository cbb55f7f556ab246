//! A running proxy: takes connections in, and holds what all of them share.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::forward::Upstream;
use super::hostile::HostileCase;
use super::inject::Plan;
use super::record::{ProxyRecording, Recorder};
use super::session::recording;
use super::state::ProxyState;
use crate::drive::{Target, TargetError};
use crate::exchange::Assumptions;

/// Why a proxy did not start.
#[derive(Debug, Error)]
pub enum ProxyError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The upstream cannot be forwarded to.
    #[error(transparent)]
    Upstream(#[from] TargetError),
}

/// Where a proxy listens, and how.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How connections are encrypted; `None` is plain http.
    #[cfg(feature = "tls")]
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

impl From<SocketAddr> for ListenSettings {
    fn from(listen: SocketAddr) -> ListenSettings {
        ListenSettings {
            listen,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl ListenSettings {
    fn scheme(&self) -> &'static str {
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            return "https";
        }
        "http"
    }
}

/// A running proxy; it stops when dropped.
pub struct Proxy {
    address: SocketAddr,
    inner: Arc<ProxyState>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts on the current tokio runtime. `case` is the hostile answer to put in, if one is.
    ///
    /// # Errors
    /// The address cannot be listened on, or the target's address cannot be forwarded to.
    pub async fn start(
        door: impl Into<ListenSettings>,
        target: Arc<Target>,
        assumptions: Assumptions,
        case: Option<HostileCase>,
    ) -> Result<Proxy, ProxyError> {
        let door = door.into();
        let (listen, scheme) = (door.listen, door.scheme());
        let upstream = Upstream::new(&target)?;
        let refused = |source| ProxyError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let inner = Arc::new(ProxyState {
            target,
            assumptions,
            recorder: Recorder::new(),
            upstream,
            plan: case.map(Plan::new),
            other_name: format!("{scheme}://localhost:{}", address.port()),
            scheme,
        });
        let task = tokio::spawn(accept(listener, door, inner.clone()));
        Ok(Proxy { address, inner, task })
    }

    /// The base URL for clients.
    pub fn url(&self) -> String {
        format!("{}://{}", self.inner.scheme, self.address)
    }

    /// Requests that came in so far.
    pub fn requests(&self) -> usize {
        self.inner.recorder.arrivals()
    }

    pub(super) fn inner(&self) -> &ProxyState {
        &self.inner
    }

    /// Stops listening and returns the record, without any hidden value in it.
    pub async fn finish(self) -> ProxyRecording {
        let recording = recording(&self.inner).await;
        self.task.abort();
        recording
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, door: ListenSettings, inner: Arc<ProxyState>) {
    // Dropped with this task, the set ends every connection.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => drop(connections.spawn(welcome(stream, peer, door.clone(), inner.clone()))),
            // Out of file descriptors, say: those who hold them need a moment to let go.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// How long a client may take to agree on a cipher.
#[cfg(feature = "tls")]
const HANDSHAKE: Duration = Duration::from_secs(10);

#[cfg_attr(not(feature = "tls"), allow(unused_variables, reason = "a door without TLS says nothing else"))]
async fn welcome(stream: TcpStream, peer: SocketAddr, door: ListenSettings, inner: Arc<ProxyState>) {
    let _kept_slow = stream.set_nodelay(true);
    #[cfg(feature = "tls")]
    if let Some(config) = door.tls {
        let handshake = tokio_rustls::TlsAcceptor::from(config).accept(stream);
        // A client that does not trust the certificate says so to its own caller.
        if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, handshake).await {
            connection(stream, peer, inner).await;
        }
        return;
    }
    connection(stream, peer, inner).await;
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin>(stream: S, peer: SocketAddr, inner: Arc<ProxyState>) {
    let service = service_fn(move |request| {
        let inner = inner.clone();
        async move { inner.answer(peer, request).await }
    });
    let served =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    // The client disconnected; there is nothing to report.
    drop(served);
}
