//! A request for a code.

use serde_json::Value;

use super::call::{Action, CallOutcome, ModelCall, SendCall, SendKind};
use super::context::SearchContext;
use super::state::{Breach, Next, PendingCode, Registration, SessionStatus, State, User, Void};
use crate::contract::{RequirementId, req};
use crate::exchange::Micros;

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

/// The user a send speaks of. An update speaks of the user named by the current login ID.
fn subject<'s>(ground: &SearchContext<'_>, state: &'s mut State, send: &SendCall) -> &'s mut User {
    state.user(&send.who, ground.is_fresh(&send.who))
}

/// After a lost answer either may be true; this user proves nothing more.
fn opaque(ground: &SearchContext<'_>, state: &State, send: &SendCall) -> State {
    let mut next = state.clone();
    subject(ground, &mut next, send).opaque = true;
    next
}

/// A send that was not made leaves everything as it was.
fn untouched(ground: &SearchContext<'_>, state: &State, call: &ModelCall, send: &SendCall) -> State {
    let mut next = state.clone();
    if let Some(slot) = &mut subject(ground, &mut next, send).sent {
        slot.refused_send.get_or_insert(call.exchange);
    }
    next
}

fn refused(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    send: &SendCall,
    error: Option<&str>,
) -> (State, Vec<Breach>) {
    let mut next = untouched(ground, state, call, send);
    let must_accept = send.must_accept.filter(|_| presents_own_session(state, send));
    let special = must_accept.filter(|id| is_special(ground, *id));
    let user = subject(ground, &mut next, send);
    let mut breaks = Vec::new();
    let seen = || format!("refused{}", error.map(|code| format!(" with {code}")).unwrap_or_default());
    let wrong_code = |id, right: &str| {
        (call.plain && error != Some(right)).then(|| Breach::new(id, format!("refused with {right}"), seen()))
    };
    // Whether a method reaches who became a user by another depends on addresses that we may not know.
    if !user.opaque && !ground.mixes_methods(&send.who) && !one_too_many(ground, call, send, error) {
        match (send.door, user.standing) {
            (SendKind::Signup, Registration::Registered) => {
                breaks.extend(wrong_code(req::REFUSED_SIGNUP_ERROR_CODE, "E062107"));
            }
            (SendKind::Signin, Registration::Absent) => {
                breaks.extend(wrong_code(req::REFUSED_SIGNIN_ERROR_CODE, "E062108"));
            }
            (SendKind::Signin, Registration::Registered) if must_accept.is_some() => {
                let id = special.unwrap_or(req::REGISTERED_USER_SIGNS_IN);
                breaks.push(Breach::new(id, "200, a registered user may sign in", seen()));
            }
            (SendKind::Signup, Registration::Invited) if must_accept.is_some() => {
                breaks.push(Breach::new(
                    req::INVITED_USER_MAY_SIGN_UP,
                    "200, an invited user may pass through sign-up",
                    seen(),
                ));
            }
            (SendKind::Signup, Registration::Absent) if must_accept.is_some() => {
                let id = special.unwrap_or(req::PROJECT_ID_SUFFICES);
                breaks.push(Breach::new(id, "200, no user has this login ID", seen()));
            }
            (SendKind::SignupIn, standing) => {
                let named = matches!(standing, Registration::Registered | Registration::Invited);
                let id =
                    must_accept
                        .or((named && !ground.is_phone(&send.who))
                            .then_some(req::USERNAME_REACHES_PHONE_ON_FILE));
                let id = id.map(|id| why_refused(ground, send, id, standing));
                breaks.extend(id.map(|id| Breach::new(id, "200, a code is sent", seen())));
            }
            _ => {}
        }
    }
    (next, breaks)
}

/// Whether a refusal is about what is special in a request: others, with nothing special in them, are not refused.
fn is_special(ground: &SearchContext<'_>, id: RequirementId) -> bool {
    let plainly_refused = |call: &ModelCall| match &call.action {
        Action::Send(send) => {
            send.must_accept == Some(req::SIGNUP_IN_ACCEPTS_PHONE)
                && send.door == SendKind::SignupIn
                && matches!(call.outcome, CallOutcome::Refused { .. })
        }
        _ => false,
    };
    id != req::SIGNUP_IN_ACCEPTS_PHONE && !ground.calls.iter().any(plainly_refused)
}

/// Whether the token that comes with the request, if one does, is a live one of the same user: servers may refuse any
/// other before they look at the rest.
fn presents_own_session(state: &State, send: &SendCall) -> bool {
    send.token.as_ref().is_none_or(|token| {
        state
            .sessions
            .get(token)
            .is_some_and(|session| session.who == send.who && session.life == SessionStatus::Live)
    })
}

/// Whether this may be a message more than its recipient is allowed. No document says how such a send is refused, so
/// E011004, invalid arguments, is one reading; but not as a body that cannot be read or lacks something, and not for
/// who the user is.
fn one_too_many(ground: &SearchContext<'_>, call: &ModelCall, send: &SendCall, error: Option<&str>) -> bool {
    let other_reason = ["E011001", "E011002", "E011003", "E062107", "E062108", "E0640"];
    if error.is_some_and(|error| other_reason.iter().any(|reason| error.starts_with(reason))) {
        return false;
    }
    let window = ground.assumptions.resend_window_s.map_or(Micros::MAX, |seconds| seconds * 1_000_000);
    let before = ground.calls.iter().filter(|other| {
        let near = other.call <= call.ret.unwrap_or(Micros::MAX)
            && other.ret.unwrap_or(Micros::MAX).saturating_add(window) >= call.call;
        near && other.exchange != call.exchange
            && !matches!(other.outcome, CallOutcome::Refused { .. } | CallOutcome::Limited)
            && matches!(&other.action, Action::Send(other) if other.who == send.who || other.recipient() == send.recipient())
    });
    before.count() >= ground.assumptions.resend_limit.unwrap_or(1) as usize
}

/// Which sentence a refused signup-in breaks: that of what is special in it, unless others are refused without it; that
/// options may be left out, if only those with options are let in;
/// else that of newcomers or of returners, if the other kind is let in.
fn why_refused(
    ground: &SearchContext<'_>,
    send: &SendCall,
    id: RequirementId,
    standing: Registration,
) -> RequirementId {
    let signups = || {
        ground.calls.iter().filter_map(|call| match &call.action {
            Action::Send(send) if send.door == SendKind::SignupIn && send.must_accept.is_some() => {
                Some((call, send))
            }
            _ => None,
        })
    };
    if is_special(ground, id) {
        return id;
    }
    let optionless = |send: &SendCall| send.options.as_object().is_some_and(serde_json::Map::is_empty);
    let accepted = |call: &ModelCall| call.outcome == CallOutcome::Accepted;
    if optionless(send)
        && signups().any(|(call, send)| accepted(call) && !optionless(send))
        && !signups().any(|(call, send)| accepted(call) && optionless(send))
    {
        return req::OPTIONAL_MEMBERS_MAY_BE_OMITTED;
    }
    let lets_in = |newcomers: bool| {
        signups().any(|(call, send)| {
            let mut before = ground.calls.iter().take_while(|other| other.exchange < call.exchange);
            let returns = before.any(|other| ground.concerns(other, &send.who));
            call.outcome == CallOutcome::Accepted && returns != newcomers
        })
    };
    match standing {
        Registration::Registered if lets_in(true) => req::KNOWN_NUMBER_LOGS_IN_SAME_USER,
        Registration::Absent if lets_in(false) => req::NEW_NUMBER_CREATES_USER,
        _ => req::SIGNUP_IN_ACCEPTS_PHONE,
    }
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
