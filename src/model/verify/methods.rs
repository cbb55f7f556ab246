//! What a code of one delivery method means for the others.
//!
//! No page says whether a send by one method voids what another has sent, nor whether a verify takes the code of another
//! method: each reading is right. But a target has one of them: once it has shown which, it is held to that.

use super::super::call::ModelCall;
use super::super::state::{Breach, Crossing, PendingCode, State, User};
use crate::contract::req;

/// Whether this code came by another method than the one whose verify is called.
pub(super) fn is_foreign(call: &ModelCall, slot: &PendingCode) -> bool {
    matches!((call.method, slot.method), (Some(asked), Some(came)) if asked != came)
}

/// What a refused login leaves open: whether it counts against the codes of other methods is nowhere written.
pub(super) fn unsettle_others(call: &ModelCall, user: &mut User) {
    let slots = user.sent.iter_mut().chain(&mut user.beside);
    slots.filter(|slot| is_foreign(call, slot)).for_each(|slot| slot.certain = false);
}

/// What the target has shown of such sends, where this code was followed by one of another method: whether such codes
/// work, and the exchange that showed it.
fn shown<'s>(state: &'s State, slot: &PendingCode) -> Option<&'s (bool, usize)> {
    state.crossings.get(&Crossing::of(slot)?)
}

/// A code opened a session although another method's was sent after it.
pub(super) fn survived(state: &mut State, call: &ModelCall, slot: &PendingCode) -> Option<Breach> {
    let crossing = Crossing::of(slot).filter(|_| slot.certain && !is_foreign(call, slot))?;
    let (works, by) = *state.crossings.entry(crossing).or_insert((true, call.exchange));
    (!works).then(|| {
        let expected = format!("refused: exchange {by} refused such a code, after the same two sends");
        Breach::new(req::ANY_SEND_VOIDS_EARLIER_CODE, expected, "accepted").with(slot.exchange).with(by)
    })
}

/// A code was refused, and nothing explains it but a send by another method after it.
pub(super) fn was_voided(
    state: &mut State,
    call: &ModelCall,
    who: &str,
    slot: &PendingCode,
    seen: &str,
) -> Option<Breach> {
    let known = shown(state, slot).copied();
    if let (None, Some(crossing)) = (known, Crossing::of(slot)) {
        state.crossings.insert(crossing, (false, call.exchange));
    }
    // It may have been a guess too many for what comes next, too.
    let user = state.user(who, false);
    user.beside.iter_mut().filter(|other| other.exchange == slot.exchange).for_each(|it| it.certain = false);
    let (_, by) = known.filter(|(works, _)| *works)?;
    let expected = format!("200: exchange {by} accepted such a code, after the same two sends");
    Some(Breach::new(req::NEWEST_CODE_IS_ACCEPTED, expected, seen).with(slot.exchange).with(by))
}
