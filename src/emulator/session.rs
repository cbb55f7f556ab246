//! Sessions: refreshed, looked at, ended.

use serde_json::{Value, json};

use super::call::Call;
use super::clock::Millis;
use super::id::random_number;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::state::Server;
use super::store::Store;
use super::token::{Claims, Token};
use super::user::{Status, Subject, User};
use super::variant::Variant;

pub(crate) async fn refresh(call: Call) -> Outcome {
    let claims = call.session()?;
    call.object_or_nothing()?;
    call.server.restore_sessions(&claims).await;
    renew(&call, &claims)
}

/// Like `refresh`, but a missing session is not an error (docs: Session).
pub(crate) async fn try_refresh(call: Call) -> Outcome {
    call.bearer()?;
    call.object_or_nothing()?;
    match call.session() {
        Ok(claims) => renew(&call, &claims),
        Err(_) => Ok(Reply::nothing()),
    }
}

fn renew(call: &Call, claims: &Claims) -> Outcome {
    let (subject, user) = {
        let store = call.server.store();
        let user = live_user(&store, claims)?;
        let session = user.session(claims.session).ok_or_else(Refusal::logged_out)?;
        (Subject::new(user, session), call.server.show(user))
    };
    if call.server.bugs.refuses_refresh() {
        return Err(Refusal::logged_out());
    }
    let session = call.server.session_token(&subject, call.now, true)?;
    let body = json!({
        "sessionJwt": session.jwt,
        "cookieDomain": "",
        "cookiePath": "/",
        "cookieMaxAge": (subject.session.ends - call.now) / 1000,
        "cookieExpiration": subject.session.ends / 1000,
        "user": user,
        "firstSeen": false,
        "sessionExpiration": session.ends / 1000,
    });
    with_refresh_token(call, Reply::ok(body), subject, &session)
}

/// The refresh JWT stays as it is, and stays with the client, unless the project has it otherwise.
fn with_refresh_token(call: &Call, mut reply: Reply, mut subject: Subject, session: &Token) -> Outcome {
    let server = &call.server;
    if server.variants.has(Variant::RefreshRotation) {
        let old = std::mem::replace(&mut subject.session.id, random_number());
        server.replace_session(&subject, old)?;
        let refresh = server.refresh_token(&subject, call.now)?;
        reply.body["refreshJwt"] = refresh.jwt.as_str().into();
        return Ok(server.with_cookies(reply, session, &refresh, call.now));
    }
    if server.variants.has(Variant::RefreshRepeatsTheToken) {
        reply.body["refreshJwt"] = call.refresh_jwt()?.into();
    }
    Ok(reply)
}

pub(crate) async fn me(call: Call) -> Outcome {
    let claims = match call.session() {
        Ok(claims) => claims,
        Err(refusal) => call.careless_claims().ok_or(refusal)?,
    };
    let store = call.server.store();
    let user = call.server.show(store.user(claims.user).ok_or_else(Refusal::logged_out)?);
    let wrapped = call.server.bugs.wraps_the_user();
    Ok(Reply::ok(if wrapped { json!({ "user": user }) } else { user }))
}

impl Call {
    /// What `me` goes by where a bug leaves out a question.
    fn careless_claims(&self) -> Option<Claims> {
        let claims = self.server.claims(&self.refresh_jwt().ok()??, self.now).ok()?;
        self.server.bugs.me_believes(claims.refresh).then_some(claims)
    }
}

pub(crate) async fn log_out(call: Call) -> Outcome {
    let claims = call.session()?;
    call.object_or_nothing()?;
    let mut store = call.server.store();
    let user = store.user_mut(claims.user).ok_or_else(Refusal::logged_out)?;
    call.server.end_session(user, claims.session, call.now);
    Ok(call.server.logout_response())
}

pub(crate) async fn log_out_everywhere(call: Call) -> Outcome {
    if let Some(page) = call.server.bugs.no_such_page() {
        return Ok(page);
    }
    let claims = call.session()?;
    call.object_or_nothing()?;
    let mut store = call.server.store();
    call.server.end_sessions(&mut store, &claims)?;
    Ok(call.server.logout_response())
}

impl Server {
    /// A session that ended since the request began is not replaced: a logout would be undone.
    fn replace_session(&self, subject: &Subject, old: u64) -> Result<(), Refusal> {
        let mut store = self.store();
        let user = store.user_mut(subject.user).ok_or_else(Refusal::logged_out)?;
        let at = user.sessions.iter().position(|session| session.id == old);
        user.sessions.remove(at.ok_or_else(Refusal::logged_out)?);
        user.sessions.push(subject.session.clone());
        Ok(())
    }

    /// Logout ends the session whose token was presented, and no other.
    fn end_session(&self, user: &mut User, id: u64, now: Millis) {
        if !self.bugs.log_out(user, id, now) {
            user.sessions.retain(|session| session.id != id);
        }
    }

    /// Logoutall ends every session of this user.
    fn end_sessions(&self, store: &mut Store, claims: &Claims) -> Result<(), Refusal> {
        self.bugs.log_out_others(store);
        let user = store.user_mut(claims.user).ok_or_else(Refusal::logged_out)?;
        let mut positions = 0..;
        user.sessions.retain(|session| {
            self.bugs.survives(positions.next().unwrap_or_default(), session.id == claims.session)
        });
        Ok(())
    }

    /// Empty values, so that clients drop what they hold (docs: Session / Logout).
    fn logout_response(&self) -> Reply {
        let body = json!({
            "sessionJwt": "", "refreshJwt": "", "cookieDomain": "", "cookiePath": "/", "cookieMaxAge": 0,
            "cookieExpiration": 0, "firstSeen": false,
        });
        if self.variants.has(Variant::LogoutAnswersAnObject) {
            return Reply::nothing();
        }
        let silent = self.bugs.says_nothing_at_logout();
        Reply { raw: silent.then(String::new), ..Reply::ok(body) }
    }
}

/// What a session JWT says. It is stateless: a logout does not reach it.
pub(crate) async fn validate(call: Call) -> Outcome {
    let bearer = call.bearer()?;
    let jwt = bearer.jwt().ok_or_else(Refusal::no_token)?;
    let claims = call.server.claims(jwt, call.now)?;
    if claims.refresh {
        return Err(Refusal::invalid_token("this operation asks for the session JWT"));
    }
    Ok(Reply::ok(json!({ "parsedJWT": Value::Object(claims.all) })))
}

impl Server {
    /// A refresh JWT is good as long as its session is there.
    pub(crate) fn live(&self, claims: &Claims) -> Result<(), Refusal> {
        let live = live_user(&self.store(), claims).map(|_| ());
        live.map_err(|refusal| self.bugs.logged_out_refusal().unwrap_or(refusal))
    }

    /// A user as clients see it.
    pub(crate) fn show(&self, user: &User) -> Value {
        self.bugs.corrupt_user(self.lean(user.object()))
    }
}

/// The user of a session that was not ended; whether its JWT has expired is the token's affair.
fn live_user<'a>(store: &'a Store, claims: &Claims) -> Result<&'a User, Refusal> {
    let user = store.user(claims.user).ok_or_else(Refusal::logged_out)?;
    if user.status == Status::Disabled {
        return Err(Refusal::disabled());
    }
    let lives =
        user.session(claims.session).is_some_and(|session| session.ended.is_none_or(|end| claims.now < end));
    if lives { Ok(user) } else { Err(Refusal::logged_out()) }
}
