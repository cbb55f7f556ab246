//! Which number pool a scenario needs, and how a trial is retried if a number turns out to be known to the target.
//!
//! A target that is never reset remembers the people of earlier runs. Most scenarios work with them as well; one
//! that signs a user up, or is refused because there is no user, shows nothing with them, and chooses again.

use std::collections::BTreeSet;

use crate::contract::OperationId;
use crate::drive::Part;
use crate::exchange::{History, Seen};
use crate::judge::{Doubt, Judgement};
use crate::suite::{Call, Reference, Scenario, Template};

/// So often new people are chosen before a trial gives up: enough while two in three numbers are used up.
pub(super) const CHOICES: u64 = 12;

/// What the people of a scenario must be; all of them, so that the ends of their numbers, which masks show, differ.
pub(super) fn part(scenario: &Scenario) -> Part {
    if scenario.calls().any(ties) {
        return Part::Tied;
    }
    if scenario.calls().any(needs_newcomer) { Part::Newcomer } else { Part::Anybody }
}

/// Whether a call needs a fresh number: a sign-up, and a refusal because there is no user.
fn needs_newcomer(call: &Call) -> bool {
    let seen = call.expect.iter().find_map(|expect| expect.seen);
    matches!(
        (call.operation.template(), seen),
        (OperationId::SignupSms, Some(Seen::Accepted)) | (OperationId::SigninSms, Some(Seen::Refused))
    )
}

/// Whether a call may make the numbers of two people one user's: an update, and a body that names both.
fn ties(call: &Call) -> bool {
    let named = call.with.iter().flat_map(Template::references).filter_map(|reference| match reference {
        Reference::Person { name, .. } => Some(name.as_str()),
        _ => None,
    });
    call.operation.template() == OperationId::UpdatePhoneSms || named.collect::<BTreeSet<_>>().len() > 1
}

/// Whether it may have shown nothing because the target knew a number that should have been fresh.
pub(super) fn met_somebody(scenario: &Scenario, judgement: &Judgement, histories: &[History]) -> bool {
    histories.iter().all(|history| !history.assumptions.fresh_numbers)
        && judgement.findings.is_empty()
        && judgement.doubts.iter().any(|doubt| matches!(doubt, Doubt::NotShown { .. }))
        && scenario.calls().any(needs_newcomer)
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
    fn who_must_be_new_and_who_may_be_tied_have_numbers_of_their_own() {
        let cast = |steps: &str| {
            let text = format!(
                "title = \"t\"\n[[scenario]]\nname = \"s\"\nproves = [\"OTP-001\"]\nsteps = [{steps}]\n"
            );
            part(&suite::parse_suite("t.toml", &text).unwrap().scenarios[0])
        };
        let call = |operation: &str, more: &str, expect: &str| {
            format!(r#"{{ call = "{operation}", with = {{ loginId = "$ada"{more} }}, expect = "{expect}" }}"#)
        };
        for (operation, more, expect, due) in [
            ("signup-sms", "", "accepted", Part::Newcomer),
            ("signin-sms", "", "refused", Part::Newcomer),
            ("signup-sms", "", "refused", Part::Anybody),
            ("signin-sms", "", "accepted", Part::Anybody),
            ("signup-in-sms", "", "accepted", Part::Anybody),
            ("update-phone-sms", ", phone = \"$bob\"", "accepted", Part::Tied),
            ("signup-sms", ", phone = \"$bob\"", "accepted", Part::Tied),
            ("signup-sms", ", phone = \"$ada\"", "accepted", Part::Newcomer),
        ] {
            assert_eq!(cast(&call(operation, more, expect)), due, "{operation} {more} {expect}");
        }
    }
}
