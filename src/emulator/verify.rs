//! Verifying a code: it is compared, spent, and opens a session.

use serde_json::{Value, json};

use super::call::Call;
use super::clock::Millis;
use super::code::{Code, Origin};
use super::fault::Fault;
use super::fields::Fields;
use super::guess::Guess;
use super::options::LoginOptions;
use super::refusal::Refusal;
use super::reply::{Outcome, Reply};
use super::send::Initiation;
use super::server::Server;
use super::store::Store;
use super::token::Subject;
use super::update;
use super::user::{Session, Status, User, UserId, random_number};
use super::variant::Variant;

/// One try to log in.
pub(crate) struct Attempt {
    pub(crate) login_id: String,
    pub(crate) guess: Guess,
    pub(crate) with_session: bool,
    pub(crate) now: Millis,
}

/// A completed login, copied out of the store so that its tokens are signed without the lock.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    subject: Subject,
    user: Value,
    first_seen: bool,
}

pub(crate) async fn verify(call: Call) -> Outcome {
    let bearer = call.bearer()?;
    if bearer.key().is_none() && call.server.faults.has(Fault::BareProjectRefusedAtVerify) {
        return Err(Refusal::no_token());
    }
    let body = call.object()?;
    let login_id = Fields::of(&body).required("loginId")?.to_owned();
    let guess = Guess::read(&call.server, &body)?;
    let attempt = Attempt { login_id, guess, with_session: bearer.jwt().is_some(), now: call.now };
    let login = call.server.race_to_log_in(&attempt).await?;
    call.server.welcome(&login, call.now)
}

impl Server {
    pub(crate) fn log_in(&self, attempt: &Attempt) -> Result<Login, Refusal> {
        let mut store = self.store();
        let id = match store.find(&attempt.login_id) {
            Some(id) => id,
            None if self.faults.has(Fault::UnknownUserVerified) => {
                let user = store.draft(&attempt.login_id, attempt.now);
                let id = user.id;
                store.insert(user);
                return self.complete(&mut store, id, &Code::found(attempt.now), attempt.now);
            }
            None if self.variants.has(Variant::UnknownUserIsWrongCode) => return Err(Refusal::wrong_code()),
            None => return Err(Refusal::unknown_user()),
        };
        let user = store.user_mut(id).ok_or_else(Refusal::unknown_user)?;
        if user.status == Status::Disabled {
            return Err(Refusal::disabled());
        }
        let code = match self.redeem(user, attempt) {
            Ok(code) => code,
            Err(refusal) => self.second_thoughts(&mut store, attempt).ok_or(refusal)?,
        };
        let id = update::apply(&mut store, id, &code)?;
        self.complete(&mut store, id, &code, attempt.now)
    }

    /// Completes a login whose code was checked a while ago.
    pub(crate) fn log_in_with(&self, attempt: &Attempt, code: &Code) -> Result<Login, Refusal> {
        let mut store = self.store();
        let id = store.find(&attempt.login_id).ok_or_else(Refusal::unknown_user)?;
        if let Some(user) = store.user_mut(id) {
            user.codes.retain(|other| other.value != code.value);
        }
        self.complete(&mut store, id, code, attempt.now)
    }

    /// Takes the matching code away from the user, or counts the guess against those that wait.
    fn redeem(&self, user: &mut User, attempt: &Attempt) -> Result<Code, Refusal> {
        let now = attempt.now;
        user.codes.retain(|code| code.dies.is_none_or(|end| now < end));
        let found =
            user.codes.iter().position(|code| self.is_open(code) && self.accepts(code, &attempt.guess));
        match found {
            _ if self.faults.has(Fault::VerifyRejectsEverything) => Err(Refusal::wrong_code()),
            Some(at) if self.expired(&user.codes[at], now) => Err(self.refuse_expired()),
            Some(at) if self.awaits_initiation(user, at) => Err(Refusal::wrong_code()),
            Some(at) => Ok(self.spend(user, at, attempt)),
            None => Err(self.count_wrong_guess(user, attempt)),
        }
    }

    fn is_open(&self, code: &Code) -> bool {
        let others_mistakes = self.faults.any() && self.slips().wrong_guesses >= self.rules.max_attempts;
        !others_mistakes && (!code.locked() || self.faults.has(Fault::LockoutForgotten))
    }

