//! One-time codes: drawn, kept with the options of their initiation, counted down and worn out.

use ring::rand::{SecureRandom, SystemRandom};

use super::channel::Channel;
use super::clock::Millis;
use super::id::{UserId, same};
use super::options::LoginOptions;

/// The operations that send a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Initiation {
    SignUpOrIn,
    SignUp,
    SignIn,
    Update,
}

/// How a code came about; an initiation voids sent codes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It went out in a message.
    Sent,
    /// A management call drew it for a test user (it outlives an initiation; descope/go-sdk: README.md).
    Generated,
}

/// What its verification completes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Purpose {
    Login,
    Update(AddressChange),
}

/// An update of an address that waits for its code.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AddressChange {
    pub(crate) channel: Channel,
    pub(crate) address: String,
    pub(crate) add_to_login_ids: bool,
    pub(crate) merge_into_existing: bool,
    pub(crate) fail_on_conflict: bool,
}

/// The session a step-up or second factor builds on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Presented {
    pub(crate) user: UserId,
    pub(crate) amr: Vec<String>,
}

/// A code that may be verified.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Code {
    pub(crate) value: String,
    pub(crate) origin: Origin,
    pub(crate) issued: Millis,
    pub(crate) attempts_left: u32,
    pub(crate) purpose: Purpose,
    pub(crate) options: Option<Box<LoginOptions>>,
    pub(crate) presented: Option<Box<Presented>>,
    pub(crate) by: Initiation,
    /// How it went out, or would go.
    pub(crate) channel: Channel,
    /// When it ends before its lifetime does; only codes that should be gone already have such an end.
    pub(crate) dies: Option<Millis>,
}

impl Code {
    /// A code a management call drew.
    pub(crate) fn generated(value: String, options: &LoginOptions, attempts: u32, now: Millis) -> Self {
        Code {
            value,
            origin: Origin::Generated,
            attempts_left: attempts,
            options: LoginOptions::kept(options),
            ..Code::found(now)
        }
    }

    /// The code of a login that needed none; only a bug makes one.
    pub(crate) fn found(now: Millis) -> Self {
        Code {
            value: String::new(),
            origin: Origin::Sent,
            issued: now,
            attempts_left: 0,
            purpose: Purpose::Login,
            options: None,
            presented: None,
            by: Initiation::SignUpOrIn,
            channel: Channel::Sms,
            dies: None,
        }
    }

    pub(crate) fn matches(&self, guess: &str) -> bool {
        same(&self.value, guess)
    }

    pub(crate) fn locked(&self) -> bool {
        self.attempts_left == 0
    }
}

/// Draws `length` symbols of `alphabet` without bias, from the system's generator.
///
/// `None` when the system has no random numbers to give.
pub(crate) fn draw(length: usize, alphabet: &[u8]) -> Option<String> {
    let fair = 256 - 256 % alphabet.len();
    let random = SystemRandom::new();
    let mut code = String::with_capacity(length);
    let mut bytes = [0_u8; 16];
    while code.len() < length {
        random.fill(&mut bytes).ok()?;
        // Bytes past the last whole multiple would favour the first symbols.
        let symbols = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        code.extend(
            symbols.take(length - code.len()).map(|byte| char::from(alphabet[byte % alphabet.len()])),
        );
    }
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_length_and_alphabet_and_differ() {
        let codes: std::collections::HashSet<_> = (0..200).map(|_| draw(6, b"0123456789").unwrap()).collect();
        assert!(codes.len() > 190);
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit())));
        assert!(codes.iter().any(|code| code.starts_with('0')), "leading zeros are kept");
    }
}
