//! How a target is reached, from what its profile says: certificates, proxy, limits.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use super::UsageError;
use super::profile::{Profile, Rate, Rates};
use crate::drive::{Pace, RateClass, Transport};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Documented limits. Source: docs: Rate Limiting.
const DOCUMENTED: [(RateClass, u32); 4] =
    [(RateClass::All, 100), (RateClass::Management, 500), (RateClass::Create, 100), (RateClass::Search, 200)];

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

/// Whether a host belongs to this machine or to a network of its own: what is there is no public service, and its limits
/// do not hold. A name without a dot is a container's or a neighbour's (RFC 6762, RFC 8375, RFC 9476 for the others).
pub(super) fn is_private(url: &reqwest::Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => {
            let own = ["localhost", "local", "internal", "test", "home.arpa", "lan", "svc"];
            !host.contains('.') || own.iter().any(|end| host.ends_with(&format!(".{end}")))
        }
    }
}

/// The pace in words, how long so many requests take at it, and what changes it.
pub(super) fn describe(pace: &Pace, rates: &Rates, requests: u64) -> String {
    if pace.is_unlimited() {
        return "as fast as the target answers; `rate.all = { requests = 100 }` in the profile slows it down"
            .into();
    }
    let time = pace.time_for(requests).as_secs();
    let time = if time < 90 { format!("{time} s") } else { format!("{} min", time.div_ceil(60)) };
    let all = rates.all.unwrap_or(Rate { requests: DOCUMENTED[0].1, window: 60 });
    let (requests, window) = (all.requests, all.window);
    let whose =
        if rates.all.is_some() { "the profile's limit" } else { "the public service's documented limit" };
    format!(
        "{requests} requests in {window} s, evenly ({whose}): about {time}; `rate.all = {{ requests = 6000 }}` in the \
         profile changes it"
    )
}

/// The limits of a profile. Where it names none, the documented ones hold, except in a private network.
pub(super) fn pace(rates: &Rates, private: bool) -> Pace {
    let named = |class| match class {
        RateClass::All => rates.all,
        RateClass::Management => rates.management,
        RateClass::Create => rates.create,
        RateClass::Search => rates.search,
    };
    DOCUMENTED.into_iter().fold(Pace::unlimited(), |pace, (class, requests)| {
        let documented = (!private).then_some(Rate { requests, window: 60 });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_public_host_has_the_public_limits() {
        let private =
            |host: &str| is_private(&reqwest::Url::parse(&format!("http://{host}:4600/auth")).unwrap());
        for host in [
            "127.0.0.1",
            "[::1]",
            "10.0.0.7",
            "172.17.0.2",
            "192.168.1.9",
            "[fd00::1]",
            "emulator",
            "otp.internal",
        ] {
            assert!(private(host), "{host}");
        }
        for host in ["api.descope.com", "8.8.8.8", "172.32.0.1", "staging.example", "[2001:db8::1]"] {
            assert!(!private(host), "{host}");
        }
    }

    #[test]
    fn the_pace_is_told_with_the_line_that_changes_it() {
        let documented = Rates::default();
        let text = describe(&pace(&documented, false), &documented, 1000);
        assert!(text.contains("about 11 min") && text.contains("rate.all"), "{text}");
        let named = Rates { all: Some(Rate { requests: 600, window: 60 }), ..Rates::default() };
        let text = describe(&pace(&named, true), &named, 100);
        assert!(text.contains("the profile's limit") && text.contains("about 10 s"), "{text}");
        assert!(describe(&pace(&documented, true), &documented, 1000).starts_with("as fast as"));
    }
}
