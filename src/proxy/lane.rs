//! One hostile case played to one client: calls in order, each with what the ones before it returned.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::hostile::HostileCase;
use super::server::Proxy;
use super::verdict;
use crate::contract::Level;
use crate::drive::Target;
use crate::exchange::{Assumptions, Capture, Told};
use crate::judge::{Doubt, Judgement, judge_client};
use crate::trial::{Outcome, TrialReport};

/// How long a message that was asked for may take.
const MESSAGE: Duration = Duration::from_secs(5);
/// A code that is nobody's; its zeros show whether the client keeps it a text.
const NOBODYS: &str = "000123";

/// What a client told its caller.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// An object with `ok` or `error`.
    Answer(Value),
    /// Nothing within the limit.
    Nothing,
    /// It has no such call.
    Unsupported,
    /// The driver does not keep to the protocol: our user's input is wrong.
    Broken(String),
}

/// A client under test: something that can be asked to call.
pub trait Client: Send {
    /// Makes one call and says what came of it.
    fn call<'a>(
        &'a mut self,
        call: &'a str,
        given: &'a Value,
        limit: Duration,
    ) -> Pin<Box<dyn Future<Output = Said> + Send + 'a>>;
}

/// What all hostile cases of a run share.
#[derive(Clone)]
pub struct Lane {
    /// Where requests are passed on to.
    pub target: Arc<Target>,
    /// What may be assumed of it.
    pub assumptions: Assumptions,
    /// How long one call may take.
    pub limit: Duration,
    /// From which level a broken requirement fails a case.
    pub fails_from: Level,
}

impl Lane {
    /// Plays one case to a new client and judges what it did. `start` makes the client for the address of the proxy.
    pub async fn run<C: Client>(
        &self,
        case: &HostileCase,
        start: impl FnOnce(&str) -> Result<C, String>,
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
            Err(why) => return verdict::inconclusive(report, why),
        };
        let ended = self.calls(case, &proxy, &mut client).await;
        drop(client);
        let shown = case.at.is_none() || proxy.inner().played();
        let recording = proxy.finish().await;
        report.duration = begun.elapsed();
        report.requests = recording.requests as u64;
        if ended == Ended::Unsupported {
            report.outcome = Outcome::Unsupported;
            report.reason = Some("the client has no such call".into());
            return report;
        }
        let mut judgement = Judgement::default();
        let contract = self.target.contract();
        for session in recording.sessions {
            report.sends += verdict::sends(contract, &session.client);
            judgement.merge(judge_client(contract, &session.client));
            report.histories.push(session.client);
        }
        judgement.doubts.extend(recording.blocked.into_iter().map(|what| Doubt::Missing { what }));
        match ended {
            Ended::Broken(what) => judgement.doubts.push(Doubt::Missing { what }),
            Ended::Done if report.histories.iter().all(|history| history.told.is_empty()) => {
                judgement
                    .doubts
                    .push(Doubt::Missing { what: "the client was not asked for anything".into() });
            }
            _ if !shown => judgement.doubts.push(Doubt::NotShown {
                place: case.place.clone(),
                what: "the client sent no request that this answer is for".into(),
            }),
            _ => {}
        }
        verdict::judged(report, judgement, self.fails_from)
    }

    async fn calls(&self, case: &HostileCase, proxy: &Proxy, client: &mut impl Client) -> Ended {
        let recorder = &proxy.inner().recorder;
        let login_id = self.target.numbers.next();
        let mut tokens = json!({});
        for call in &case.calls {
            let Some((name, given)) = self.given(call, &login_id, &tokens).await else { return Ended::Done };
            let from = recorder.now();
            let said = client.call(name, &given, self.limit).await;
            let until = recorder.now();
            let said = match said {
                Said::Answer(said) => said,
                Said::Nothing => Value::Null,
                Said::Unsupported => return Ended::Unsupported,
                Said::Broken(why) => return Ended::Broken(why),
            };
            for token in ["sessionToken", "refreshToken"] {
                if let Some(value) = said.pointer(&format!("/ok/{token}")).filter(|value| value.is_string()) {
                    tokens[token] = value.clone();
                }
            }
            let silent = said.is_null();
            recorder.told(Told { call: name.to_owned(), given, said, from, until });
            if silent {
                return Ended::Done; // one call at a time: it may still be busy with this one
            }
        }
        Ended::Done
    }

    /// The call and what the client is given; `None` where an earlier call did not return what this one needs.
    async fn given(&self, call: &str, login_id: &str, tokens: &Value) -> Option<(&'static str, Value)> {
        let token = |name: &str| tokens.get(name).cloned();
        Some(match call {
            "signup-in" => ("signup-in", json!({ "loginId": login_id })),
            "signup" => ("signup", json!({ "loginId": login_id })),
            "signin" => ("signin", json!({ "loginId": login_id })),
            "stepup" => ("signin", json!({ "loginId": login_id, "options": { "stepup": true } })),
            "wrong-code" => ("verify", json!({ "loginId": login_id, "code": NOBODYS })),
            "verify" => {
                let messages = self.target.codes.messages(login_id, login_id, 0, MESSAGE).await.ok()?;
                ("verify", json!({ "loginId": login_id, "code": messages.last()?.code }))
            }
            "validate" => ("validate", json!({ "sessionToken": token("sessionToken")? })),
            "refresh" => ("refresh", json!({ "refreshToken": token("refreshToken")? })),
            "me" => ("me", json!({ "refreshToken": token("refreshToken")? })),
            "logout" => ("logout", json!({ "refreshToken": token("refreshToken")? })),
            _ => return None,
        })
    }
}

#[derive(PartialEq)]
enum Ended {
    Done,
    Unsupported,
    Broken(String),
}
