//! How a target is reached, from what its profile says: certificates, proxy, limits.

use std::path::Path;
use std::time::Duration;

use super::UsageError;
use super::profile::{Profile, Rate, Rates};
use crate::drive::{Class, Pace, Transport};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Documented limits. Source: docs: Rate Limiting.
const DOCUMENTED: [(Class, u32); 4] =
    [(Class::All, 100), (Class::Management, 500), (Class::Create, 100), (Class::Search, 200)];

/// Certificates and proxy of a profile.
///
/// # Errors
/// A file cannot be read.
pub(super) fn transport(profile: &Profile) -> Result<Transport, UsageError> {
    Ok(Transport {
        timeout: profile.answer_timeout().unwrap_or(ANSWER),
        root: profile.tls.root.as_deref().map(read).transpose()?,
        identity: profile.tls.client_certificate.as_deref().map(read).transpose()?,
        proxy: profile.proxy.clone(),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, UsageError> {
    std::fs::read(path).map_err(|error| UsageError::Other(format!("certificate {}: {error}", path.display())))
}

/// The limits of a profile. Where it names none, the documented ones hold, except on loopback.
pub(super) fn pace(rates: &Rates, loopback: bool) -> Pace {
    let named = |class| match class {
        Class::All => rates.all,
        Class::Management => rates.management,
        Class::Create => rates.create,
        Class::Search => rates.search,
    };
    DOCUMENTED.into_iter().fold(Pace::unlimited(), |pace, (class, requests)| {
        let documented = (!loopback).then_some(Rate { requests, window: 60 });
        match named(class).or(documented) {
            Some(rate) => pace.with(class, rate.requests, Duration::from_secs(rate.window)),
            None => pace,
        }
    })
}

/// A URL of the profile with the target's base in it.
pub(super) fn filled(url: &str, base: &str) -> String {
    url.replace("{target}", base.trim_end_matches('/'))
}
