//! A number with dashes in it: it should reach the user of the number (OTP-013), and a server that takes it for a login ID
//! of its own has broken that, and nothing else.

use super::call::{Action, CallOutcome, Code, ModelCall, SendKind};
use super::state::{Breach, Next, State};
use crate::contract::req;
use crate::exchange::Placeholder;

/// How the spelling is named.
const DASHES: &str = "dashes";

/// The steps of a call in a history that leaves open what dashes mean. Where the call has some, another user may be meant:
/// the user of that spelling, and from then on always that one.
pub(super) fn step(state: &State, call: &ModelCall, act: impl Fn(&State, &ModelCall) -> Next) -> Next {
    let mut next = match to_another(call) {
        None => act(state, call),
        Some((name, other)) if state.users.contains_key(&name) => act(state, &other),
        Some((_, other)) => {
            let mut ways = act(state, call);
            ways.extend(act(state, &other).into_iter().map(|(state, mut breaks)| {
                let expected = "the user of the number";
                breaks.push(Breach::new(req::DASHED_NUMBER_IS_SAME_USER, expected, "another user"));
                (state, breaks)
            }));
            ways
        }
    };
    next.retain(|(state, _)| !has_one_user_twice(state));
    next
}

/// The same call for the user of the spelling, and how that one is named; `None` where nothing is spelled with dashes.
fn to_another(call: &ModelCall) -> Option<(String, ModelCall)> {
    let mut other = Some(call).filter(|call| has_dashes(call))?.clone();
    let name = match &mut other.action {
        Action::Send(send) if send.door != SendKind::Update => {
            send.phone.get_or_insert_with(|| send.who.clone());
            send.who = spelled(&send.who)?;
            send.who.clone()
        }
        Action::Verify { who, .. } => {
            *who = spelled(who)?;
            who.clone()
        }
        _ => return None,
    };
    Some((name, other))
}

/// Whether the calls leave open that a number with dashes is another user's: some of them have dashes, and none shows that
/// the target understands them.
pub(super) fn is_open(calls: &[ModelCall]) -> bool {
    calls.iter().any(has_dashes) && !is_understood(calls)
}

fn has_dashes(call: &ModelCall) -> bool {
    call.spelling.as_deref() == Some(DASHES)
}

/// Whether a code that was sent to a number opened a session for the number with dashes, or the other way round.
fn is_understood(calls: &[ModelCall]) -> bool {
    let sent = |code: &str| {
        calls.iter().find(|call| match &call.action {
            Action::Send(send) => send.delivered.as_deref() == Some(code),
            _ => false,
        })
    };
    calls.iter().any(|call| match &call.action {
        Action::Verify { code: Code::Plain(code), .. } if call.outcome == CallOutcome::Accepted => {
            sent(code).is_some_and(|send| has_dashes(send) != has_dashes(call))
        }
        _ => false,
    })
}

fn spelled(who: &str) -> Option<String> {
    Some(format!("{}|{DASHES}>", who.strip_suffix('>')?))
}

/// Whether the users of a number and of its spelling turned out to be one.
fn has_one_user_twice(state: &State) -> bool {
    state.users.iter().any(|(name, user)| {
        let plain = Placeholder::parse(name).filter(|name| name.how.is_some()).map(Placeholder::base);
        let plain = plain.and_then(|plain| state.users.get(&plain));
        user.id.is_some() && plain.is_some_and(|plain| plain.id == user.id)
    })
}
