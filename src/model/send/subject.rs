//! Whom a send speaks of.

use super::super::call::{ModelCall, SendCall};
use super::super::context::SearchContext;
use super::super::state::{State, User};

/// The user a send speaks of. An update speaks of the user named by the current login ID.
pub(super) fn subject<'s>(ground: &SearchContext<'_>, state: &'s mut State, send: &SendCall) -> &'s mut User {
    state.user(&send.who, ground.is_fresh(&send.who))
}

/// A send that was not made leaves everything as it was.
pub(super) fn untouched(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    send: &SendCall,
) -> State {
    let mut next = state.clone();
    if let Some(slot) = &mut subject(ground, &mut next, send).sent {
        slot.refused_send.get_or_insert(call.exchange);
    }
    next
}
