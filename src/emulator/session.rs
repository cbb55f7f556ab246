//! Sessions: refreshed, looked at, ended.

use serde_json::{Value, json};

use super::call::Call;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::server::Server;
use super::store::Store;
use super::token::{Claims, Subject};
use super::user::{Status, User};

pub(crate) async fn refresh(call: Call) -> Outcome {
    let claims = call.session()?;
    call.object_or_nothing()?;
    renew(&call, &claims)
}

/// Like refresh, but nobody to refresh for is no mistake (docs: Session).
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
        (Subject::new(user, session), user.object())
    };
    let session = call.server.session_token(&subject, call.now)?;
    // The refresh JWT stays as it is, and stays with the client.
    Ok(Reply::ok(json!({
        "sessionJwt": session.jwt,
        "cookieDomain": "",
        "cookiePath": "/",
        "cookieMaxAge": (subject.session.ends - call.now) / 1000,
        "cookieExpiration": subject.session.ends / 1000,
        "user": user,
        "firstSeen": false,
        "sessionExpiration": session.ends / 1000,
    })))
}

pub(crate) async fn me(call: Call) -> Outcome {
    let claims = call.session()?;
    let store = call.server.store();
    live_user(&store, &claims).map(|user| Reply::ok(user.object()))
}

pub(crate) async fn log_out(call: Call) -> Outcome {
    let claims = call.session()?;
    call.object_or_nothing()?;
    let mut store = call.server.store();
    let user = store.user_mut(claims.user).ok_or_else(Refusal::logged_out)?;
    user.sessions.retain(|session| session.id != claims.session);
    Ok(farewell())
}

pub(crate) async fn log_out_everywhere(call: Call) -> Outcome {
    let claims = call.session()?;
    call.object_or_nothing()?;
    let mut store = call.server.store();
    let user = store.user_mut(claims.user).ok_or_else(Refusal::logged_out)?;
    user.sessions.clear();
    Ok(farewell())
}

/// Empty values, so that clients drop what they hold (docs: Session / Logout).
fn farewell() -> Reply {
    Reply::ok(json!({
        "sessionJwt": "", "refreshJwt": "", "cookieDomain": "", "cookiePath": "/", "cookieMaxAge": 0,
        "cookieExpiration": 0, "firstSeen": false,
    }))
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
        live_user(&self.store(), claims).map(|_| ())
    }
}

fn live_user<'a>(store: &'a Store, claims: &Claims) -> Result<&'a User, Refusal> {
    let user = store.user(claims.user).ok_or_else(Refusal::logged_out)?;
    if user.status == Status::Disabled {
        return Err(Refusal::disabled());
    }
    user.session(claims.session).ok_or_else(Refusal::logged_out)?;
    Ok(user)
}
