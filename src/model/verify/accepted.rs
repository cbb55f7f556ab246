//! A login that was accepted: with a live code, with one that we have not seen, or wrongly.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::call::{Action, Code, ModelCall, SendKind};
use super::super::context::{SearchContext, goes_on};
use super::super::options::options;
use super::super::state::{Breach, Next, PendingCode, SessionStatus, State, User, Void};
use super::super::{login, send};
use super::code::{GRACE, SECOND, is_sent, live, unknown_login, youngest};
use super::methods;
use super::wrongly_accepted::wrongly_accepted;
use crate::contract::req;

pub(super) fn accepted(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    code: &Code,
) -> Next {
    let mut state = state.clone();
    if state.users[who].opaque {
        unknown_login(ground, &mut state, who);
    }
    let (state, user) = (&state, &state.users[who]);
    if let Some(slot) = live(user, code).cloned() {
        let mut breaks = late(ground, state, user, call, &slot);
        let mut next = login::login(ground, state, call, who, Some(&slot), &mut breaks);
        if is_sent(user, &slot) {
            next.lifetime.allows(youngest(call, &slot).saturating_sub(GRACE));
            next.attempts.allows(u64::from(slot.guesses) + 1);
        }
        return vec![(next, breaks)];
    }
    let hidden: Vec<&PendingCode> =
        user.sent.iter().chain(&user.beside).filter(|slot| slot.code.is_none()).collect();
    // Of several that were not seen it may have been any, and none is judged by its options.
    let unseen = match hidden.as_slice() {
        [only] if !methods::is_foreign(call, only) => Some((*only).clone()),
        _ => None,
    };
    let silent = silenced(ground, user, code, unseen.as_ref());
    let unseen_code = (!hidden.is_empty() || user.earlier) && code.text().is_some();
    let unknown = unseen_code && !was_replaced(ground, user, code);
    // Whatever became of the user, a code that was used is used.
    let spent = code.text().is_some_and(|text| matches!(user.void.get(text), Some(Void::Spent { .. })));
    let excused = silent.is_none() && (unknown || (user.opaque && !spent));
    let mut breaks = if excused { Vec::new() } else { wrongly_accepted(ground, user, call, who, code) };
    if let Some(slot) = superseded(ground, user, code).filter(|_| !excused) {
        let alone = goes_on(state, call, who, ground.send(slot.exchange)).is_none();
        options(ground, state, call, who, &slot, alone, &mut breaks);
    }
    let mut before = Cow::Borrowed(state);
    if unseen.is_none() {
        // Whichever send the server took the code for, its options hold.
        unknown_login(ground, before.to_mut(), who);
    }
    let mut next = login::login(ground, &before, call, who, unseen.as_ref(), &mut breaks);
    if let Some(updated) = updated_by(ground, who, code).filter(|_| excused) {
        // Some servers let the update be completed by the new number: then both belong to the user who asked for it.
        for user in [updated, who] {
            next.user(user, false).opaque = true;
            login::end_all(&mut next, user, SessionStatus::Unknown);
        }
        return vec![(next, breaks)];
    }
    let changing_to = numbers_of_updates(ground, call, who);
    if unseen.is_none() && !changing_to.is_empty() {
        // What the server took the code for may have been an update's: then the login ID is free, or the next user's.
        for user in changing_to.into_iter().chain([who]) {
            next.users.insert(user.to_owned(), User { opaque: true, ..User::default() });
            login::end_all(&mut next, user, SessionStatus::Unknown);
        }
        return vec![(next, breaks)];
    }
    let user = next.user(who, false);
    if let Some(text) = code.text().filter(|_| excused) {
        user.earlier = false;
        user.void.insert(text.to_owned(), Void::Spent { by: call.exchange });
    }
    // What the server took the wrong code for we cannot know: it may have spent the right one.
    user.pending().for_each(|slot| slot.certain = false);
    vec![(next, breaks)]
}

/// Whether the code is that of a send which a later one replaced by another code, both of them seen. The code of a send that
/// was not seen is a new one, or the newest again.
fn was_replaced(ground: &SearchContext<'_>, user: &User, code: &Code) -> bool {
    let replaced = code.text().and_then(|text| user.void.get(text).map(|void| (text, void)));
    let Some((text, Void::Superseded { by, of, .. })) = replaced else { return false };
    let delivered = |exchange: &usize| ground.send(*exchange).and_then(|send| send.delivered.as_deref());
    delivered(of) == Some(text) && delivered(by).is_some_and(|newer| newer != text)
}

/// The numbers, or addresses, that a user asked for before this login in place of the present one.
fn numbers_of_updates<'a>(ground: &SearchContext<'a>, call: &ModelCall, who: &str) -> BTreeSet<&'a str> {
    let asked = ground.calls.iter().filter(|other| call.ret.is_none_or(|ret| other.call < ret));
    asked
        .filter_map(|other| match &other.action {
            Action::Send(send) if send.door == SendKind::Update && send.who == who => send.phone.as_deref(),
            _ => None,
        })
        .collect()
}

