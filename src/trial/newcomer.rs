//! Who must be new to the target, and what becomes of a trial that met somebody known.
//!
//! A target that is never reset remembers the people of earlier runs. To most scenarios they are as good as others; one
//! that signs somebody up, or is refused because nobody is there, shows nothing with them, and chooses again.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use crate::contract::OperationId;
use crate::exchange::Seen;
use crate::judge::Doubt;
use crate::suite::{Call, Scenario};

/// So often new people are chosen before a trial gives up: enough while two in three numbers are used up.
pub(super) const CHOICES: u64 = 12;

/// The people of whom the scenario needs that the target does not know their numbers.
pub(super) fn newcomers(scenario: &Scenario) -> BTreeSet<String> {
    let new = |call: &&Call| {
        let seen = call.expect.iter().find_map(|expect| expect.seen);
        matches!(
            (call.operation, seen),
            (OperationId::SignupSms, Some(Seen::Accepted)) | (OperationId::SigninSms, Some(Seen::Refused))
        )
    };
    scenario.calls().filter(new).filter_map(Call::person).map(str::to_owned).collect()
}

/// Whether it may have shown nothing because somebody was known who should not have been.
pub(super) fn met_somebody(scenario: &Scenario, evidence: &Evidence) -> bool {
    let Evidence { judgement, histories, .. } = evidence;
    histories.iter().all(|history| !history.assumptions.fresh_numbers)
        && judgement.findings.is_empty()
        && judgement.doubts.iter().any(|doubt| matches!(doubt, Doubt::NotShown { .. }))
        && !newcomers(scenario).is_empty()
}

/// What is said where even the last choice was known.
pub(super) fn nobody_new(scenario: &Scenario) -> Doubt {
    let what = format!(
        "whoever should have been new seemed to be known, in each of {CHOICES} attempts; if the numbers kept for \
         newcomers are used up at this target, delete the users of earlier runs or let the profile name a `reset`"
    );
    Doubt::NotShown { place: scenario.place.clone(), what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    #[test]
    fn who_signs_up_or_is_unknown_is_new() {
        let of = |steps: &str| {
            let text = format!(
                "title = \"t\"\n[[scenario]]\nname = \"s\"\nproves = [\"OTP-001\"]\nsteps = [{steps}]\n"
            );
            newcomers(&suite::parse_suite("t.toml", &text).unwrap().scenarios[0])
        };
        let call = |operation: &str, expect: &str| {
            format!(r#"{{ call = "{operation}", with = {{ loginId = "$ada" }}, expect = "{expect}" }}"#)
        };
        let ada = BTreeSet::from(["ada".to_owned()]);
        assert_eq!(of(&call("signup-sms", "accepted")), ada);
        assert_eq!(of(&call("signin-sms", "refused")), ada);
        for (operation, expect) in
            [("signup-sms", "refused"), ("signin-sms", "accepted"), ("signup-in-sms", "accepted")]
        {
            assert_eq!(of(&call(operation, expect)), BTreeSet::new(), "{operation} {expect}");
        }
    }
}
