//! Scenarios played by test users: who has to be created, and what generated codes cannot show.
//!
//! A code made by the management API outlives a later initiation (descope/python-sdk: tests/e2e/test_otp.py), comes
//! without a message, and belongs to a user whom the project already knows. What a scenario asks beyond that is not
//! judged by it: one wrong accusation costs more than ten missed bugs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::contract::OperationId;
use crate::exchange::Seen;
use crate::suite::{Call, Field, Reference, Repeat, Scenario, StepAction, Template};

/// Test users a free plan allows (docs: Test Users): what is believed where the profile does not say.
const FREE_PLAN: u32 = 5;

/// Places for test users at the target, within the plan's limit.
#[derive(Clone, Debug)]
pub struct TestUserSlots {
    places: Arc<Semaphore>,
    size: u32,
}

impl TestUserSlots {
    /// As many places as the plan allows.
    pub fn new(limit: Option<u32>) -> TestUserSlots {
        let size = limit.unwrap_or(FREE_PLAN);
        TestUserSlots { places: Arc::new(Semaphore::new(size as usize)), size }
    }

    /// Whether so many can ever be had.
    pub(super) fn holds(&self, users: u32) -> Result<(), String> {
        match users <= self.size {
            true => Ok(()),
            false => Err(format!("needs {users} test users, and the plan allows {}", self.size)),
        }
    }

    /// All of them or none: two trials that wait for each other's second place would wait for ever.
    pub(super) async fn lease(&self, users: u32) -> Result<OwnedSemaphorePermit, String> {
        self.places.clone().acquire_many_owned(users).await.map_err(|error| error.to_string())
    }
}

/// The people of a scenario who must be test users before it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RequiredTestUsers {
    pub(super) people: BTreeSet<String>,
}

impl RequiredTestUsers {
    /// # Errors
    /// Why generated codes cannot show what the scenario asks.
    pub(super) fn of(
        scenario: &Scenario,
        issues_code: &dyn Fn(OperationId) -> bool,
    ) -> Result<RequiredTestUsers, &'static str> {
        let mut people = BTreeSet::new();
        for reference in scenario.calls().flat_map(Call::references) {
            if let Reference::Person { name, field: Field::Code(_), .. } = reference {
                people.insert(name.clone());
            }
        }
        let mut reader =
            Reader { people: &people, issues_code, issued: BTreeMap::new(), spent: BTreeSet::new() };
        if !people.is_empty() {
            reader.read(scenario)?;
        }
        Ok(RequiredTestUsers { people })
    }
}

/// Test users that a scenario has at once: those it is played by, and those it creates itself.
pub(super) fn test_users(scenario: &Scenario, roll: &RequiredTestUsers) -> u32 {
    let creates =
        |call: &&Call| matches!(call.operation, OperationId::CreateTestUser | OperationId::CreateUser);
    let own = scenario.calls().filter(creates).filter_map(Call::person);
    let all: BTreeSet<&str> = own.chain(roll.people.iter().map(String::as_str)).collect();
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}

/// Whether it fills the plan on purpose; then places are its subject, and it is alone anyway.
pub(super) fn fills_the_plan(scenario: &Scenario) -> bool {
    scenario.steps.iter().any(|step| step.repeat == Repeat::TestUserLimit)
}

