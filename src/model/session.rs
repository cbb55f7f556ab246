//! Calls that need a live refresh token: refresh, me, logout, logoutall.

mod wrongly_refused;

use super::call::{CallOutcome, ModelCall};
use super::context::SearchContext;
use super::login::start;
use super::options::refreshed;
use super::state::{Breach, KnownSession, Next, SessionStatus, State};
use crate::contract::{OperationId, req};
use wrongly_refused::{right_to, wrongly_refused};

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
