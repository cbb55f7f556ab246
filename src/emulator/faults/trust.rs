//! Tokens believed that prove nothing.

use serde_json::{Map, Value};

use super::Bugs;
use crate::emulator::fault::Fault;
use crate::emulator::jwt;

impl Bugs {
    /// What a token says although its signature is not ours.
    pub(crate) fn believed(&self, text: &str) -> Option<Map<String, Value>> {
        if !self.any() {
            return None;
        }
        let believed = match jwt::algorithm(text)?.as_str() {
            "none" => self.has(Fault::UnsignedTokenAccepted),
            "HS256" => self.has(Fault::HmacTokenAccepted),
            "RS256" => self.has(Fault::SignatureIgnored),
            _ => false,
        };
        believed.then(|| jwt::unchecked(text)).flatten()
    }

    /// A token is good beyond its end.
    pub(crate) fn accepts_expired_tokens(&self) -> bool {
        self.has(Fault::ExpiredTokenAccepted)
    }

    /// A token with our signature is good whatever project it names.
    pub(crate) fn accepts_foreign_issuers(&self) -> bool {
        self.has(Fault::ForeignIssuerAccepted)
    }

    /// A session JWT does for a refresh JWT.
    pub(crate) fn takes_session_tokens(&self) -> bool {
        self.has(Fault::SessionTokenRefreshes)
    }

    /// `me` leaves out a question: whether the session still lives, or whether the token is a refresh JWT.
    pub(crate) fn me_believes(&self, refresh: bool) -> bool {
        self.has(if refresh { Fault::MeIgnoresLogout } else { Fault::MeTakesSessionTokens })
    }
}
