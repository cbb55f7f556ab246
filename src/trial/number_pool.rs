//! Which number pool a scenario needs, and how a trial is retried if a number turns out to be known to the target.
//!
//! A target that is never reset remembers the people of earlier runs. Most scenarios work with them as well; one
//! that signs a user up, or is refused because there is no user, shows nothing with them, and chooses again.

use std::collections::BTreeSet;

use crate::contract::OperationId;
use crate::drive::NumberPool;
use crate::exchange::{History, Seen};
use crate::judge::{InconclusiveReason, Judgement};
use crate::suite::{Call, Reference, Scenario, Template};

/// So often new people are chosen before a trial gives up: enough while two in three numbers are used up.
pub(super) const MAX_ATTEMPTS: u64 = 12;

/// What the people of a scenario must be; all of them, so that the ends of their numbers, which masks show, differ.
pub(super) fn part(scenario: &Scenario) -> NumberPool {
    if scenario.calls().any(ties) {
        return NumberPool::Linked;
    }
    if scenario.calls().any(needs_newcomer) { NumberPool::Fresh } else { NumberPool::Shared }
}

/// Whether a call needs a fresh number: a sign-up that is not to be refused, and a refusal because there is no user.
fn needs_newcomer(call: &Call) -> bool {
    let seen = call.expect.iter().find_map(|expect| expect.seen);
    matches!(
        (call.operation.template(), seen),
        (OperationId::SIGNUP, Some(Seen::Accepted | Seen::Answered))
            | (OperationId::SIGNIN, Some(Seen::Refused))
    )
}

/// Whether a call may make the numbers of two people one user's: an update, and a body that names both.
fn ties(call: &Call) -> bool {
    let named = call.with.iter().flat_map(Template::references).filter_map(|reference| match reference {
        Reference::Person { name, .. } => Some(name.as_str()),
        _ => None,
    });
    call.operation.template() == OperationId::UPDATE || named.collect::<BTreeSet<_>>().len() > 1
}

/// Whether it may have shown nothing because the target knew a number that should have been fresh.
pub(super) fn met_a_known_user(scenario: &Scenario, judgement: &Judgement, histories: &[History]) -> bool {
    histories.iter().all(|history| !history.assumptions.fresh_numbers)
        && judgement.findings.is_empty()
        && judgement.doubts.iter().any(|doubt| matches!(doubt, InconclusiveReason::NotShown { .. }))
        && scenario.calls().any(needs_newcomer)
}

/// What is said where even the last choice was known.
pub(super) fn no_fresh_number(scenario: &Scenario) -> InconclusiveReason {
    let what = format!(
        "the target seemed to know the fresh number, in each of {MAX_ATTEMPTS} attempts; if the numbers kept for \
         newcomers are used up at this target, delete the users of earlier runs or let the profile name a `reset`"
    );
    InconclusiveReason::NotShown { place: scenario.place.clone(), what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    #[test]
    fn who_must_be_new_and_who_may_be_tied_have_numbers_of_their_own() {
        let cast = |steps: &str| {
            let text = format!(
                "title = \"t\"\n[[scenario]]\nname = \"s\"\nproves = [\"OTP-001\"]\nsteps = [{steps}, {{ call = \"signup-in-sms\", with = {{ loginId = \"$zoe\" }}, \
                 expect = \"accepted\" }}]\n"
            );
            part(&suite::parse_suite("t.toml", &text).unwrap().scenarios[0])
        };
        let call = |operation: &str, more: &str, expect: &str| {
            format!(r#"{{ call = "{operation}", with = {{ loginId = "$ada"{more} }}, expect = "{expect}" }}"#)
        };
        for (operation, more, expect, due) in [
            ("signup-sms", "", "accepted", NumberPool::Fresh),
            ("signin-sms", "", "refused", NumberPool::Fresh),
            ("signup-sms", "", "answered", NumberPool::Fresh),
            ("signup-sms", "", "refused", NumberPool::Shared),
            ("signin-sms", "", "accepted", NumberPool::Shared),
            ("signup-in-sms", "", "accepted", NumberPool::Shared),
            ("update-phone-sms", ", phone = \"$bob\"", "accepted", NumberPool::Linked),
            ("signup-sms", ", phone = \"$bob\"", "accepted", NumberPool::Linked),
            ("signup-sms", ", phone = \"$ada\"", "accepted", NumberPool::Fresh),
        ] {
            assert_eq!(cast(&call(operation, more, expect)), due, "{operation} {more} {expect}");
        }
    }
}
