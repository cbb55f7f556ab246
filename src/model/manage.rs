//! Users as the management API makes, shows and ends them.

use super::call::{Call, Door, Outcome};
use super::login::end_all;
use super::search::Ground;
use super::send::slot;
use super::state::{Break, Life, Next, Standing, State, User};
use crate::contract::req;

/// A code for a test user. A newer one may or may not void an older one: the contract leaves it open.
pub(super) fn generate(
    ground: &Ground<'_>,
    state: &State,
    call: &Call,
    who: &str,
    code: Option<&str>,
) -> Next {
    let mut next = state.clone();
    let user = next.user(who, ground.is_fresh(who));
    let mut breaks = Vec::new();
    match &call.outcome {
        Outcome::Accepted => {
            let ordinary = !user.test && matches!(user.standing, Standing::Absent | Standing::Registered);
            if ordinary && !user.opaque {
                breaks.push(Break::new(
                    req::GENERATE_REFUSES_ORDINARY_USERS,
                    "refused, this is no test user",
                    "a code was generated",
                ));
            }
            for older in &mut user.generated {
                older.certain = false;
            }
            user.generated.push(slot(call, Door::Signin, code.map(str::to_owned)));
        }
        Outcome::Refused { .. } | Outcome::Broken { .. } if user.test && !user.opaque => {
            breaks.push(Break::new(
                req::GENERATE_RETURNS_CODE,
                "200 and a code, this is a test user",
                "refused",
            ));
        }
        Outcome::Lost => user.opaque = true,
        _ => {}
    }
    vec![(next, breaks)]
}

/// A user made by the management API: invited until the first login.
pub(super) fn create(
    ground: &Ground<'_>,
    state: &State,
    call: &Call,
    who: &str,
    test: bool,
    others: &[String],
) -> Next {
    let mut next = state.clone();
    // The contract does not say which login ID applies, so none of them is judged.
    for other in others.iter().filter(|_| !matches!(call.outcome, Outcome::Refused { .. } | Outcome::Limited))
    {
        next.user(other, ground.is_fresh(other)).opaque = true;
    }
    let user = next.user(who, ground.is_fresh(who));
    match &call.outcome {
        Outcome::Accepted if user.standing > Standing::Absent => user.opaque = true,
        Outcome::Accepted => {
            let id = call.user_id().map(str::to_owned);
            *user = User { standing: Standing::Invited, test, id, ..User::default() };
        }
        Outcome::Lost | Outcome::Broken { .. } => user.opaque = true,
        _ => {}
    }
    vec![(next, Vec::new())]
}

/// A change after which the sessions of a user, and perhaps the user, may not work as before.
pub(super) fn unsettle(
    state: &State,
    call: &Call,
    who: Option<&str>,
    id: Option<&str>,
    user: bool,
    suspends: bool,
) -> Next {
    let mut next = state.clone();
    if !matches!(call.outcome, Outcome::Refused { .. } | Outcome::Limited) {
        for (name, _) in state.users.iter().filter(|(name, user)| is_meant(name, user, who, id)) {
            let meant = next.user(name, false);
            meant.opaque |= user;
            meant.suspended = suspends || (meant.suspended && !(user && call.outcome == Outcome::Accepted));
            end_all(&mut next, name, Life::Either);
        }
    }
    vec![(next, Vec::new())]
}

fn is_meant(name: &str, user: &User, who: Option<&str>, id: Option<&str>) -> bool {
    Some(name) == who || (user.id.is_some() && user.id.as_deref() == id)
}

/// A user's end. Its sessions may live on until they run out: nothing is documented.
pub(super) fn delete(state: &State, call: &Call, who: Option<&str>, id: Option<&str>) -> Next {
    remove(state, call, &|name, user| is_meant(name, user, who, id))
}

/// The end of every test user, and of no other user.
pub(super) fn delete_test_users(state: &State, call: &Call) -> Next {
    remove(state, call, &|_, user| user.test)
}

fn remove(state: &State, call: &Call, hit: &dyn Fn(&str, &User) -> bool) -> Next {
    let mut next = state.clone();
    let names: Vec<String> =
        state.users.iter().filter(|(name, user)| hit(name, user)).map(|(name, _)| name.clone()).collect();
    for name in names {
        match &call.outcome {
            Outcome::Accepted => {
                // A code in flight may outlive the user, where users are made at verify.
                let slots = next.users.remove(&name).map(|user| (user.sent, user.generated));
                let user = next.user(&name, true);
                (user.sent, user.generated) = slots.unwrap_or_default();
                user.sent.iter_mut().chain(&mut user.generated).for_each(|slot| slot.certain = false);
            }
            Outcome::Lost | Outcome::Broken { .. } => next.user(&name, false).opaque = true,
            _ => continue,
        }
        for session in next.sessions.values_mut().filter(|session| session.who == name) {
            session.life = Life::Either;
        }
    }
    vec![(next, Vec::new())]
}
