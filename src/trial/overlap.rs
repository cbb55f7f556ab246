//! Pairs of calls on one user that overlap: every operation that acts on a user, with every other and with itself.
//!
//! The table is spanned by the contract, not by what an author thought of. No step expects an outcome: the answers must
//! fit some order of the calls, and what is promised afterwards is tried by the epilogue.

use super::Trial;
use crate::contract::{BearerForm, Contract, Operation, OperationId, RequirementId, req};
use crate::suite::{self, SuiteError};

/// The group that their names say.
pub(super) const GROUP: &str = "overlap";

/// How often each pair is played, each time with a new user.
const ROUNDS: u32 = 2;
/// And a send with a login: each writes what the other reads, and how one of them may lose is a matter of microseconds.
const ROUNDS_OF_A_CODE: u32 = 8;

const LOGINS: &[RequirementId] =
    &[req::CONCURRENT_VERIFIES_ONE_WINNER, req::CODE_IS_SINGLE_USE, req::CONCURRENT_USERS_ARE_ISOLATED];
const SENDS: &[RequirementId] =
    &[req::CONCURRENT_SENDS_ONE_CODE, req::SECOND_SEND_VOIDS_FIRST_CODE, req::SECOND_CODE_IS_ACCEPTED];
const UPDATES: &[RequirementId] = &[req::UPDATE_PHONE_REQUIRES_REFRESH_JWT];
const SESSIONS: &[RequirementId] =
    &[req::REFRESH_RETURNS_SESSION, req::LOGOUT_ENDS_REFRESH_JWT, req::LOGOUTALL_ENDS_ALL_SESSIONS];

/// What comes before the two calls: a user who has logged in, and holds the code of a second send.
const BEFORE: &str = r#"
  { call = "signup-in-sms", with = { loginId = "$ada" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$ada", code = "$ada.code" }, expect = "accepted" },
  { call = "signup-in-sms", with = { loginId = "$ada" }, expect = "accepted" },
"#;

/// What comes before a guess: another user shows that one wrong guess locks no code, where that is so. Without it a
/// limit of one would explain that the code of an overlapping send is refused.
const BEFORE_A_GUESS: &str = r#"
  { call = "signup-in-sms", with = { loginId = "$cyd" }, expect = "accepted" },
  { call = "verify-sms", with = { loginId = "$cyd", code = "$wrong" }, expect = "refused" },
  { call = "verify-sms", with = { loginId = "$cyd", code = "$cyd.code" } },
"#;
/// How the step of a login with the live code is named.
const LOGIN: &str = "login";
/// How the step of a wrong guess is named.
const GUESS: &str = "guess";

/// A call on the user, as one step of a suite.
struct Acts {
    name: String,
    step: String,
    /// It changes nothing: two such calls show nothing by overlapping.
    reads: bool,
    /// It issues a code.
    sends: bool,
    proves: &'static [RequirementId],
}

/// The trials of all pairs.
///
/// # Errors
/// A pair is no scenario; a mistake in this file.
pub fn overlaps(contract: &Contract) -> Result<Vec<Trial>, SuiteError> {
    let acts: Vec<Acts> =
        contract.operations().iter().filter(|it| it.id.template() == it.id).flat_map(acts).collect();
    let pairs =
        acts.iter().enumerate().flat_map(|(at, one)| acts[at..].iter().map(move |other| (one, other)));
    let telling = pairs.filter(|(one, other)| !(one.reads && other.reads));
    let text: String = telling.map(|(one, other)| scenario(one, other)).collect();
    let suite =
        suite::parse_suite("src/trial/overlap.toml", &format!("title = \"Calls that overlap\"\n{text}"))?;
    let issues_code = |id| contract.operation(id).issues_code;
    let trials = suite.scenarios.into_iter().map(|scenario| Trial::scenario(GROUP, scenario, &issues_code));
    Ok(trials.collect())
}

fn acts(operation: &Operation) -> Vec<Acts> {
    use OperationId as O;
    let act = |name: &str, step: String, reads, proves| Acts {
        name: name.to_owned(),
        step,
        reads,
        sends: operation.issues_code,
        proves,
    };
    let word = operation.id.to_string();
    match (operation.id, operation.bearer) {
        // A user who is registered cannot sign up.
        (O::SIGNUP, _) => Vec::new(),
        (O::VERIFY, _) => {
            let guess = |code: &str| {
                format!(r#"{{ call = "{word}", with = {{ loginId = "$ada", code = "{code}" }} }}"#)
            };
            let proves: &[RequirementId] = LOGINS;
            vec![act(LOGIN, guess("$ada.code.2"), false, proves), act(GUESS, guess("$wrong"), false, proves)]
        }
        (O::UPDATE, _) => {
            let step = format!(
                r#"{{ call = "{word}", with = {{ loginId = "$ada", phone = "$bob" }}, by = "ada" }}"#
            );
            vec![act(&word, step, false, UPDATES)]
        }
        (_, BearerForm::Project) if operation.issues_code => {
            let step = format!(r#"{{ call = "{word}", with = {{ loginId = "$ada" }} }}"#);
            vec![act(&word, step, false, SENDS)]
        }
        (_, BearerForm::Refresh) => {
            let step = format!(r#"{{ call = "{word}", by = "ada" }}"#);
            vec![act(&word, step, operation.id == O::Me, SESSIONS)]
        }
        _ => Vec::new(),
    }
}

fn scenario(one: &Acts, other: &Acts) -> String {
    let mut proves: Vec<RequirementId> = one.proves.iter().chain(other.proves).copied().collect();
    proves.sort_unstable();
    proves.dedup();
    let proves: Vec<String> = proves.iter().map(|id| format!("\"{id}\"")).collect();
    let guesses = [one, other].iter().any(|act| act.name == GUESS);
    let (proves, before) = (proves.join(", "), BEFORE.trim());
    let shown = if guesses { BEFORE_A_GUESS.trim() } else { "" };
    let (a, b) = (&one.name, &other.name);
    let sends_beside = |other: &Acts, login: &Acts| login.name == LOGIN && other.sends;
    let of_a_code = sends_beside(one, other) || sends_beside(other, one);
    let rounds = if of_a_code { ROUNDS_OF_A_CODE } else { ROUNDS };
    format!(
        "\n[[scenario]]\nname = \"{a} with {b}\"\ngroup = \"{GROUP}\"\nproves = [{proves}]\nrounds = {rounds}\nsteps = [\n  \
         {before}\n  {shown}\n  {{ together = [ {}, {} ] }},\n]\n",
        one.step, other.step
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_on_a_user_meets_every_other_and_itself() {
        let trials = overlaps(&Contract::embedded().unwrap()).unwrap();
        let names: Vec<&str> = trials.iter().map(|trial| trial.name.as_str()).collect();
        for pair in
            ["refresh-with-logout", "refresh-with-refresh", "signup-in-sms-with-guess", "login-with-guess"]
        {
            let turned: Vec<&str> = pair.split("-with-").collect();
            let turned = format!("race::overlap::{}-with-{}", turned[1], turned[0]);
            let named = |name: &&str| name.ends_with(&format!("::{pair}")) || **name == turned;
            assert_eq!(names.iter().filter(|name| named(name)).count(), 1, "{pair}: {names:#?}");
        }
        assert!(!names.contains(&"race::overlap::me-with-me"));
        assert!(trials.iter().all(|trial| trial.kind() == crate::trial::TrialKind::Race));
    }
}
