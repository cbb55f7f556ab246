//! A hostile answer in the place of the upstream's.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Response as HttpResponse;

use super::body::Torn;
use super::forward::Outgoing;
use super::hostile::Injection;
use super::inject::{Plan, blank};
use super::pass::{Passing, bad_gateway, drain, outgoing, read};
use super::server::Inner;
use crate::exchange::{Answer, Loss};

impl Inner {
    /// Puts a hostile answer in the place of the upstream's.
    pub(super) async fn play(
        self: Arc<Self>,
        passing: Passing,
        body: Option<reqwest::Body>,
        injection: &Injection,
    ) -> Result<HttpResponse<Body>, io::Error> {
        let Some(plan) = &self.plan else { return Ok(self.clone().pass(passing, body).await) };
        let sent = self.sent_headers(&passing);
        let out =
            Outgoing { method: passing.method.clone(), path: &passing.path, headers: sent.clone(), body };
        let (mut answer, upstream) = if injection.withhold {
            drain(out.body).await;
            (blank(), None)
        } else {
            let read = match self.upstream.send(out).await {
                Ok(response) => read(response).await.ok_or(Loss::Dropped),
                Err(loss) => Err(loss),
            };
            match read {
                Ok(answer) => {
                    self.messages(&passing, &answer.seen()).await;
                    let seen = Answer::Response(answer.seen());
                    (answer, Some((passing.request(&sent), seen)))
                }
                Err(loss) => {
                    self.note(&passing, &sent, Answer::Lost(loss));
                    return Ok(bad_gateway(loss));
                }
            }
        };
        let fact = plan.apply(&mut answer);
        tokio::time::sleep(injection.delay()).await;
        let got = match injection.drop || injection.cut {
            true => Answer::Lost(Loss::Dropped),
            false => Answer::Response(answer.seen()),
        };
        let client = (passing.request(&passing.headers), got);
        let facts = [vec![fact], passing.facts()].concat();
        self.recorder.leave(&passing.arrival, client, upstream, facts);
        if injection.drop {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if injection.cut {
            let torn = Body::new(Torn::half_of(&answer.body));
            return Ok(outgoing(answer).map(|_| torn));
        }
        Ok(outgoing(answer))
    }

    /// Whether the hostile answer was put in at least once.
    pub(super) fn played(&self) -> bool {
        self.plan.as_ref().is_some_and(Plan::played)
    }

    /// Whether the proxy itself has made this token.
    pub(super) fn forged(&self, token: &str) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.forger.undo(token).is_some())
    }
}
