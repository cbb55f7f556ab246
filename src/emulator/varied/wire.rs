//! The same answer in other bytes, and other views of what a request may be.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue};
use axum::http::{Response, StatusCode};
use hyper::body::Frame;
use serde_json::{Map, Value};

use crate::emulator::refusal::Refusal;
use crate::emulator::reply::Reply;
use crate::emulator::server::Server;
use crate::emulator::variant::Variant;

impl Server {
    /// The JSON of an answer.
    pub(crate) fn json(&self, reply: &mut Reply) -> Vec<u8> {
        if self.variants.has(Variant::ExtraMembers)
            && let Some(members) = reply.body.as_object_mut()
        {
            members.insert("requestInfo".into(), serde_json::json!({ "region": "local", "tags": [] }));
        }
        if self.variants.has(Variant::EscapedJson) {
            return escaped(&reply.body.to_string());
        }
        let pretty = self.variants.has(Variant::PrettyJson);
        let text =
            if pretty { serde_json::to_vec_pretty(&reply.body) } else { serde_json::to_vec(&reply.body) };
        text.unwrap_or_default()
    }

    /// Headers and framing of an answer.
    pub(crate) fn frame(&self, response: &mut Response<Body>) {
        let mut put = |variant, headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().filter(|_| self.variants.has(variant));
            headers.for_each(|(name, value)| {
                response.headers_mut().insert(*name, HeaderValue::from_static(value));
            });
        };
        put(Variant::ConnectionClose, &[(CONNECTION.as_str(), "close")]);
        put(Variant::CharsetNamed, &[(CONTENT_TYPE.as_str(), "application/json; charset=utf-8")]);
        put(
            Variant::ExtraHeaders,
            &[
                ("x-request-id", "00000000-0000-4000-8000-000000000000"),
                ("cache-control", "no-store"),
                ("strict-transport-security", "max-age=31536000"),
                ("server", "edge"),
            ],
        );
    }

    /// The body, in one piece or in several.
    pub(crate) fn body(&self, bytes: Vec<u8>) -> Body {
        if !self.variants.has(Variant::ChunkedAnswers) {
            return Body::from(bytes);
        }
        Body::new(Chunks { rest: Bytes::from(bytes) })
    }

    /// What a patient server takes longer for.
    pub(crate) async fn delay(&self) {
        if self.variants.has(Variant::Latency) {
            let turn = [5, 25, 10, 15, 20][self.variants.turn(Variant::Latency) as usize % 5];
            tokio::time::sleep(Duration::from_millis(turn)).await;
        }
    }

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

/// JSON whose strings hold nothing but letters, digits and escapes.
fn escaped(json: &str) -> Vec<u8> {
    let mut text = String::with_capacity(json.len() * 2);
    let (mut inside, mut after_backslash) = (false, false);
    for symbol in json.chars() {
        let plain =
            !inside || after_backslash || symbol.is_ascii_alphanumeric() || symbol == '\\' || symbol == '"';
        if symbol == '"' && !after_backslash {
            inside = !inside;
        }
        after_backslash = inside && symbol == '\\' && !after_backslash;
        if plain {
            text.push(symbol);
        } else {
            let mut units = [0; 2];
            symbol.encode_utf16(&mut units).iter().for_each(|unit| text += &format!("\\u{unit:04x}"));
        }
    }
    text.into_bytes()
}

/// A body of unknown length, in pieces.
struct Chunks {
    rest: Bytes,
}

/// Bytes of a piece: small enough that most answers take several.
const PIECE: usize = 100;

impl axum::body::HttpBody for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }
}
