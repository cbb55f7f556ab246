//! One endpoint: how it is called and which schemas its messages obey.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::DeliveryMethod;

macro_rules! operations {
    (
        by method { $($method:ident: $($own:ident $own_name:literal = $template:ident $own_doc:literal),*;)* }
        of any { $($variant:ident $name:literal $doc:literal)* }
    ) => {
        /// The name of an operation, written in kebab-case as the OpenAPI document's `operationId`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum OperationId {
            $($(#[doc = $own_doc] #[serde(rename = $own_name)] $own,)*)*
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl OperationId {
            /// Every operation of the contract.
            pub const ALL: &'static [OperationId] =
                &[$($(OperationId::$own,)*)* $(OperationId::$variant,)*];

            /// The name as the OpenAPI document writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(OperationId::$own => $own_name,)*)*
                    $(OperationId::$variant => $name,)*
                }
            }

            /// The operation by SMS that is like this one; itself, where no delivery method is in it.
            #[must_use]
            pub const fn template(self) -> OperationId {
                match self {
                    $($(OperationId::$own => OperationId::$template,)*)*
                    other => other,
                }
            }

            /// The method by which its code is delivered, if it is about one.
            #[must_use]
            pub const fn method(self) -> Option<DeliveryMethod> {
                match self {
                    $($(OperationId::$own => Some(DeliveryMethod::$method),)*)*
                    _ => None,
                }
            }
        }
    };
}

operations! {
    by method {
        Sms:
            SignupInSms "signup-in-sms" = SignupInSms "Sign in, or sign up a user who is not registered.",
            SignupSms "signup-sms" = SignupSms "Sign up; fails for a registered user.",
            SigninSms "signin-sms" = SigninSms "Sign in; fails for a user who is not registered.",
            VerifySms "verify-sms" = VerifySms "Turn a code into a login.",
            UpdatePhoneSms "update-phone-sms" = UpdatePhoneSms "Send a code to a user's new number.";
        Email:
            SignupInEmail "signup-in-email" = SignupInSms "Sign in, or sign up a user who is not registered, by e-mail.",
            SignupEmail "signup-email" = SignupSms "Sign up; fails for a registered user, by e-mail.",
            SigninEmail "signin-email" = SigninSms "Sign in; fails for a user who is not registered, by e-mail.",
            VerifyEmail "verify-email" = VerifySms "Turn a code that came by e-mail into a login.",
            UpdateEmail "update-email" = UpdatePhoneSms "Send a code to a user's new e-mail address.";
        Voice:
            SignupInVoice "signup-in-voice" = SignupInSms "Sign in, or sign up a user who is not registered, by voice.",
            SignupVoice "signup-voice" = SignupSms "Sign up; fails for a registered user, by voice.",
            SigninVoice "signin-voice" = SigninSms "Sign in; fails for a user who is not registered, by voice.",
            VerifyVoice "verify-voice" = VerifySms "Turn a code that came by voice into a login.",
            UpdatePhoneVoice "update-phone-voice" = UpdatePhoneSms "Send a code to a user's new number, by voice.";
        Im:
            SignupInIm "signup-in-im" = SignupInSms "Sign in, or sign up a user who is not registered, by instant message.",
            SignupIm "signup-im" = SignupSms "Sign up; fails for a registered user, by instant message.",
            SigninIm "signin-im" = SigninSms "Sign in; fails for a user who is not registered, by instant message.",
            VerifyIm "verify-im" = VerifySms "Turn a code that came by instant message into a login.",
            UpdatePhoneIm "update-phone-im" = UpdatePhoneSms "Send a code to a user's new number, by instant message.";
        Whatsapp:
            SignupInWhatsapp "signup-in-whatsapp" = SignupInSms "Sign in, or sign up a user who is not registered, by WhatsApp.",
            SignupWhatsapp "signup-whatsapp" = SignupSms "Sign up; fails for a registered user, by WhatsApp.",
            SigninWhatsapp "signin-whatsapp" = SigninSms "Sign in; fails for a user who is not registered, by WhatsApp.",
            VerifyWhatsapp "verify-whatsapp" = VerifySms "Turn a code that came by WhatsApp into a login.",
            UpdatePhoneWhatsapp "update-phone-whatsapp" = UpdatePhoneSms "Send a code to a user's new number, by WhatsApp.";
    }
    of any {
        Refresh "refresh" "A new session JWT for a refresh JWT."
        TryRefresh "try-refresh" "The same, without failing where there is none."
        Me "me" "The user who asks."
        Logout "logout" "End the refresh JWT that is presented."
        Logoutall "logoutall" "End every refresh JWT of the user."
        Validate "validate" "Is this session JWT valid?"
        Keys "keys" "The project's public keys."
        KeysV1 "keys-v1" "The project's public keys as a bare array."
        CreateTestUser "create-test-user" "Management: create a test user."
        CreateUser "create-user" "Management: create a user, ordinary or test."
        DeleteUser "delete-user" "Management: delete one user."
        DeleteAllTestUsers "delete-all-test-users" "Management: delete every test user."
        LoadUser "load-user" "Management: load one user."
        LoadUsers "load-users" "Management: load several users."
        SearchUsers "search-users" "Management: search all users."
        SearchTestUsers "search-test-users" "Management: search test users."
        GenerateOtp "generate-otp" "Management: a code for a test user."
        UpdateUserStatus "update-user-status" "Management: enable or disable a user."
        LogoutUser "logout-user" "Management: end a user's sessions."
        License "license" "Management: the plan's rate limit tier."
    }
}

