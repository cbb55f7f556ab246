//! Requests that make a buggy server crash: one flat list of fault and trigger.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::Bugs;
use crate::emulator::fault::Fault;
use crate::emulator::refusal::Refusal;

/// How a crash shows.
#[derive(Debug)]
pub(crate) enum Crash {
    /// The error page of a framework.
    ServerError,
    /// The process went away and the connection with it.
    Dropped,
}

impl Crash {
    pub(crate) fn refusal() -> Refusal {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "E010009", "Internal error", "something went wrong")
    }
}

/// A request as a trigger sees it.
struct Sight<'a> {
    head: &'a Parts,
    bytes: &'a [u8],
    text: String,
    json: Option<Value>,
}

type Trigger = fn(&Sight<'_>) -> bool;

const CRASHES: &[(Fault, Trigger)] = &[
    (Fault::CrashesOnMalformedJson, |seen| seen.json.is_none() && !seen.bytes.is_empty()),
    (Fault::CrashesOnEmptyBody, |seen| {
        seen.bytes.is_empty() && seen.head.method == Method::POST && seen.is_otp()
    }),
    (Fault::CrashesOnByteOrderMark, |seen| seen.bytes.starts_with(b"\xef\xbb\xbf")),
    (Fault::CrashesOnInvalidUtf8, |seen| std::str::from_utf8(seen.bytes).is_err()),
    (Fault::CrashesOnDeepNesting, |seen| depth(seen.bytes) > 100),
    (Fault::CrashesAbove64Kilobytes, |seen| seen.bytes.len() > 64 << 10),
    (Fault::CrashesOnNul, |seen| seen.text.contains("\\u0000")),
    (Fault::CrashesOnLoneSurrogate, |seen| has_lone_surrogate(&seen.text)),
    (Fault::CrashesOnAstralCharacters, |seen| seen.text.chars().any(|symbol| symbol > '\u{ffff}')),
    (Fault::CrashesOnPrototypeKey, |seen| {
        seen.text.contains("\"__proto__\"") || seen.text.contains("\"constructor\"")
    }),
    (Fault::CrashesOnTopLevelArray, |seen| seen.json.as_ref().is_some_and(Value::is_array)),
    (Fault::CrashesOnTopLevelNull, |seen| seen.json.as_ref().is_some_and(Value::is_null)),
    (Fault::CrashesOnTopLevelText, |seen| seen.json.as_ref().is_some_and(Value::is_string)),
    (Fault::CrashesOnLoginIdOfOtherType, |seen| {
        seen.member("loginId").is_some_and(|id| !id.is_string() && !id.is_null())
    }),
    (Fault::CrashesOnOptionsOfOtherType, |seen| {
        seen.member("loginOptions").is_some_and(|options| !options.is_object() && !options.is_null())
    }),
    (Fault::CrashesOnMissingLoginId, |seen| {
        seen.is_otp() && seen.json.as_ref().is_some_and(Value::is_object) && seen.member("loginId").is_none()
    }),
    (Fault::CrashesOnUnknownMember, |seen| seen.has_unknown_member()),
    (Fault::CrashesOnHugeNumber, |seen| seen.numbers().any(|number| number.abs() > 9.3e18)),
    (Fault::CrashesOnDuplicateKeys, |seen| seen.text.matches("\"loginId\"").count() > 1),
    (Fault::CrashesOnLongLoginId, |seen| seen.login_id().is_some_and(|id| id.chars().count() > 255)),
    (Fault::CrashesOnQuoteInLoginId, |seen| seen.login_id().is_some_and(|id| id.contains('\''))),
    (Fault::CrashesOnLowerCaseBearer, |seen| seen.authorization().starts_with(b"bearer")),
    (Fault::CrashesOnEmptyBearer, |seen| seen.authorization().eq_ignore_ascii_case(b"bearer")),
    (Fault::CrashesOnColonsInBearer, |seen| {
        seen.authorization().iter().filter(|byte| **byte == b':').count() > 2
    }),
    (Fault::CrashesWithoutContentType, |seen| {
        !seen.bytes.is_empty() && !seen.head.headers.contains_key(CONTENT_TYPE)
    }),
];

impl Bugs {
    /// Whether this request is one too many for a server with these bugs.
    pub(crate) fn crash(&self, head: &Parts, bytes: &[u8]) -> Option<Crash> {
        if !self.any() || is_own(head.uri.path()) {
            return None;
        }
        let chunked = head.headers.contains_key(TRANSFER_ENCODING);
        if chunked && self.has(Fault::DropsChunkedBodies) {
            return Some(Crash::Dropped);
        }
        if head.uri.path().ends_with("signup-in/sms") && self.every(20, Fault::EveryTwentiethSendCrashes) {
            return Some(Crash::ServerError);
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        let seen = Sight { head, bytes, text, json: serde_json::from_slice(bytes).ok() };
        let crashes = |(fault, trigger): &(Fault, Trigger)| self.has(*fault) && trigger(&seen);
        CRASHES.iter().any(crashes).then_some(Crash::ServerError)
    }
}

/// The emulator's own endpoints are not part of the API that has bugs.
pub(crate) fn is_own(path: &str) -> bool {
    path == "/health" || path.starts_with("/emulator/")
}

impl Sight<'_> {
    fn is_otp(&self) -> bool {
        self.head.uri.path().starts_with("/v1/auth/otp/")
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.json.as_ref()?.get(name)
    }

    fn login_id(&self) -> Option<&str> {
        self.member("loginId")?.as_str()
    }

    fn authorization(&self) -> &[u8] {
        self.head.headers.get(AUTHORIZATION).map(|value| value.as_bytes().trim_ascii()).unwrap_or_default()
    }

    fn has_unknown_member(&self) -> bool {
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
            "email",
        ];
        let members = self.json.as_ref().and_then(Value::as_object).filter(|_| self.is_otp());
        members.is_some_and(|members| members.keys().any(|name| !KNOWN.contains(&name.as_str())))
    }

    fn numbers(&self) -> impl Iterator<Item = f64> {
        let mut numbers = Vec::new();
        collect_numbers(self.json.as_ref().unwrap_or(&Value::Null), &mut numbers);
        numbers.into_iter()
    }
}

fn collect_numbers(value: &Value, numbers: &mut Vec<f64>) {
    match value {
        Value::Number(number) => numbers.extend(number.as_f64()),
        Value::Array(items) => items.iter().for_each(|item| collect_numbers(item, numbers)),
        Value::Object(members) => members.values().for_each(|member| collect_numbers(member, numbers)),
        _ => {}
    }
}

fn depth(bytes: &[u8]) -> usize {
    let (mut now, mut deepest) = (0_usize, 0);
    for byte in bytes {
        match byte {
            b'[' | b'{' => now += 1,
            b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(now);
    }
    deepest
}

/// An escape of the upper half of a pair without the lower half after it, or the other way round.
fn has_lone_surrogate(text: &str) -> bool {
    let units: Vec<_> = text.match_indices("\\u").map(|(at, _)| (at, unit(text, at))).collect();
    units.iter().enumerate().any(|(index, (at, unit))| match unit {
        Some(0xd800..=0xdbff) => !units.get(index + 1).is_some_and(|next| is_low(next.1) && next.0 == at + 6),
        Some(0xdc00..=0xdfff) => index == 0 || units[index - 1].0 + 6 != *at,
        _ => false,
    })
}

fn unit(text: &str, at: usize) -> Option<u32> {
    text.get(at + 2..at + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok())
}

fn is_low(unit: Option<u32>) -> bool {
    matches!(unit, Some(0xdc00..=0xdfff))
}
