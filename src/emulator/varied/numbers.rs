//! Variants that are but other numbers.

use std::time::Duration;

use crate::emulator::{Settings, Variant};

const MINUTE: Duration = Duration::from_secs(60);

impl Settings {
    /// These settings with the numbers that the variants ask for: what the owner of such a project would call its
    /// settings.
    #[must_use]
    pub fn varied(&self) -> Settings {
        let mut varied = self.clone();
        for variant in &self.variants {
            match variant {
                Variant::FourDigitCodes => varied.code_length = 4,
                Variant::EightDigitCodes => varied.code_length = 8,
                Variant::ManyAttempts => varied.max_attempts = 100,
                Variant::ThreeAttempts => varied.max_attempts = 3,
                Variant::OneAttempt => varied.max_attempts = 1,
                Variant::FewMessages => varied.resend_limit = 3,
                Variant::LongMessageWindow => varied.resend_window = 60 * MINUTE,
                Variant::LongCodeLife => varied.code_ttl = 10 * MINUTE,
                Variant::ShortCodeLife => varied.code_ttl = MINUTE,
                Variant::ShortTokens => {
                    (varied.session_ttl, varied.refresh_ttl) = (3 * MINUTE, 3 * MINUTE);
                }
                Variant::SmallBodies => varied.body_limit = 256 << 10,
                _ => {}
            }
        }
        varied
    }
}
