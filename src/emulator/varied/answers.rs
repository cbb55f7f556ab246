//! Successful answers in other shapes.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::emulator::channel::{Channel, masked_address};
use crate::emulator::clock::Millis;
use crate::emulator::id::UserId;
use crate::emulator::jwt;
use crate::emulator::reply::Reply;
use crate::emulator::state::Server;
use crate::emulator::token::Token;
use crate::emulator::user::Subject;
use crate::emulator::variant::Variant;

impl Server {
    /// A code in the digits that a text message is written in.
    pub(crate) fn as_written<'c>(&self, code: &'c str, channel: Channel) -> Cow<'c, str> {
        if channel.is_mail() || !self.variants.has(Variant::MessagesHaveLocalDigits) {
            return Cow::Borrowed(code);
        }
        let local = |c: char| c.to_digit(10).and_then(|digit| char::from_u32(0x660 + digit)).unwrap_or(c);
        Cow::Owned(code.chars().map(local).collect())
    }

    /// The number as this server masks it.
    pub(crate) fn masked(&self, number: &str) -> String {
        if Channel::of_address(number) == Channel::Email {
            let hides = self.variants.has(Variant::MailMaskHidesTheDomain);
            return masked_address(number, hides);
        }
        let (first, last, filler) = if self.variants.has(Variant::MaskWithCrosses) {
            (0, 2, 'X')
        } else if self.variants.has(Variant::MaskKeepsFour) {
            (0, 4, '*')
        } else if self.variants.has(Variant::MaskKeepsThePrefix) {
            (4, 2, '*')
        } else {
            (2, 2, '*')
        };
        crate::emulator::phone::masked(number, first, last, filler)
    }

    /// The answer to a send.
    pub(crate) fn sent_body(&self, number: &str) -> Value {
        if self.variants.has(Variant::EmptyInitiationBody) {
            return json!({});
        }
        let mut body = json!({ Channel::of_address(number).masked(): self.masked(number) });
        if !self.variants.has(Variant::NoVerificationAttempts) {
            body["verificationAttempts"] = self.rules.max_attempts.into();
        }
        body
    }

    /// The mask of the user's other address, beside that of the one that the message went to.
    pub(crate) fn show_other_mask(&self, body: &mut Value, user: UserId, channel: Channel) {
        if !self.variants.has(Variant::AnswersShowBothMasks) || body.as_object().is_none_or(Map::is_empty) {
            return;
        }
        let other = if channel.is_mail() { Channel::Sms } else { Channel::Email };
        let address = self.store().user(user).map(|user| user.address(other).to_owned()).unwrap_or_default();
        if !address.is_empty() {
            body[other.masked()] = self.masked(&address).into();
        }
    }

    /// Members of the newer pages beside those of the older.
    pub(crate) fn newer_members(&self, body: &mut Value, session: &Token) {
        if !self.variants.has(Variant::NewerMembers) {
            return;
        }
        body["claims"] = jwt::unchecked(&session.jwt).map(Value::Object).unwrap_or_default();
        body["cookieName"] = "DSR".into();
        body["sessionCookieName"] = "DS".into();
        body["sessionCookieDomain"] = "".into();
        body["nextRefreshSeconds"] = 480.into();
        body["tenantSSOID"] = "".into();
        body["trustedDeviceJwt"] = "".into();
        body["unsavedSSO"] = false.into();
    }

    /// The tokens where this project has them: in the body, in cookies, or in both.
    pub(crate) fn with_cookies(
        &self,
        mut reply: Reply,
        session: &Token,
        refresh: &Token,
        now: Millis,
    ) -> Reply {
        let only = self.variants.has(Variant::RefreshTokenOnlyAsCookie);
        let also = self.variants.has(Variant::TokensAlsoAsCookies);
        if also {
            reply = reply.cookie("DS", &session.jwt, (session.ends - now) / 1000);
        }
        if only || also {
            reply = reply.cookie("DSR", &refresh.jwt, (refresh.ends - now) / 1000);
        }
        if let Some(members) = reply.body.as_object_mut().filter(|_| only) {
            members.shift_remove("refreshJwt");
        }
        reply
    }

    /// Claims some projects have on every token.
    pub(crate) fn further_claims(&self, claims: &mut Map<String, Value>) {
        if self.variants.has(Variant::AudienceIsTheProject) {
            claims.insert("aud".into(), json!([self.settings.project_id]));
        }
        if self.variants.has(Variant::TokensCarryPermissions) {
            claims.insert("permissions".into(), json!([]));
            claims.insert("roles".into(), json!([]));
            claims.insert("tenants".into(), json!({}));
        }
    }

    /// Where `nsec` is besides the session JWT of a login with custom claims.
    pub(crate) fn further_own_claims(
        &self,
        claims: &mut Map<String, Value>,
        subject: &Subject,
        refresh: bool,
    ) {
        let own = subject.session.claims.as_deref();
        if refresh && self.variants.has(Variant::RefreshCarriesOwnClaims) {
            claims.extend(own.map(|own| ("nsec".to_owned(), Value::Object(own.clone()))));
        }
        if !refresh && own.is_none() && self.variants.has(Variant::EmptyOwnClaims) {
            claims.insert("nsec".into(), json!({}));
        }
    }

    /// How far the clock that stamps tokens is off, in milliseconds.
    pub(crate) fn skew(&self) -> i64 {
        3_000
            * (i64::from(self.variants.has(Variant::ClockAhead))
                - i64::from(self.variants.has(Variant::ClockBehind)))
    }

    /// The user object without what no SDK insists on (descope/descope-kotlin: internal/http/Responses.kt).
    pub(crate) fn lean(&self, mut user: Value) -> Value {
        const KEPT: &[&str] = &[
            "userId",
            "loginIds",
            "createdTime",
            "status",
            "roleNames",
            "ssoAppIds",
            "OAuth",
            "phone",
            "verifiedPhone",
            "email",
            "verifiedEmail",
            "test",
        ];
        if self.variants.has(Variant::LeanUsers)
            && let Some(members) = user.as_object_mut()
        {
            members.retain(|name, _| KEPT.contains(&name.as_str()));
        }
        user
    }

    /// A key that signs nothing yet, in front of the one that does.
    pub(crate) fn further_keys(&self, keys: &mut Vec<Value>) {
        if self.variants.has(Variant::TwoKeys)
            && let Some(mut next) = keys.first().cloned()
        {
            // Any other number of the same size will do: its private half is not needed.
            let mut modulus: Vec<char> = next["n"].as_str().unwrap_or_default().chars().collect();
            let last = modulus.len().saturating_sub(1);
            modulus.get_mut(1..last).into_iter().for_each(<[char]>::reverse);
            next["n"] = modulus.into_iter().collect::<String>().into();
            next["kid"] = format!("{}-next", next["kid"].as_str().unwrap_or_default()).into();
            keys.insert(0, next);
        }
    }
}
