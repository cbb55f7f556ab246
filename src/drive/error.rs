//! What is wrong with a target as it was described, and errors of the client in full.

use reqwest::StatusCode;
use thiserror::Error;

use super::Reached;

/// A target that cannot be used as described. Our user's input.
#[derive(Debug, Error)]
pub enum TargetError {
    /// Not an http or https URL.
    #[error("{0}: not a URL to test; give one like https://staging.example or http://127.0.0.1:4600")]
    BadUrl(String),
    /// A header that cannot be sent.
    #[error("header {0:?}: not `Name: value` in visible ASCII")]
    BadHeader(String),
    /// No HTTP client can be made.
    #[error("no HTTP client: {}", error_chain(.0))]
    Client(#[from] reqwest::Error),
    /// A file of certificates without one.
    #[error("no certificate in the file of trusted authorities; it must be PEM")]
    NoCertificate,
    /// Certificates, but no TLS.
    #[cfg(not(feature = "tls"))]
    #[error("certificates need the feature `tls`, which this binary was built without")]
    WithoutTls,
}

/// Why an endpoint that is no operation of the contract, such as a clock or a reset, did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ControlError {
    /// The profile names no clock.
    #[error("the target's clock cannot be moved")]
    NoClock,
    /// A ceiling kept the request from being sent.
    #[error("{url}: {reached}")]
    Ceiling {
        /// Where it would have gone.
        url: String,
        /// The ceiling.
        reached: Reached,
    },
    /// No answer came.
    #[error("{url}: {why}")]
    Unanswered {
        /// Where it went.
        url: String,
        /// What the client says.
        why: String,
    },
    /// The answer was no success.
    #[error("{url} answered {status}")]
    Refused {
        /// Where it went.
        url: String,
        /// The answer's status.
        status: StatusCode,
    },
}

/// Why the first look found no server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReachError {
    /// A ceiling kept the look from being sent.
    #[error(transparent)]
    Ceiling(#[from] Reached),
    /// No connection can be made.
    #[error("{why}{remedy}")]
    NoConnection {
        /// What the client says.
        why: String,
        /// What to do about it.
        remedy: &'static str,
    },
}

/// An error of the client with its causes, which its own text leaves out.
pub(in crate::drive) fn error_chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

/// Whether a URL names this machine.
pub(crate) fn is_loopback(url: &reqwest::Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}
