//! A live code that was refused without an excuse: which requirement that breaks.

use super::super::call::{Action, CallOutcome, ModelCall};
use super::super::context::SearchContext;
use super::super::state::{Breach, PendingCode, User, Void};
use super::code::is_sent;
use crate::contract::req;

/// Which requirement is broken by refusing a live code.
pub(super) fn wrongly_refused(
    ground: &SearchContext<'_>,
    user: &User,
    call: &ModelCall,
    who: &str,
    slot: &PendingCode,
    seen: &str,
) -> Vec<Breach> {
    let right = "200 and a session, the code is live";
    let blame = |id| vec![Breach::new(id, right, seen).with(slot.exchange)];
    let challenged = ground.send(slot.exchange).is_some_and(|send| !send.options["pkceChallenge"].is_null());
    if challenged && !ground.refuses_plainly && !a_challenged_code_worked(ground) {
        let expected = "200, a pkceChallenge changes nothing";
        return vec![Breach::new(req::PKCE_CHALLENGE_HAS_NO_EFFECT, expected, seen).with(slot.exchange)];
    }
    let again = user.void.values().any(|void| matches!(void, Void::Superseded { .. }));
    if ground.refuses_plainly {
        return blame(if again { req::SECOND_CODE_IS_ACCEPTED } else { req::NEWEST_CODE_IS_ACCEPTED });
    }
    if let Some(breach) = spoilt_by_a_send(slot, seen) {
        return vec![breach];
    }
    // Guesses at an earlier code are no reason to refuse this one.
    let guessed = user.guesses_at(call.call) > 0 && user.guessed_at >= slot.call;
    if guessed && !is_sent(user, slot) {
        return blame(req::WRONG_GUESS_KEEPS_CODE);
    }
    if !is_sent(user, slot) {
        return blame(req::GENERATED_CODE_NEEDS_NO_SEND);
    }
    if ground.raced(slot.exchange, who) {
        // Whether one of several overlapping sends must win is a second sentence of its own.
        let expected = "200 for one of the codes of overlapping sends";
        return vec![Breach {
            second: true,
            ..Breach::new(req::CONCURRENT_SENDS_ONE_CODE, expected, seen).with(slot.exchange)
        }];
    }
    if guessed {
        return blame(req::WRONG_GUESS_KEEPS_CODE);
    }
    if let Some(breach) = spoilt_by_another_user(ground, call, who, slot, seen) {
        return vec![breach];
    }
    blame(if again { req::SECOND_CODE_IS_ACCEPTED } else { req::NEWEST_CODE_IS_ACCEPTED })
}

/// Whether a code whose send had a challenge let its user in: then a challenge is no reason to refuse another.
fn a_challenged_code_worked(ground: &SearchContext<'_>) -> bool {
    let worked = |wanted: &str| {
        ground.calls.iter().any(|call| {
            call.outcome == CallOutcome::Accepted
                && matches!(&call.action, Action::Verify { code, .. } if code.text() == Some(wanted))
        })
    };
    ground.calls.iter().any(|call| match &call.action {
        Action::Send(send) if !send.options["pkceChallenge"].is_null() => {
            send.delivered.as_deref().is_some_and(worked)
        }
        _ => false,
    })
}

/// A send of the same user that should have left the code alone: it was refused, or made a code of another kind.
fn spoilt_by_a_send(slot: &PendingCode, seen: &str) -> Option<Breach> {
    let (id, expected, send) = match (slot.refused_send, slot.initiated) {
        (Some(send), _) => (req::REFUSED_SEND_KEEPS_CODE, "200, a refused send leaves the code alone", send),
        (None, Some(send)) => {
            (req::GENERATED_CODE_SURVIVES_SEND, "200, a generated code outlives a send", send)
        }
        (None, None) => return None,
    };
    Some(Breach::new(id, expected, seen).with(slot.exchange).with(send))
}

/// A send to another user, or another user's wrong guess, since the code was sent.
fn spoilt_by_another_user(
    ground: &SearchContext<'_>,
    call: &ModelCall,
    who: &str,
    slot: &PendingCode,
    seen: &str,
) -> Option<Breach> {
    let since = |wanted: &dyn Fn(&ModelCall) -> bool| {
        let mut between = ground.calls.iter().filter(|c| c.call >= slot.call && c.call < call.call);
        between.find(|c| !ground.concerns(c, who) && wanted(c)).map(|c| c.exchange)
    };
    let send = |c: &ModelCall| matches!(c.action, Action::Send(_)) && c.outcome == CallOutcome::Accepted;
    let guess = |c: &ModelCall| {
        matches!((&c.action, &c.outcome), (Action::Verify { .. }, CallOutcome::Refused { .. }))
    };
    let sent = since(&send).map(|other| {
        (req::SEND_KEEPS_CODES_OF_OTHERS, "200, a send to another user leaves the code alone", other)
    });
    let guessed = || {
        let expected = "200, another user's wrong guesses leave the code alone";
        since(&guess).map(|other| (req::GUESSES_DO_NOT_AFFECT_OTHERS, expected, other))
    };
    let (id, expected, other) = sent.or_else(guessed)?;
    Some(Breach::new(id, expected, seen).with(slot.exchange).with(other))
}
