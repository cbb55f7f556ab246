//! Updating a phone or an e-mail address: begun with a refresh JWT, done when the new address's code is verified.

use super::call::Call;
use super::code::{AddressChange, Code, Initiation, Purpose};
use super::faults::Bugs;
use super::fields::Fields;
use super::id::UserId;
use super::options::{self, LoginOptions};
use super::order::Order;
use super::refusal::Refusal;
use super::reply::Outcome;
use super::store::Store;

pub(crate) async fn update(call: Call) -> Outcome {
    let body = call.object();
    let bugs = &call.server.bugs;
    let needs_token = !bugs.updates_without_token() && !bugs.updates_mail_without_token(call.channel());
    let claimed = if needs_token { Some(call.session()?.user) } else { None };
    let body = body?;
    let fields = Fields::of(&body);
    let login_id = fields.required("loginId")?;
    let channel = call.channel();
    let address = channel.canonical(fields.required(channel.member())?);
    let wrong = || Refusal::invalid(channel.member(), &format!("must be {}", channel.form()));
    let address = address.ok_or_else(wrong)?;
    call.server.refuse_tag(channel, &address)?;
    let options = template(fields)?;
    call.server.refuse_locale(&options)?;
    let change = AddressChange {
        channel,
        address: address.clone(),
        add_to_login_ids: fields.flag("addToLoginIDs")?,
        merge_into_existing: fields.flag("onMergeUseExisting")?,
        fail_on_conflict: fields.flag("failOnConflict")?,
    };
    let code = call.server.fresh_code()?;
    let sent = {
        let mut store = call.server.store();
        let named = store.find(login_id).ok_or_else(Refusal::unknown_user)?;
        let own = claimed.is_none_or(|claimed| claimed == named);
        if !own && !call.server.bugs.updates_others() {
            return Err(Refusal::foreign_token());
        }
        if change.fail_on_conflict
            && !call.server.bugs.merges_in_spite()
            && owner(&store, &address).is_some_and(|owner| owner != named)
        {
            return Err(Refusal::conflict());
        }
        call.server.bugs.apply_early(&mut store, named, &change);
        let user = store.user(named).cloned().ok_or_else(Refusal::unknown_user)?;
        let taken = owner(&store, &address).is_some_and(|owner| owner != named);
        call.server.refuse_update(&user, &change, taken)?;
        call.server.bugs.note_update(&user, &change);
        let purpose = Purpose::Update(change);
        let (by, login_id) = (Initiation::Update, login_id.to_owned());
        let order = Order {
            by,
            channel,
            login_id,
            alone: true,
            user,
            recipient: address,
            purpose,
            options,
            presented: None,
            forwarded_for: call.header("x-forwarded-for"),
        };
        call.server.issue(&mut store, order, code, call.now)?
    };
    call.server.dispatch(sent).await
}

fn template(fields: Fields<'_>) -> Result<LoginOptions, Refusal> {
    fields.text("providerId")?;
    fields.flag("mfa")?;
    Ok(LoginOptions {
        template_id: fields.text_or_empty("templateId")?,
        template_options: options::template_options(fields)?,
        locale: fields.text_or_empty("locale")?,
        ..LoginOptions::default()
    })
}

fn owner(store: &Store, address: &str) -> Option<UserId> {
    store.find(address)
}

/// Applies a verified change and returns the user that remains.
pub(crate) fn apply(
    bugs: &Bugs,
    store: &mut Store,
    id: UserId,
    code: &Code,
    keeps_old: bool,
) -> Result<UserId, Refusal> {
    let odd = bugs.purpose_of(id, code);
    let Purpose::Update(change) = odd.as_ref().unwrap_or(&code.purpose) else { return Ok(id) };
    if bugs.forgets_update(change.channel) {
        return Ok(id);
    }
    let user = store.user(id).ok_or_else(Refusal::unknown_user)?;
    // An address that is a login ID is updated as such.
    let old = user.address(change.channel);
    let replaces = user.login_ids.iter().position(|login_id| *login_id == old && !old.is_empty());
    let mut login_ids = user.login_ids.clone();
    let becomes_login_id = change.add_to_login_ids || replaces.is_some();
    let other = owner(store, &change.address).filter(|other| *other != id && becomes_login_id);
    match other {
        Some(_) if change.fail_on_conflict && !bugs.merges_in_spite() => return Err(Refusal::conflict()),
        Some(other) if change.merge_into_existing => {
            store.remove(id);
            return Ok(other);
        }
        Some(other) => drop(store.remove(other)),
        None => {}
    }
    if let Some(at) = replaces.filter(|_| !change.add_to_login_ids && !keeps_old) {
        login_ids.remove(at);
    }
    if becomes_login_id && !login_ids.contains(&change.address) {
        login_ids.push(change.address.clone());
    }
    store.set_login_ids(id, login_ids);
    if let Some(user) = store.user_mut(id) {
        user.set_address(change.channel, &change.address);
        user.verify_address(change.channel);
    }
    Ok(id)
}
