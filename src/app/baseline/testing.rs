//! Small values for the tests of this folder.

use super::Baseline;
use crate::contract::{OperationId, RequirementId};
use crate::judge::Finding;
use crate::trial::{Outcome, TrialReport};

/// One entry for OTP-954, valid until the end of January 2027.
pub(super) fn baseline(kind: &str, key: &str) -> Baseline {
    let text = format!(
        "[[deviation]]\nrequirement = \"OTP-954\"\n{key}\nkind = \"{kind}\"\nreason = \"r\"\nexpires = 2027-01-31\n"
    );
    Baseline::parse("d.toml", &text).unwrap()
}

/// A finding of verify-sms.
pub(super) fn finding((number, seen): (u16, &str)) -> Finding {
    Finding {
        expected: "a".into(),
        seen: "b".into(),
        check: "behaviour".into(),
        operation: Some(OperationId::VerifySms),
        signature: seen.into(),
        ..Finding::bare(number)
    }
}

/// `scenario::invalidation::x`, which proves OTP-954, with these findings.
pub(super) fn trial(outcome: Outcome, broken: &[(u16, &str)]) -> TrialReport {
    TrialReport {
        findings: broken.iter().map(|found| finding(*found)).collect(),
        ..TrialReport::blank("scenario::invalidation::x", vec![RequirementId::new(954)], outcome)
    }
}
