//! How the login IDs of a scenario's people are written, and what it means that the target refuses one.
//!
//! Each form is tried in turn. No document says which texts a login ID may be beyond "any unique string", so a target that
//! refuses one at once, and takes a plain one in its place, has not broken anything: the scenario is played with plain ones.

use std::collections::BTreeSet;

use super::seed::Dice;
use crate::contract::OperationId;
use crate::exchange::Seen;
use crate::suite::{Call, Field, NameForm, Reference, Scenario};

/// Which form is whose.
pub(super) struct Names {
    /// The form of all, where the scenario is about one, or the target refused another.
    fixed: Option<NameForm>,
    /// How many steps on the first user begins.
    first: usize,
    /// The people whose login ID is first seen where it makes a user of them.
    founders: BTreeSet<String>,
}

impl Names {
    /// The forms of a scenario; plain ones, where the target refused another.
    pub(super) fn of(seed: u64, scenario: &Scenario, plain: bool) -> Names {
        Names {
            fixed: if plain { Some(NameForm::Plain) } else { scenario.names },
            first: Dice::new(!seed).below(NameForm::ALL.len()),
            founders: founders(scenario),
        }
    }

    /// The form of the person of this name, whom so many others were met before.
    pub(super) fn form(&self, name: &str, met: usize, mailed: bool) -> NameForm {
        let in_turn: Vec<NameForm> = NameForm::in_turn(mailed, self.founders.contains(name)).collect();
        self.fixed.unwrap_or_else(|| in_turn[(self.first + met) % in_turn.len()])
    }
}

/// Whether a call makes a user by the login ID that it names, and nothing but that login ID is a reason to refuse it.
pub(super) fn founds(call: &Call) -> bool {
    let makes = matches!(
        call.operation.template(),
        OperationId::SIGNUP | OperationId::CreateUser | OperationId::CreateTestUser
    );
    let wanted = call.expect.iter().any(|expect| expect.seen == Some(Seen::Accepted));
    makes && wanted && call.bearer.is_none() && call.method.is_none()
}

/// The person whose login ID a call names.
pub(super) fn named(call: &Call) -> Option<&str> {
    call.references().into_iter().find_map(|reference| match reference {
        Reference::Person { name, field: Field::Name, .. } => Some(name.as_str()),
        _ => None,
    })
}

/// The people whose login ID is first named by a call that makes a user of it.
fn founders(scenario: &Scenario) -> BTreeSet<String> {
    let (mut met, mut founders) = (BTreeSet::new(), BTreeSet::new());
    for call in scenario.calls() {
        if let Some(name) = named(call)
            && met.insert(name)
            && founds(call)
        {
            founders.insert(name.to_owned());
        }
    }
    founders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    fn scenario(steps: &str) -> Scenario {
        let text =
            format!("title = \"t\"\n[[scenario]]\nname = \"s\"\nproves = [\"OTP-001\"]\nsteps = [{steps}]\n");
        suite::parse_suite("t.toml", &text).unwrap().scenarios.remove(0)
    }

    fn call(operation: &str, more: &str, expect: &str) -> String {
        format!(
            "{{ call = \"{operation}\", with = {{ loginId = \"$ada.name\" }}{more}, expect = \"{expect}\" }}"
        )
    }

    #[test]
    fn only_who_is_made_by_a_login_id_may_have_an_unusual_one() {
        for (operation, more, expect, due) in [
            ("signup-sms", "", "accepted", true),
            ("create-user", "", "accepted", true),
            ("signup-sms", "", "refused", false),
            ("signin-sms", "", "refused", false),
            ("signup-sms", ", bearer = \"\"", "accepted", false),
        ] {
            let found = founders(&scenario(&call(operation, more, expect)));
            assert_eq!(found.contains("ada"), due, "{operation}{more} {expect}");
        }
        let later = [call("signin-sms", "", "refused"), call("signup-sms", "", "accepted")].join(", ");
        assert!(founders(&scenario(&later)).is_empty());
    }

    #[test]
    fn each_form_comes_in_turn_and_a_plain_one_where_another_was_refused() {
        let scenario = scenario(&call("signup-sms", "", "accepted"));
        let forms = |plain| {
            let names = Names::of(3, &scenario, plain);
            (0..7).map(|met| names.form("ada", met, false)).collect::<BTreeSet<_>>()
        };
        assert_eq!(forms(false).len(), 7);
        assert_eq!(forms(true), BTreeSet::from([NameForm::Plain]));
    }
}
