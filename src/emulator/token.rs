//! Session and refresh JWTs: minted from a session, read back and checked.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde_json::{Map, Value, json};

use super::clock::Millis;
use super::fault::Fault;
use super::refusal::Refusal;
use super::server::Server;
use super::user::{Session, User, UserId};
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
        let stale = renewed && self.faults.has(Fault::RefreshReturnsTheFirst);
        let now = if stale { subject.session.ends - self.rules.refresh_ttl } else { now };
        let now = now + self.skew();
        let ends = now + self.rules.session_ttl;
        let mut claims = self.common_claims(subject, "DS", now, ends);
        claims.insert("jti".into(), format!("{:016x}", super::user::random_number()).into());
        claims.insert("rexp".into(), iso(subject.session.ends).into());
        if subject.session.stepped_up_until.is_some_and(|until| now < until) {
            claims.insert("su".into(), true.into());
        }
        if let Some(own) = &subject.session.claims {
            claims.insert("nsec".into(), Value::Object((**own).clone()));
        }
        self.further_own_claims(&mut claims, subject, false);
        self.misstate_session(&mut claims, subject, renewed);
        self.sign(&claims).map(|jwt| Token { jwt: self.spoil(jwt, false), ends })
    }

    pub(crate) fn refresh_token(&self, subject: &Subject, now: Millis) -> Result<Token, Refusal> {
        let (now, ends) = (now + self.skew(), subject.session.ends + self.skew());
        let mut claims = self.common_claims(subject, "DSR", now, ends);
        self.further_own_claims(&mut claims, subject, true);
        claims.insert("jti".into(), format!("{:016x}", subject.session.id).into());
        self.misstate_refresh(&mut claims, subject);
        self.sign(&claims).map(|jwt| Token { jwt: self.spoil(jwt, true), ends })
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
        self.misstate(&mut claims, subject);
        claims
    }

    fn sign(&self, claims: &Map<String, Value>) -> Result<String, Refusal> {
        let key = &self.settings.key;
        let header = Header { kid: Some(self.named_key()), ..Header::new(Algorithm::RS256) };
        // The key was parsed and used at start; should signing fail all the same, a 4xx keeps clients from repeating.
        jsonwebtoken::encode(&header, claims, key.encoding())
            .map_err(|why| Refusal::invalid_token(&why.to_string()))
    }

    /// Reads a token of either kind: ours, unexpired, of this project.
    pub(crate) fn claims(&self, jwt: &str, now: Millis) -> Result<Claims, Refusal> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = 0;
        validation.validate_exp = false; // by our own clock, below
        validation.validate_aud = false;
        let ours = jsonwebtoken::decode::<Map<String, Value>>(jwt, self.settings.key.decoding(), &validation);
        let ours = ours.map(|token| token.claims).ok().or_else(|| self.believed(jwt));
        let all = ours.ok_or_else(|| Refusal::invalid_token("the JWT is not signed by this project"))?;
        let issuer = all.get("iss").and_then(Value::as_str).unwrap_or_default();
        if !self.is_our_issuer(issuer) {
            return Err(Refusal::invalid_token("the JWT is of another project"));
        }
        let ends = seconds(all.get("exp")).saturating_mul(1000);
        if now + self.skew() >= ends && !self.faults.has(Fault::ExpiredTokenAccepted) {
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
        if !self.faults.has(Fault::SessionTokenRefreshes) {
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
        issuer == written || self.faults.has(Fault::ForeignIssuerAccepted)
    }

    /// What our tokens name as issuer.
    fn written_issuer(&self) -> String {
        if self.faults.has(Fault::IssuerIsTheVendor) {
            return "https://api.descope.com".to_owned();
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
