//! A running emulator: a listening socket and its connections.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::desk::Desk;
use super::settings::{Settings, StartError};
use super::state::Server;
use super::variant::Variant;

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    scheme: &'static str,
    task: JoinHandle<()>,
}

impl Emulator {
    /// Starts on the current tokio runtime and answers as soon as this returns.
    ///
    /// # Errors
    /// When the address cannot be listened on or a setting makes no sense.
    pub async fn start(settings: Settings) -> Result<Emulator, StartError> {
        let server = Arc::new(Server::new(settings)?);
        let listen = server.settings.listen;
        let refused = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let scheme = if server.settings.is_encrypted() { "https" } else { "http" };
        let task = tokio::spawn(accept(listener, Desk::new(server)));
        Ok(Emulator { address, scheme, task })
    }

    /// The base URL, such as `http://127.0.0.1:4600`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, ends all connections, and returns when that is done.
    pub async fn stop(mut self) {
        self.task.abort();
        let _aborted = (&mut self.task).await;
    }

    /// Serves until the process is interrupted.
    pub async fn wait(self) {
        // Without a signal handler there is no interrupt to wait for; the process ends by the signal itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.stop().await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, desk: Desk) {
    // Dropped with this task, the set ends every connection.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(welcome(stream, desk.clone()))),
            // Out of file descriptors, say: those who hold them need a moment to let go.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn welcome(stream: TcpStream, desk: Desk) {
    let _kept_slow = stream.set_nodelay(true);
    #[cfg(feature = "tls")]
    if let Some(config) = desk.server().settings.tls.clone() {
        let limit = desk.server().settings.header_timeout;
        let handshake = tokio_rustls::TlsAcceptor::from(config).accept(stream);
        // A handshake that fails, or takes too long, leaves no client to answer.
        if let Ok(Ok(stream)) = tokio::time::timeout(limit, handshake).await {
            connection(stream, desk).await;
        }
        return;
    }
    connection(stream, desk).await;
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin>(stream: S, desk: Desk) {
    let server = desk.server();
    let service = service_fn(move |request: Request<Incoming>| {
        let desk = desk.clone();
        async move { desk.answer(request).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(server.settings.header_timeout)
        .title_case_headers(server.variants.has(Variant::TitleCaseHeaders))
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // The client disconnected; there is nothing to report.
    drop(served);
}
