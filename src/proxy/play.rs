//! A hostile answer in the place of the upstream's.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Response as HttpResponse, header};

use super::body::Torn;
use super::forward::Outgoing;
use super::hostile::Injection;
use super::in_flight::InFlight;
use super::inject::{BufferedResponse, Plan, blank};
use super::mark::elsewhere;
use super::own_answer::{bad_gateway, ours, outgoing};
use super::pass::{drain, read};
use super::state::ProxyState;
use crate::exchange::{Answer, Loss, Request};

impl ProxyState {
    /// Puts a hostile answer in the place of the upstream's.
    pub(super) async fn play(
        self: Arc<Self>,
        passing: InFlight,
        body: Option<reqwest::Body>,
        injection: &Injection,
    ) -> Result<HttpResponse<Body>, io::Error> {
        let Some(plan) = &self.plan else { return Ok(self.clone().pass(passing, body).await) };
        let (mut answer, upstream) = match self.answered(&passing, body, injection).await {
            Ok(answered) => answered,
            Err(loss) => return Ok(bad_gateway(loss)),
        };
        let fact = plan.apply(&mut answer);
        if injection.redirect
            && let Ok(there) = HeaderValue::from_str(&elsewhere(&self.other_name, &passing.path))
        {
            answer.headers.insert(header::LOCATION, there);
        }
        tokio::time::sleep(injection.delay()).await;
        let got = match (injection.hang, injection.drop || injection.cut) {
            (true, _) => Answer::Lost(Loss::TimedOut),
            (_, true) => Answer::Lost(Loss::Dropped),
            _ => Answer::Response(answer.seen()),
        };
        let facts = [vec![fact], passing.facts()].concat();
        self.recorder.leave(&passing.arrival, (passing.as_sent(), got), upstream, facts);
        if injection.hang {
            // Until the client leaves, or the proxy ends.
            std::future::pending::<()>().await;
        }
        if injection.drop {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if injection.cut {
            let torn = Body::new(Torn::half_of(&answer.body));
            return Ok(ours(outgoing(answer).map(|_| torn)));
        }
        Ok(ours(outgoing(answer)))
    }

    /// The answer before it is changed, and what the upstream saw and said; it is not asked where the case says so.
    async fn answered(
        self: &Arc<Self>,
        passing: &InFlight,
        body: Option<reqwest::Body>,
        injection: &Injection,
    ) -> Result<(BufferedResponse, Option<(Request, Answer)>), Loss> {
        if injection.withhold {
            drain(body).await;
            return Ok((blank(), None));
        }
        let sent = self.sent_headers(passing);
        let out =
            Outgoing { method: passing.method.clone(), path: &passing.path, headers: sent.clone(), body };
        self.expect_message(passing);
        let read = match self.upstream.send(out).await {
            Ok(response) => read(response).await.ok_or(Loss::Dropped),
            Err(loss) => Err(loss),
        };
        let answer = read.inspect_err(|loss| self.note(passing, &sent, Answer::Lost(*loss)))?.unpacked();
        let seen = Answer::Response(answer.seen());
        self.note_message(passing, &seen).await;
        Ok((answer, Some((passing.as_passed_on(&sent), seen))))
    }

    /// The hostile case that is played, if one is.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Whether the proxy itself has made this token.
    pub(super) fn forged(&self, token: &str) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.forger.undo(token).is_some())
    }
}
