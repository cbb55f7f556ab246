//! What a live session that was refused may have been ended by.

use super::super::call::{Action, CallOutcome, ModelCall};
use super::super::context::SearchContext;
use super::super::state::{Breach, KnownSession, State};
use crate::contract::{OperationId, RequirementId, req};
use crate::exchange::Micros;

/// The requirement that gives the holder of a live token this right.
pub(super) fn right_to(operation: OperationId) -> RequirementId {
    match operation {
        OperationId::Refresh | OperationId::TryRefresh => req::REFRESH_RETURNS_SESSION,
        OperationId::Me => req::ME_RETURNS_BARE_USER,
        _ => req::REFRESH_BODY_IS_OPTIONAL,
    }
}

/// What may have ended a live session by mistake, by what happened since it began.
pub(super) fn wrongly_refused(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    operation: OperationId,
    token: &str,
    session: &KnownSession,
    seen: &str,
) -> Breach {
    let alive = seen_alive(ground, call, token);
    let at_birth = || ended_by_its_login(ground, session, token).filter(|_| alive.is_none());
    let since = alive.unwrap_or(session.call);
    let cause = at_birth()
        .or_else(|| ended_by_logout(ground, state, call, token, session, since))
        .or_else(|| ended_by_revoking(ground, call, session, since));
    if let Some((id, expected, by)) = cause {
        return Breach::new(id, expected, seen).with(by);
    }
    if let Some(other) = other_body_works(ground, call, operation) {
        let expected = format!("200, as for exchange {other} with another body");
        return Breach::new(req::REFRESH_BODY_IS_OPTIONAL, expected, seen).with(other);
    }
    Breach::new(right_to(operation), "200, the session is live", seen)
}

/// A requirement that a refusal breaks, what is expected instead, and the exchange that led to it.
type Cause = (RequirementId, &'static str, usize);

/// When the token was last taken by a call that only a live one passes.
fn seen_alive(ground: &SearchContext<'_>, call: &ModelCall, token: &str) -> Option<Micros> {
    let taken = |other: &&ModelCall| match &other.action {
        Action::Session { operation: OperationId::Refresh | OperationId::Me, token: presented, .. } => {
            presented == token && other.outcome == CallOutcome::Accepted && other.call < call.call
        }
        _ => false,
    };
    ground.calls.iter().filter(taken).map(|other| other.call).max()
}

/// A logout of another session, or of another user, since the session was last known to live.
fn ended_by_logout(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    token: &str,
    session: &KnownSession,
    alive: Micros,
) -> Option<Cause> {
    let since = |wanted: &dyn Fn(OperationId, &str) -> bool| {
        // What overlapped that moment may have come after it.
        let after = |c: &&ModelCall| c.ret.unwrap_or(Micros::MAX) >= alive && c.call < call.call;
        let mut between = ground.calls.iter().filter(after);
        between.find_map(|other| match &other.action {
            Action::Session { operation, token, .. }
                if other.outcome == CallOutcome::Accepted && wanted(*operation, token) =>
            {
                Some(other.exchange)
            }
            _ => None,
        })
    };
    let own = |other: &str| state.sessions.get(other).is_some_and(|s| s.who == session.who);
    let other_session = since(&|op, other| op == OperationId::Logout && other != token && own(other));
    let other_user = || since(&|op, other| op == OperationId::Logoutall && !own(other));
    if let Some(by) = other_session {
        let expected = "200, another session of the user was logged out";
        return Some((req::LOGOUT_SPARES_OTHER_SESSIONS, expected, by));
    }
    let expected = "200, another user logged out everywhere";
    other_user().map(|by| (req::LOGOUTALL_SPARES_OTHER_USERS, expected, by))
}

/// The login that began the session was to end the user's other ones, and ended this one with them.
fn ended_by_its_login(ground: &SearchContext<'_>, session: &KnownSession, token: &str) -> Option<Cause> {
    let begins = |other: &&ModelCall| match &other.action {
        Action::Verify { who, .. } => {
            *who == session.who && other.token("DSR").is_some_and(|fresh| fresh.token == token)
        }
        _ => false,
    };
    let login = ground.calls.iter().find(begins).filter(|login| ground.revokes(login))?;
    let expected = "200, the login that began this session revoked the others and not itself";
    Some((req::REVOKE_OTHER_SESSIONS, expected, login.exchange))
}

/// The send for a login that is to revoke the user's other sessions, and that was not complete.
fn ended_by_revoking(
    ground: &SearchContext<'_>,
    call: &ModelCall,
    session: &KnownSession,
    alive: Micros,
) -> Option<Cause> {
    let unfinished = ground.calls.iter().find(|other| match &other.action {
        Action::Send(send) => {
            let after = other.ret.unwrap_or(Micros::MAX) >= alive && other.call < call.call;
            send.who == session.who && send.options["revokeOtherSessions"] == true && after
        }
        _ => false,
    });
    let expected = "200, the login that revokes is not complete";
    unfinished.map(|send| (req::REVOKE_OTHER_SESSIONS, expected, send.exchange))
}

/// An exchange in which the same operation took the other one of no body and `{}`.
fn other_body_works(ground: &SearchContext<'_>, call: &ModelCall, operation: OperationId) -> Option<usize> {
    let Action::Session { empty, .. } = call.action else { return None };
    let works = |other: &&ModelCall| match &other.action {
        Action::Session { operation: same, empty: other_empty, .. } => {
            *same == operation && *other_empty != empty && other.outcome == CallOutcome::Accepted
        }
        _ => false,
    };
    ground.calls.iter().find(works).map(|other| other.exchange)
}
