//! Verifying a code: it is compared, spent, and opens a session.

use serde_json::{Map, Value};

use super::bearer::Bearer;
use super::call::Call;
use super::clock::Millis;
use super::code::{Code, Origin};
use super::faults::Spending;
use super::fields::Fields;
use super::guess::{Attempt, Guess};
use super::id::UserId;
use super::refusal::Refusal;
use super::reply::Outcome;
use super::state::Server;
use super::store::Store;
use super::update;
use super::user::{Login, Status, User};
use super::variant::Variant;

/// POST /v1/auth/otp/verify/sms, and by other methods.
pub(crate) async fn verify(call: Call) -> Outcome {
    let bearer = match call.bearer() {
        Err(_) if call.server.bugs.verify_needs_no_bearer() => Bearer::default(),
        bearer => bearer?,
    };
    if bearer.key().is_none() && call.server.bugs.verify_needs_more_than_the_project() {
        return Err(Refusal::no_token());
    }
    let body = call.object()?;
    let login_id = Fields::of(&body).required("loginId")?.to_owned();
    let guess = call.server.read_guess(&body)?;
    let attempt = Attempt {
        login_id,
        guess,
        with_session: bearer.jwt().is_some(),
        channel: call.channel(),
        client: call.header("user-agent"),
        now: call.now,
    };
    let login = call.server.log_in_with_races(&attempt).await?;
    call.server.login_response(&login, call.now)
}

impl Server {
    /// The member `code`, which is a text that is not empty.
    fn read_guess(&self, body: &Map<String, Value>) -> Result<Guess, Refusal> {
        if let Some(guess) = self.bugs.odd_guess(body.get("code")) {
            return Ok(guess);
        }
        let code = Fields::of(body).required("code")?;
        let trims = self.variants.has(Variant::SpacesAroundTheCode);
        Ok(Guess::Text(if trims { code.trim() } else { code }.to_owned()))
    }

