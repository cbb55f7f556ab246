//! Every fault changes an answer that a client can see; without one, the answer is the right one.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use tokio::task::JoinSet;

use super::client::{self, ADA, Client};
use crate::emulator::channel::Channel;
use crate::emulator::{Fault, Settings, StaticOtp};

/// What a probe saw, without anything that chance decides.
pub(in crate::emulator) type Seen = Pin<Box<dyn Future<Output = String> + Send>>;
pub(in crate::emulator) type Probe = fn(Client) -> Seen;

async fn seen(http: &reqwest::Client, probe: Probe, faults: Vec<Fault>) -> String {
    seen_via(http, Channel::Sms, probe, faults).await
}

async fn seen_via(http: &reqwest::Client, channel: Channel, probe: Probe, faults: Vec<Fault>) -> String {
    let static_otp = Some(StaticOtp { login_id_pattern: "static-.*".into(), code: "111222".into() });
    let settings = Settings { faults, static_otp, test_user_limit: 5, ..Settings::default() };
    probe(Client::over(http.clone(), settings).await.via(channel)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_of_one_channel_is_seen_by_that_channel_alone() {
    let http = client::http();
    let mut probes = JoinSet::new();
    for (fault, (channel, copied)) in
        Fault::ALL.iter().filter_map(|fault| Some((*fault, fault.of_one_channel()?)))
    {
        let http = http.clone();
        probes.spawn(async move {
            let (.., probe) = Fault::PROBES.iter().find(|(of, ..)| *of == copied).unwrap();
            let right = seen_via(&http, channel, *probe, Vec::new()).await;
            let hides = seen_via(&http, channel, *probe, vec![fault]).await == right;
            let spreads = seen(&http, *probe, vec![fault]).await != seen(&http, *probe, Vec::new()).await;
            (hides || spreads).then(|| format!("{fault}: hides {hides}, spreads {spreads}"))
        });
    }
    let wrong: Vec<String> = probes.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The faults by the probe that their rows name.
fn by_probe() -> BTreeMap<&'static str, (Probe, Vec<Fault>)> {
    let mut groups: BTreeMap<&str, (Probe, Vec<Fault>)> = BTreeMap::new();
    for (fault, name, probe) in Fault::PROBES {
        groups.entry(name).or_insert((*probe, Vec::new())).1.push(*fault);
    }
    groups
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_changes_what_its_probe_sees() {
    let http = client::http();
    let (races, alone): (Vec<_>, Vec<_>) =
        by_probe().into_iter().partition(|(name, _)| name.starts_with("races"));
    let mut probes = JoinSet::new();
    for (_, (probe, faults)) in alone {
        let http = http.clone();
        probes.spawn(async move { hidden(&http, probe, &faults).await });
    }
    let mut hidden_ones: Vec<String> = probes.join_all().await.into_iter().flatten().collect();
    // Overlapping requests must meet within a moment: nothing else may run beside them.
    for (_, (probe, faults)) in races {
        hidden_ones.extend(hidden(&http, probe, &faults).await);
    }
    assert!(hidden_ones.is_empty(), "{hidden_ones:#?}");
}

/// Faults whose server answers a probe as a right one does.
async fn hidden(http: &reqwest::Client, probe: Probe, faults: &[Fault]) -> Vec<String> {
    let right = seen(http, probe, Vec::new()).await;
    assert_eq!(right, seen(http, probe, Vec::new()).await, "a probe must not depend on chance");
    let mut hidden = Vec::new();
    for fault in faults {
        if seen(http, probe, vec![*fault]).await == right {
            hidden.push(format!("{fault} hides from: {right}"));
        }
    }
    hidden
}

#[test]
fn each_fault_has_a_probe() {
    let copies = Fault::ALL.iter().filter(|fault| fault.of_one_channel().is_some()).count();
    assert_eq!(Fault::PROBES.len() + copies, Fault::ALL.len());
    assert!(Fault::ALL.len() >= 100, "{}", Fault::ALL.len());
}

#[test]
fn each_fault_is_asked_about_at_one_place() {
    let sources = super::list::sources();
    for fault in Fault::ALL {
        let asked = format!("Fault::{fault:?}");
        let count = sources.iter().map(|source| mentions(source, &asked)).sum::<usize>();
        // One channel's bug is decided where the bug that it is a copy of is.
        assert_eq!(count, usize::from(fault.of_one_channel().is_none()), "{asked}");
    }
}

fn mentions(source: &str, word: &str) -> usize {
    let ends = |at: usize| !source[at + word.len()..].starts_with(|next: char| next.is_alphanumeric());
    source.match_indices(word).filter(|(at, _)| ends(*at)).count()
}

#[tokio::test]
async fn no_fault_is_on_by_default() {
    let client = Client::new().await;
    assert_eq!(client.log_in(ADA).await.status, 200);
    assert!(Settings::default().faults.is_empty());
}
