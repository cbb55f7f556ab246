//! Which options of a send the login with its code carries: claims, a step-up, a second factor.

use serde_json::{Map, Value};

use super::call::{Action, CallOutcome, ModelCall, SendCall, SendKind};
use super::context::SearchContext;
use super::state::{Breach, KnownSession, PendingCode, SessionStatus, State};
use crate::contract::req;

/// Claims that are the server's alone. Source: docs: Session overview.
const REGISTERED: [&str; 14] =
    ["iss", "sub", "exp", "iat", "nbf", "jti", "drn", "amr", "su", "tu", "aud", "kid", "rexp", "nsec"];

/// The login must carry the options of the send whose code it used, and no others; one that goes on with a session may have
/// those of that session as well: then it is not `alone`.
pub(super) fn options(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    slot: &PendingCode,
    alone: bool,
    breaks: &mut Vec<Breach>,
) {
    let Some(session) = call.token("DS") else { return };
    let send = ground.send(slot.exchange);
    let claims = &session.claims;
    let generated = send.is_none();
    let empty = Map::new();
    let wanted = send.and_then(|send| send.options["customClaims"].as_object()).unwrap_or(&empty);
    let given = claims["nsec"].as_object().unwrap_or(&empty);
    // Names that tokens use themselves may be left out, wherever they were to stand.
    let promised = wanted.iter().filter(|(key, _)| !REGISTERED.contains(&key.as_str()));
    if let Some((key, _)) = promised.into_iter().find(|(key, value)| !is_kept(value, given.get(*key))) {
        let seen = given.get(key).map_or("it is missing".to_owned(), |value| format!("it is {value}"));
        let expected = format!("claim {key:?} of the send under nsec in the session token");
        breaks.push(Breach::new(req::CUSTOM_CLAIMS_IN_NSEC, expected, seen).with(slot.exchange));
    }
    if !generated
        && alone
        && let Some(key) = given.keys().find(|key| !wanted.contains_key(*key))
    {
        let expected = "only the claims of the send whose code was used";
        breaks.push(
            Breach::new(req::OPTIONS_BELONG_TO_THEIR_SEND, expected, format!("claim {key:?} is there too"))
                .with(slot.exchange),
        );
    }
    if !generated {
        let found = stepup(ground, state, call, who, slot, alone);
        breaks.extend(found.into_iter().map(|breach| breach.with(slot.exchange)));
    }
}

/// What a refreshed session token has of another login: its session is that of its own. Whether it keeps what that one
/// was given, and for how long, is nowhere written.
pub(super) fn refreshed(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    session: &KnownSession,
) -> Option<Breach> {
    let fresh = call.token("DS")?;
    // A login that came with a token of the session, or was asked for with one, may go on with it.
    let is_own =
        |token: &String| state.sessions.get(token).is_some_and(|other| other.family == session.family);
    let logins = ground.calls.iter().filter(|other| {
        matches!(other.action, Action::Verify { .. }) && other.outcome == CallOutcome::Accepted
    });
    let (own, others): (Vec<&ModelCall>, Vec<&ModelCall>) = logins.partition(|login| {
        let issued = login.token("DSR").map(|issued| &issued.token);
        issued.into_iter().chain(&login.presented).any(is_own)
    });
    let shown: Option<Vec<&Value>> = own.iter().map(|login| Some(&login.token("DS")?.claims)).collect();
    let (login, shown) = own.first().zip(shown)?;
    let asked: Vec<&Value> = ground
        .calls
        .iter()
        .filter_map(|other| match &other.action {
            Action::Send(send) if send.token.as_ref().is_some_and(is_own) => Some(&send.options),
            _ => None,
        })
        .collect();
    let stepped = shown.iter().any(|claims| claims["su"] == Value::Bool(true))
        || asked.iter().any(|options| options["stepup"] == Value::Bool(true));
    if fresh.claims["su"] == Value::Bool(true) && !stepped {
        let expected = format!("no su, exchange {} began this session and was no step-up", login.exchange);
        return Some(
            Breach::new(req::OPTIONS_BELONG_TO_THEIR_SEND, expected, "su true").with(login.exchange),
        );
    }
    let mut given = fresh.claims["nsec"].as_object().into_iter().flatten();
    given.find_map(|(key, value)| {
        let has = |claims: &Value| claims.get(key).is_some_and(|known| is_kept(known, Some(value)));
        let is_of_own = shown.iter().any(|claims| has(&claims["nsec"]))
            || asked.iter().any(|options| has(&options["customClaims"]));
        let earlier = |other: &&&ModelCall| call.ret.is_none_or(|ret| other.call < ret);
        let mut others = others.iter().filter(earlier).filter(|_| !is_of_own);
        let other =
            others.find(|other| other.token("DS").is_some_and(|theirs| has(&theirs.claims["nsec"])))?;
        let expected = format!("only the claims of exchange {}, which began this session", login.exchange);
        let seen = format!("claim {key:?} of exchange {}", other.exchange);
        let breach = Breach::new(req::OPTIONS_BELONG_TO_THEIR_SEND, expected, seen);
        Some(breach.with(login.exchange).with(other.exchange))
    })
}

