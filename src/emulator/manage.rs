//! Management of users: created, loaded, deleted, and generated codes for test users.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::channel::Channel;
use super::code::{Code, Origin};
use super::fields::Fields;
use super::id::UserId;
use super::phone;
use super::profile;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::state::Server;
use super::store::{Store, canonical};
use super::user::{Profile, Status, User};
use super::variant::Variant;

pub(crate) async fn license(call: Call) -> Outcome {
    call.management()?;
    Ok(Reply::ok(json!({ "rateLimitTier": "tier1" })))
}

pub(crate) async fn create(call: Call) -> Outcome {
    add(&call, false)
}

/// The path alone makes a test user (descope/descope-dotnet: Descope.Test, OtpSmsTests.cs).
pub(crate) async fn create_test(call: Call) -> Outcome {
    add(&call, true)
}

fn add(call: &Call, by_path: bool) -> Outcome {
    call.management()?;
    let body = call.object()?;
    let fields = Fields::of(&body);
    let test = fields.flag("test")? || by_path;
    let login_ids = login_ids(fields)?;
    login_ids.iter().try_for_each(|login_id| call.server.refuse_name(login_id))?;
    let phone = fields.text("phone")?.filter(|text| !text.is_empty());
    let wrong_phone = || Refusal::invalid("phone", "must be a number in international form");
    let phone = phone.map(|text| phone::canonical(text).ok_or_else(wrong_phone)).transpose()?;
    let profile = profile::read(fields)?;
    let verified_phone = fields.flag("verifiedPhone")?;

    let mut store = call.server.store();
    if test && store.test_users().len() >= call.server.settings.test_user_limit {
        call.server.refuse_test_user()?;
    }
    if login_ids.iter().any(|id| is_taken(&store, id)) {
        return Err(Refusal::creation_failed("a user with this login ID exists"));
    }
    let mut user = store.draft(&login_ids[0], call.now);
    if let Some(pending) = store.find(&login_ids[0]) {
        // A sign-up that was never completed gives way.
        store.remove(pending);
    }
    if let Some(phone) = phone {
        user.phone = phone;
    }
    user.login_ids = login_ids.iter().map(|login_id| store.stored_form(login_id)).collect();
    user.verified_phone = verified_phone;
    user.status = Status::Invited;
    user.test = test;
    user.profile = Some(Box::new(profile)).filter(|profile| **profile != Profile::default());
    let object = call.server.show(&user);
    store.insert(user);
    Ok(Reply::ok(json!({ "user": object })))
}

fn is_taken(store: &Store, login_id: &str) -> bool {
    store.find(login_id).and_then(|id| store.user(id)).is_some_and(|user| user.status != Status::Pending)
}

/// The first login ID and any further ones; .NET models, made from the vendor's description, say `identifier`.
fn login_ids(fields: Fields<'_>) -> Result<Vec<String>, Refusal> {
    let first = login_id(fields)?.ok_or_else(|| Refusal::missing("loginId"))?;
    let mut all = vec![canonical(first)];
    for name in ["additionalLoginIds", "additionalIdentifiers"] {
        for further in fields.texts(name)?.iter().map(|id| canonical(id)) {
            if !all.contains(&further) && !further.is_empty() {
                all.push(further);
            }
        }
    }
    Ok(all)
}

fn login_id(fields: Fields<'_>) -> Result<Option<&str>, Refusal> {
    let named = fields.text("loginId")?.filter(|text| !text.is_empty());
    Ok(named.or(fields.text("identifier")?).filter(|text| !text.is_empty()))
}

/// The user a body names by either ID; Go sends both, one of them empty.
fn named(store: &Store, fields: Fields<'_>) -> Result<UserId, Refusal> {
    let login_id = login_id(fields)?.unwrap_or_default();
    let user_id = fields.text("userId")?.unwrap_or_default();
    if login_id.is_empty() && user_id.is_empty() {
        return Err(Refusal::missing("loginId"));
    }
    store.visible(login_id, user_id).map(|user| user.id).ok_or_else(Refusal::no_such_user)
}

pub(crate) async fn load(call: Call) -> Outcome {
    call.management()?;
    let login_id = [call.query("loginId"), call.query("identifier")].into_iter().find(|id| !id.is_empty());
    let (login_id, user_id) = (login_id.unwrap_or_default(), call.query("userId"));
    if login_id.is_empty() && user_id.is_empty() {
        return Err(Refusal::missing("loginId"));
    }
    let store = call.server.store();
    let missing = || call.server.bugs.missing_user_refusal().unwrap_or_else(Refusal::no_such_user);
    let user = store.visible(&login_id, &user_id).ok_or_else(missing)?;
    Ok(Reply::ok(call.server.bugs.loaded(call.server.show(user))))
}

