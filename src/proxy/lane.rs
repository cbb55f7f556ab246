//! One hostile case played to one client: calls in order, each with what the ones before it returned.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, ClientReply, DriverError};
use super::given::Given;
use super::hostile::HostileCase;
use super::inject::Plan;
use super::record::ProxyRecording;
use super::server::Proxy;
use super::verdict;
use crate::contract::{DeliveryMethod, Level};
use crate::drive::Target;
use crate::exchange::{Assumptions, Capture, ClientResult};
use crate::judge::{InconclusiveReason, Judgement, judge_client};
use crate::trial::{Outcome, TrialReport};

/// How often it is looked whether a hostile answer was put in.
const LOOK: Duration = Duration::from_millis(20);
/// What all hostile cases of a run share.
#[derive(Clone)]
pub struct DriverSession {
    /// Where requests are passed on to.
    pub target: Arc<Target>,
    /// What may be assumed of it.
    pub assumptions: Assumptions,
    /// How long one call may take.
    pub limit: Duration,
    /// From which level a broken requirement fails a case.
    pub fails_from: Level,
}

impl DriverSession {
    /// Plays one case to a new client and judges what it did. `start` makes the client for the address of the proxy.
    pub async fn run<C: Client>(
        &self,
        case: &HostileCase,
        start: impl FnOnce(&str) -> Result<C, DriverError>,
    ) -> TrialReport {
        let begun = Instant::now();
        let mut report = verdict::blank(&case.name, case.proves.clone());
        report.place = Some(case.place.clone());
        let needs_code = case.calls.iter().any(|call| call == "verify");
        if needs_code && !matches!(self.assumptions.capture, Capture::EachMessage | Capture::LatestOnly) {
            report.outcome = Outcome::Unsupported;
            report.reason = Some("needs a code source that shows messages".into());
            return report;
        }
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let proxy = Proxy::start(listen, self.target.clone(), self.assumptions.clone(), Some(case.clone()));
        let proxy = match proxy.await {
            Ok(proxy) => proxy,
            Err(error) => return verdict::failed(report, &error.to_string()),
        };
        let mut client = match start(&proxy.url()) {
            Ok(client) => client,
            Err(why) => return verdict::inconclusive(report, why.to_string()),
        };
        if let Some(lack) = self.lacks_method(case, &mut client).await {
            drop(client);
            proxy.finish().await;
            report.outcome = Outcome::Unsupported;
            report.reason = Some(lack);
            return report;
        }
        let played = self.calls(case, &proxy, &mut client).await;
        drop(client);
        let plan = proxy.inner().plan();
        let shown = case.at.is_none() || plan.is_some_and(Plan::played);
        let unfit = plan.is_some_and(Plan::is_unfit);
        let recording = proxy.finish().await;
        report.duration = begun.elapsed();
        report.requests = recording.requests as u64;
        self.judged(case, report, recording, Seen { played, shown, unfit })
    }

    /// Why the case cannot be played by its method, if it cannot. A driver that names no methods knows SMS, and would take
    /// a call by another for one by SMS.
    async fn lacks_method(&self, case: &HostileCase, client: &mut impl Client) -> Option<String> {
        if case.method == DeliveryMethod::Sms {
            return None;
        }
        let said = client.call("methods", &json!({}), self.limit).await;
        let knows = match &said {
            ClientReply::Answer(said) => said
                .pointer("/ok/methods")
                .and_then(Value::as_array)
                .is_some_and(|methods| methods.iter().any(|name| name == case.method.name())),
            _ => false,
        };
        (!knows).then(|| format!("the driver does not name {} among its methods", case.method))
    }

    /// Judges what a case has shown. A case that needs a call which the client does not have is unsupported.
    fn judged(
        &self,
        case: &HostileCase,
        mut report: TrialReport,
        recording: ProxyRecording,
        seen: Seen,
    ) -> TrialReport {
        let mut judgement = Judgement::default();
        let contract = self.target.contract();
        for client in recording.clients {
            report.sends += verdict::sends(contract, &client.history);
            judgement.merge(judge_client(contract, &client.history));
            report.histories.push(client.history);
        }
        let lost = recording.blocked.into_iter().chain(seen.played.broken);
        judgement.doubts.extend(lost.map(|what| InconclusiveReason::Missing { what }));
        let needed = case.proves.iter().any(|id| judgement.examined.contains(id));
        let lack = match seen.played.lacking {
            _ if needed => None,
            Some(call) => Some(format!("the client has no call {call}")),
            None if seen.unfit => Some("the client does not ask for compressed answers".into()),
            None => None,
        };
        let is_asked = report.histories.iter().any(|history| !history.results.is_empty());
        if lack.is_none() && judgement.doubts.is_empty() {
            if !is_asked {
                let what = "the client was not asked for anything".into();
                judgement.doubts.push(InconclusiveReason::Missing { what });
            } else if !seen.shown {
                let what = "the client sent no request that this answer is for".into();
                judgement.doubts.push(InconclusiveReason::NotShown { place: case.place.clone(), what });
            }
        }
        let report = verdict::judged(report, judgement, self.fails_from);
        match lack {
            Some(_) if report.outcome == Outcome::Pass => {
                TrialReport { outcome: Outcome::Unsupported, reason: lack, ..report }
            }
            _ => report,
        }
    }

    /// Makes the calls in order. A call that the client does not have is left out, and the others go on.
    async fn calls(&self, case: &HostileCase, proxy: &Proxy, client: &mut impl Client) -> Played {
        let recorder = &proxy.inner().recorder;
        let mut given = Given::new(&self.target, case.method).await;
        let mut played = Played::default();
        for call in &case.calls {
            let Some((name, values)) = given.to(&self.target, call).await else { return played };
            let from = recorder.now();
            let said = tokio::select! {
                said = client.call(name, &values, self.limit) => said,
                () = tired(proxy, case.patience) => ClientReply::Nothing,
            };
            let until = recorder.now();
            let said = match said {
                ClientReply::Answer(said) => said,
                ClientReply::Nothing => Value::Null,
                ClientReply::Unsupported => {
                    played.lacking.get_or_insert_with(|| name.to_owned());
                    continue;
                }
                ClientReply::Broken(why) => {
                    played.broken = Some(why);
                    return played;
                }
            };
            given.learn(&said);
            let silent = said.is_null();
            recorder.returned(ClientResult { call: name.to_owned(), given: values, said, from, until });
            if silent {
                return played; // one call at a time: it may still be busy with this one
            }
        }
        played
    }
}

/// Returns when a client has had so much time since the hostile answer was put in; never, if there is no such limit.
async fn tired(proxy: &Proxy, patience: Option<Duration>) {
    let Some(patience) = patience else { return std::future::pending().await };
    while !proxy.inner().plan().is_some_and(Plan::played) {
        tokio::time::sleep(LOOK).await;
    }
    tokio::time::sleep(patience).await;
}

/// What became of a case.
struct Seen {
    played: Played,
    /// The hostile answer was given.
    shown: bool,
    /// The client did not ask for an answer of its kind.
    unfit: bool,
}

/// How the calls of a case went.
#[derive(Default)]
struct Played {
    /// The first call that the client does not have.
    lacking: Option<String>,
    /// Why the driver could not go on.
    broken: Option<String>,
}
