//! Users as the management API makes, shows and ends them.

use super::call::{CallOutcome, ModelCall, SendKind};
use super::context::SearchContext;
use super::login::end_all;
use super::send::slot;
use super::state::{Breach, Next, PendingCode, Registration, SessionStatus, State, User};
use crate::contract::req;

/// A code for a test user. A newer one may or may not void an older one: the contract leaves it open.
pub(super) fn generate(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    code: Option<&str>,
) -> Next {
    let mut next = state.clone();
    let user = next.user(who, ground.is_fresh(who));
    let mut breaks = Vec::new();
    match &call.outcome {
        CallOutcome::Accepted => {
            let ordinary =
                !user.test && matches!(user.standing, Registration::Absent | Registration::Registered);
            if ordinary && !user.opaque {
                breaks.push(Breach::new(
                    req::GENERATE_REFUSES_ORDINARY_USERS,
                    "refused, this is no test user",
                    "a code was generated",
                ));
            }
            // Whether it voids what was sent, or generated before, is nowhere written; the same code again is that one.
            user.generated.retain(|older| code.is_none() || older.code.as_deref() != code);
            user.pending().for_each(|older| older.certain = false);
            // Which verify takes the code where no method was named is open.
            let certain = call.method.is_some();
            user.generated
                .push(PendingCode { certain, ..slot(call, SendKind::Signin, code.map(str::to_owned)) });
        }
        CallOutcome::Refused { .. } | CallOutcome::Broken { .. } if user.test && !user.opaque => {
            breaks.push(Breach::new(
                req::GENERATE_RETURNS_CODE,
                "200 and a code, this is a test user",
                "refused",
            ));
        }
        CallOutcome::Lost => user.opaque = true,
        _ => {}
    }
    vec![(next, breaks)]
}

/// A user made by the management API: invited until the first login.
pub(super) fn create(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    test: bool,
    others: &[String],
) -> Next {
    let mut next = state.clone();
    // The contract does not say which login ID applies, so none of them is judged.
    for other in
        others.iter().filter(|_| !matches!(call.outcome, CallOutcome::Refused { .. } | CallOutcome::Limited))
    {
        next.user(other, ground.is_fresh(other)).opaque = true;
    }
    // A user who is found by the number, and not made, has two login IDs from then on.
    let is_found = |user: &User| call.outcome == CallOutcome::Accepted && is_answered(user, call);
    let mut found = next.users.iter_mut().filter(|(name, user)| *name != who && is_found(user)).peekable();
    let is_known = found.peek().is_some();
    found.for_each(|(_, user)| user.opaque = true);
    let user = next.user(who, ground.is_fresh(who));
    match &call.outcome {
        CallOutcome::Accepted if is_known || user.standing > Registration::Absent => user.opaque = true,
        CallOutcome::Accepted => {
            let id = call.user_id().map(str::to_owned);
            *user = User { standing: Registration::Invited, test, id, ..User::default() };
        }
        CallOutcome::Lost | CallOutcome::Broken { .. } => user.opaque = true,
        _ => {}
    }
    vec![(next, Vec::new())]
}

/// Whether an answer shows this user.
fn is_answered(user: &User, call: &ModelCall) -> bool {
    user.id.is_some() && user.id.as_deref() == call.user_id()
}

/// A change after which the sessions of a user, and perhaps the user, may not work as before.
pub(super) fn unsettle(
    state: &State,
    call: &ModelCall,
    who: Option<&str>,
    id: Option<&str>,
    user: bool,
    suspends: bool,
) -> Next {
    let mut next = state.clone();
    if !matches!(call.outcome, CallOutcome::Refused { .. } | CallOutcome::Limited) {
        for (name, _) in state.users.iter().filter(|(name, user)| is_meant(name, user, who, id)) {
            let meant = next.user(name, false);
            meant.opaque |= user;
            meant.suspended =
                suspends || (meant.suspended && !(user && call.outcome == CallOutcome::Accepted));
            end_all(&mut next, name, SessionStatus::Unknown);
        }
    }
    vec![(next, Vec::new())]
}

fn is_meant(name: &str, user: &User, who: Option<&str>, id: Option<&str>) -> bool {
    Some(name) == who || (user.id.is_some() && user.id.as_deref() == id)
}

/// A user's end. Its sessions may live on until they run out: nothing is documented.
pub(super) fn delete(state: &State, call: &ModelCall, who: Option<&str>, id: Option<&str>) -> Next {
    remove(state, call, &|name, user| is_meant(name, user, who, id))
}

/// The end of every test user, and of no other user.
pub(super) fn delete_test_users(state: &State, call: &ModelCall) -> Next {
    remove(state, call, &|_, user| user.test)
}

fn remove(state: &State, call: &ModelCall, hit: &dyn Fn(&str, &User) -> bool) -> Next {
    let mut next = state.clone();
    let names: Vec<String> =
        state.users.iter().filter(|(name, user)| hit(name, user)).map(|(name, _)| name.clone()).collect();
    for name in names {
        match &call.outcome {
            CallOutcome::Accepted => {
                // A code in flight may outlive the user, where users are made at verify.
                let slots = next.users.remove(&name).map(|user| (user.sent, user.beside, user.generated));
                let user = next.user(&name, true);
                (user.sent, user.beside, user.generated) = slots.unwrap_or_default();
                user.pending().for_each(|slot| slot.certain = false);
            }
            CallOutcome::Lost | CallOutcome::Broken { .. } => next.user(&name, false).opaque = true,
            _ => continue,
        }
        for session in next.sessions.values_mut().filter(|session| session.who == name) {
            session.life = SessionStatus::Unknown;
        }
    }
    vec![(next, Vec::new())]
}
