//! A send that was refused: rightly, excusably or wrongly.

use super::super::call::{Action, CallOutcome, ModelCall, SendCall, SendKind};
use super::super::context::SearchContext;
use super::super::state::{Breach, Registration, SessionStatus, State};
use super::subject::{subject, untouched};
use crate::contract::{RequirementId, req};
use crate::exchange::Micros;

pub(super) fn refused(
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

/// Whether the management API changed or ended this user: then what is refused may be that.
fn was_managed(ground: &SearchContext<'_>, who: &str) -> bool {
    ground.calls.iter().any(|call| match &call.action {
        Action::Delete { who: other, .. } | Action::Unsettle { who: other, user: true, .. } => {
            other.as_deref() == Some(who) && call.outcome == CallOutcome::Accepted
        }
        _ => false,
    })
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
    if is_special(ground, id) && !was_managed(ground, &send.who) {
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
