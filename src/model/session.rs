//! Calls that need a live refresh token: refresh, me, logout, logoutall.

use super::call::{Action, CallOutcome, ModelCall};
use super::context::SearchContext;
use super::login::start;
use super::options::refreshed;
use super::state::{Breach, KnownSession, Next, SessionStatus, State};
use crate::contract::{OperationId, RequirementId, req};
use crate::exchange::Micros;

/// Microseconds in a second.
const SECOND: u64 = 1_000_000;
/// Clocks of server and client may differ by so much. Source: descope/go-sdk: descope/internal/auth/auth.go (leeway).
const SKEW: u64 = 5 * SECOND;
/// How much later than its end a token may still be taken before we call it a bug.
const GRACE: u64 = 60 * SECOND;

pub(super) fn step(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    operation: OperationId,
    token: &str,
) -> Next {
    // A token we never saw issued says nothing.
    let Some(session) = state.sessions.get(token).cloned() else { return vec![(state.clone(), Vec::new())] };
    match &call.outcome {
        CallOutcome::Accepted => vec![accepted(ground, state, call, operation, token, &session)],
        CallOutcome::Refused { error } => {
            vec![refused(ground, state, call, operation, token, &session, error.as_deref())]
        }
        CallOutcome::Limited => vec![(state.clone(), Vec::new())],
        CallOutcome::Broken { status } => {
            let live = session.life == SessionStatus::Live && !expired(call, &session) && call.plain;
            let blame = live.then(|| {
                Breach::new(right_to(operation), "200, the session is live", format!("status {status}"))
            });
            vec![(uncertain(state, operation, token, &session), blame.into_iter().collect())]
        }
        CallOutcome::Lost => vec![(uncertain(state, operation, token, &session), Vec::new())],
    }
}

/// What a server may believe once it has seen the token that came with a call: one that was replaced and comes back may be a
/// thief's, and some servers then end what it has become. `None`, if that changes nothing.
pub(super) fn presented(state: &State, call: &ModelCall) -> Option<State> {
    let token = call.presented.as_deref()?;
    let session = state.sessions.get(token).filter(|session| session.rotated)?;
    let mut next = state.clone();
    unsettle_family(&mut next, token, session);
    Some(next)
}

/// The other tokens of the same chain of refreshes may have ended, or not.
fn unsettle_family(state: &mut State, token: &str, session: &KnownSession) {
    let family =
        state.sessions.iter_mut().filter(|(key, other)| *key != token && other.family == session.family);
    family.for_each(|(_, other)| other.unsettle());
}

/// The requirement that gives the holder of a live token this right.
fn right_to(operation: OperationId) -> RequirementId {
    match operation {
        OperationId::Refresh | OperationId::TryRefresh => req::REFRESH_RETURNS_SESSION,
        OperationId::Me => req::ME_RETURNS_BARE_USER,
        _ => req::REFRESH_BODY_IS_OPTIONAL,
    }
}

/// Whether the token may have run out.
fn expired(call: &ModelCall, session: &KnownSession) -> bool {
    let oldest = call.ret.unwrap_or(call.call).saturating_sub(session.call);
    session.lifetime.is_some_and(|life| oldest + SKEW >= life.saturating_mul(SECOND))
}

/// A logout whose answer was lost may have happened.
fn uncertain(state: &State, operation: OperationId, token: &str, session: &KnownSession) -> State {
    let mut next = state.clone();
    let mut doubt = |key: &str| {
        if let Some(session) = next.sessions.get_mut(key) {
            session.life = SessionStatus::Unknown;
        }
    };
    match operation {
        OperationId::Logout | OperationId::Refresh | OperationId::TryRefresh => doubt(token),
        OperationId::Logoutall => {
            let all = state.sessions.iter().filter(|(_, other)| other.who == session.who);
            all.for_each(|(key, _)| doubt(key));
        }
        _ => {}
    }
    next
}

fn accepted(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    operation: OperationId,
    token: &str,
    session: &KnownSession,
) -> (State, Vec<Breach>) {
    // These may answer 200 to a dead token: there is nothing to do, or nothing to give.
    let harmless = match operation {
        OperationId::Logout | OperationId::Logoutall => true,
        OperationId::TryRefresh => call.token("DS").is_none(),
        _ => false,
    };
    let mut breaks = Vec::new();
    if !harmless {
        breaks.extend(ended(operation, session.life));
        breaks.extend(outlived(call, operation, session));
    }
    if let (Some(known), Some(id)) =
        (state.users.get(&session.who).and_then(|user| user.id.as_deref()), call.user_id())
        && known != id
    {
        let mixed_up = ground.mixes_up(state, call, &session.who, id);
        let broken = if mixed_up { req::CONCURRENT_USERS_ARE_ISOLATED } else { req::USER_ID_IS_STABLE };
        breaks.push(Breach::new(broken, format!("the token's user, {known}"), id));
    }
    breaks.extend(refreshed(ground, state, call, session));
    (after(state, call, operation, token, session), breaks)
}