    /// One login: finds the user, redeems the code, completes what the code was sent for.
    pub(crate) fn log_in(&self, attempt: &Attempt) -> Result<Login, Refusal> {
        let mut store = self.store();
        let id = match store.find(&attempt.login_id) {
            Some(id) => id,
            None if self.bugs.verifies_unknown_users() => {
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
            Err(refusal) => self.code_of_another(&mut store, attempt).ok_or(refusal)?,
        };
        self.finish(&mut store, id, &code, attempt.now)
    }

    /// The end of a login whose code is spent: what the code was sent for is done, and the user is in.
    pub(crate) fn finish(
        &self,
        store: &mut Store,
        id: UserId,
        code: &Code,
        now: Millis,
    ) -> Result<Login, Refusal> {
        let keeps_old = self.variants.has(Variant::OldAddressStaysALoginId);
        let id = update::apply(&self.bugs, store, id, code, keeps_old)?;
        self.complete(store, id, code, now)
    }

    /// Takes the matching code away from the user, or counts the guess against those that wait.
    fn redeem(&self, user: &mut User, attempt: &Attempt) -> Result<Code, Refusal> {
        let now = attempt.now;
        self.bugs.bring_back(user, now);
        user.codes.retain(|code| code.dies.is_none_or(|end| now < end));
        let matches = |code: &Code| {
            self.is_open(code) && self.is_by(code, attempt) && self.accepts(code, &attempt.guess)
        };
        match user.codes.iter().position(matches) {
            _ if self.bugs.rejects_every_code() => Err(Refusal::wrong_code()),
            Some(at) if self.expired(&user.codes[at], now) => Err(self.refuse_expired()),
            Some(at) if self.awaits_send(user, at) => Err(Refusal::wrong_code()),
            Some(at) => Ok(self.spend(user, at, attempt)),
            None => Err(self.count_wrong_guess(user, attempt)),
        }
    }

    /// Whether this is the code.
    pub(crate) fn accepts(&self, code: &Code, guess: &Guess) -> bool {
        let near = |guess: &Guess| matches!(guess, Guess::Text(text) if self.bugs.accepts_near_miss(&code.value, text));
        guess.is(code) || near(guess)
    }

    /// A code that was sent is given back by the method that it was sent by (docs: OTP / Email / Verify); one that was
    /// generated, by any.
    pub(crate) fn is_by(&self, code: &Code, attempt: &Attempt) -> bool {
        let apart = self.variants.has(Variant::GeneratedCodesAreOfOneMethod);
        let generated = code.origin == Origin::Generated && !apart;
        let any = generated || self.variants.has(Variant::AnyMethodTakesTheCode);
        any || code.channel == attempt.channel
    }

    /// Guesses lock the codes of the user they were made for, and no others (docs: Flows).
    fn is_open(&self, code: &Code) -> bool {
        let locked = code.locked() && !self.bugs.forgets_lockouts();
        !locked && !self.bugs.locks_every_code(self.rules.max_attempts)
    }

    /// Whether the code's lifetime is over (docs: OTP settings).
    pub(crate) fn expired(&self, code: &Code, now: Millis) -> bool {
        let kept = self.bugs.accepts_expired_codes() || self.bugs.keeps_alive(code);
        now >= code.issued + self.bugs.code_ttl(self.rules.code_ttl) && !kept
    }

    fn refuse_expired(&self) -> Refusal {
        let says_so = !self.variants.has(Variant::ExpiredIsWrongCode);
        let usual = if says_so { Refusal::expired_code } else { Refusal::wrong_code };
        self.bugs.expired_refusal().unwrap_or_else(usual)
    }

    /// A generated code needs no send before it (descope/go-sdk: README.md).
    fn awaits_send(&self, user: &User, at: usize) -> bool {
        user.codes[at].origin == Origin::Generated
            && self.bugs.generated_codes_need_a_send()
            && !user.codes.iter().any(|code| code.origin == Origin::Sent)
    }

    /// A code works once.
    fn spend(&self, user: &mut User, at: usize, attempt: &Attempt) -> Code {
        let code = user.codes[at].clone();
        self.bugs.note_spent(user.id, &code, attempt.now);
        match self.bugs.spending(user.id, &code.value, attempt.with_session) {
            Spending::Now if self.bugs.keeps_spent(&code) => {}
            Spending::Now => drop(user.codes.remove(at)),
            Spending::Later(ms) => drop(user.codes[at].dies.get_or_insert(attempt.now + ms)),
            Spending::Never => {}
        }
        code
    }

    /// Each wrong guess costs an attempt of every code that waits; the last one locks it.
    fn count_wrong_guess(&self, user: &mut User, attempt: &Attempt) -> Refusal {
        let right = user.codes.last().map(|code| code.value.clone()).unwrap_or_default();
        self.bugs.on_wrong_guess(user, attempt.now);
        let by = attempt.channel;
        let locked =
            |user: &User| user.codes.iter().any(|code| code.locked() && self.counts_against(code, by));
        let was_locked = locked(user);
        let counted = !self.bugs.allows_endless_guesses()
            && !self.bugs.overlooks_guess(&attempt.login_id)
            && !self.bugs.overlooks_guesses_by(attempt.channel);
        let costs =
            |code: &&mut Code| counted && self.counts_against(code, by) && !self.expired(code, attempt.now);
        let waiting = user.codes.iter_mut().filter(costs);
        waiting.for_each(|code| {
            let own = self.bugs.left_to_client(&code.value, &attempt.client, self.rules.max_attempts);
            code.attempts_left = own.unwrap_or(code.attempts_left.saturating_sub(1));
        });
        if locked(user) {
            return self.refuse_locked(was_locked);
        }
        self.bugs.wrong_code_refusal(&right).unwrap_or_else(Refusal::wrong_code)
    }

    fn refuse_locked(&self, was_locked: bool) -> Refusal {
        let late = !was_locked && self.variants.has(Variant::LockoutIsToldLate);
        let says_so = !late && !self.variants.has(Variant::LockoutIsWrongCode);
        let usual = if says_so { Refusal::too_many_attempts } else { Refusal::wrong_code };
        self.bugs.lockout_refusal().unwrap_or_else(usual)
    }

    /// The pending code of another user is a wrong code, and a wrong code changes nothing.
    fn code_of_another(&self, store: &mut Store, attempt: &Attempt) -> Option<Code> {
        self.bugs.apply_by_wrong_guess(store, &attempt.login_id);
        let live = |code: &&Code| !code.locked() && self.accepts(code, &attempt.guess);
        let mut users = store.users().filter(|_| self.bugs.finds_codes_of_others());
        users.find_map(|user| user.codes.iter().find(live)).cloned()
    }
}
