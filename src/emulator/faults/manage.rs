//! Management that finds, spares or limits the wrong users.

use serde_json::{Value, json};

use super::Bugs;
use crate::emulator::fault::Fault;
use crate::emulator::id::UserId;
use crate::emulator::refusal::Refusal;
use crate::emulator::store::Store;

impl Bugs {
    /// A user who is not there is reported in another word.
    pub(crate) fn missing_user_refusal(&self) -> Option<Refusal> {
        self.has(Fault::MissingUserHasOtherCode).then(Refusal::generic)
    }

    /// A deleted user is still there.
    pub(crate) fn keeps_deleted_users(&self) -> bool {
        self.has(Fault::DeletedUserLoads)
    }

    /// A deletion is answered without a body.
    pub(crate) fn says_nothing_at_deletion(&self) -> bool {
        self.has(Fault::DeleteAnswersNothing)
    }

    /// The answer that holds a loaded user.
    pub(crate) fn loaded(&self, user: Value) -> Value {
        if self.has(Fault::LoadedUserIsBare) { user } else { json!({ "user": user }) }
    }

    /// The plan's limit of test users is not kept.
    pub(crate) fn ignores_test_user_limit(&self) -> bool {
        self.has(Fault::TestUserLimitIgnored)
    }

    /// A test user too many is refused in another word.
    pub(crate) fn test_user_limit_refusal(&self) -> Option<Refusal> {
        self.has(Fault::TestUserLimitHasOtherCode).then(Refusal::generic)
    }

    /// The users that a deletion of all test users removes, where they are not all test users.
    pub(crate) fn deleted_with_test_users(&self, store: &Store) -> Option<Vec<UserId>> {
        if self.has(Fault::DeleteAllTakesOrdinaryUsers) {
            return Some(store.users().map(|user| user.id).collect());
        }
        if self.has(Fault::DeleteAllSparesTheFirst) {
            return Some(store.test_users().iter().skip(1).copied().collect());
        }
        let with_session = |id: &UserId| store.user(*id).is_some_and(|user| !user.sessions.is_empty());
        let spared = self.has(Fault::DeleteAllSparesLoggedIn);
        spared.then(|| store.test_users().iter().copied().filter(|id| !with_session(id)).collect())
    }

    /// Codes are generated for login IDs that no user has.
    pub(crate) fn generates_for_unknown_users(&self) -> bool {
        self.has(Fault::CodesGeneratedForNobody)
    }

    /// Codes are generated for users who are no test users.
    pub(crate) fn generates_for_ordinary_users(&self) -> bool {
        self.has(Fault::CodesGeneratedForAnybody)
    }

    /// A generated code as it is shown.
    pub(crate) fn shown_code(&self, code: String) -> Value {
        if self.has(Fault::GeneratedCodeIsANumber) {
            return code.parse::<u64>().unwrap_or_default().into();
        }
        code.into()
    }
}