/// The token of a session that had ended was taken.
fn ended(operation: OperationId, life: SessionStatus) -> Option<Breach> {
    let (by, id, how) = match life {
        SessionStatus::Live | SessionStatus::Unknown => return None,
        SessionStatus::LoggedOut(by) => (by, req::LOGOUT_ENDS_REFRESH_JWT, "logged this token out"),
        SessionStatus::LoggedOutAll(by) => (by, req::LOGOUTALL_ENDS_ALL_SESSIONS, "logged all sessions out"),
        SessionStatus::Revoked(by) => (by, req::REVOKE_OTHER_SESSIONS, "revoked the other sessions"),
    };
    let expected = format!("refused, exchange {by} {how}");
    Some(Breach::new(id, expected, format!("{operation} accepted it")).with(by))
}

/// A token that was taken longer than it lives.
fn outlived(call: &ModelCall, operation: OperationId, session: &KnownSession) -> Option<Breach> {
    let youngest = call.call.saturating_sub(session.ret);
    let life = session.lifetime.filter(|life| youngest > life.saturating_mul(SECOND) + GRACE)?;
    let seen = format!("{operation} accepted it after at least {} s", youngest / SECOND);
    Some(Breach::new(req::INVALID_JWT_IS_REFUSED, format!("refused, the token lives {life} s"), seen))
}

/// What an accepted call changes.
fn after(
    state: &State,
    call: &ModelCall,
    operation: OperationId,
    token: &str,
    session: &KnownSession,
) -> State {
    let mut next = state.clone();
    match operation {
        OperationId::Logout => {
            end(&mut next, token, SessionStatus::LoggedOut(call.exchange));
            unsettle_family(&mut next, token, session);
        }
        OperationId::Logoutall => logout_all(&mut next, call, session),
        OperationId::Refresh | OperationId::TryRefresh => {
            let fresh = call.token("DSR").map(|fresh| fresh.token.as_str());
            // With rotation the old token may or may not work on for a while.
            if fresh.is_some_and(|fresh| fresh != token) {
                next.sessions.entry(token.to_owned()).and_modify(|session| {
                    session.rotated = true;
                    session.unsettle();
                });
            }
            if !fresh.is_some_and(|fresh| next.sessions.contains_key(fresh)) {
                start(&mut next, call, &session.who, Some(&session.family));
            }
        }
        _ => {}
    }
    next
}

/// From now on this token is refused, whether it still worked before or not.
fn end(state: &mut State, token: &str, life: SessionStatus) {
    if let Some(session) = state.sessions.get_mut(token)
        && session.life.may_live()
    {
        session.life = life;
    }
}

/// Ends every session of the user, also those that may have ended before; a dead token may have ended none.
fn logout_all(state: &mut State, call: &ModelCall, session: &KnownSession) {
    let all: Vec<String> = state
        .sessions
        .iter()
        .filter(|(_, other)| other.who == session.who)
        .map(|(key, _)| key.clone())
        .collect();
    for token in all {
        match session.life {
            SessionStatus::Live => end(state, &token, SessionStatus::LoggedOutAll(call.exchange)),
            _ => {
                state.sessions.entry(token).and_modify(KnownSession::unsettle);
            }
        }
    }
}

fn refused(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    operation: OperationId,
    token: &str,
    session: &KnownSession,
    error: Option<&str>,
) -> (State, Vec<Breach>) {
    let seen =
        format!("{operation} refused{}", error.map(|code| format!(" with {code}")).unwrap_or_default());
    // A user of whom nothing is known any more may be refused for another reason.
    let opaque = state.users.get(&session.who).is_some_and(|user| user.opaque);
    let blame = match session.life {
        SessionStatus::Live
            if expired(call, session) || !call.plain || operation == OperationId::TryRefresh =>
        {
            None
        }
        SessionStatus::Live => Some(wrongly_refused(ground, state, call, operation, token, session, &seen)),
        SessionStatus::LoggedOut(_) if opaque => None,
        SessionStatus::LoggedOut(by) if error != Some("E064001") && call.plain && !session.rotated => Some(
            Breach::new(req::LOGGED_OUT_ERROR_CODE, "refused with E064001, the token was logged out", seen)
                .with(by),
        ),
        _ => None,
    };
    (state.clone(), blame.into_iter().collect())
}

/// What may have ended a live session by mistake, by what happened since it began.
fn wrongly_refused(
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
