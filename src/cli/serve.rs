//! `serve`: the embedded emulator as a server of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use otp_conformance::app::UsageError;
use otp_conformance::emulator::{
    Emulator, Fault, Gateway, GatewayAuth, RateLimit, Settings, SigningKey, StartError, Variant,
};

use super::{say, wait};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:4600", value_name = "ADDR")]
    listen: SocketAddr,
    /// The project ID that bearers must hold
    #[arg(long, env = "OTP_PROJECT_ID", value_name = "ID")]
    project_id: Option<String>,
    /// Lifetime of a code, in seconds
    #[arg(long, value_name = "S")]
    code_ttl: Option<u64>,
    /// Length of a code
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(4..=10))]
    code_length: Option<u8>,
    /// Wrong guesses that lock a code
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_attempts: Option<u32>,
    /// Messages to one recipient within the resend window
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    resend_limit: Option<u32>,
    /// The resend window, in seconds
    #[arg(long, value_name = "S")]
    resend_window: Option<u64>,
    /// Requests in so many seconds, beyond which 429 is answered: 100/60
    #[arg(long, value_name = "N/S")]
    rate_limit: Option<String>,
    /// Test users that the plan allows
    #[arg(long, value_name = "N")]
    test_user_limit: Option<usize>,
    /// Post every message to this URL, as the generic SMS gateway connector does
    #[arg(long, value_name = "URL")]
    sms_gateway: Option<String>,
    /// Post every mail to this URL, as a generic e-mail gateway connector does
    #[arg(long, value_name = "URL")]
    email_gateway: Option<String>,
    /// Mail by this SMTP server; without one, mails stay in the inbox
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "email_gateway")]
    smtp: Option<String>,
    /// RSA key to sign tokens with, PEM or DER
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Take connections by TLS, and write the certificate of the authority for clients to trust to FILE
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "otp-conformance-ca.pem")]
    tls: Option<PathBuf>,
    /// A name that clients call this machine by, besides localhost and its addresses; repeatable
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "NAME", requires = "tls")]
    tls_name: Vec<String>,
    /// Switch a deliberate bug on; repeatable
    #[arg(long = "fault", env = "OTP_FAULT", value_name = "NAME", value_delimiter = ',')]
    faults: Vec<String>,
    /// Switch a legitimate difference on; repeatable
    #[arg(long = "variant", env = "OTP_VARIANT", value_name = "NAME", value_delimiter = ',')]
    variants: Vec<String>,
    /// End when standard input ends: for programs that start a server and must leave none behind
    #[arg(long)]
    until_eof: bool,
}

pub(crate) fn main(args: Args) -> anyhow::Result<u8> {
    let until_eof = args.until_eof;
    let settings = settings(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let started = Emulator::start(settings).await;
        let emulator = started.map_err(|error| UsageError::Other(flagged(&error)))?;
        say(&format!("listening {}\n", emulator.url()));
        wait::ended(until_eof).await;
        emulator.stop().await;
        Ok(0)
    })
}

/// What is wrong, with the flag that it is about.
fn flagged(error: &StartError) -> String {
    match error {
        StartError::Setting { setting, why } => format!("--{}: {why}", setting.replace('_', "-")),
        StartError::Listen { .. } => format!("--listen: {error}"),
    }
}

fn settings(args: Args) -> Result<Settings, UsageError> {
    let default = Settings::default();
    let seconds = |given: Option<u64>, default: Duration| given.map_or(default, Duration::from_secs);
    let management_key = std::env::var("OTP_MANAGEMENT_KEY").ok().filter(|key| !key.is_empty());
    let other = |name: &str, error: &dyn std::fmt::Display| UsageError::Other(format!("{name}: {error}"));
    let key = match &args.key {
        Some(path) => SigningKey::from_file(path).map_err(|error| other("--key", &error))?,
        None => default.key.clone(),
    };
    let unknown = |kind: &str, error: &dyn std::fmt::Display| {
        other(&format!("--{kind}"), &format!("{error}; `otp-conformance list {kind}s` names all"))
    };
    let faults =
        args.faults.iter().map(|name| name.parse::<Fault>().map_err(|error| unknown("fault", &error)));
    let variants =
        args.variants.iter().map(|name| name.parse::<Variant>().map_err(|error| unknown("variant", &error)));
    let gateway = |url: String| Gateway {
        url,
        sender: "otp-conformance".into(),
        auth: GatewayAuth::None,
        hmac_secret: None,
        headers: Vec::new(),
    };
    #[cfg(feature = "tls")]
    let tls = encryption(&args)?;
    Ok(Settings {
        #[cfg(feature = "tls")]
        tls,
        listen: args.listen,
        project_id: args.project_id.unwrap_or(default.project_id.clone()),
        management_key: management_key.unwrap_or(default.management_key.clone()),
        code_ttl: seconds(args.code_ttl, default.code_ttl),
        code_length: args.code_length.map_or(default.code_length, usize::from),
        max_attempts: args.max_attempts.unwrap_or(default.max_attempts),
        resend_limit: args.resend_limit.unwrap_or(default.resend_limit),
        resend_window: seconds(args.resend_window, default.resend_window),
        rate_limit: args.rate_limit.as_deref().map(rate_limit).transpose()?,
        test_user_limit: args.test_user_limit.unwrap_or(default.test_user_limit),
        sms_gateway: args.sms_gateway.map(gateway),
        email_gateway: args.email_gateway.map(gateway),
        smtp: args.smtp,
        key,
        faults: faults.collect::<Result<_, _>>()?,
        variants: variants.collect::<Result<_, _>>()?,
        ..default
    })
}

#[cfg(feature = "tls")]
fn encryption(args: &Args) -> Result<Option<std::sync::Arc<rustls::ServerConfig>>, UsageError> {
    let Some(path) = &args.tls else { return Ok(None) };
    let authority = otp_conformance::app::Authority::new(args.listen.ip(), &args.tls_name)?;
    authority.write(path)?;
    Ok(Some(authority.config()))
}

fn rate_limit(text: &str) -> Result<RateLimit, UsageError> {
    let parts = text.split_once('/').and_then(|(n, s)| Some((n.parse().ok()?, s.parse().ok()?)));
    let wrong =
        || UsageError::Other(format!("--rate-limit {text:?}: write requests and seconds, such as 100/60"));
    let (requests, seconds) =
        parts.filter(|(requests, seconds)| *requests > 0 && *seconds > 0).ok_or_else(wrong)?;
    Ok(RateLimit { requests, window: Duration::from_secs(seconds) })
}
