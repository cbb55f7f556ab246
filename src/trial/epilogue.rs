//! What is asked before a round ends: everything that the target still owes after the steps, as the model reads them.
//!
//! Nothing here knows what is right. The model says what is promised; the answers are judged by it like all others.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::actor::StepExecutor;
use super::people::Unavailable;
use super::{Cost, TrialContext};
use crate::contract::OperationId;
use crate::exchange::{Capture, Exchange, History, Place, Response, base_of};
use crate::model::{Promise, promises};
use crate::suite::{Call, Template};

/// Promises that are tried in one round: most rounds have fewer.
const MOST: usize = 12;

/// What it sends, at most, in a round of so many people.
pub(super) fn cost(people: u64) -> Cost {
    // A login is two requests.
    Cost { requests: MOST as u64 + people, sends: people }
}

/// What is asked for, one after the other: each of what there is after the one before.
#[derive(Clone, Copy)]
enum Phase {
    /// The codes that must still work: nothing comes before them that may cost one.
    LiveCodes,
    /// A login of each user. It sends a code, which ends what has come back to life: dead codes are tried before it.
    Logins,
    /// Sessions, and dead codes. Refused logins may count as wrong guesses: they come when no code is left to be locked by
    /// them.
    Rest,
}

impl Phase {
    /// What is asked for of all that is promised after this history, in this order.
    fn asks<'p>(self, all: &'p [Promise], history: &History) -> Vec<&'p Promise> {
        let is_live_code = |promise: &&Promise| matches!(promise, Promise::LiveCode { .. });
        match self {
            Phase::LiveCodes => all.iter().filter(is_live_code).collect(),
            Phase::Logins => {
                let logins = all.iter().filter(|promise| matches!(promise, Promise::Login { .. }));
                let with_dead_codes = logins.flat_map(|login| {
                    let who = login.who();
                    let keeps_one = all.iter().filter(is_live_code).any(|promise| promise.who() == who);
                    let tried = !keeps_one && may_have_come_back(history, who);
                    let dead = all.iter().filter(move |promise| tried && is_dead_code_of(promise, who));
                    dead.chain([login])
                });
                with_dead_codes.collect()
            }
            Phase::Rest => {
                let asked =
                    |promise: &&Promise| !matches!(promise, Promise::LiveCode { .. } | Promise::Login { .. });
                all.iter().filter(asked).collect()
            }
        }
    }
}

/// Whether anything was asked for with the user's login ID since the user's newest login, or beside it. Where nothing
/// was, nothing can have given back a code: it is tried after the next login alone, as a refused one may excuse a login
/// that is refused.
fn may_have_come_back(history: &History, who: &str) -> bool {
    let names = |exchange: &&Exchange| {
        exchange.request.body.str_at("/loginId").is_some_and(|login_id| base_of(login_id) == who)
    };
    let is_login = |exchange: &&Exchange| {
        exchange.operation.is_some_and(OperationId::is_verify)
            && exchange.answer.response().is_some_and(Response::is_success)
    };
    let newest = history.exchanges().filter(names).filter(is_login).max_by_key(|login| login.call);
    newest.is_none_or(|login| {
        history.exchanges().filter(names).any(|other| other.id != login.id && other.ret > login.call)
    })
}

/// What is known of the round: what was seen, the values behind its stand-ins, and what the target owes after it.
struct Known {
    history: History,
    values: HashMap<String, String>,
    promises: Vec<Promise>,
}

impl Known {
    async fn of(actor: &StepExecutor<'_>, ground: &TrialContext) -> Known {
        let (history, mut values) = actor.session.so_far().await;
        values.extend(actor.login_ids());
        let promises = promises(&ground.contract, &history);
        Known { history, values, promises }
    }
}

