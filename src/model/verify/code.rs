//! The codes of a user: which is meant, how old it is, and what a lost login leaves open.

use super::super::call::{Action, Code, ModelCall};
use super::super::context::SearchContext;
use super::super::login;
use super::super::state::{PendingCode, SessionStatus, State, User};

/// Microseconds in a second.
pub(super) const SECOND: u64 = 1_000_000;

/// How much later than its lifetime a code may still work: clocks and queues.
pub(super) const GRACE: u64 = 5 * SECOND;

/// The slot whose code this is.
pub(super) fn live<'s>(user: &'s User, code: &Code) -> Option<&'s PendingCode> {
    let text = code.text()?;
    user.sent
        .iter()
        .chain(&user.beside)
        .chain(&user.generated)
        .find(|slot| slot.code.as_deref() == Some(text))
}

/// Whether this is a code that was sent, and not one that the management API generated.
pub(super) fn is_sent(user: &User, slot: &PendingCode) -> bool {
    user.sent.iter().chain(&user.beside).any(|sent| sent.exchange == slot.exchange)
}

/// The least age that the code can have had when it was looked at.
pub(super) fn youngest(call: &ModelCall, slot: &PendingCode) -> u64 {
    call.call.saturating_sub(slot.ret)
}

/// The greatest.
pub(super) fn oldest(call: &ModelCall, slot: &PendingCode) -> u64 {
    call.ret.unwrap_or(call.call).saturating_sub(slot.call)
}

/// A login that was lost, or whose send was, or for which it is unknown, may have ended the user's other sessions, if any send asked for that.
pub(super) fn unknown_login(ground: &SearchContext<'_>, state: &mut State, who: &str) {
    let revoking = ground.calls.iter().any(|call| match &call.action {
        Action::Send(send) => send.who == who && send.options["revokeOtherSessions"] == true,
        _ => false,
    });
    if revoking {
        login::end_all(state, who, SessionStatus::Unknown);
    }
}
