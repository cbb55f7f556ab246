//! Users by ID and by login ID, and the inbox; everything that one lock guards.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::clock::Millis;
use super::id::UserId;
use super::inbox::Inbox;
use super::phone;
use super::user::{Status, User};

/// The state of the emulator.
#[derive(Debug, Default)]
pub(crate) struct Store {
    users: BTreeMap<UserId, User>,
    by_login_id: HashMap<String, UserId>,
    test_users: BTreeSet<UserId>,
    serial: u64,
    pub(crate) inbox: Inbox,
    /// Whether others see users whose sign-up waits for its code.
    pub(crate) shows_pending: bool,
    /// Whether a number with dashes is another login ID than the number without; only a bug has it so.
    pub(crate) keeps_dashes: bool,
    /// Whether mail addresses as login IDs have no capitals.
    pub(crate) folds_addresses: bool,
    /// How login IDs that are no numbers are kept, where it is not as they are written.
    pub(crate) keeps_names: Option<fn(&str) -> String>,
}

/// The form in which a login ID is stored: numbers in E.164, everything else as it is.
pub(crate) fn canonical(login_id: &str) -> String {
    phone::canonical(login_id).unwrap_or_else(|| login_id.to_owned())
}

impl Store {
    pub(crate) fn find(&self, login_id: &str) -> Option<UserId> {
        self.by_login_id.get(login_id).or_else(|| self.by_login_id.get(&self.stored_form(login_id))).copied()
    }

    /// Whether login IDs are kept in another form than the usual one.
    fn rewrites(&self) -> bool {
        self.folds_addresses || self.keeps_names.is_some()
    }

    pub(crate) fn stored_form(&self, login_id: &str) -> String {
        if self.keeps_dashes && login_id.contains('-') {
            return login_id.to_owned();
        }
        if self.folds_addresses && login_id.contains('@') {
            return login_id.to_lowercase();
        }
        let kept = canonical(login_id);
        match self.keeps_names.filter(|_| !kept.starts_with('+')) {
            Some(keep) => keep(&kept),
            None => kept,
        }
    }

    pub(crate) fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    pub(crate) fn user_mut(&mut self, id: UserId) -> Option<&mut User> {
        self.users.get_mut(&id)
    }

    /// A user that others can see: not one whose sign-up waits for its code.
    pub(crate) fn visible(&self, login_id: &str, user_id: &str) -> Option<&User> {
        let by_login_id = Some(login_id).filter(|id| !id.is_empty()).and_then(|id| self.find(id));
        let id = by_login_id.or_else(|| user_id.parse().ok())?;
        self.user(id).filter(|user| self.shows(user))
    }

    pub(crate) fn shows(&self, user: &User) -> bool {
        user.status != Status::Pending || self.shows_pending
    }

    /// A new user with one login ID, not yet stored.
    pub(crate) fn draft(&mut self, login_id: &str, now: Millis) -> User {
        self.serial += 1;
        let mut user = User::new(UserId::new(self.serial), now);
        user.login_ids.push(self.stored_form(login_id));
        user.phone = phone::canonical(login_id).unwrap_or_default();
        user
    }

    pub(crate) fn insert(&mut self, mut user: User) {
        if self.rewrites() {
            user.login_ids.iter_mut().for_each(|login_id| *login_id = self.stored_form(login_id));
        }
        for login_id in &user.login_ids {
            self.by_login_id.insert(login_id.clone(), user.id);
        }
        if user.test {
            self.test_users.insert(user.id);
        }
        self.users.insert(user.id, user);
    }

    pub(crate) fn remove(&mut self, id: UserId) -> Option<User> {
        let user = self.users.remove(&id)?;
        for login_id in &user.login_ids {
            if self.by_login_id.get(login_id) == Some(&id) {
                self.by_login_id.remove(login_id);
            }
        }
        self.test_users.remove(&id);
        Some(user)
    }

    /// Leads a user's login IDs to another user that has them too, which no right server has.
    pub(crate) fn point_to_twin(&mut self, id: UserId) {
        let Some(login_ids) = self.user(id).map(|user| user.login_ids.clone()) else { return };
        let twin =
            self.users.values().find(|user| user.id != id && user.login_ids == login_ids).map(|user| user.id);
        if let Some(twin) = twin {
            self.by_login_id.extend(login_ids.into_iter().map(|login_id| (login_id, twin)));
        }
    }

    /// Gives a user another ID, which no right server does.
    pub(crate) fn renew_id(&mut self, id: UserId) -> UserId {
        let Some(mut user) = self.remove(id) else { return id };
        self.serial += 1;
        user.id = UserId::new(self.serial);
        let id = user.id;
        self.insert(user);
        id
    }

    /// Gives a user further or other login IDs.
    pub(crate) fn set_login_ids(&mut self, id: UserId, mut login_ids: Vec<String>) {
        if self.rewrites() {
            login_ids.iter_mut().for_each(|login_id| *login_id = self.stored_form(login_id));
        }
        let Some(user) = self.users.get_mut(&id) else { return };
        for old in &user.login_ids {
            self.by_login_id.remove(old);
        }
        for new in &login_ids {
            self.by_login_id.insert(new.clone(), id);
        }
        user.login_ids = login_ids;
    }

    pub(crate) fn test_users(&self) -> &BTreeSet<UserId> {
        &self.test_users
    }

    /// Every user, in the order they came.
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// The user that came just before another.
    pub(crate) fn user_before(&mut self, id: UserId) -> Option<&mut User> {
        self.users.range_mut(..id).next_back().map(|(_, user)| user)
    }

    /// Drops the codes of the user who has this login ID, which only a bug does.
    pub(crate) fn forget_codes(&mut self, login_id: &str) {
        if let Some(user) = self.find(login_id).and_then(|id| self.user_mut(id)) {
            user.codes.clear();
        }
    }

    pub(crate) fn users_mut(&mut self) -> impl Iterator<Item = &mut User> {
        self.users.values_mut()
    }
}
