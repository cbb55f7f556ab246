//! What a right server still owes when a history ends: derived from the states that the model believes then.
//!
//! A trial that ends after its last step shows what its author thought of. What it never asked again is owed all the
//! same: a code that was used is refused, a session that was not ended works, a user can log in again.

use super::call::SendKind;
use super::context::SearchContext;
use super::read::calls;
use super::search::final_states;
use super::state::{PendingCode, Registration, SessionStatus, State, User, Void};
use crate::contract::Contract;
use crate::exchange::{History, Placeholder, SecretKind};

/// One thing that can still be asked, by stand-ins. The model judges the answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// A login with this code is refused: it was used, or a newer one was sent.
    DeadCode {
        /// Login ID.
        who: String,
        /// The code.
        code: String,
    },
    /// A login with this code is accepted: it is the newest, and nothing has ended it.
    LiveCode {
        /// Login ID.
        who: String,
        /// The code.
        code: String,
    },
    /// The user can ask for a code and log in with it, as the same user.
    Login {
        /// Login ID.
        who: String,
    },
    /// This refresh token works.
    LiveSession {
        /// Login ID of its user.
        who: String,
        /// The refresh token.
        token: String,
    },
    /// This refresh token is refused: it was logged out or revoked.
    DeadSession {
        /// Login ID of its user.
        who: String,
        /// The refresh token.
        token: String,
    },
}

impl Promise {
    /// The login ID it is about.
    pub fn who(&self) -> &str {
        match self {
            Promise::DeadCode { who, .. }
            | Promise::LiveCode { who, .. }
            | Promise::Login { who }
            | Promise::LiveSession { who, .. }
            | Promise::DeadSession { who, .. } => who,
        }
    }
}

/// Dead codes, and sessions of each kind, that are asked for of one user: each refused login may count as a wrong
/// guess, and the newest say most.
const OF_EACH: usize = 2;

/// What a server is still held to after this history, a user after the other, in the order in which it is best asked
/// for. Nothing is promised of a user of whom an answer was lost, or whom the model cannot explain.
pub fn promises(contract: &Contract, history: &History) -> Vec<Promise> {
    let calls = calls(contract, history);
    let ground = SearchContext::new(contract, &history.assumptions, &calls);
    let all = final_states(&ground).into_iter().flat_map(|state| of_state(&state));
    all.filter(|promise| !ground.mixes_methods(promise.who())).collect()
}

fn of_state(state: &State) -> Vec<Promise> {
    let settled = |who: &str, user: &User| !user.opaque && is_person(who);
    let users = state.users.iter().filter(|(who, user)| settled(who, user));
    users.flat_map(|(who, user)| of_user(state, who, user)).collect()
}

/// Whether this is the plain login ID of a user of ours.
fn is_person(who: &str) -> bool {
    Placeholder::parse(who)
        .is_some_and(|name| name.kind.is_person() && name.how.is_none() && name.label != "static")
}

fn of_user(state: &State, who: &str, user: &User) -> Vec<Promise> {
    let who = who.to_owned();
    let dead = dead_codes(user).map(|code| Promise::DeadCode { who: who.clone(), code });
    let live = live_code(user).map(|code| Promise::LiveCode { who: who.clone(), code });
    // Test users may get no message, and nothing is known of a user who never asked for a code.
    let known =
        matches!(user.standing, Registration::Pending | Registration::Invited | Registration::Registered);
    let login = (known && !user.test).then(|| Promise::Login { who: who.clone() });
    let sessions = |wanted: &dyn Fn(SessionStatus) -> bool| {
        let theirs = state.sessions.iter().filter(|(_, session)| session.who == who);
        let mut tokens: Vec<(u64, String)> = theirs
            .filter(|(_, session)| wanted(session.life) && !session.rotated)
            .map(|(token, session)| (session.call, token.clone()))
            .collect();
        tokens.sort();
        tokens.into_iter().rev().take(OF_EACH).map(|(_, token)| token).collect::<Vec<_>>()
    };
    let living = sessions(&|life| life == SessionStatus::Live);
    let ended = sessions(&|life| {
        matches!(
            life,
            SessionStatus::LoggedOut(_) | SessionStatus::LoggedOutAll(_) | SessionStatus::Revoked(_)
        )
    });
    let living = living.into_iter().map(|token| Promise::LiveSession { who: who.clone(), token });
    let ended = ended.into_iter().map(|token| Promise::DeadSession { who: who.clone(), token });
    dead.chain(live).chain(login).chain(living).chain(ended).collect()
}

/// The newest codes that no longer work, those first that ended last.
fn dead_codes(user: &User) -> impl Iterator<Item = String> + use<> {
    let lives = |code: &str| {
        user.sent
            .iter()
            .chain(&user.generated)
            .any(|slot| slot.code.as_deref().is_none_or(|live| live == code))
    };
    let ended_by = |void: &Void| match void {
        // Whether an update of the number voids a code, and the other way about, is nowhere written.
        Void::Superseded { doors: (SendKind::Update, _) | (_, SendKind::Update), .. } => None,
        Void::Superseded { by, .. } | Void::Spent { by } => Some(*by),
    };
    let is_code = |code: &str| {
        Placeholder::parse(code)
            .is_some_and(|name| name.kind == SecretKind::Code && name.how.is_none() && name.label != "static")
    };
    let mut codes: Vec<(usize, String)> = user
        .void
        .iter()
        .filter(|(code, _)| is_code(code) && !lives(code))
        .filter_map(|(code, void)| Some((ended_by(void)?, code.clone())))
        .collect();
    codes.sort();
    codes.into_iter().rev().take(OF_EACH).map(|(_, code)| code)
}

fn live_code(user: &User) -> Option<String> {
    let owed = |slot: &&PendingCode| slot.certain && slot.door != SendKind::Update;
    user.sent.as_ref().filter(owed)?.code.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_nobody_of_ours_is_promised_nothing() {
        assert!(is_person("<phone:A>") && is_person("<name:B>"));
        for other in ["<phone:A|dashes>", "<name:static>", "ada", "<user:1>"] {
            assert!(!is_person(other), "{other}");
        }
    }

    #[test]
    fn a_user_of_whom_an_answer_was_lost_is_promised_nothing() {
        let mut state = State::default();
        let void = |by| Void::Spent { by };
        let user = state.user("<phone:A>", true);
        user.standing = Registration::Registered;
        user.void.extend([("<code:A1>".to_owned(), void(2)), ("<code:A2>".to_owned(), void(4))]);
        user.void.insert("<code:A3>".to_owned(), void(6));
        let dead = |code: &str| Promise::DeadCode { who: "<phone:A>".into(), code: code.into() };
        let login = Promise::Login { who: "<phone:A>".into() };
        assert_eq!(of_state(&state), [dead("<code:A3>"), dead("<code:A2>"), login]);
        state.user("<phone:A>", true).opaque = true;
        assert_eq!(of_state(&state), []);
    }
}
