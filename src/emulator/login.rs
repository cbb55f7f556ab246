//! A completed login: the user it registers, the session it opens, the tokens it is answered with.

use serde_json::{Value, json};

use super::clock::Millis;
use super::code::Code;
use super::fault::Fault;
use super::options::LoginOptions;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::send::Initiation;
use super::server::Server;
use super::store::Store;
use super::token::Subject;
use super::user::{Session, Status, User, UserId, random_number};

/// A completed login, copied out of the store so that its tokens are signed without the lock.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    subject: Subject,
    user: Value,
    first_seen: bool,
}

impl Server {
    /// The user is in: registered from now on, with one more session.
    pub(crate) fn complete(
        &self,
        store: &mut Store,
        id: UserId,
        code: &Code,
        now: Millis,
    ) -> Result<Login, Refusal> {
        let id = self.identity(store, id, code);
        self.split(store, id);
        let user = store.user_mut(id).ok_or_else(Refusal::unknown_user)?;
        let first_seen = !user.has_logged_in;
        user.has_logged_in = true;
        user.status = Status::Enabled;
        user.verified_phone = true;
        let session = self.open_session(user, code, now);
        let subject = Subject::new(user, &session);
        user.sessions.retain(|other| other.ends > now);
        self.revoke_others(user, code);
        user.sessions.push(session);
        if self.faults.has(Fault::RevokeOthersTakesTheNew) && asks_revocation(code) {
            user.sessions.clear();
        }
        Ok(Login { subject, user: self.show(user), first_seen })
    }

    /// One number is one user.
    fn split(&self, store: &mut Store, id: UserId) {
        if self.faults.any() && self.slips().made_twins {
            store.point_to_twin(id);
        }
    }

    fn revoke_others(&self, user: &mut User, code: &Code) {
        if asks_revocation(code) && !self.faults.has(Fault::RevokeOthersIgnored) {
            user.sessions.clear();
        }
    }

    /// A user keeps its ID for good.
    fn identity(&self, store: &mut Store, id: UserId, code: &Code) -> UserId {
        if !store.user(id).is_some_and(|user| user.has_logged_in) {
            return id;
        }
        let changes = self.faults.has(Fault::FreshIdAtEachLogin)
            || self.faults.every(3, Fault::FreshIdEveryThirdLogin)
            || (code.by == Initiation::SignIn && self.faults.has(Fault::SignInForksTheUser));
        if changes { store.renew_id(id) } else { id }
    }

    /// Options belong to the initiation whose code was verified.
    fn options_of(&self, user: &User, code: &Code) -> Option<Box<LoginOptions>> {
        let own = code.options.clone();
        if !self.faults.any() {
            return own;
        }
        let mut slips = self.slips();
        if self.faults.has(Fault::OptionsStick) {
            return own.or_else(|| slips.last_options.get(&user.id).cloned());
        }
        if self.faults.has(Fault::SupersededOptionsStay) {
            return slips.first_options.remove(&user.id).or(own);
        }
        own
    }

    fn open_session(&self, user: &User, code: &Code, now: Millis) -> Session {
        let options = self.options_of(user, code);
        if let Some(options) = options.as_ref().filter(|_| self.faults.any()) {
            self.slips().last_options.insert(user.id, options.clone());
        }
        let options = options.as_deref();
        let presented = code.presented.as_deref();
        let asks_stepup =
            options.is_some_and(|options| options.stepup) && !self.faults.has(Fault::StepUpIgnored);
        let sticks = self.faults.has(Fault::StepUpSticks)
            && user.sessions.iter().any(|old| old.stepped_up_until.is_some());
        let stepup = (presented.is_some() && asks_stepup) || sticks;
        let mfa = presented.filter(|_| options.is_some_and(|options| options.mfa));
        Session {
            id: random_number(),
            ends: now + self.rules.refresh_ttl,
            ended: None,
            amr: self.methods(mfa.map(|presented| presented.amr.as_slice()).unwrap_or_default()),
            stepped_up_until: stepup.then_some(now + self.rules.stepup_ttl),
            claims: options
                .map(|options| &options.claims)
                .filter(|own| !own.is_empty())
                .cloned()
                .map(Box::new),
        }
    }

    /// The JWT response of a login.
    pub(crate) fn welcome(&self, login: &Login, now: Millis) -> Outcome {
        let session = self.session_token(&login.subject, now, false)?;
        let refresh = self.refresh_token(&login.subject, now)?;
        let mut body = json!({
            "sessionJwt": session.jwt,
            "refreshJwt": refresh.jwt,
            "cookieDomain": "",
            "cookiePath": "/",
            "cookieMaxAge": (refresh.ends - now) / 1000,
            "cookieExpiration": refresh.ends / 1000,
            "user": login.user,
            "firstSeen": login.first_seen,
            "sessionExpiration": session.ends / 1000,
        });
        self.newer_members(&mut body, &session);
        self.misdescribe_login(&mut body);
        Ok(self.with_cookies(Reply::ok(body), &session, &refresh, now))
    }
}

fn asks_revocation(code: &Code) -> bool {
    code.options.as_ref().is_some_and(|options| options.revoke_others)
}

impl Server {
    /// The methods of a login by SMS after those of the session it builds on; two different ones are multi-factor.
    fn methods(&self, before: &[String]) -> Vec<String> {
        let mut methods: Vec<String> = before.iter().filter(|method| *method != "mfa").cloned().collect();
        let again = methods.iter().any(|method| method == "sms");
        if !again {
            methods.push("sms".to_owned());
        }
        if methods.len() > 1 || (again && self.faults.has(Fault::SameChannelIsMultiFactor)) {
            methods.push("mfa".to_owned());
        }
        methods
    }
}
