//! The numbers this server goes by: its settings, as variants and faults bend them.

use super::clock::{Millis, millis};
use super::settings::{Settings, StartError};
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
        let varied = settings.varied();
        let letters = variants.has(Variant::AlphanumericCodes);
        Ok(Rules {
            code_ttl: millis(varied.code_ttl),
            code_length: varied.code_length,
            code_alphabet: if letters { LETTERS_AND_DIGITS } else { DIGITS },
            max_attempts: varied.max_attempts,
            resend_limit: varied.resend_limit,
            resend_window: millis(varied.resend_window),
            session_ttl: millis(varied.session_ttl),
            refresh_ttl: millis(varied.refresh_ttl),
            stepup_ttl: millis(varied.stepup_ttl),
            body_limit: varied.body_limit,
        })
    }
}

fn six_digits(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit())
}
