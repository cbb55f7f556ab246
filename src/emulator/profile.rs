//! A person's details in a request: names, pictures, roles.

use serde_json::Value;

use super::fields::Fields;
use super::refusal::Refusal;
use super::user::Profile;

/// Details as a sign-up or a management call gives them; `displayName` and `name` are one.
pub(crate) fn read(fields: Fields<'_>) -> Result<Profile, Refusal> {
    let tenants = match fields.list("userTenants")? {
        Some(tenants) => tenants.iter().map(tenant).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(Profile {
        name: fields.text("name")?.or(fields.text("displayName")?).unwrap_or_default().to_owned(),
        given_name: fields.text_or_empty("givenName")?,
        middle_name: fields.text_or_empty("middleName")?,
        family_name: fields.text_or_empty("familyName")?,
        picture: fields.text_or_empty("picture")?,
        email: fields.text_or_empty("email")?,
        verified_email: fields.flag("verifiedEmail")?,
        role_names: fields.texts("roleNames")?,
        sso_app_ids: fields.texts("ssoAppIDs")?,
        user_tenants: tenants,
        custom_attributes: fields.object("customAttributes")?.cloned().unwrap_or_default(),
    })
}

fn tenant(given: &Value) -> Result<Value, Refusal> {
    let members =
        given.as_object().ok_or_else(|| Refusal::invalid("userTenants", "must be an array of objects"))?;
    let fields = Fields::of(members);
    let roles = fields.texts("roleNames")?;
    let (id, name) = (fields.text_or_empty("tenantId")?, fields.text_or_empty("tenantName")?);
    Ok(serde_json::json!({ "tenantId": id, "tenantName": name, "roleNames": roles, "permissions": [] }))
}
