//! The numbers this server goes by: its settings, as variants and faults bend them.

use super::clock::{Millis, millis};
use super::server::StartError;
use super::settings::Settings;
use super::switch::Switches;
use super::variant::Variant;

/// Limits and lifetimes in the units of the clock.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) code_ttl: Millis,
    pub(crate) code_length: usize,
    pub(crate) code_alphabet: &'static [u8],
    pub(crate) max_attempts: u32,
    pub(crate) resend_limit: u32,
    pub(crate) resend_window: Millis,
    pub(crate) session_ttl: Millis,
    pub(crate) refresh_ttl: Millis,
    pub(crate) stepup_ttl: Millis,
    pub(crate) body_limit: usize,
}

const DIGITS: &[u8] = b"0123456789";
/// Without those that are read for one another.
const LETTERS_AND_DIGITS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

impl Rules {
    pub(crate) fn new(settings: &Settings, variants: &Switches<Variant>) -> Result<Self, StartError> {
        let wrong = |setting, why: &str| Err(StartError::Setting { setting, why: why.to_owned() });
        if !(1..=64).contains(&settings.code_length) {
            return wrong("code_length", "a code has 1 to 64 symbols");
        }
        if settings.max_attempts == 0 {
            return wrong("max_attempts", "without an attempt no code could be verified");
        }
        if settings.project_id.is_empty() || settings.project_id.contains([':', '/', ' ']) {
            return wrong("project_id", "must be text without colon, slash or space");
        }
        if settings.management_key.is_empty() {
            return wrong("management_key", "must not be empty");
        }
        if settings.static_otp.as_ref().is_some_and(|otp| !six_digits(&otp.code)) {
            return wrong("static_otp.code", "must be six digits");
        }
        let mut rules = Rules {
            code_ttl: millis(settings.code_ttl),
            code_length: settings.code_length,
            code_alphabet: DIGITS,
            max_attempts: settings.max_attempts,
            resend_limit: settings.resend_limit,
            resend_window: millis(settings.resend_window),
            session_ttl: millis(settings.session_ttl),
            refresh_ttl: millis(settings.refresh_ttl),
            stepup_ttl: millis(settings.stepup_ttl),
            body_limit: settings.body_limit,
        };
        rules.vary(variants);
        Ok(rules)
    }

    /// Variants that are but other numbers.
    fn vary(&mut self, variants: &Switches<Variant>) {
        const MINUTE: Millis = 60_000;
        let mut set = |variant, change: fn(&mut Rules)| {
            if variants.has(variant) {
                change(self);
            }
        };
        set(Variant::FourDigitCodes, |rules| rules.code_length = 4);
        set(Variant::EightDigitCodes, |rules| rules.code_length = 8);
        set(Variant::AlphanumericCodes, |rules| rules.code_alphabet = LETTERS_AND_DIGITS);
        set(Variant::ManyAttempts, |rules| rules.max_attempts = 100);
        set(Variant::ThreeAttempts, |rules| rules.max_attempts = 3);
        set(Variant::OneAttempt, |rules| rules.max_attempts = 1);
        set(Variant::FewMessages, |rules| rules.resend_limit = 3);
        set(Variant::LongMessageWindow, |rules| rules.resend_window = 60 * MINUTE);
        set(Variant::LongCodeLife, |rules| rules.code_ttl = 10 * MINUTE);
        set(Variant::ShortCodeLife, |rules| rules.code_ttl = MINUTE);
        set(Variant::ShortTokens, |rules| (rules.session_ttl, rules.refresh_ttl) = (3 * MINUTE, 3 * MINUTE));
        set(Variant::SmallBodies, |rules| rules.body_limit = 256 << 10);
    }
}

fn six_digits(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit())
}
