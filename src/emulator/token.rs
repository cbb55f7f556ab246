//! Session and refresh JWTs: minted from a session, read back and checked.

use serde_json::{Map, Value, json};

use super::clock::Millis;
use super::id::{UserId, random_number};
use super::jwt;
use super::refusal::Refusal;
use super::state::Server;
use super::user::Subject;
use super::variant::Variant;

/// What a token says, once its signature and times are right.
#[derive(Debug, Clone)]
pub(crate) struct Claims {
    pub(crate) all: Map<String, Value>,
    pub(crate) user: UserId,
    pub(crate) session: u64,
    pub(crate) refresh: bool,
    /// When it was presented.
    pub(crate) now: Millis,
}

/// A signed token and when it ends.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) jwt: String,
    pub(crate) ends: Millis,
}

impl Server {
    /// A session JWT; `renewed` when it comes from a refresh.
    pub(crate) fn session_token(
        &self,
        subject: &Subject,
        now: Millis,
        renewed: bool,
    ) -> Result<Token, Refusal> {
        let stale = renewed && self.bugs.returns_the_first_token();
        let now = if stale { subject.session.ends - self.rules.refresh_ttl } else { now };
        let now = now + self.skew();
        let ends = now + self.rules.session_ttl;
        let mut claims = self.common_claims(subject, "DS", now, ends);
        claims.insert("jti".into(), format!("{:016x}", random_number()).into());
        claims.insert("rexp".into(), iso(subject.session.ends).into());
        if subject.session.stepped_up_until.is_some_and(|until| now < until) {
            claims.insert("su".into(), true.into());
        }
        if let Some(own) = &subject.session.claims {
            claims.insert("nsec".into(), Value::Object((**own).clone()));
        }
        self.further_own_claims(&mut claims, subject, false);
        self.bugs.corrupt_session(&mut claims, subject, renewed);
        self.sign(&claims).map(|jwt| Token { jwt: self.bugs.corrupt_signature(jwt, false), ends })
    }

    pub(crate) fn refresh_token(&self, subject: &Subject, now: Millis) -> Result<Token, Refusal> {
        let (now, ends) = (now + self.skew(), subject.session.ends + self.skew());
        let mut claims = self.common_claims(subject, "DSR", now, ends);
        self.further_own_claims(&mut claims, subject, true);
        claims.insert("jti".into(), format!("{:016x}", subject.session.id).into());
        self.bugs.corrupt_refresh(&mut claims, subject);
        self.sign(&claims).map(|jwt| Token { jwt: self.bugs.corrupt_signature(jwt, true), ends })
    }

    fn common_claims(&self, subject: &Subject, drn: &str, now: Millis, ends: Millis) -> Map<String, Value> {
        let claims = json!({
            "amr": subject.session.amr, "drn": drn, "exp": ends / 1000, "iat": now / 1000,
            "iss": self.written_issuer(), "sub": subject.user.to_string(),
        });
        let mut claims = if let Value::Object(claims) = claims { claims } else { Map::new() };
        if subject.test {
            claims.insert("tu".into(), true.into());
        }
        self.further_claims(&mut claims);
        self.bugs.corrupt_claims(&mut claims, subject);
        claims
    }

    fn sign(&self, claims: &Map<String, Value>) -> Result<String, Refusal> {
        let key = &self.settings.key;
        // The key was parsed at start; should signing fail all the same, a 4xx keeps clients from repeating.
        jwt::sign(claims, &self.bugs.named_key(key.kid()), key)
            .ok_or_else(|| Refusal::invalid_token("the token could not be signed"))
    }

    /// Reads a token of either kind: ours, unexpired, of this project.
    pub(crate) fn claims(&self, jwt: &str, now: Millis) -> Result<Claims, Refusal> {
        let ours = jwt::verified(jwt, &self.settings.key).or_else(|| self.bugs.believed(jwt));
        let all = ours.ok_or_else(|| Refusal::invalid_token("the JWT is not signed by this project"))?;
        let issuer = all.get("iss").and_then(Value::as_str).unwrap_or_default();
        if !self.is_our_issuer(issuer) {
            return Err(Refusal::invalid_token("the JWT is of another project"));
        }
        let ends = seconds(all.get("exp")).saturating_mul(1000);
        if now + self.skew() >= ends && !self.bugs.accepts_expired_tokens() {
            return Err(Refusal::expired_token());
        }
        let text = |name: &str| all.get(name).and_then(Value::as_str).unwrap_or_default();
        let user =
            self.subject(text("sub")).ok_or_else(|| Refusal::invalid_token("the JWT names no user"))?;
        let session = u64::from_str_radix(text("jti"), 16).unwrap_or_default();
        let refresh = text("drn") != "DS";
        Ok(Claims { user, session, refresh, now, all })
    }

    /// Reads a refresh JWT; a session JWT is refused.
    pub(crate) fn refresh_claims(&self, jwt: &str, now: Millis) -> Result<Claims, Refusal> {
        let mut claims = self.claims(jwt, now)?;
        if claims.refresh {
            return Ok(claims);
        }
        if !self.bugs.takes_session_tokens() {
            return Err(Refusal::invalid_token("this operation asks for the refresh JWT"));
        }
        let store = self.store();
        claims.session =
            store.user(claims.user).and_then(|user| user.sessions.last()).map_or(0, |last| last.id);
        Ok(claims)
    }
}

/// A time of a token; our own tokens are read back even where a bug wrote the time as text.
fn seconds(time: Option<&Value>) -> i64 {
    let text = |time: &Value| time.as_str().and_then(|text| text.parse().ok());
    time.and_then(|time| time.as_i64().or_else(|| text(time))).unwrap_or_default()
}

impl Server {
    /// The user that `sub` names; a bug names it by phone, and knows it again.
    fn subject(&self, sub: &str) -> Option<UserId> {
        sub.parse().ok().or_else(|| self.store().find(sub))
    }

    /// The project, also where it is written as an address that ends in it.
    fn is_our_issuer(&self, issuer: &str) -> bool {
        let written = self.written_issuer();
        issuer == written || self.bugs.accepts_foreign_issuers()
    }

    /// What our tokens name as issuer.
    fn written_issuer(&self) -> String {
        if let Some(issuer) = self.bugs.issuer() {
            return issuer;
        }
        if self.variants.has(Variant::IssuerIsAUrl) {
            return format!("https://api.descope.com/{}", self.settings.project_id);
        }
        self.settings.project_id.clone()
    }
}

/// ISO-8601 in UTC, as `rexp` shows it.
fn iso(time: Millis) -> String {
    jiff::Timestamp::from_second(time / 1000).map(|time| time.to_string()).unwrap_or_default()
}
