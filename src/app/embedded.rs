//! What may be assumed of a target: of the embedded emulator by its settings, of any other by its profile.

use super::profile::{Limits, ResendLimit};
use crate::emulator::{Fault, Settings as EmulatorSettings, StaticOtp, Variant};
use crate::exchange::{Assumptions, Capture};

/// The login ID of our own emulator that has a static code.
pub(super) const STATIC_LOGIN: &str = "otpc-with-a-static-code";

/// Settings of an emulator that is ours alone.
pub fn emulator_settings(faults: &[Fault], variants: &[Variant]) -> EmulatorSettings {
    EmulatorSettings {
        faults: faults.to_vec(),
        variants: variants.to_vec(),
        auth_management_key: Some("K2OTPConformanceEmulatorAuthKey".into()),
        static_otp: Some(StaticOtp { login_id_pattern: STATIC_LOGIN.into(), code: "271828".into() }),
        ..EmulatorSettings::default()
    }
}

/// What may be assumed of an emulator with these settings, as a profile of such a project would promise it. A variant
/// is a setting too; a fault may break them, and changes no promise.
pub fn embedded_assumptions(settings: &EmulatorSettings) -> Assumptions {
    let settings = settings.varied();
    Assumptions {
        capture: Capture::EachMessage,
        fresh_numbers: true,
        code_ttl_s: Some(settings.code_ttl.as_secs()),
        max_attempts: Some(settings.max_attempts),
        resend_limit: Some(settings.resend_limit),
        no_resend_limit: false,
        resend_window_s: Some(settings.resend_window.as_secs()),
        rotation: None,
        test_user_limit: u32::try_from(settings.test_user_limit).ok(),
        fails_under_load: false,
    }
}

/// What may be assumed of a target of which the profile says this.
pub(super) fn remote_assumptions(limits: &Limits, capture: Capture) -> Assumptions {
    Assumptions {
        capture,
        // The numbers reserved for fiction are shared by all: an earlier run may have used one here.
        fresh_numbers: false,
        code_ttl_s: limits.code_ttl,
        max_attempts: limits.max_attempts,
        resend_limit: match limits.resend_limit {
            Some(ResendLimit::Messages(most)) => Some(most),
            Some(ResendLimit::Unlimited(_)) | None => None,
        },
        no_resend_limit: matches!(limits.resend_limit, Some(ResendLimit::Unlimited(_))),
        resend_window_s: limits.resend_window,
        rotation: limits.rotation,
        test_user_limit: limits.test_users,
        fails_under_load: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_promised_and_a_fault_is_not() {
        let promised = |faults: &[Fault], variants: &[Variant]| {
            embedded_assumptions(&emulator_settings(faults, variants))
        };
        let plain = promised(&[], &[]);
        assert_eq!(promised(&[Fault::CodesLiveHalfAMinute, Fault::NoAttemptLimit], &[]), plain);
        let varied = promised(&[], &[Variant::ShortCodeLife, Variant::OneAttempt, Variant::FewMessages]);
        assert_eq!(
            varied,
            Assumptions { code_ttl_s: Some(60), max_attempts: Some(1), resend_limit: Some(3), ..plain }
        );
    }
}
