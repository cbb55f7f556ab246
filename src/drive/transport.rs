//! The HTTP client of a target: time limits, certificates, proxies.

use std::time::Duration;

use super::TargetError;

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

    /// A client for a server that is on loopback, or not.
    ///
    /// # Errors
    /// A certificate or the proxy's address cannot be used.
    pub(crate) fn client(&self, loopback: bool) -> Result<reqwest::Client, TargetError> {
        let mut builder = builder(self.timeout)
            .timeout(self.timeout)
            .user_agent(concat!("otp-conformance/", env!("CARGO_PKG_VERSION")));
        if loopback || self.proxy.is_some() {
            builder = builder.no_proxy();
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy)?);
        }
        Ok(self.with_certificates(builder)?.build()?)
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

/// A client that passes on what others send: it adds nothing of its own, and an answer may take long as long as it
/// goes on.
pub(crate) fn forwarding_client(loopback: bool) -> Result<reqwest::Client, reqwest::Error> {
    let patience = Duration::from_secs(300);
    let builder = builder(patience).read_timeout(patience);
    if loopback { builder.no_proxy().build() } else { builder.build() }
}

fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    #[cfg(feature = "tls")]
    let _ = rustls::crypto::ring::default_provider().install_default(); // a second time is no error of ours
    reqwest::Client::builder()
        .connect_timeout(timeout.min(Duration::from_secs(5)))
        .redirect(reqwest::redirect::Policy::none())
        .http1_only()
        .tcp_nodelay(true)
}

/// A client for what is ours: inboxes and clocks on loopback.
pub(crate) fn plain_client(timeout: Duration) -> Result<reqwest::Client, TargetError> {
    Transport::within(timeout).client(true)
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        let plain = Transport::within(Duration::from_secs(1));
        assert!(plain.client(false).is_ok());
        for broken in [
            Transport { root: Some(b"nothing".to_vec()), ..plain.clone() },
            Transport { identity: Some(b"nothing".to_vec()), ..plain.clone() },
            Transport { proxy: Some("not a url".into()), ..plain.clone() },
        ] {
            assert!(broken.client(false).is_err(), "{broken:?}");
        }
    }
}
