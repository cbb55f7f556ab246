//! Verifying a code: it is compared, spent, and opens a session.

use serde_json::{Value, json};

use super::call::Call;
use super::clock::Millis;
use super::code::Code;
use super::fields::Fields;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::server::Server;
use super::store::Store;
use super::token::Subject;
use super::update;
use super::user::{Session, Status, User, UserId, random_number};

/// A completed login, copied out of the store so that its tokens are signed without the lock.
pub(crate) struct Login {
    subject: Subject,
    user: Value,
    first_seen: bool,
}

pub(crate) async fn verify(call: Call) -> Outcome {
    call.bearer()?;
    let body = call.object()?;
    let fields = Fields::of(&body);
    let login_id = fields.required("loginId")?;
    let guess = fields.required("code")?;
    let login = call.server.log_in(login_id, guess, call.now)?;
    call.server.welcome(&login, call.now)
}

impl Server {
    fn log_in(&self, login_id: &str, guess: &str, now: Millis) -> Result<Login, Refusal> {
        let mut store = self.store();
        let id = store.find(login_id).ok_or_else(Refusal::unknown_user)?;
        let user = store.user_mut(id).ok_or_else(Refusal::unknown_user)?;
        if user.status == Status::Disabled {
            return Err(Refusal::disabled());
        }
        let code = self.redeem(user, guess, now)?;
        let id = update::apply(&mut store, id, &code)?;
        self.complete(&mut store, id, &code, now)
    }

    /// Takes the matching code away from the user, or counts the guess against those that wait.
    fn redeem(&self, user: &mut User, guess: &str, now: Millis) -> Result<Code, Refusal> {
        let oldest = now - self.rules.code_ttl;
        let found = user.codes.iter().position(|code| !code.locked() && code.matches(guess));
        match found {
            Some(at) if user.codes[at].issued <= oldest => Err(Refusal::expired_code()),
            Some(at) => Ok(user.codes.remove(at)),
            None => Err(self.count_wrong_guess(user, oldest)),
        }
    }

    fn count_wrong_guess(&self, user: &mut User, oldest: Millis) -> Refusal {
        for code in user.codes.iter_mut().filter(|code| code.issued > oldest) {
            code.attempts_left = code.attempts_left.saturating_sub(1);
        }
        if user.codes.iter().any(Code::locked) { Refusal::too_many_attempts() } else { Refusal::wrong_code() }
    }

    /// The user is in: registered from now on, with one more session.
    fn complete(&self, store: &mut Store, id: UserId, code: &Code, now: Millis) -> Result<Login, Refusal> {
        let user = store.user_mut(id).ok_or_else(Refusal::unknown_user)?;
        let first_seen = !user.has_logged_in;
        user.has_logged_in = true;
        user.status = Status::Enabled;
        user.verified_phone = true;
        let session = self.open_session(user, code, now);
        let subject = Subject::new(user, &session);
        let revoke_others = code.options.as_ref().is_some_and(|options| options.revoke_others);
        user.sessions.retain(|other| other.ends > now && !revoke_others);
        user.sessions.push(session);
        Ok(Login { subject, user: user.object(), first_seen })
    }

    fn open_session(&self, user: &User, code: &Code, now: Millis) -> Session {
        let options = code.options.as_deref();
        let presented = code.presented.as_deref().filter(|presented| presented.user == user.id);
        let stepup = presented.is_some() && options.is_some_and(|options| options.stepup);
        let mfa = presented.filter(|_| options.is_some_and(|options| options.mfa));
        Session {
            id: random_number(),
            ends: now + self.rules.refresh_ttl,
            amr: methods(mfa.map(|presented| presented.amr.as_slice()).unwrap_or_default()),
            stepped_up_until: stepup.then_some(now + self.rules.stepup_ttl),
            claims: options
                .map(|options| &options.claims)
                .filter(|own| !own.is_empty())
                .cloned()
                .map(Box::new),
        }
    }

    /// The JWT response of a login.
    fn welcome(&self, login: &Login, now: Millis) -> Outcome {
        let session = self.session_token(&login.subject, now)?;
        let refresh = self.refresh_token(&login.subject, now)?;
        Ok(Reply::ok(json!({
            "sessionJwt": session.jwt,
            "refreshJwt": refresh.jwt,
            "cookieDomain": "",
            "cookiePath": "/",
            "cookieMaxAge": (refresh.ends - now) / 1000,
            "cookieExpiration": refresh.ends / 1000,
            "user": login.user,
            "firstSeen": login.first_seen,
            "sessionExpiration": session.ends / 1000,
        })))
    }
}

/// The methods of a login by SMS after those of the session it builds on; two different ones are multi-factor.
fn methods(before: &[String]) -> Vec<String> {
    let mut methods: Vec<String> = before.iter().filter(|method| *method != "mfa").cloned().collect();
    if !methods.iter().any(|method| method == "sms") {
        methods.push("sms".to_owned());
    }
    if methods.len() > 1 {
        methods.push("mfa".to_owned());
    }
    methods
}