/// Whether a claim came through. A null may be left out, and numbers may be kept as floating point.
fn is_kept(wanted: &Value, given: Option<&Value>) -> bool {
    match (wanted, given) {
        (Value::Null, None) => true,
        (Value::Number(wanted), Some(Value::Number(given))) => wanted.as_f64() == given.as_f64(),
        (Value::Object(wanted), Some(Value::Object(given))) => {
            wanted.iter().all(|(key, value)| is_kept(value, given.get(key)))
        }
        (Value::Array(wanted), Some(Value::Array(given))) => {
            wanted.len() == given.len() && wanted.iter().zip(given).all(|(a, b)| is_kept(a, Some(b)))
        }
        (wanted, given) => Some(wanted) == given,
    }
}

/// What a step-up and a second factor may change in the session token.
fn stepup(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    slot: &PendingCode,
    alone: bool,
) -> Vec<Breach> {
    let Some(session) = call.token("DS") else { return Vec::new() };
    let send = ground.send(slot.exchange);
    let asked = |option: &str| send.is_some_and(|send| send.options[option] == Value::Bool(true));
    let token = send.and_then(|send| send.token.as_deref());
    let known = token.and_then(|token| state.sessions.get(token));
    let own = known.is_some_and(|known| known.who == who && known.life == SessionStatus::Live);
    let foreign = match (token, known) {
        (_, Some(known)) => known.who != who,
        (Some(token), None) => ground.token_of_other(token, who),
        (None, None) => false,
    };
    let stepped = session.claims["su"] == Value::Bool(true);
    let claimed = send.is_some_and(|send| send.options["customClaims"]["su"] == Value::Bool(true));
    let step = match (asked("stepup"), own, foreign) {
        (true, true, _) if !stepped => {
            Some((req::STEPUP_SETS_SU, "su true, a step-up with the own refresh token", "su is not true"))
        }
        (true, _, true) if stepped => {
            Some((req::STEPUP_REQUIRES_OWN_JWT, "no su, the refresh token is another user's", "su true"))
        }
        (true, false, false) if stepped && is_worthless(ground, slot, send, known) => {
            let expected = "no su, the token was altered or logged out, and a step-up without one gives none";
            Some((req::STEPUP_REQUIRES_OWN_JWT, expected, "su true"))
        }
        (false, ..) if stepped && claimed => Some((
            req::CUSTOM_CLAIMS_CANNOT_OVERRIDE,
            "no su, a custom claim of that name is not the server's own",
            "su true",
        )),
        (false, ..) if stepped && alone => {
            Some((req::OPTIONS_BELONG_TO_THEIR_SEND, "no su, this login is no step-up", "su true"))
        }
        _ => None,
    };
    let mut breaks = Vec::from_iter(step.map(|(id, expected, seen)| Breach::new(id, expected, seen)));
    if !ground.mixes_methods(who) && (alone || asked("mfa")) {
        breaks.extend(factors(&session.claims["amr"], asked("mfa"), foreign));
    }
    breaks
}

/// Whether the token that came with a step-up was altered or had ended by then, and a step-up without any gives no `su`
/// here: then `su` was given for that token. A target that gives it in any case has not looked at one, and one that takes
/// the ended token elsewhere has not ended it.
fn is_worthless(
    ground: &SearchContext<'_>,
    slot: &PendingCode,
    send: Option<&SendCall>,
    known: Option<&KnownSession>,
) -> bool {
    let ended = known.and_then(|session| match session.life {
        SessionStatus::LoggedOut(by) | SessionStatus::LoggedOutAll(by) | SessionStatus::Revoked(by) => {
            ground.call(by)?.ret
        }
        SessionStatus::Live | SessionStatus::Unknown => None,
    });
    let had_ended = ended.is_some_and(|ended| {
        let token = send.and_then(|send| send.token.as_deref());
        ended <= slot.call && token.is_some_and(|token| ground.refuses(token, ended))
    });
    (had_ended || send.is_some_and(|send| send.altered))
        && ground.calls.iter().any(|call| {
            let Action::Send(send) = &call.action else { return false };
            let bare = call.presented.is_none() && send.token.is_none() && !send.altered;
            bare && send.options["stepup"] == Value::Bool(true) && earns_nothing(ground, call, send)
        })
}

/// Whether a send was refused, though it asks for nothing but a step-up, or its login has no `su`.
fn earns_nothing(ground: &SearchContext<'_>, call: &ModelCall, send: &SendCall) -> bool {
    let is_its_login = |login: &&ModelCall| match &login.action {
        Action::Verify { who, code } => *who == send.who && code.text() == send.delivered.as_deref(),
        _ => false,
    };
    match call.outcome {
        CallOutcome::Refused { .. } => send.door == SendKind::SignupIn,
        CallOutcome::Accepted if send.delivered.is_some() => {
            let mut logins = ground.calls.iter().filter(is_its_login);
            logins.any(|login| login.token("DS").is_some_and(|token| token.claims["su"] != Value::Bool(true)))
        }
        _ => false,
    }
}

/// A code by SMS is one factor, however often it is given.
fn factors(amr: &Value, asked: bool, foreign: bool) -> Option<Breach> {
    let amr: Vec<&str> = amr.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (id, why) = match (asked, foreign) {
        (true, true) => (req::STEPUP_REQUIRES_OWN_JWT, "the refresh token is another user's"),
        (true, false) => (req::SAME_CHANNEL_IS_ONE_FACTOR, "sms twice is one factor"),
        (false, _) => (req::OPTIONS_BELONG_TO_THEIR_SEND, "this login did not ask for it"),
    };
    let seen = format!("amr {amr:?}");
    amr.contains(&"mfa").then(|| Breach::new(id, format!("no mfa in amr, {why}"), seen))
}