/// What every delivery method has, under the name of its operation by SMS: what [`template`](OperationId::template) gives,
/// and what [`by`](OperationId::by) takes.
impl OperationId {
    /// Sign in, or sign up a user who is not registered.
    pub const SIGNUP_IN: OperationId = OperationId::SignupInSms;
    /// Sign up.
    pub const SIGNUP: OperationId = OperationId::SignupSms;
    /// Sign in.
    pub const SIGNIN: OperationId = OperationId::SigninSms;
    /// Turn a code into a login.
    pub const VERIFY: OperationId = OperationId::VerifySms;
    /// Send a code to another number or address of the user.
    pub const UPDATE: OperationId = OperationId::UpdatePhoneSms;
}

impl OperationId {
    /// The operation that does the same by this method; itself, where no delivery method is in it.
    #[must_use]
    pub fn by(self, method: DeliveryMethod) -> OperationId {
        let alike = |id: &&OperationId| id.template() == self.template() && id.method() == Some(method);
        OperationId::ALL.iter().find(alike).copied().unwrap_or(self)
    }

    /// Whether it turns a code into a login.
    #[must_use]
    pub const fn is_verify(self) -> bool {
        matches!(self.template(), OperationId::VERIFY)
    }

    /// Whether the operation makes, shows, changes or ends users by the management key.
    #[must_use]
    pub const fn manages_users(self) -> bool {
        use OperationId::*;
        matches!(
            self,
            CreateTestUser
                | CreateUser
                | DeleteUser
                | DeleteAllTestUsers
                | LoadUser
                | LoadUsers
                | SearchUsers
                | SearchTestUsers
                | GenerateOtp
                | UpdateUserStatus
                | LogoutUser
        )
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not an operation; there are {known}", name = .0, known = known())]
pub struct UnknownOperation(String);

fn known() -> String {
    OperationId::ALL.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ")
}

impl FromStr for OperationId {
    type Err = UnknownOperation;

    fn from_str(text: &str) -> Result<OperationId, UnknownOperation> {
        let found = OperationId::ALL.iter().copied().find(|id| id.as_str() == text);
        found.ok_or_else(|| UnknownOperation(text.to_owned()))
    }
}

/// What an operation wants behind `Bearer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BearerForm {
    /// Nothing; SDKs send the project ID all the same.
    None,
    /// The project ID.
    Project,
    /// The project ID and a refresh JWT.
    Refresh,
    /// The project ID and a session JWT.
    Session,
    /// The project ID and the management key.
    Management,
}

/// One operation of the OpenAPI document. Schemas are named as [`Schemas`](super::Schemas) knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name.
    pub id: OperationId,
    /// The HTTP method, in capitals.
    pub method: String,
    /// The path, with parameters in braces: `/v2/keys/{projectId}`.
    pub path: String,
    /// What it wants behind `Bearer`.
    pub bearer: BearerForm,
    /// The schema of a well-formed body, if it takes one.
    pub request: Option<String>,
    /// The narrower schema of bodies that must be accepted.
    pub must_accept: Option<String>,
    /// Whether a request without a body is malformed.
    pub body_required: bool,
    /// The names of the query parameters it knows.
    pub query: Vec<String>,
    /// The schema of a successful answer.
    pub response: String,
    /// What official SDKs ask of a successful answer beyond that.
    pub response_should: Option<String>,
    /// Whether success sends a message with a code.
    pub issues_code: bool,
    /// Its line in `openapi.json`.
    pub line: u32,
}

impl Operation {
    /// The path's parameters as `path` gives them, if this is its path.
    pub(crate) fn match_path<'a>(&'a self, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
        let mut parameters = Vec::new();
        let mut parts = path.split('/');
        for expected in self.path.split('/') {
            let part = parts.next()?;
            match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !part.is_empty() => parameters.push((name, part)),
                _ if part == expected => {}
                _ => return None,
            }
        }
        parts.next().is_none().then_some(parameters)
    }
}

#[cfg(test)]
mod tests;
