//! Codes accepted, kept, counted or refused wrongly.

use serde_json::Value;

use super::Bugs;
use crate::emulator::clock::Millis;
use crate::emulator::code::Code;
use crate::emulator::fault::Fault;
use crate::emulator::guess::Guess;
use crate::emulator::id::UserId;
use crate::emulator::phone;
use crate::emulator::refusal::Refusal;
use crate::emulator::user::User;

/// When a code that was used is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spending {
    /// At once, as it should be.
    Now,
    /// After so many milliseconds.
    Later(Millis),
    /// It works again.
    Never,
}

impl Bugs {
    /// How many guesses a program has left at a code, where each has its own; one less than before.
    pub(crate) fn left_to_client(&self, code: &str, client: &str, most: u32) -> Option<u32> {
        if !self.has(Fault::GuessesCountByClient) {
            return None;
        }
        let mut memory = self.memory();
        let made = memory.guesses_by_client.entry((code.to_owned(), client.to_owned())).or_default();
        *made += 1;
        Some(most.saturating_sub(*made))
    }

    /// What passes for a code although it is none.
    pub(crate) fn odd_guess(&self, code: Option<&Value>) -> Option<Guess> {
        if !self.any() {
            return None;
        }
        let anything = |fault| self.has(fault).then_some(Guess::Anything);
        match code {
            None => anything(Fault::CodeMissingAccepted),
            Some(Value::Null) => anything(Fault::CodeNullAccepted),
            Some(Value::Object(_)) => anything(Fault::CodeObjectAccepted),
            Some(Value::String(code)) if code.is_empty() => anything(Fault::CodeEmptyAccepted),
            Some(Value::Array(codes)) if self.has(Fault::CodeListAccepted) => {
                Some(Guess::OneOf(codes.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
            }
            _ => None,
        }
    }

    /// A guess that is near enough.
    pub(crate) fn accepts_near_miss(&self, code: &str, guess: &str) -> bool {
        if !self.any() {
            return false;
        }
        let number = |digits: &str| digits.trim_start_matches('0').to_owned();
        let but_last = code.split_at_checked(code.len().saturating_sub(1)).map(|(front, _)| front);
        self.has(Fault::AnyCodeAccepted)
            || (guess == "000000" && self.has(Fault::MasterCodeLeftIn))
            || (code.starts_with(guess) && self.has(Fault::CodePrefixAccepted))
            || (guess.starts_with(code) && self.has(Fault::CodeSuffixIgnored))
            || (number(guess) == number(code) && self.has(Fault::LeadingZerosIgnored))
            || (guess.len() == code.len()
                && but_last.is_some_and(|front| guess.starts_with(front))
                && self.has(Fault::LastDigitIgnored))
    }

    /// A login ID that no user has logs in.
    pub(crate) fn verifies_unknown_users(&self) -> bool {
        self.has(Fault::UnknownUserVerified)
    }

    /// Every code is wrong.
    pub(crate) fn rejects_every_code(&self) -> bool {
        self.has(Fault::VerifyRejectsEverything)
    }

    /// The wrong guesses of all users together lock every code.
    pub(crate) fn locks_every_code(&self, max_attempts: u32) -> bool {
        self.any() && self.memory().wrong_guesses >= max_attempts
    }

    /// A locked code opens all the same.
    pub(crate) fn forgets_lockouts(&self) -> bool {
        self.has(Fault::LockoutForgotten)
    }

    /// How long codes really live.
    pub(crate) fn code_ttl(&self, ttl: Millis) -> Millis {
        if self.has(Fault::CodesLiveHalfAMinute) { 30_000 } else { ttl }
    }

    /// A code works beyond its lifetime.
    pub(crate) fn accepts_expired_codes(&self) -> bool {
        self.has(Fault::ExpiredCodesAccepted)
    }

    /// The refusal of a code that came too late, in another word.
    pub(crate) fn expired_refusal(&self) -> Option<Refusal> {
        self.has(Fault::ExpiredHasOtherCode).then(Refusal::generic)
    }

    /// A generated code works only after a send.
    pub(crate) fn generated_codes_need_a_send(&self) -> bool {
        self.has(Fault::GeneratedNeedsInitiation)
    }

    /// When the code that a user has just given back is gone.
    pub(crate) fn spending(&self, user: UserId, code: &str, with_session: bool) -> Spending {
        let first_use = || self.memory().used_codes.insert((user, code.to_owned()));
        let stays = self.has(Fault::NeverConsumed)
            || (with_session && self.has(Fault::NotConsumedWithSession))
            || (self.has(Fault::ConsumedAtSecondUse) && first_use());
        if self.has(Fault::ConsumedAfterALag) {
            return Spending::Later(2_000);
        }
        if stays { Spending::Never } else { Spending::Now }
    }

    /// What a wrong guess does to the pending codes, and should not.
    pub(crate) fn on_wrong_guess(&self, user: &mut User, now: Millis) {
        if self.has(Fault::WrongGuessConsumes) {
            user.codes.clear();
        }
        if self.has(Fault::WrongGuessRenewsTheCode) {
            user.codes.iter_mut().for_each(|code| code.issued = now);
        }
        if self.has(Fault::LockoutLocksEverybody) {
            self.memory().wrong_guesses += 1;
        }
    }

    /// A guess is counted for a login ID that is not the user's.
    pub(crate) fn overlooks_guess(&self, login_id: &str) -> bool {
        let respelled = || phone::canonical(login_id).is_some_and(|plain| plain != login_id);
        self.has(Fault::GuessesInOtherSpellingsAreFree) && respelled()
    }

    /// Notes a code that is spent, and when.
    pub(crate) fn note_spent(&self, user: UserId, code: &Code, now: Millis) {
        if self.any() {
            self.memory().spent_codes.push((user, code.clone(), now));
        }
    }

    /// Spent codes that work again.
    pub(crate) fn bring_back(&self, user: &mut User, now: Millis) {
        if !self.has(Fault::SpentCodesComeBack) {
            return;
        }
        let mut memory = self.memory();
        let due = |(owner, _, at): &(UserId, Code, Millis)| *owner == user.id && now >= at + 10_000;
        let (back, still) = memory.spent_codes.drain(..).partition(due);
        memory.spent_codes = still;
        user.codes.extend(back.into_iter().map(|(_, code, _)| code));
    }

    /// Guesses are not counted.
    pub(crate) fn allows_endless_guesses(&self) -> bool {
        self.has(Fault::NoAttemptLimit)
    }

    /// The refusal of a wrong code, in another word or with the right code in it.
    pub(crate) fn wrong_code_refusal(&self, right: &str) -> Option<Refusal> {
        if self.has(Fault::WrongCodeHasOtherCode) {
            return Some(Refusal::generic());
        }
        let message = format!("expected {right}");
        self.has(Fault::WrongCodeRevealsTheRight).then(|| Refusal { message, ..Refusal::wrong_code() })
    }

    /// The refusal of a guess too many, in another word.
    pub(crate) fn lockout_refusal(&self) -> Option<Refusal> {
        self.has(Fault::LockoutHasOtherCode).then(Refusal::generic)
    }

    /// A code is looked up by its value alone, not by its user.
    pub(crate) fn finds_codes_of_others(&self) -> bool {
        self.has(Fault::AnotherUsersCodeAccepted)
    }
}
