//! What a completed login shows: who it is, and which sessions it starts and ends.

use serde_json::Value;

use super::call::{ModelCall, SendCall, SendKind};
use super::context::{SearchContext, goes_on};
use super::options::options;
use super::state::{Breach, KnownSession, PendingCode, Registration, SessionStatus, State, User, Void};
use crate::contract::req;
use crate::exchange::Micros;

/// The state after a login, and what its answer breaks. `slot` is the code that was used, if it was a live one.
pub(super) fn login(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    slot: Option<&PendingCode>,
    breaks: &mut Vec<Breach>,
) -> State {
    let mut next = state.clone();
    identity(ground, &next, call, who, slot, breaks);
    let send = slot.and_then(|slot| ground.send(slot.exchange));
    // The claims of a token that was issued before are those of its own login, unless this one goes on with its session.
    let token = call.token("DSR").map(|token| token.token.as_str());
    let issued = token.is_some_and(|token| ground.issued_by(token, call).is_some());
    let known = token.and_then(|token| state.sessions.get(token)).map(|session| &session.family);
    let family = goes_on(state, call, who, send);
    let reissued = issued && known.is_none_or(|known| family.as_ref() != Some(known));
    if let Some(slot) = slot
        && !next.users[who].opaque
        && !reissued
    {
        options(ground, &next, call, who, slot, family.is_none(), breaks);
    }
    if next.users[who].id.as_ref().zip(call.user_id()).is_some_and(|(known, id)| known != id) {
        // The login ID has another user now; whether sessions of the one before still work is open.
        end_all(&mut next, who, SessionStatus::Unknown);
    }
    let user = next.user(who, false);
    if let Some(slot) = slot {
        user.sent.take_if(|sent| sent.exchange == slot.exchange);
        user.beside.retain(|beside| beside.exchange != slot.exchange);
        // Whether a login ends what waits besides is nowhere written.
        user.pending().for_each(|other| other.certain = false);
        user.generated.retain(|generated| generated.exchange != slot.exchange);
        if let Some(code) = &slot.code {
            user.void.insert(code.clone(), Void::Spent { by: call.exchange });
        }
    }
    user.standing = Registration::Registered;
    user.guesses = 0;
    user.test |= call.body.pointer("/user/test") == Some(&Value::Bool(true));
    if let Some(id) = call.user_id().filter(|_| user.id.is_none()) {
        user.id = Some(id.to_owned());
    }
    breaks.extend(sessions(ground, &mut next, call, who, send, family.as_deref()));
    if let Some(number) =
        send.filter(|send| send.door == SendKind::Update).and_then(|send| send.phone.as_deref())
    {
        match ground.keeps_login_id(who, number) {
            true => added(&mut next, who, number, ground.is_fresh(number)),
            false => moved(&mut next, who, number),
        }
    }
    next
}

/// After an update of another address than the login ID the user keeps the login ID. Whether the new address is one
/// too depends on options; and whose it was before may be who is left.
fn added(state: &mut State, who: &str, address: &str, fresh: bool) {
    let taken = !fresh || state.users.get(address).is_some_and(|other| other.standing > Registration::Absent);
    state.users.insert(address.to_owned(), User { opaque: true, ..User::default() });
    if taken {
        state.user(who, false).opaque = true;
        end_all(state, who, SessionStatus::Unknown);
        end_all(state, address, SessionStatus::Unknown);
    }
}

/// After an update the user has the new number. What becomes of the old login ID, and of the user who had the new one,
/// depends on options and settings: from then on these prove nothing.
fn moved(state: &mut State, who: &str, number: &str) {
    let taken = state.users.contains_key(number);
    let user =
        state.users.insert(who.to_owned(), User { opaque: true, ..User::default() }).unwrap_or_default();
    state
        .users
        .insert(number.to_owned(), if taken { User { opaque: true, ..User::default() } } else { user });
    // The user who had the number may be gone, and the sessions with it.
    end_all(state, number, SessionStatus::Unknown);
    for session in state.sessions.values_mut().filter(|session| session.who == who) {
        session.who = number.to_owned();
    }
}

/// Who logged in, and whether it was for the first time.
fn identity(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    slot: Option<&PendingCode>,
    breaks: &mut Vec<Breach>,
) {
    let user = &state.users[who];
    if user.opaque {
        return;
    }
    let other = another_user(ground, state, call, who, slot);
    let two = other.as_ref().is_some_and(|breach| breach.requirement == req::CONCURRENT_SIGNUPS_ONE_USER);
    breaks.extend(other);
    if two {
        // That the other user had never been seen follows from there being two.
        return;
    }
    let first = call.body.get("firstSeen").and_then(Value::as_bool);
    breaks.extend(made_by_signin(ground, user, who, slot).filter(|_| first == Some(true)));
    breaks.extend(not_of_its_own(ground, state, call, who, first));
    breaks.extend(first.and_then(|first| first_seen(user, first)));
}

/// The login ID is a user's, and another one logged in.
fn another_user(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    slot: Option<&PendingCode>,
) -> Option<Breach> {
    let user = &state.users[who];
    let (known, id) = (user.id.as_ref()?, call.user_id()?);
    if known == id {
        return None;
    }
    let raced = ground.raced_to_sign_up(who);
    let broken = match slot.map(|slot| slot.door) {
        _ if ground.mixes_up(state, call, who, id) => req::CONCURRENT_USERS_ARE_ISOLATED,
        _ if raced.is_some() => req::CONCURRENT_SIGNUPS_ONE_USER,
        Some(SendKind::Signin) => req::REGISTERED_USER_SIGNS_IN,
        _ if user.standing == Registration::Registered => req::KNOWN_NUMBER_LOGS_IN_SAME_USER,
        _ => req::USER_ID_IS_STABLE,
    };
    let expected = format!("the same user as before, {known}");
    let with = raced.filter(|_| broken == req::CONCURRENT_SIGNUPS_ONE_USER).into_iter().flatten().collect();
    Some(Breach { with, ..Breach::new(broken, expected, format!("{id} logged in")) })
}

