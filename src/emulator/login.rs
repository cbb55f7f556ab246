//! A completed login: the user it registers, the session it opens, the tokens it is answered with.

use serde_json::json;

use super::channel::Channel;
use super::clock::Millis;
use super::code::Code;
use super::id::{UserId, random_number};
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::state::Server;
use super::store::Store;
use super::user::{Login, Session, Status, Subject, User};

impl Server {
    /// The user is in: registered from now on, with one more session.
    pub(crate) fn complete(
        &self,
        store: &mut Store,
        id: UserId,
        code: &Code,
        now: Millis,
    ) -> Result<Login, Refusal> {
        let id = self.bugs.identity(store, id, code.by);
        let user = store.user_mut(id).ok_or_else(Refusal::unknown_user)?;
        let first_seen = !user.has_logged_in;
        user.has_logged_in = true;
        user.status = Status::Enabled;
        user.verify_address(code.channel);
        self.bugs.verifies_all_addresses(user);
        let session = self.open_session(user, code, now);
        let subject = Subject::new(user, &session);
        user.sessions.retain(|other| other.ends > now);
        let revokes = code.options.as_ref().is_some_and(|options| options.revoke_others);
        if revokes && !self.bugs.ignores_revocation() {
            user.sessions.clear();
        }
        user.sessions.push(session);
        if revokes && self.bugs.revokes_the_new_session() {
            user.sessions.clear();
        }
        Ok(Login { subject, user: self.show(user), first_seen })
    }

    /// The session of a login, with the options of the send whose code was verified.
    fn open_session(&self, user: &User, code: &Code, now: Millis) -> Session {
        let options = self.bugs.options(user, code);
        let options = options.as_deref();
        let presented = code.presented.as_deref();
        let asks = options.is_some_and(|options| options.stepup) && !self.bugs.ignores_stepup();
        let stepup = (presented.is_some() && asks) || self.bugs.keeps_stepup(user);
        let mfa = presented.filter(|_| options.is_some_and(|options| options.mfa));
        Session {
            id: random_number(),
            ends: now + self.rules.refresh_ttl,
            ended: None,
            amr: self.methods(
                mfa.map(|presented| presented.amr.as_slice()).unwrap_or_default(),
                self.method_name(code.channel),
            ),
            stepped_up_until: stepup.then_some(now + self.rules.stepup_ttl),
            claims: options
                .map(|options| &options.claims)
                .filter(|own| !own.is_empty())
                .cloned()
                .map(Box::new),
        }
    }

    /// The JWT response of a login.
    pub(crate) fn login_response(&self, login: &Login, now: Millis) -> Outcome {
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
        self.bugs.corrupt_login(&mut body);
        Ok(self.with_cookies(Reply::ok(body), &session, &refresh, now))
    }
}

impl Server {
    /// What `amr` calls the method of a code.
    fn method_name(&self, channel: Channel) -> &'static str {
        self.unnamed_factor(channel).unwrap_or_else(|| self.bugs.method_name(channel))
    }

    /// The methods of a login after those of the session it builds on; two different ones are multi-factor.
    fn methods(&self, before: &[String], own: &str) -> Vec<String> {
        if self.bugs.loses_factor(own) {
            return vec![own.to_owned()];
        }
        let mut methods: Vec<String> = before.iter().filter(|method| *method != "mfa").cloned().collect();
        let again = methods.iter().any(|method| method == own);
        if !again {
            methods.push(own.to_owned());
        }
        if methods.len() > 1 || (again && self.bugs.counts_one_channel_twice()) {
            methods.push("mfa".to_owned());
        }
        methods
    }
}
