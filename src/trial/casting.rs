//! Who plays: what must be true of the people of a scenario, and what becomes of a trial that met somebody else.
//!
//! A target that is never reset remembers the people of earlier runs. To most scenarios they are as good as others; one
//! that signs somebody up, or is refused because nobody is there, shows nothing with them, and chooses again.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use crate::contract::OperationId;
use crate::drive::Part;
use crate::exchange::Seen;
use crate::judge::Doubt;
use crate::suite::{Call, Reference, Scenario, Template};

/// So often new people are chosen before a trial gives up: enough while two in three numbers are used up.
pub(super) const CHOICES: u64 = 12;

/// What the people of a scenario must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Casting {
    newcomers: BTreeSet<String>,
    /// Numbers may become one user's.
    ties: bool,
}

impl Casting {
    /// Read from what the scenario does and expects.
    pub(super) fn of(scenario: &Scenario) -> Casting {
        let new = |call: &&Call| {
            let seen = call.expect.iter().find_map(|expect| expect.seen);
            matches!(
                (call.operation, seen),
                (OperationId::SignupSms, Some(Seen::Accepted))
                    | (OperationId::SigninSms, Some(Seen::Refused))
            )
        };
        let newcomers = scenario.calls().filter(new).filter_map(Call::person).map(str::to_owned);
        Casting { newcomers: newcomers.collect(), ties: scenario.calls().any(ties) }
    }

    /// What this one must be.
    pub(super) fn part(&self, name: &str) -> Part {
        match () {
            () if self.ties => Part::Tied,
            () if self.newcomers.contains(name) => Part::Newcomer,
            () => Part::Anybody,
        }
    }
}

/// Whether a call may make the numbers of two people one user's: an update, and a body that names both.
fn ties(call: &Call) -> bool {
    let named = call.with.iter().flat_map(Template::references).filter_map(|reference| match reference {
        Reference::Person { name, .. } => Some(name.as_str()),
        _ => None,
    });
    call.operation == OperationId::UpdatePhoneSms || named.collect::<BTreeSet<_>>().len() > 1
}

/// Whether it may have shown nothing because somebody was known who should not have been.
pub(super) fn met_somebody(scenario: &Scenario, evidence: &Evidence) -> bool {
    let Evidence { judgement, histories, .. } = evidence;
    histories.iter().all(|history| !history.assumptions.fresh_numbers)
        && judgement.findings.is_empty()
        && judgement.doubts.iter().any(|doubt| matches!(doubt, Doubt::NotShown { .. }))
        && !Casting::of(scenario).newcomers.is_empty()
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
        let ada = |steps: &str| {
            let text = format!(
                "title = \"t\"\n[[scenario]]\nname = \"s\"\nproves = [\"OTP-001\"]\nsteps = [{steps}]\n"
            );
            Casting::of(&suite::parse_suite("t.toml", &text).unwrap().scenarios[0]).part("ada")
        };
        let call = |operation: &str, more: &str, expect: &str| {
            format!(r#"{{ call = "{operation}", with = {{ loginId = "$ada"{more} }}, expect = "{expect}" }}"#)
        };
        for (operation, more, expect, part) in [
            ("signup-sms", "", "accepted", Part::Newcomer),
            ("signin-sms", "", "refused", Part::Newcomer),
            ("signup-sms", "", "refused", Part::Anybody),
            ("signin-sms", "", "accepted", Part::Anybody),
            ("signup-in-sms", "", "accepted", Part::Anybody),
            ("update-phone-sms", ", phone = \"$bob\"", "accepted", Part::Tied),
            ("signup-sms", ", phone = \"$bob\"", "accepted", Part::Tied),
            ("signup-sms", ", phone = \"$ada\"", "accepted", Part::Newcomer),
        ] {
            assert_eq!(ada(&call(operation, more, expect)), part, "{operation} {more} {expect}");
        }
    }
}