/// Tries what is promised, a phase after the other. What cannot be asked ends it; the round has shown what it was for.
pub(super) async fn epilogue(actor: &mut StepExecutor<'_>, ground: &TrialContext) {
    let mut left = MOST;
    actor.in_epilogue = true;
    let mut known = Known::of(actor, ground).await;
    let mut read_at = left;
    for phase in [Phase::LiveCodes, Phase::Logins, Phase::Rest] {
        // To read a record costs more than to ask: where nothing was asked, nothing has changed.
        if left < read_at {
            known = Known::of(actor, ground).await;
            read_at = left;
        }
        let Known { history, values, promises } = &known;
        for promise in phase.asks(promises, history) {
            left = left.saturating_sub(1);
            if left == 0 {
                return;
            }
            let mut asking = Asking { actor: &mut *actor, values };
            match asking.ask(promise).await {
                // Where the newest code is refused, it is time to ask for the one before: a later send would end that too.
                Ok(Some(false)) if matches!(promise, Promise::LiveCode { .. }) => {
                    left = left.saturating_sub(1);
                    if let Some(older) = promises.iter().find(|other| is_dead_code_of(other, promise.who()))
                        && asking.ask(older).await.is_err()
                    {
                        return;
                    }
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

fn is_dead_code_of(promise: &Promise, user: &str) -> bool {
    matches!(promise, Promise::DeadCode { who, .. } if who == user)
}

struct Asking<'a, 'b> {
    actor: &'a mut StepExecutor<'b>,
    values: &'a HashMap<String, String>,
}

impl Asking<'_, '_> {
    /// Whether what was asked for was accepted; none where it could not be asked.
    async fn ask(&mut self, promise: &Promise) -> Result<Option<bool>, Unavailable> {
        let Some(login_id) = self.values.get(promise.who()).cloned() else { return Ok(None) };
        let Some(name) = self.actor.named(&login_id) else { return Ok(None) };
        match promise {
            Promise::DeadCode { code, .. } | Promise::LiveCode { code, .. } => {
                let Some(code) = self.values.get(code) else { return Ok(None) };
                let body = json!({ "loginId": login_id, "code": code });
                let verify = call(OperationId::VERIFY.by(self.actor.method), &name, Some(body));
                self.actor.call(&verify).await.map(Some)
            }
            Promise::Login { .. } => self.log_in(&name, &login_id).await.map(|()| None),
            Promise::LiveSession { token, .. } | Promise::DeadSession { token, .. } => {
                let Some(token) = self.values.get(token) else { return Ok(None) };
                let bearer = format!("Bearer {}:{token}", self.actor.session.target().project_id);
                let bearer = Some(Template::Literal(bearer.into()));
                let refresh = Call { bearer, ..call(OperationId::Refresh, &name, None) };
                self.actor.call(&refresh).await.map(Some)
            }
        }
    }

    /// Asks for a code and logs in with it, where messages are seen and reach no phone.
    async fn log_in(&mut self, name: &str, login_id: &str) -> Result<(), Unavailable> {
        let target = self.actor.session.target();
        if target.codes.capture() != Capture::EachMessage && target.codes.capture() != Capture::LatestOnly
            || !target.is_loopback()
            || !self.actor.sends
        {
            return Ok(());
        }
        let before = self.actor.codes_of(name);
        let body = json!({ "loginId": login_id });
        self.actor.call(&call(OperationId::SIGNUP_IN.by(self.actor.method), name, Some(body))).await?;
        let Some(code) = self.actor.newest_code(name).filter(|_| self.actor.codes_of(name) > before) else {
            return Ok(());
        };
        let body = json!({ "loginId": login_id, "code": code });
        self.actor.call(&call(OperationId::VERIFY.by(self.actor.method), name, Some(body))).await?;
        Ok(())
    }
}

/// A call about this person.
fn call(operation: OperationId, name: &str, body: Option<Value>) -> Call {
    let place = Place { file: "src/trial/epilogue.rs".into(), line: 1 };
    let (with, by) = (body.map(Template::Literal), Some(name.to_owned()));
    Call { with, by, ..Call::bare(operation, place) }
}

#[cfg(test)]
mod tests;
