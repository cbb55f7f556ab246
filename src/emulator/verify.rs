//! Verifying a code: it is compared, spent, and opens a session.

use super::call::Call;
use super::clock::Millis;
use super::code::{Code, Origin};
use super::fault::Fault;
use super::fields::Fields;
use super::guess::Guess;
use super::login::Login;
use super::refusal::Refusal;
use super::reply::Outcome;
use super::server::Server;
use super::store::Store;
use super::update;
use super::user::{Status, User};
use super::variant::Variant;

/// One try to log in.
pub(crate) struct Attempt {
    pub(crate) login_id: String,
    pub(crate) guess: Guess,
    pub(crate) with_session: bool,
    pub(crate) now: Millis,
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
}
