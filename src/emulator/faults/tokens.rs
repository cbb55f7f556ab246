//! Tokens that say the wrong thing.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::{Map, Value};

use super::Bugs;
use crate::emulator::fault::Fault;
use crate::emulator::user::Subject;

type Claims = Map<String, Value>;

impl Bugs {
    /// Bends what both tokens have in common.
    pub(crate) fn corrupt_claims(&self, claims: &mut Claims, subject: &Subject) {
        let mut put = |fault, name: &str, value: Value| {
            if self.has(fault) {
                claims.insert(name.to_owned(), value);
            }
        };
        put(Fault::SubjectIsThePhone, "sub", subject.phone.clone().into());
        put(Fault::MethodIsOtp, "amr", Value::from(vec!["otp"]));
        put(Fault::AudienceIsAnother, "aud", Value::from(vec!["https://app.example"]));
        if self.has(Fault::TestClaimMissing) {
            claims.remove("tu");
        }
        let exp = claims["exp"].as_i64().unwrap_or_default();
        let iat = claims["iat"].as_i64().unwrap_or_default();
        let mut put = |fault, name: &str, value: Value| {
            if self.has(fault) {
                claims.insert(name.to_owned(), value);
            }
        };
        put(Fault::ExpiryInMilliseconds, "exp", (exp * 1000).into());
        put(Fault::ExpiryIsText, "exp", exp.to_string().into());
        put(Fault::IssuedAfterExpiry, "iat", (exp + 1).into());
        put(Fault::IssuedIsText, "iat", iat.to_string().into());
    }

    /// Bends the session JWT; `renewed` when it comes from a refresh.
    pub(crate) fn corrupt_session(&self, claims: &mut Claims, subject: &Subject, renewed: bool) {
        let own = subject.session.claims.as_deref();
        if self.has(Fault::ClaimsAreDropped) {
            claims.remove("nsec");
        }
        if renewed && self.has(Fault::RefreshLosesTestClaim) {
            claims.remove("tu");
        }
        if renewed && self.has(Fault::RefreshLosesMethods) {
            claims.remove("amr");
        }
        if self.has(Fault::ClaimsAtTopLevel) {
            claims.remove("nsec");
            for (name, value) in own.into_iter().flatten() {
                claims.entry(name).or_insert(value.clone());
            }
        }
        if self.has(Fault::ClaimsOverrideRegistered) {
            claims.extend(own.cloned().unwrap_or_default());
        }
        if self.has(Fault::ClaimsCanStepUp)
            && let Some(su) = own.and_then(|own| own.get("su"))
        {
            claims.insert("su".to_owned(), su.clone());
        }
        if let Some(nsec) = claims.get_mut("nsec").and_then(Value::as_object_mut) {
            self.corrupt_own_claims(nsec);
        }
        if self.has(Fault::SessionSaysDsr) {
            claims.insert("drn".to_owned(), "DSR".into());
        }
    }

    fn corrupt_own_claims(&self, own: &mut Claims) {
        for value in own.values_mut() {
            if self.has(Fault::ClaimsBecomeText) && !value.is_string() {
                *value = value.to_string().into();
            }
            if self.has(Fault::ClaimsAreCutAt255)
                && let Some(text) = value.as_str()
            {
                *value = text.chars().take(255).collect::<String>().into();
            }
        }
        if self.has(Fault::NestedClaimsAreLost) {
            own.retain(|_, value| !value.is_object() && !value.is_array());
        }
    }

    /// Bends the refresh JWT.
    pub(crate) fn corrupt_refresh(&self, claims: &mut Claims, subject: &Subject) {
        if self.has(Fault::RefreshIsSteppedUp) && subject.session.stepped_up_until.is_some() {
            claims.insert("su".to_owned(), true.into());
        }
        if self.has(Fault::RefreshHasNoMethods) {
            claims.insert("amr".to_owned(), Value::Array(Vec::new()));
        }
        if self.has(Fault::RefreshHasNoKind) {
            claims.remove("drn");
        }
    }

    /// The issuer that tokens name instead of the project.
    pub(crate) fn issuer(&self) -> Option<String> {
        self.has(Fault::IssuerIsTheVendor).then(|| "https://api.descope.com".to_owned())
    }

    /// The session JWT of a refresh is the one of the login, issued when the session began.
    pub(crate) fn returns_the_first_token(&self) -> bool {
        self.has(Fault::RefreshReturnsTheFirst)
    }

    /// The key ID the header names.
    pub(crate) fn named_key(&self, kid: &str) -> String {
        if self.has(Fault::KeyIdIsUnknown) { format!("{kid}-next") } else { kid.to_owned() }
    }

    /// Bends signatures.
    pub(crate) fn corrupt_signature(&self, jwt: String, refresh: bool) -> String {
        let corrupt = (refresh && self.has(Fault::RefreshSignedByAnotherKey))
            || (!refresh && self.every(4, Fault::EveryFourthSessionSignedByAnotherKey));
        if !corrupt {
            return jwt;
        }
        let (signed, signature) = jwt.rsplit_once('.').unwrap_or_default();
        let turned: String = signature.chars().rev().collect();
        format!("{signed}.A{}", turned.get(1..).unwrap_or_default())
    }

    /// Bends the published key.
    pub(crate) fn corrupt_key(&self, jwk: &mut Value) {
        let mut drop_member = |fault, name: &str| {
            if let Some(members) = jwk.as_object_mut().filter(|_| self.has(fault)) {
                members.shift_remove(name);
            }
        };
        drop_member(Fault::KeyHasNoAlgorithm, "alg");
        drop_member(Fault::KeyHasNoUse, "use");
        if self.has(Fault::KeysAreStale) {
            let turned: String = jwk["n"].as_str().unwrap_or_default().chars().rev().collect();
            jwk["n"] = turned.into();
        }
        if self.has(Fault::KeyHasASignByte)
            && let Ok(modulus) = BASE64.decode(jwk["n"].as_str().unwrap_or_default())
        {
            jwk["n"] = BASE64.encode([&[0], modulus.as_slice()].concat()).into();
        }
    }
}
