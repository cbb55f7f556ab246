//! What a code of one delivery method means for the others.
//!
//! No page says whether a send by one method voids what another has sent, nor whether a verify takes the code of another
//! method, nor that a server does the same each time: a message may not have gone out, and what a send means may hang on
//! what the user is. Each answer is right, and what is sure of one method stays so.

use super::super::call::ModelCall;
use super::super::state::{PendingCode, User};

/// Whether this code came by another method than the one whose verify is called.
pub(super) fn is_foreign(call: &ModelCall, slot: &PendingCode) -> bool {
    matches!((call.method, slot.method), (Some(asked), Some(came)) if asked != came)
}

/// What a refused login leaves open: whether it counts against the codes of other methods is nowhere written.
pub(super) fn unsettle_others(call: &ModelCall, user: &mut User) {
    user.pending().filter(|slot| is_foreign(call, slot)).for_each(|slot| slot.certain = false);
}
