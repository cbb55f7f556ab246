//! The settings of an emulator, with defaults that need no thought.

use std::net::SocketAddr;
use std::time::Duration;

use super::fault::Fault;
use super::key::SigningKey;
use super::variant::Variant;

/// The settings of an [`Emulator`](super::Emulator); `Settings::default()` is a right server on a free port.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The project, first part of every bearer (`P2OTPConformanceEmulator0001`: the 28 characters SDKs expect).
    pub project_id: String,
    /// The key of the management operations, second part of their bearer (`K2OTPConformanceEmulatorManagementKey`).
    pub management_key: String,
    /// Where set, a bearer's second part must be this key or a token; otherwise any such key is ignored.
    pub auth_management_key: Option<String>,
    /// How long a code lives (three minutes).
    pub code_ttl: Duration,
    /// Symbols of a code (six).
    pub code_length: usize,
    /// The wrong guess that locks a code (the fifth).
    pub max_attempts: u32,
    /// Messages per recipient and window (ten).
    pub resend_limit: u32,
    /// The window of `resend_limit` (a minute).
    pub resend_window: Duration,
    /// Life of a session JWT (ten minutes).
    pub session_ttl: Duration,
    /// Life of a refresh JWT (28 days).
    pub refresh_ttl: Duration,
    /// How long a session stays stepped up (ten minutes).
    pub stepup_ttl: Duration,
    /// A limit on all requests together; none by default.
    pub rate_limit: Option<RateLimit>,
    /// Test users the plan allows (a hundred).
    pub test_user_limit: usize,
    /// A fixed code for some test users.
    pub static_otp: Option<StaticOtp>,
    /// A regular expression; login IDs that match it become test users at sign-up.
    pub test_login_ids: Option<String>,
    /// Where text messages are posted, beside the inbox.
    pub sms_gateway: Option<Gateway>,
    /// Where mails are posted, beside the inbox.
    pub email_gateway: Option<Gateway>,
    /// The mail server that takes mails, `HOST:PORT`, beside the inbox; it wins over a gateway.
    pub smtp: Option<String>,
    /// The key that signs tokens.
    pub key: SigningKey,
    /// Largest request body in bytes.
    pub body_limit: usize,
    /// Time for the head of a request to arrive, counted from the end of the one before: idle connections end after it.
    pub header_timeout: Duration,
    /// Time for the body of a request to arrive.
    pub request_timeout: Duration,
    /// Deliberate bugs.
    pub faults: Vec<Fault>,
    /// Legitimate ways to be different.
    pub variants: Vec<Variant>,
    /// How connections are encrypted; `None` is plain http.
    #[cfg(feature = "tls")]
    pub tls: Option<std::sync::Arc<rustls::ServerConfig>>,
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A setting makes no sense.
    #[error("{setting}: {why}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// So many requests per window; beyond it 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed in a window.
    pub requests: u32,
    /// Length of the window.
    pub window: Duration,
}

/// A fixed code, limited to login IDs that match an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticOtp {
    /// Regular expression over the whole login ID.
    pub login_id_pattern: String,
    /// Six digits.
    pub code: String,
}

/// A generic gateway for text messages or mails: each message is posted to it as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Where to post.
    pub url: String,
    /// The sender named in each message.
    pub sender: String,
    /// How we authenticate.
    pub auth: GatewayAuth,
    /// Secret of the signature in `x-descope-webhook-s256`.
    pub hmac_secret: Option<String>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
}

/// How the emulator authenticates at a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayAuth {
    /// Not at all.
    None,
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// `Authorization: Basic …`.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: String,
    },
    /// A header of the gateway's own.
    ApiKey {
        /// Name of the header.
        header: String,
        /// Its value.
        token: String,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            project_id: "P2OTPConformanceEmulator0001".into(),
            management_key: "K2OTPConformanceEmulatorManagementKey".into(),
            auth_management_key: None,
            code_ttl: Duration::from_secs(3 * 60),
            code_length: 6,
            max_attempts: 5,
            resend_limit: 10,
            resend_window: Duration::from_secs(60),
            session_ttl: Duration::from_secs(10 * 60),
            refresh_ttl: Duration::from_secs(28 * 24 * 60 * 60),
            stepup_ttl: Duration::from_secs(10 * 60),
            rate_limit: None,
            test_user_limit: 100,
            static_otp: None,
            test_login_ids: None,
            sms_gateway: None,
            email_gateway: None,
            smtp: None,
            key: SigningKey::for_tests(),
            body_limit: (1 << 20) + (64 << 10),
            header_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(30),
            faults: Vec::new(),
            variants: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl Settings {
    /// Whether connections are encrypted.
    #[cfg(feature = "tls")]
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether connections are encrypted.
    #[cfg(not(feature = "tls"))]
    pub(crate) fn is_encrypted(&self) -> bool {
        false
    }
}
