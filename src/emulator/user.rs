//! A user: who it is, how it logs in, what is pending, which sessions live, and what a client sees of it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value, json};

use super::clock::Millis;
use super::code::Code;
use super::inbox::Message;

/// An immutable user ID; shown as `U2` and 25 symbols. Later users have greater ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UserId(u128);

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl UserId {
    /// The ID of the `serial`-th user; its second half cannot be guessed.
    pub(crate) fn new(serial: u64) -> Self {
        UserId(u128::from(serial) << 64 | u128::from(random_number()))
    }
}

/// A number nobody can guess, for user and session IDs.
pub(crate) fn random_number() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness the ID is still unique by its serial; codes, which must not be guessed, have no such way out.
    let _drawn = SystemRandom::new().fill(&mut bytes);
    u64::from_ne_bytes(bytes)
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut symbols = [b'0'; 25];
        let mut rest = self.0;
        for symbol in symbols.iter_mut().rev() {
            *symbol = BASE62[(rest % 62) as usize];
            rest /= 62;
        }
        write!(f, "U2{}", String::from_utf8_lossy(&symbols))
    }
}

impl FromStr for UserId {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let symbols = text.strip_prefix("U2").filter(|symbols| symbols.len() == 25).ok_or(())?;
        let digit = |symbol| BASE62.iter().position(|known| *known == symbol).ok_or(());
        let add = |sum: u128, symbol| {
            let digit = digit(symbol)? as u128;
            sum.checked_mul(62).and_then(|sum| sum.checked_add(digit)).ok_or(())
        };
        symbols.bytes().try_fold(0, add).map(UserId)
    }
}

/// Where a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Began to sign up and has not verified: no user yet for anybody else.
    Pending,
    /// Made by management, has never logged in.
    Invited,
    Enabled,
    Disabled,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Pending | Status::Invited => "invited",
            Status::Enabled => "enabled",
            Status::Disabled => "disabled",
        }
    }
}

/// A login that lasts: what its refresh JWT stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Session {
    pub(crate) id: u64,
    pub(crate) ends: Millis,
    /// Ended early, where an end takes time to arrive; only faults set it.
    pub(crate) ended: Option<Millis>,
    pub(crate) amr: Vec<String>,
    pub(crate) stepped_up_until: Option<Millis>,
    pub(crate) claims: Option<Box<Map<String, Value>>>,
}

/// What management or a sign-up told about a person.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) given_name: String,
    pub(crate) middle_name: String,
    pub(crate) family_name: String,
    pub(crate) picture: String,
    pub(crate) email: String,
    pub(crate) verified_email: bool,
    pub(crate) role_names: Vec<String>,
    pub(crate) sso_app_ids: Vec<String>,
    pub(crate) user_tenants: Vec<Value>,
    pub(crate) custom_attributes: Map<String, Value>,
}

/// One user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) login_ids: Vec<String>,
    pub(crate) phone: String,
    pub(crate) verified_phone: bool,
    pub(crate) status: Status,
    pub(crate) has_logged_in: bool,
    pub(crate) test: bool,
    pub(crate) created: Millis,
    pub(crate) profile: Option<Box<Profile>>,
    pub(crate) codes: Vec<Code>,
    pub(crate) last_message: Option<Arc<Message>>,
    pub(crate) sessions: Vec<Session>,
}

impl User {
    pub(crate) fn new(id: UserId, created: Millis) -> Self {
        User {
            id,
            login_ids: Vec::new(),
            phone: String::new(),
            verified_phone: false,
            status: Status::Pending,
            has_logged_in: false,
            test: false,
            created,
            profile: None,
            codes: Vec::new(),
            last_message: None,
            sessions: Vec::new(),
        }
    }

    pub(crate) fn session(&self, id: u64) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    /// The user object of every answer (docs: OTP / Verify).
    pub(crate) fn object(&self) -> Value {
        let plain = Profile::default();
        let profile = self.profile.as_deref().unwrap_or(&plain);
        json!({
            "loginIds": self.login_ids,
            "userId": self.id.to_string(),
            "name": profile.name,
            "email": profile.email,
            "phone": self.phone,
            "verifiedEmail": profile.verified_email,
            "verifiedPhone": self.verified_phone,
            "roleNames": profile.role_names,
            "userTenants": profile.user_tenants,
            "status": self.status.name(),
            "externalIds": self.login_ids,
            "picture": profile.picture,
            "test": self.test,
            "customAttributes": profile.custom_attributes,
            "createdTime": self.created / 1000,
            "TOTP": false,
            "SAML": false,
            "OAuth": {},
            "webauthn": false,
            "password": false,
            "ssoAppIds": profile.sso_app_ids,
            "givenName": profile.given_name,
            "middleName": profile.middle_name,
            "familyName": profile.family_name,
            "editable": true,
            "SCIM": false,
            "push": false,
            "permissions": [],
            "OIDC": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_read_back() {
        let id = UserId::new(7);
        assert_eq!(id.to_string().len(), 27);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "U2",
            "U2zzzzzzzzzzzzzzzzzzzzzzzzz",
            "X2000000000000000000000000a",
            "U2-000000000000000000000000",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(()), "{text}");
        }
    }
}
