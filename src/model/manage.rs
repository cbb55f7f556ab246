//! Users as the management API makes, shows and ends them.

use super::call::{Call, Door, Outcome};
use super::search::Ground;
use super::send::slot;
use super::state::{Break, Life, Next, Standing, State, User};

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
                breaks.push(Break::new(95, "refused, this is no test user", "a code was generated"));
            }
            for older in &mut user.generated {
                older.certain = false;
            }
            user.generated.push(slot(call, Door::Signin, code.map(str::to_owned)));
        }
        Outcome::Refused { .. } | Outcome::Broken { .. } if user.test && !user.opaque => {
            breaks.push(Break::new(94, "200 and a code, this is a test user", "refused"));
        }
        Outcome::Lost => user.opaque = true,
        _ => {}
    }
    vec![(next, breaks)]
}

/// A user made by the management API: invited until the first login.
pub(super) fn create(ground: &Ground<'_>, state: &State, call: &Call, who: &str, test: bool) -> Next {
    let mut next = state.clone();
    let user = next.user(who, ground.is_fresh(who));
    match &call.outcome {
        Outcome::Accepted => {
            let id = call.user_id().map(str::to_owned);
            *user = User { standing: Standing::Invited, test, id, ..User::default() };
        }
        Outcome::Lost | Outcome::Broken { .. } => user.opaque = true,
        _ => {}
    }
    vec![(next, Vec::new())]
}

/// A user's end. Its sessions may live on until they run out: nothing is documented.
pub(super) fn delete(state: &State, call: &Call, who: Option<&str>, id: Option<&str>) -> Next {
    let hit = |name: &str, user: &User| Some(name) == who || (user.id.is_some() && user.id.as_deref() == id);
    remove(state, call, &hit)
}

/// The end of every test user, and of nobody else.
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
                next.users.insert(name.clone(), User { standing: Standing::Absent, ..User::default() });
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