/// The user who asked for an update to this number, if this is the code of that update.
fn updated_by<'a>(ground: &SearchContext<'a>, number: &str, code: &Code) -> Option<&'a str> {
    let text = code.text()?;
    ground.calls.iter().find_map(|call| match &call.action {
        Action::Send(send) if send.door == SendKind::Update && send.phone.as_deref() == Some(number) => {
            let mut codes = send.delivered.iter().chain(&send.candidates);
            codes.any(|code| code == text).then_some(send.who.as_str())
        }
        _ => None,
    })
}

/// The newest send, where it was accepted and sent nothing although nothing limits messages: the code before it must not
/// work any more.
fn silenced(
    ground: &SearchContext<'_>,
    user: &User,
    code: &Code,
    unseen: Option<&PendingCode>,
) -> Option<usize> {
    let (send, text) = (unseen?.exchange, code.text()?);
    let superseded = matches!(user.void.get(text), Some(Void::Superseded { .. }));
    let sent = ground.send(send)?;
    let unlimited =
        ground.assumptions.no_resend_limit || ground.limits_with_429() || ground.is_heard_after(sent, send);
    (!user.opaque && superseded && unlimited && sent.silent).then_some(send)
}

/// The slot that a superseded code had: its login shows the options of its own send, if it works at all.
fn superseded(ground: &SearchContext<'_>, user: &User, code: &Code) -> Option<PendingCode> {
    let text = code.text()?;
    let Some(Void::Superseded { of, doors, .. }) = user.void.get(text) else { return None };
    Some(send::slot(ground.call(*of)?, doors.0, Some(text.to_owned())))
}

/// A live code that should have died of age or of guesses.
fn late(
    ground: &SearchContext<'_>,
    state: &State,
    user: &User,
    call: &ModelCall,
    slot: &PendingCode,
) -> Vec<Breach> {
    if user.opaque {
        return Vec::new();
    }
    let mut breaks = Vec::new();
    let learnt = |shown: Option<(u64, usize)>| shown.filter(|_| is_sent(user, slot));
    let known = ground.assumptions.code_ttl_s.map(|ttl| (ttl * SECOND, None));
    let ttl = known.or(learnt(state.lifetime.most).map(|(ttl, by)| (ttl, Some(by))));
    let youngest = youngest(call, slot);
    if let Some((ttl, by)) = ttl.filter(|(ttl, _)| youngest > ttl + GRACE) {
        let seen = format!("accepted at least {} s after it was sent", youngest / SECOND);
        let expected = format!("refused, codes live {} s", ttl / SECOND);
        breaks.push(
            Breach { with: by.into_iter().collect(), ..Breach::new(req::CODE_EXPIRES, expected, seen) }
                .with(slot.exchange),
        );
    }
    if let Some(by) = slot.locked {
        let expected = format!("refused, exchange {by} said that there were too many guesses");
        breaks.push(
            Breach::new(req::LOCKOUT_REFUSES_RIGHT_CODE, expected, "accepted").with(slot.exchange).with(by),
        );
        return breaks;
    }
    let known = ground.assumptions.max_attempts.map(|limit| (u64::from(limit), None));
    let limit = known.or(learnt(state.attempts.most).map(|(limit, by)| (limit, Some(by))));
    if limit.is_none() {
        breaks.extend(unlimited(slot));
    }
    if let Some((limit, by)) = limit.filter(|(limit, _)| u64::from(slot.guesses) >= *limit) {
        let seen = format!("accepted after {} wrong guesses", slot.guesses);
        let expected = format!("refused, {limit} wrong guesses lock a code");
        breaks.push(
            Breach {
                with: by.into_iter().collect(),
                ..Breach::new(req::WRONG_GUESSES_ARE_LIMITED, expected, seen)
            }
            .with(slot.exchange),
        );
    }
    breaks
}

/// Wrong guesses a code may survive at most, whatever a project sets. Source: NIST SP 800-63B, 5.2.2.
const MOST_GUESSES: u64 = 100;

/// A code that survived more guesses than any limit allows. Where the target announced a number of attempts it has a
/// limit; where it did not, that there is none is a weakness.
fn unlimited(slot: &PendingCode) -> Option<Breach> {
    let announced = slot.announced.filter(|attempts| *attempts > 0);
    let most = announced.unwrap_or(0).max(MOST_GUESSES);
    let seen = format!("accepted after {} wrong guesses", slot.guesses);
    let expected = match announced {
        Some(attempts) => format!("refused, the send announced {attempts} attempts"),
        None => format!("refused, more than {MOST_GUESSES} wrong guesses are no limit"),
    };
    (u64::from(slot.guesses) > most).then(|| Breach {
        second: announced.is_none(),
        ..Breach::new(req::WRONG_GUESSES_ARE_LIMITED, expected, seen).with(slot.exchange)
    })
}