/// A sign-in alone was asked for. If its user has never logged in before, the sign-in has made the user.
fn made_by_signin(
    ground: &SearchContext<'_>,
    user: &User,
    who: &str,
    slot: Option<&PendingCode>,
) -> Option<Breach> {
    let unasked =
        user.standing == Registration::Unknown && ground.is_phone(who) && !ground.met_otherwise(who);
    let by = slot.filter(|slot| unasked && slot.door == SendKind::Signin)?.exchange;
    let expected = format!("exchange {by} refused, no user had this login ID");
    let seen = "its code's login is the user's first";
    Some(Breach::new(req::SIGNIN_REFUSES_UNKNOWN_USER, expected, seen).with(by))
}

/// A new number logged in a user whom another number has.
fn not_of_its_own(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    first: Option<bool>,
) -> Option<Breach> {
    let user = &state.users[who];
    let certainly_new =
        matches!(user.standing, Registration::Absent | Registration::Pending | Registration::Invited)
            || (user.standing == Registration::Unknown && first == Some(true) && ground.is_phone(who));
    let id = call.user_id().filter(|_| certainly_new && user.id.is_none())?;
    let (name, _) =
        state.users.iter().find(|(name, other)| *name != who && other.id.as_deref() == Some(id))?;
    let apart = |name: &str| crate::exchange::Placeholder::parse(name).map(|n| n.label.to_owned());
    let mixed_up = ground.mixes_up(state, call, who, id);
    let broken = if mixed_up { req::CONCURRENT_USERS_ARE_ISOLATED } else { req::NEW_NUMBER_CREATES_USER };
    let seen = format!("{id} logged in, who is {name}");
    (apart(name) != apart(who)).then(|| Breach::new(broken, "a user of its own", seen))
}

/// What the answer says of a first login, where it is known whether it is one.
fn first_seen(user: &User, first: bool) -> Option<Breach> {
    match user.standing {
        Registration::Registered if first => Some(Breach::new(
            req::LATER_LOGIN_IS_NOT_FIRST_SEEN,
            "firstSeen false, this user has logged in before",
            "firstSeen true",
        )),
        Registration::Absent | Registration::Pending | Registration::Invited if !first => Some(Breach::new(
            req::FIRST_LOGIN_IS_FIRST_SEEN,
            "firstSeen true, this is the first login",
            "firstSeen false",
        )),
        _ => None,
    }
}

/// The session that begins, of this family if it goes on with one, and what it shares with others that it must not.
fn sessions(
    ground: &SearchContext<'_>,
    state: &mut State,
    call: &ModelCall,
    who: &str,
    send: Option<&SendCall>,
    family: Option<&str>,
) -> Option<Breach> {
    if send.is_some_and(|send| send.options["revokeOtherSessions"] == Value::Bool(true)) {
        end_all(state, who, SessionStatus::Revoked(call.exchange));
    }
    let token = call.token("DSR").map(|token| token.token.clone());
    let known = token.as_ref().and_then(|token| state.sessions.get(token));
    let shared = known
        .filter(|known| known.who == who && family != Some(known.family.as_str()))
        .and_then(|_| ground.issued_by(token.as_deref()?, call));
    let shared = shared.map(|by| {
        let expected = format!("a session of its own, that a logout of exchange {by}'s leaves alive");
        Breach::new(
            req::LOGOUT_SPARES_OTHER_SESSIONS,
            expected,
            format!("the refresh token of exchange {by}"),
        )
        .with(by)
    });
    let theirs = known.filter(|known| known.who != who && ground.overlaps_login_of(call, &known.who));
    let mixed_up = theirs.map(|theirs| {
        Breach::new(
            req::CONCURRENT_USERS_ARE_ISOLATED,
            "a refresh token of its own",
            format!("that of {}", theirs.who),
        )
    });
    start(state, call, who, family);
    if shared.is_some()
        && let Some(session) = token.and_then(|token| state.sessions.get_mut(&token))
    {
        // What became of the session before it may have become of this one.
        session.unsettle();
    }
    mixed_up.or(shared)
}

/// Remembers the refresh token in an answer; one that a refresh gave belongs to the family of the one presented.
pub(super) fn start(state: &mut State, call: &ModelCall, who: &str, family: Option<&str>) {
    let Some(token) = call.token("DSR") else { return };
    // NumericDate may have a fraction (RFC 7519, 2).
    let lifetime = token.claims["exp"].as_f64().zip(token.claims["iat"].as_f64());
    let suspended = state.users.get(who).is_some_and(|user| user.suspended);
    let session = KnownSession {
        who: who.to_owned(),
        family: family.unwrap_or(&token.token).to_owned(),
        life: if suspended { SessionStatus::Unknown } else { SessionStatus::Live },
        rotated: false,
        call: call.call,
        ret: call.ret.unwrap_or(Micros::MAX),
        lifetime: lifetime.map(|(exp, iat)| exp - iat).filter(|life| *life >= 0.0).map(|life| life as u64),
    };
    state.sessions.insert(token.token.clone(), session);
}

/// Ends every live session of a user.
pub(super) fn end_all(state: &mut State, who: &str, life: SessionStatus) {
    for session in state
        .sessions
        .values_mut()
        .filter(|session| session.who == who && session.life == SessionStatus::Live)
    {
        session.life = life;
    }
}
