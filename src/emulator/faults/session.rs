//! Sessions that end too late, too early or not at all.

use axum::http::StatusCode;

use super::Bugs;
use crate::emulator::clock::Millis;
use crate::emulator::fault::Fault;
use crate::emulator::refusal::Refusal;
use crate::emulator::reply::Reply;
use crate::emulator::store::Store;
use crate::emulator::user::User;

impl Bugs {
    /// A live session is refused its refresh.
    pub(crate) fn refuses_refresh(&self) -> bool {
        self.has(Fault::RefreshRefused)
    }

    /// `me` wraps the user in an object.
    pub(crate) fn wraps_the_user(&self) -> bool {
        self.has(Fault::MeIsWrapped)
    }

    /// A logout that ends other sessions than the one it should; true where it is done with that.
    pub(crate) fn log_out(&self, user: &mut User, id: u64, now: Millis) -> bool {
        if !self.any() {
            return false;
        }
        if self.has(Fault::LogoutLags) {
            let ending = user.sessions.iter_mut().filter(|session| session.id == id);
            ending.for_each(|session| session.ended = Some(now + 2_000));
            return true;
        }
        if self.has(Fault::LogoutEndsTheOldest) && !user.sessions.is_empty() {
            user.sessions.remove(0);
            return true;
        }
        if self.has(Fault::LogoutEndsAll) {
            user.sessions.clear();
        }
        self.has(Fault::LogoutForgets)
    }

    /// A logout everywhere that ends the sessions of other users too.
    pub(crate) fn log_out_others(&self, store: &mut Store) {
        if self.has(Fault::LogoutAllHitsEverybody) {
            store.users_mut().for_each(|user| user.sessions.clear());
        }
    }

    /// A session that survives a logout everywhere.
    pub(crate) fn survives(&self, at: usize, is_presented: bool) -> bool {
        (at == 0 && self.has(Fault::LogoutAllSparesTheOldest))
            || (!is_presented && self.has(Fault::LogoutAllEndsOnlyThis))
    }

    /// The page of a framework without a route to logout everywhere.
    pub(crate) fn no_such_page(&self) -> Option<Reply> {
        let page = Reply {
            status: StatusCode::NOT_FOUND,
            raw: Some("404 page not found\n".into()),
            ..Reply::nothing()
        };
        self.has(Fault::LogoutAllIsMissing).then_some(page)
    }

    /// A logout is answered without a body.
    pub(crate) fn says_nothing_at_logout(&self) -> bool {
        self.has(Fault::LogoutAnswersNothing)
    }

    /// The refusal of a session that is over, in another word.
    pub(crate) fn logged_out_refusal(&self) -> Option<Refusal> {
        self.has(Fault::LoggedOutHasOtherCode).then(|| Refusal::invalid_token("the session is gone"))
    }
}
