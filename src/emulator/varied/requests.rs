//! Requests taken more strictly or more kindly, where the documents leave it open.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value};

use crate::emulator::phone;
use crate::emulator::refusal::Refusal;
use crate::emulator::state::Server;
use crate::emulator::variant::Variant;

impl Server {
    /// Gateways look at the label of a body first.
    pub(crate) fn admit_media_type(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
        if body.is_empty() || !self.variants.has(Variant::StrictMediaType) {
            return Ok(());
        }
        let label = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if label.to_ascii_lowercase().starts_with("application/json") {
            return Ok(());
        }
        let message = "the content type must be application/json";
        Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "E011001",
            "Media type is not supported",
            message,
        ))
    }

    /// The bytes that are JSON.
    pub(crate) fn without_mark<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let skipped =
            self.variants.has(Variant::ByteOrderMarkSkipped).then(|| bytes.strip_prefix(b"\xef\xbb\xbf"));
        skipped.flatten().unwrap_or(bytes)
    }

    /// A login ID that this server does not take: no page says which texts it may be.
    pub(crate) fn refuse_name(&self, login_id: &str) -> Result<(), Refusal> {
        let odd = (self.variants.has(Variant::NamesAreAscii) && !login_id.is_ascii())
            || (self.variants.has(Variant::NamesHaveNoSpaces) && login_id.contains(char::is_whitespace));
        // A number may be written with spaces.
        match odd && phone::canonical(login_id).is_none() {
            true => Err(Refusal::invalid("loginId", "has characters that are not allowed")),
            false => Ok(()),
        }
    }

    /// A strict server knows every member of every page, and no other.
    pub(crate) fn admit_members(&self, members: &Map<String, Value>) -> Result<(), Refusal> {
        if !self.variants.has(Variant::StrictMembers) {
            return Ok(());
        }
        let nested = ["loginOptions", "user"].iter().filter_map(|name| members.get(*name)?.as_object());
        let mut names = members.keys().chain(nested.flat_map(|object| object.keys()));
        match names.find(|name| !KNOWN.contains(&name.as_str())) {
            Some(stranger) => Err(Refusal::invalid(stranger, "is not known")),
            None => Ok(()),
        }
    }

    /// A tolerant server drops optional members of a wrong type, and reads numbers as the text they would be.
    pub(crate) fn tolerate_types(&self, members: &mut Map<String, Value>) {
        if !self.variants.has(Variant::TolerantTypes) {
            return;
        }
        if let Some(code) = members.get_mut("code").filter(|code| code.is_number()) {
            *code = code.to_string().into();
        }
        members.retain(|name, value| right_type(name, value));
        if let Some(options) = members.get_mut("loginOptions").and_then(Value::as_object_mut) {
            options.retain(|name, value| right_type(name, value));
        }
    }
}

fn right_type(name: &str, value: &Value) -> bool {
    match name {
        "providerId" | "templateId" | "ssoAppId" | "locale" | "pkceChallenge" | "tenantId" => {
            value.is_string()
        }
        "stepup" | "mfa" | "revokeOtherSessions" => value.is_boolean(),
        "loginOptions" | "customClaims" => value.is_object(),
        "templateOptions" => value.as_object().is_some_and(|options| options.values().all(Value::is_string)),
        "revokeOtherSessionsTypes" => {
            value.as_array().is_some_and(|types| types.iter().all(Value::is_string))
        }
        _ => true,
    }
}

/// Members that a page or an official SDK names.
const KNOWN: &[&str] = &[
    "loginId",
    "loginOptions",
    "providerId",
    "ssoAppId",
    "templateId",
    "templateOptions",
    "locale",
    "phone",
    "user",
    "code",
    "addToLoginIDs",
    "onMergeUseExisting",
    "failOnConflict",
    "mfa",
    "stepup",
    "customClaims",
    "pkceChallenge",
    "revokeOtherSessions",
    "revokeOtherSessionsTypes",
    "tenantId",
    "jwt",
    "name",
    "givenName",
    "middleName",
    "familyName",
    "email",
    "username",
    "icon",
    "externalToken",
    "logoutType",
    "identifier",
    "userId",
    "displayName",
    "roleNames",
    "userTenants",
    "customAttributes",
    "picture",
    "verifiedEmail",
    "verifiedPhone",
    "additionalLoginIds",
    "additionalIdentifiers",
    "ssoAppIDs",
    "ssoAppIds",
    "invite",
    "sendMail",
    "sendSMS",
    "inviteUrl",
    "test",
    "userIds",
    "includeInvalidUsers",
    "limit",
    "page",
    "loginIds",
    "phones",
    "emails",
    "statuses",
    "testUsersOnly",
    "withTestUser",
    "tenantIds",
    "text",
    "sort",
    "fromCreatedTime",
    "toCreatedTime",
    "fromModifiedTime",
    "toModifiedTime",
    "tenantRoleIds",
    "tenantRoleNames",
    "roles",
    "tenants",
    "deliveryMethod",
    "status",
    "sessionTypes",
    "advanceMs",
    "hashedPassword",
    "seed",
    "scim",
    "password",
];
