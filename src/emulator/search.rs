//! Management's views of many users: by their IDs, and by search.

use serde_json::Value;

use super::call::Call;
use super::fields::Fields;
use super::manage::page;
use super::phone;
use super::refusal::Refusal;
use super::reply::Outcome;
use super::store::{Store, canonical};
use super::user::User;

/// Users of a page unless the caller says otherwise (docs: Management / Search Users).
const PAGE: u64 = 100;

pub(crate) async fn load_many(call: Call) -> Outcome {
    call.management()?;
    let body = call.object()?;
    let fields = Fields::of(&body);
    let ids = fields.texts("userIds")?;
    let tolerant = fields.flag("includeInvalidUsers")?;
    let store = call.server.store();
    let mut users = Vec::new();
    for id in &ids {
        match store.visible("", id) {
            Some(user) => users.push(call.server.show(user)),
            None if tolerant => {}
            None => return Err(Refusal::no_such_user()),
        }
    }
    let total = users.len();
    Ok(page(users, total))
}

pub(crate) async fn search(call: Call) -> Outcome {
    found(&call, false)
}

pub(crate) async fn search_test(call: Call) -> Outcome {
    found(&call, true)
}

/// What a search asks for; an empty list asks for nothing in particular.
struct Wanted {
    login_ids: Vec<String>,
    user_ids: Vec<String>,
    phones: Vec<String>,
    emails: Vec<String>,
    statuses: Vec<String>,
    test_only: bool,
    with_test: bool,
}

fn found(call: &Call, test: bool) -> Outcome {
    call.management()?;
    let body = call.object_or_nothing()?;
    let fields = Fields::of(&body);
    let wanted = Wanted::read(fields, test)?;
    let limit = fields.count("limit")?.filter(|limit| *limit > 0).unwrap_or(PAGE);
    let skipped = fields.count("page")?.unwrap_or(0).saturating_mul(limit);
    let store = call.server.store();
    let all: Vec<&User> = wanted
        .candidates(&store)
        .into_iter()
        .filter(|user| store.shows(user) && wanted.admits(user))
        .collect();
    let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let users: Vec<Value> = all.iter().skip(skipped).take(limit).map(|user| call.server.show(user)).collect();
    Ok(page(users, all.len()))
}

impl Wanted {
    fn read(fields: Fields<'_>, test: bool) -> Result<Self, Refusal> {
        Ok(Wanted {
            login_ids: fields.texts("loginIds")?.iter().map(|id| canonical(id)).collect(),
            user_ids: fields.texts("userIds")?,
            phones: fields.texts("phones")?.iter().filter_map(|text| phone::canonical(text)).collect(),
            emails: fields.texts("emails")?,
            statuses: fields.texts("statuses")?,
            test_only: fields.flag("testUsersOnly")? || test,
            with_test: fields.flag("withTestUser")? || test,
        })
    }

    /// Only the users named, where login IDs name them; a project may have a million others.
    fn candidates<'a>(&self, store: &'a Store) -> Vec<&'a User> {
        if self.login_ids.is_empty() {
            return store.users().collect();
        }
        self.login_ids.iter().filter_map(|id| store.visible(id, "")).collect()
    }

    fn admits(&self, user: &User) -> bool {
        let asks = |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
        let email = user.profile.as_ref().map(|profile| profile.email.as_str()).unwrap_or_default();
        (!self.test_only || user.test)
            && (self.with_test || self.test_only || !user.test)
            && asks(&self.phones, &user.phone)
            && asks(&self.emails, email)
            && asks(&self.statuses, user.status.name())
            && (self.user_ids.is_empty() || self.user_ids.contains(&user.id.to_string()))
    }
}