struct Reader<'a> {
    people: &'a BTreeSet<String>,
    issues_code: &'a dyn Fn(OperationId) -> bool,
    issued: BTreeMap<&'a str, usize>,
    spent: BTreeSet<(&'a str, usize)>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, scenario: &'a Scenario) -> Result<(), &'static str> {
        for step in &scenario.steps {
            match &step.action {
                StepAction::Call(call) => self.call(call)?,
                StepAction::Together(calls)
                    if calls.iter().any(|call| (self.issues_code)(call.operation)) =>
                {
                    return Err("overlapping sends show their codes only where messages are seen");
                }
                StepAction::Together(calls) => calls.iter().try_for_each(|call| self.call(call))?,
                StepAction::Wait(_) => {}
            }
        }
        Ok(())
    }

    fn call(&mut self, call: &'a Call) -> Result<(), &'static str> {
        let refused = call.expect.iter().find_map(|expect| expect.seen) == Some(Seen::Refused);
        let ours = call.person().is_some_and(|name| self.people.contains(name));
        match call.operation.template() {
            OperationId::UPDATE => return Err("codes of an update cannot be generated"),
            OperationId::SIGNIN if refused && ours => return Err("a test user is no unknown user"),
            operation if operation.manages_users() => {
                return Err("it manages users itself, and test users would be counted among them");
            }
            _ => {}
        }
        for reference in call.references() {
            let Reference::Person { name, field: Field::Code(number), how } = reference else { continue };
            let newest = self.issued.get(name.as_str()).copied().unwrap_or_default();
            let number = number.unwrap_or(newest);
            if number < newest && !self.spent.contains(&(name.as_str(), number)) {
                return Err("a generated code outlives a later initiation");
            }
            if !refused && how.is_none() && call.operation.is_verify() {
                self.spent.insert((name, number));
            }
        }
        if (self.issues_code)(call.operation)
            && ours
            && !refused
            && call.references().into_iter().any(is_name)
        {
            // Its code would be generated for the number, which is another user's login ID.
            return Err("a test user is known by its number, and this asks for a code by a name");
        }
        if (self.issues_code)(call.operation) && ours && call.with.as_ref().is_some_and(has_options) {
            return Err("a generated code does not carry the options of a send");
        }
        if (self.issues_code)(call.operation)
            && !refused
            && let Some(name) = call.person()
        {
            *self.issued.entry(name).or_default() += 1;
        }
        Ok(())
    }
}

/// Whether it is the name that a person logs in with instead of a number.
fn is_name(reference: &Reference) -> bool {
    matches!(reference, Reference::Person { field: Field::Name, .. })
}

/// Whether a body asks for anything beyond a code.
fn has_options(body: &Template) -> bool {
    match body {
        Template::Members(members) => members.iter().any(|(name, _)| name == "loginOptions"),
        Template::Literal(value) => value.get("loginOptions").is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    fn roll(steps: &str) -> Result<Vec<String>, &'static str> {
        let text =
            format!("title = \"t\"\n[[scenario]]\nname = \"s\"\nproves = [\"OTP-001\"]\nsteps = [{steps}]\n");
        let suite = suite::parse_suite("t.toml", &text).unwrap();
        let sends = |operation| {
            matches!(operation, OperationId::SIGNUP_IN | OperationId::SIGNIN | OperationId::SIGNUP)
        };
        RequiredTestUsers::of(&suite.scenarios[0], &sends).map(|roll| roll.people.into_iter().collect())
    }

    const SEND: &str = r#"{ call = "signup-in-sms", with = { loginId = "$ada" }, expect = "accepted" }"#;

    fn verify(code: &str, expect: &str) -> String {
        format!(
            r#"{{ call = "verify-sms", with = {{ loginId = "$ada", code = "$ada.{code}" }}, expect = "{expect}" }}"#
        )
    }

    #[test]
    fn who_needs_a_code_becomes_a_test_user() {
        let bob = r#"{ call = "signup-in-sms", with = { loginId = "$bob" }, expect = "accepted" }"#;
        let steps = format!("{SEND}, {bob}, {}, {}", verify("code", "accepted"), verify("code", "refused"));
        assert_eq!(roll(&steps), Ok(vec!["ada".to_owned()]));
        assert_eq!(roll(bob), Ok(vec![]));
    }

    #[test]
    fn what_generated_codes_cannot_show_is_not_asked_of_them() {
        let superseded = format!("{SEND}, {SEND}, {}", verify("code.1", "refused"));
        let spent =
            format!("{SEND}, {}, {SEND}, {}", verify("code.1", "accepted"), verify("code.1", "refused"));
        let unknown = r#"{ call = "signin-sms", with = { loginId = "$ada" }, expect = "refused" }"#;
        let together = format!("{{ together = [{SEND}, {SEND}] }}");
        assert!(roll(&superseded).is_err());
        assert!(roll(&spent).is_ok());
        let options = SEND.replace("\"$ada\" }", "\"$ada\", loginOptions = { stepup = true } }");
        assert_ne!(options, SEND);
        for steps in [unknown.to_owned(), together, options] {
            assert!(roll(&format!("{steps}, {SEND}, {}", verify("code", "accepted"))).is_err(), "{steps}");
        }
    }

    #[tokio::test]
    async fn places_are_leased_all_or_none() {
        let pool = TestUserSlots::new(Some(3));
        assert!(pool.holds(4).is_err());
        let two = pool.lease(2).await.unwrap();
        assert!(pool.places.clone().try_acquire_many_owned(2).is_err());
        drop(two);
        assert!(pool.lease(3).await.is_ok());
    }
}