pub(crate) async fn delete(call: Call) -> Outcome {
    call.management()?;
    let body = call.object()?;
    let mut store = call.server.store();
    let id = named(&store, Fields::of(&body))?;
    if !call.server.bugs.keeps_deleted_users() {
        store.remove(id);
    }
    let silent = call.server.bugs.says_nothing_at_deletion();
    Ok(Reply { raw: silent.then(String::new), ..Reply::nothing() })
}

pub(crate) async fn delete_all_test_users(call: Call) -> Outcome {
    call.management()?;
    let mut store = call.server.store();
    for id in call.server.test_users_to_delete(&store) {
        store.remove(id);
    }
    Ok(Reply::nothing())
}

pub(crate) async fn update_status(call: Call) -> Outcome {
    call.management()?;
    let body = call.object()?;
    let fields = Fields::of(&body);
    let status = match fields.required("status")? {
        "enabled" => Status::Enabled,
        "disabled" => Status::Disabled,
        "invited" => Status::Invited,
        _ => return Err(Refusal::invalid("status", "must be enabled, disabled or invited")),
    };
    changed(&call, fields, |user| user.status = status).map(|user| Reply::ok(json!({ "user": user })))
}

pub(crate) async fn log_out(call: Call) -> Outcome {
    call.management()?;
    let body = call.object()?;
    let fields = Fields::of(&body);
    fields.texts("sessionTypes")?;
    changed(&call, fields, |user| user.sessions.clear()).map(|_| Reply::nothing())
}

fn changed(call: &Call, fields: Fields<'_>, change: impl FnOnce(&mut User)) -> Result<Value, Refusal> {
    let mut store = call.server.store();
    let id = named(&store, fields)?;
    let user = store.user_mut(id).ok_or_else(Refusal::no_such_user)?;
    change(user);
    Ok(call.server.show(user))
}

/// A code for a test user; it needs no initiation and outlives one (descope/go-sdk: README.md).
pub(crate) async fn generate_code(call: Call) -> Outcome {
    call.management()?;
    let body = call.object()?;
    let fields = Fields::of(&body);
    let login_id = fields.required("loginId")?;
    let channel = match fields.text("deliveryMethod")?.unwrap_or("sms").to_ascii_lowercase().as_str() {
        "embedded" => Some(Channel::Sms),
        name => Channel::named(name),
    };
    let unknown = || Refusal::invalid("deliveryMethod", "must be sms, email, voice, im or whatsapp");
    let channel = channel.ok_or_else(unknown)?;
    let options = call.server.login_options(fields)?;
    let value = call.server.fresh_code()?;
    let mut store = call.server.store();
    let id = match store.find(login_id) {
        None if call.server.bugs.generates_for_unknown_users() => {
            return Ok(Reply::ok(json!({ "loginId": login_id, "code": value })));
        }
        id => id.ok_or_else(Refusal::no_such_user)?,
    };
    let user = store.user_mut(id).ok_or_else(Refusal::no_such_user)?;
    if !user.test && !call.server.bugs.generates_for_ordinary_users() {
        return Err(Refusal::invalid("loginId", "must be a test user's"));
    }
    let adds_up = call.server.variants.has(Variant::GeneratedCodesAddUp);
    user.codes.retain(|code| code.origin != Origin::Generated || adds_up);
    user.codes.push(Code {
        channel,
        ..Code::generated(value.clone(), &options, call.server.rules.max_attempts, call.now)
    });
    Ok(Reply::ok(json!({ "loginId": login_id, "code": call.server.bugs.shown_code(value) })))
}

impl Server {
    /// The plan's limit of test users is reached.
    fn refuse_test_user(&self) -> Result<(), Refusal> {
        if self.bugs.ignores_test_user_limit() {
            return Ok(());
        }
        Err(self.bugs.test_user_limit_refusal().unwrap_or_else(Refusal::test_users_exhausted))
    }

    /// Every test user, and no other user.
    fn test_users_to_delete(&self, store: &Store) -> Vec<UserId> {
        let all = || store.test_users().iter().copied().collect();
        self.bugs.deleted_with_test_users(store).unwrap_or_else(all)
    }
}

/// Users of a page, as lists of them are answered.
pub(crate) fn page(users: Vec<Value>, total: usize) -> Reply {
    Reply::ok(Value::Object(Map::from_iter([("users".into(), users.into()), ("total".into(), total.into())])))
}
