//! A user: who it is, how it logs in, what is pending, which sessions live, and what a client sees of it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::clock::Millis;
use super::code::Code;
use super::id::UserId;
use super::inbox::Message;

/// How far a user has come.
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

/// A login that lasts, represented by its refresh JWT.
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

/// The details of a person, from management or a sign-up.
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

/// Everything a token is made of, copied out of the store so that signing needs no lock.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) user: UserId,
    pub(crate) test: bool,
    pub(crate) phone: String,
    pub(crate) session: Session,
}

impl Subject {
    pub(crate) fn new(user: &User, session: &Session) -> Self {
        Subject { user: user.id, test: user.test, phone: user.phone.clone(), session: session.clone() }
    }
}

/// A completed login, copied out of the store so that its tokens are signed without the lock.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) subject: Subject,
    pub(crate) user: Value,
    pub(crate) first_seen: bool,
}
