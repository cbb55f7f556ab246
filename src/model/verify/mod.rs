//! A login with a code: may it be accepted, may it be refused, and whose fault is it otherwise.

mod accepted;
mod code;
mod methods;
mod refused;
mod wrongly_accepted;
mod wrongly_refused;

pub(crate) use wrongly_accepted::in_a_row;

use accepted::accepted;
use code::{live, unknown_login};
use refused::refused;

use super::call::{Action, CallOutcome, Code, ModelCall, SendKind};
use super::context::SearchContext;
use super::state::{Breach, Next, PendingCode, State};
use crate::contract::req;

pub(super) fn step(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    named: &str,
    code: &Code,
) -> Next {
    let mut base = state.clone();
    base.user(named, ground.is_fresh(named));
    let updating = updating(ground, &base, named, code).filter(|user| may_be(&base, user, call));
    let who = updating.as_deref().unwrap_or(named);
    match &call.outcome {
        CallOutcome::Accepted => accepted(ground, &base, call, who, code),
        CallOutcome::Refused { error } => {
            let (mut next, breaks) = refused(ground, &base, call, named, code, error.as_deref());
            if let Some(user) = updating {
                // Whether an update can be completed under its new number is open, and so is what it counts for.
                next.user(&user, false).guesses += 1;
            }
            vec![(next, breaks)]
        }
        CallOutcome::Limited => vec![(base, Vec::new())],
        CallOutcome::Broken { status } => {
            unknown_login(ground, &mut base, who);
            // Another notation of the code promises nothing.
            let plain = matches!(code, Code::Plain(_)) && call.plain;
            let blame = live(&base.users[who], code).filter(|_| plain).map(|slot| {
                let seen = format!("status {status}");
                Breach::new(req::NEWEST_CODE_IS_ACCEPTED, "200 and a session, the code is live", seen)
                    .with(slot.exchange)
            });
            base.user(who, false).opaque = true;
            vec![(base, blame.into_iter().collect())]
        }
        CallOutcome::Lost => {
            unknown_login(ground, &mut base, who);
            base.user(who, false).opaque = true;
            vec![(base, Vec::new())]
        }
    }
}

/// Whether a login shows a limit of guesses at work: the right code is refused after wrong guesses, and the target has
/// said that there were too many. Had none said so, the code would be guessed at until no limit could explain that it works.
pub(super) fn is_locked_out(state: &State, call: &ModelCall) -> bool {
    let (Action::Verify { who, code }, CallOutcome::Refused { .. }) = (&call.action, &call.outcome) else {
        return false;
    };
    let user = state.users.get(who).filter(|user| !user.opaque);
    user.and_then(|user| live(user, code)).is_some_and(|slot| slot.locked.is_some())
}

/// Whether the user whom a login was answered with may be this one.
fn may_be(state: &State, name: &str, call: &ModelCall) -> bool {
    let known = state.users.get(name).and_then(|user| user.id.as_deref());
    known.zip(call.user_id()).is_none_or(|(known, answered)| known == answered)
}

/// Who is changing to the number that a login names, with that code: the documents give the login ID of an update's
/// login no better than "the user's".
fn updating(ground: &SearchContext<'_>, state: &State, named: &str, code: &Code) -> Option<String> {
    let text = code.text().filter(|_| live(&state.users[named], code).is_none())?;
    let to_this_number = |slot: &&PendingCode| {
        slot.door == SendKind::Update
            && slot.code.as_deref() == Some(text)
            && ground.send(slot.exchange).is_some_and(|send| send.phone.as_deref() == Some(named))
    };
    let changing = state
        .users
        .iter()
        .find(|(_, user)| user.sent.iter().chain(&user.beside).any(|slot| to_this_number(&slot)));
    changing.map(|(name, _)| name.clone())
}
