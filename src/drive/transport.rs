//! The HTTP client of a target: time limits, certificates, proxies.

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::error::{TargetError, is_loopback};

/// How long a connection waits for its next request. Servers close idle ones after as little as five seconds (Node's
/// `keepAliveTimeout`), and a request that is sent at that moment is lost.
const IDLE: Duration = Duration::from_secs(2);

/// How long an answer that is passed on may stand still.
const STALLED: Duration = Duration::from_secs(300);

/// How connections are made.
#[derive(Clone, Debug)]
pub struct Transport {
    /// How long one answer may take.
    pub timeout: Duration,
    /// Authorities trusted besides the system's, PEM.
    pub root: Option<Vec<u8>>,
    /// Our certificate and its key, PEM.
    pub identity: Option<Vec<u8>>,
    /// A proxy for every request. Without one, those of the environment serve everything but loopback.
    pub proxy: Option<String>,
}

impl Transport {
    /// Nothing but a time limit.
    pub fn within(timeout: Duration) -> Transport {
        Transport { timeout, root: None, identity: None, proxy: None }
    }

    /// A client for a server, with these headers on every request.
    ///
    /// # Errors
    /// A certificate or the proxy's address cannot be used.
    pub(crate) fn client(
        &self,
        server: &reqwest::Url,
        headers: HeaderMap,
    ) -> Result<reqwest::Client, TargetError> {
        Ok(self.own(server, headers)?.build()?)
    }

    /// A client with connections of its own, whose header names are written as `Content-Type`: many SDKs write them so, and
    /// names have no case (RFC 9110, 5.1).
    ///
    /// # Errors
    /// As [`Transport::client`].
    pub(crate) fn other_client(&self, server: &reqwest::Url) -> Result<reqwest::Client, TargetError> {
        Ok(self.other(server)?.build()?)
    }

    /// [`Transport::client`] and [`Transport::other_client`], with a new connection for each request.
    ///
    /// # Errors
    /// As [`Transport::client`].
    pub(crate) fn fresh_clients(&self, server: &reqwest::Url) -> Result<[reqwest::Client; 2], TargetError> {
        let [own, other] = [self.own(server, HeaderMap::new())?, self.other(server)?];
        Ok([own.pool_max_idle_per_host(0).build()?, other.pool_max_idle_per_host(0).build()?])
    }

    /// A client that passes on what others send: it adds nothing of its own, and an answer may take as long as it
    /// likes while it goes on.
    ///
    /// # Errors
    /// As [`Transport::client`].
    pub(crate) fn forwarder(&self, server: &reqwest::Url) -> Result<reqwest::Client, TargetError> {
        Ok(self.builder(is_loopback(server), is_plain(server))?.read_timeout(STALLED).build()?)
    }

    fn own(&self, server: &reqwest::Url, headers: HeaderMap) -> Result<reqwest::ClientBuilder, TargetError> {
        let named = concat!("otp-conformance/", env!("CARGO_PKG_VERSION"));
        let builder = self.builder(is_loopback(server), is_plain(server))?;
        Ok(builder.timeout(self.timeout).user_agent(named).default_headers(headers))
    }

    fn other(&self, server: &reqwest::Url) -> Result<reqwest::ClientBuilder, TargetError> {
        let builder = self.builder(is_loopback(server), is_plain(server))?;
        Ok(builder.timeout(self.timeout).http1_title_case_headers())
    }

    fn builder(&self, loopback: bool, plain: bool) -> Result<reqwest::ClientBuilder, TargetError> {
        #[cfg(feature = "tls")]
        let _ = rustls::crypto::ring::default_provider().install_default(); // a second time is no error of ours
        let mut builder = reqwest::Client::builder()
            .connect_timeout(self.timeout.min(Duration::from_secs(5)))
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true);
        if loopback || self.proxy.is_some() {
            builder = builder.no_proxy();
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy)?);
        }
        if loopback && plain && self.proxy.is_none() && self.root.is_none() {
            builder = without_roots(builder);
        }
        self.with_certificates(builder)
    }

    #[cfg(feature = "tls")]
    fn with_certificates(
        &self,
        mut builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, TargetError> {
        if let Some(root) = &self.root {
            let found = reqwest::Certificate::from_pem_bundle(root)?;
            if found.is_empty() {
                return Err(TargetError::NoCertificate);
            }
            builder = builder.tls_certs_merge(found);
        }
        if let Some(identity) = &self.identity {
            builder = builder.identity(reqwest::Identity::from_pem(identity)?);
        }
        Ok(builder)
    }

    #[cfg(not(feature = "tls"))]
    fn with_certificates(
        &self,
        builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, TargetError> {
        if self.root.is_some() || self.identity.is_some() {
            return Err(TargetError::WithoutTls);
        }
        Ok(builder)
    }
}

/// A client for what is ours: inboxes and clocks on loopback. `plain` leaves TLS out.
pub(crate) fn own_client(timeout: Duration, plain: bool) -> Result<reqwest::Client, TargetError> {
    Ok(Transport::within(timeout).builder(true, plain)?.timeout(timeout).build()?)
}

fn is_plain(server: &reqwest::Url) -> bool {
    server.scheme() == "http"
}

/// Without the system's authorities: to read them costs milliseconds, and a connection in the clear asks none.
#[cfg(feature = "tls")]
fn without_roots(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.tls_certs_only([])
}

#[cfg(not(feature = "tls"))]
fn without_roots(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        let plain = Transport::within(Duration::from_secs(1));
        let server = reqwest::Url::parse("https://example.com").expect("a URL");
        assert!(plain.client(&server, HeaderMap::new()).is_ok());
        for broken in [
            Transport { root: Some(b"nothing".to_vec()), ..plain.clone() },
            Transport { identity: Some(b"nothing".to_vec()), ..plain.clone() },
            Transport { proxy: Some("not a url".into()), ..plain },
        ] {
            assert!(broken.client(&server, HeaderMap::new()).is_err(), "{broken:?}");
        }
    }
}