    pub(crate) fn expired(&self, code: &Code, now: Millis) -> bool {
        let ttl = if self.faults.has(Fault::CodesLiveHalfAMinute) { 30_000 } else { self.rules.code_ttl };
        now >= code.issued + ttl && !self.faults.has(Fault::ExpiredCodesAccepted)
    }

    fn refuse_expired(&self) -> Refusal {
        if self.faults.has(Fault::ExpiredHasOtherCode) {
            return Refusal::generic();
        }
        if self.variants.has(Variant::ExpiredIsWrongCode) {
            Refusal::wrong_code()
        } else {
            Refusal::expired_code()
        }
    }

    /// A generated code needs no initiation, but for this bug.
    fn awaits_initiation(&self, user: &User, at: usize) -> bool {
        let initiated = user.codes.iter().any(|code| code.origin == Origin::Sent);
        user.codes[at].origin == Origin::Generated
            && !initiated
            && self.faults.has(Fault::GeneratedNeedsInitiation)
    }

    /// A code works once.
    fn spend(&self, user: &mut User, at: usize, attempt: &Attempt) -> Code {
        let code = user.codes[at].clone();
        let first_use = || self.slips().used_codes.insert((user.id, code.value.clone()));
        let stays = self.faults.has(Fault::NeverConsumed)
            || (attempt.with_session && self.faults.has(Fault::NotConsumedWithSession))
            || (self.faults.has(Fault::ConsumedAtSecondUse) && first_use());
        if self.faults.has(Fault::ConsumedAfterALag) {
            user.codes[at].dies.get_or_insert(attempt.now + 2_000);
        } else if !stays {
            user.codes.remove(at);
        }
        code
    }

    fn count_wrong_guess(&self, user: &mut User, attempt: &Attempt) -> Refusal {
        let expected = user.codes.last().map(|code| code.value.clone()).unwrap_or_default();
        if self.faults.has(Fault::WrongGuessConsumes) {
            user.codes.clear();
        }
        if self.faults.has(Fault::WrongGuessRenewsTheCode) {
            user.codes.iter_mut().for_each(|code| code.issued = attempt.now);
        }
        let was_locked = user.codes.iter().any(Code::locked);
        let waiting = user.codes.iter_mut().filter(|code| !self.expired(code, attempt.now));
        for code in waiting.filter(|_| !self.faults.has(Fault::NoAttemptLimit)) {
            code.attempts_left = code.attempts_left.saturating_sub(1);
        }
        if self.locked_out(user) {
            return self.refuse_locked(was_locked);
        }
        if self.faults.has(Fault::WrongCodeHasOtherCode) {
            return Refusal::generic();
        }
        let mut refusal = Refusal::wrong_code();
        if self.faults.has(Fault::WrongCodeRevealsTheRight) {
            refusal.message = format!("expected {expected}");
        }
        refusal
    }

    fn refuse_locked(&self, was_locked: bool) -> Refusal {
        if self.faults.has(Fault::LockoutHasOtherCode) {
            return Refusal::generic();
        }
        let late = !was_locked && self.variants.has(Variant::LockoutIsToldLate);
        let untold = late || self.variants.has(Variant::LockoutIsWrongCode);
        if untold { Refusal::wrong_code() } else { Refusal::too_many_attempts() }
    }

    /// Guesses lock the codes of the user they were made for.
    fn locked_out(&self, user: &User) -> bool {
        if self.faults.has(Fault::LockoutLocksEverybody) {
            self.slips().wrong_guesses += 1;
        }
        user.codes.iter().any(Code::locked)
    }

    /// Somebody else's pending code is a wrong code, and a wrong code does nothing.
    fn second_thoughts(&self, store: &mut Store, attempt: &Attempt) -> Option<Code> {
        self.apply_by_wrong_guess(store, &attempt.login_id);
        if !self.faults.has(Fault::AnotherUsersCodeAccepted) {
            return None;
        }
        let live = |code: &&Code| !code.locked() && self.accepts(code, &attempt.guess);
        store.users().find_map(|user| user.codes.iter().find(live)).cloned()
    }

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
        let presented = code.presented.as_deref().filter(|presented| presented.user == user.id);
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
