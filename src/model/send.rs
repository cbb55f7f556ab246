//! A request for a code.

mod refused;
mod subject;

use serde_json::Value;

use super::call::{Action, CallOutcome, ModelCall, SendCall, SendKind};
use super::context::SearchContext;
use super::state::{Breach, Next, PendingCode, Registration, State, Void};
use crate::contract::{RequirementId, req};
use crate::exchange::Micros;
use refused::refused;
use subject::{subject, untouched};

pub(super) fn step(ground: &SearchContext<'_>, state: &State, call: &ModelCall, send: &SendCall) -> Next {
    match &call.outcome {
        CallOutcome::Accepted => accepted(ground, state, call, send),
        CallOutcome::Refused { error } => vec![refused(ground, state, call, send, error.as_deref())],
        CallOutcome::Limited => vec![(untouched(ground, state, call, send), Vec::new())],
        CallOutcome::Broken { status } => {
            let broken = send.must_accept.filter(|_| is_no_mistake(state, send)).map(|id| {
                Breach::new(
                    door_requirement(send.door, id),
                    "200, a code is sent",
                    format!("status {status}"),
                )
            });
            vec![(opaque(ground, state, send), broken.into_iter().collect())]
        }
        CallOutcome::Lost => vec![(opaque(ground, state, send), Vec::new())],
    }
}

/// Whether only the server is to blame that a right request fails: the user of a sign-in is registered, that of a sign-up
/// is not. What else was asked for the user does not matter, so that the blame is the same in any order.
fn is_no_mistake(state: &State, send: &SendCall) -> bool {
    let user = state.users.get(&send.who);
    let registered = user.is_some_and(|user| user.standing == Registration::Registered);
    match send.door {
        SendKind::SignupIn | SendKind::Update => true,
        SendKind::Signin => registered,
        SendKind::Signup => !registered,
    }
}

/// Which requirement says that a request through this door succeeds.
fn door_requirement(door: SendKind, acceptance: RequirementId) -> RequirementId {
    match door {
        SendKind::SignupIn => acceptance,
        SendKind::Signup | SendKind::Signin if acceptance != req::SIGNUP_IN_ACCEPTS_PHONE => acceptance,
        SendKind::Signup | SendKind::Signin => req::PROJECT_ID_SUFFICES,
        SendKind::Update => req::UPDATE_PHONE_REQUIRES_REFRESH_JWT,
    }
}

/// After a lost answer either may be true; this user proves nothing more.
fn opaque(ground: &SearchContext<'_>, state: &State, send: &SendCall) -> State {
    let mut next = state.clone();
    subject(ground, &mut next, send).opaque = true;
    next
}

fn accepted(ground: &SearchContext<'_>, state: &State, call: &ModelCall, send: &SendCall) -> Next {
    let mut base = state.clone();
    let user = subject(ground, &mut base, send);
    let mut breaks = Vec::new();
    user.earlier = false;
    match (send.door, user.standing) {
        (SendKind::Signup, Registration::Registered) if !user.opaque && !ground.mixes_methods(&send.who) => {
            breaks.push(Breach::new(
                req::SIGNUP_REFUSES_REGISTERED_USER,
                "refused, the user is registered",
                "accepted",
            ));
        }
        (SendKind::Signin, Registration::Absent) if !user.opaque && !ground.mixes_methods(&send.who) => {
            breaks.push(Breach::new(
                req::SIGNIN_REFUSES_UNKNOWN_USER,
                "refused, no user has this login ID",
                "accepted",
            ));
        }
        _ => {}
    }
    if matches!(user.standing, Registration::Absent | Registration::Unknown) && send.door != SendKind::Signin
    {
        // A user whose sign-up was accepted was not registered; a user who signs in by the common door may have been.
        let signup = send.door == SendKind::Signup || user.standing == Registration::Absent;
        user.standing = if signup { Registration::Pending } else { Registration::Unknown };
    }
    if !ground.is_phone(&send.who)
        && user.standing == Registration::Unknown
        && send.door == SendKind::SignupIn
    {
        user.standing = Registration::Pending;
    }
    for slot in &mut user.generated {
        slot.initiated.get_or_insert(call.exchange);
    }
    breaks.extend(foreign_update(state, send));
    codes(&base, send)
        .into_iter()
        .map(|code| (replace(ground, &base, call, send, code), breaks.clone()))
        .collect()
}

/// An update that another user's session authorised.
fn foreign_update(state: &State, send: &SendCall) -> Option<Breach> {
    let session = state.sessions.get(send.token.as_ref().filter(|_| send.door == SendKind::Update)?)?;
    let id = |who: &str| state.users.get(who).and_then(|user| user.id.as_ref());
    let other = id(&session.who).zip(id(&send.who)).is_some_and(|(presented, named)| presented != named);
    other.then(|| {
        let expected = format!("refused, the refresh token is that of {}", session.who);
        Breach::new(
            req::UPDATE_PHONE_REQUIRES_OWN_JWT,
            expected,
            format!("an update of {} was accepted", send.who),
        )
    })
}

/// Whether a step-up or a second factor was asked for with another user's session, an ended one or an altered token, and
/// refused there and then: no login can show any more that it earns nothing.
pub(super) fn refuses_foreign_step_up(state: &State, call: &ModelCall) -> bool {
    let (Action::Send(send), CallOutcome::Refused { .. }) = (&call.action, &call.outcome) else {
        return false;
    };
    let asks = ["stepup", "mfa"].iter().any(|option| send.options[*option] == Value::Bool(true));
    let session = send.token.as_ref().and_then(|token| state.sessions.get(token));
    let foreign = session.is_some_and(|session| session.who != send.who || !session.life.may_live());
    asks && (foreign || send.altered)
}

/// The codes this send may have delivered.
fn codes(state: &State, send: &SendCall) -> Vec<Option<String>> {
    if let Some(code) = &send.delivered {
        return vec![Some(code.clone())];
    }
    let free = send.candidates.iter().filter(|code| !state.bound.contains(*code));
    let mut codes: Vec<_> = free.cloned().map(Some).collect();
    // A message that did not come in time may come late, or be lost: then what came is another send's.
    if codes.is_empty() || send.silent {
        codes.push(None);
    }
    codes
}

/// The new code takes the place of the one sent before.
fn replace(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    send: &SendCall,
    code: Option<String>,
) -> State {
    let mut next = state.clone();
    next.bound.extend(code.clone());
    let user = subject(ground, &mut next, send);
    let older: Vec<PendingCode> =
        user.sent.take().into_iter().chain(std::mem::take(&mut user.beside)).collect();
    for mut old in older {
        if call.method.is_some_and(|method| old.method.is_some_and(|came| came != method)) {
            // Whether it is void is open.
            (old.crossed, old.certain) = (true, false);
            user.beside.push(old);
        } else if let Some(text) = old.code.filter(|text| Some(text) != code.as_ref()) {
            user.void.insert(
                text,
                Void::Superseded { by: call.exchange, of: old.exchange, doors: (old.door, send.door) },
            );
        }
    }
    if let Some(code) = &code {
        user.void.remove(code);
    }
    user.sent = Some(slot(call, send.door, code));
    next
}

pub(super) fn slot(call: &ModelCall, door: SendKind, code: Option<String>) -> PendingCode {
    PendingCode {
        code,
        exchange: call.exchange,
        door,
        method: call.method,
        crossed: false,
        call: call.call,
        ret: call.ret.unwrap_or(Micros::MAX),
        refused_send: None,
        initiated: None,
        certain: true,
        guesses: 0,
        locked: None,
        announced: call.body["verificationAttempts"].as_u64(),
    }
}
