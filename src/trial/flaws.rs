//! Refusals that differ in one thing: each operation with each flaw of what it presents.
//!
//! The table is spanned by the contract. A scenario of an operation shows a request accepted, then sends requests that
//! differ from one like it in the bearer alone, and ends with that one as it should be: no refusal has a second reason.
//! Where the contract has no sentence about a flaw, what is done with it is this target's way.

mod step_up;

use super::Trial;
use crate::contract::{BearerForm, Contract, Operation, OperationId, RequirementId, req};
use crate::suite::{self, SuiteError};

/// A project that does not exist.
const UNKNOWN: &str = "P2nobodyhasthisproject000000";
/// What a client may say about where it comes from.
const LOCAL: &str = r#"{ x-forwarded-for = "127.0.0.1", x-real-ip = "127.0.0.1", forwarded = "for=127.0.0.1", x-forwarded-host = "localhost" }"#;

/// A call as the steps of a suite write it, without its bearer: `call = "me", by = "ada"`.
type Step = String;

/// A user who logs in.
fn comes_in(name: &str) -> String {
    format!(
        "  {{ call = \"signup-in-sms\", with = {{ loginId = \"${name}\" }}, expect = \"accepted\" }},\n  \
         {{ call = \"verify-sms\", with = {{ loginId = \"${name}\", code = \"${name}.code\" }}, expect = \"accepted\" }},\n"
    )
}

/// A user who holds a code.
fn asks_for_a_code(name: &str) -> String {
    format!("  {{ call = \"signup-in-sms\", with = {{ loginId = \"${name}\" }}, expect = \"accepted\" }},\n")
}

/// How an operation is called.
struct Called {
    /// What comes before.
    before: String,
    /// A request that is accepted, before any flaw.
    control: Step,
    /// The request that is sent with flaws, and without one at the end.
    tried: Step,
    /// Whether that one is surely accepted at the end: a refused login may have cost the code.
    sure: bool,
}

impl Called {
    /// A call whose answer is known.
    fn new(before: String, control: String, tried: String) -> Called {
        Called { before, control, tried, sure: true }
    }
}

/// A flaw: its word, the bearer, what it breaks to be let in with it.
struct Flaw {
    about: String,
    bearer: String,
    headers: &'static str,
    breaks: Option<RequirementId>,
}

/// The trials of all operations.
///
/// # Errors
/// One is no scenario; a mistake in this file.
pub fn flaws(contract: &Contract) -> Result<Vec<Trial>, SuiteError> {
    let by_sms = contract.operations().iter().filter(|operation| operation.id.template() == operation.id);
    let text: String = by_sms.filter_map(scenario).collect();
    let text = format!("title = \"What is presented, with one flaw\"\n{text}{}", step_up::scenario());
    let suite = suite::parse_suite("src/trial/flaws.toml", &text)?;
    let issues_code = |id| contract.operation(id).issues_code;
    let trials = suite.scenarios.into_iter().map(|scenario| Trial::scenario("flaws", scenario, &issues_code));
    Ok(trials.collect())
}

fn scenario(operation: &Operation) -> Option<String> {
    let called = called(operation.id)?;
    let flaws = flaws_of(operation);
    let mut proves: Vec<RequirementId> = flaws.iter().filter_map(|flaw| flaw.breaks).collect();
    proves.sort_unstable();
    proves.dedup();
    let proves: Vec<String> = proves.iter().map(|id| format!("\"{id}\"")).collect();
    let Called { before, control, tried, sure } = called;
    let mut steps = format!("{before}  {{ {control}, expect = \"accepted\" }},\n");
    for Flaw { about, bearer, headers, breaks } in flaws {
        let expect = match breaks {
            Some(id) => format!("{{ seen = \"refused\", proves = \"{id}\" }}"),
            None => format!("{{ seen = \"refused\", asks = \"{} with {about}\" }}", operation.id),
        };
        let headers = if headers.is_empty() { String::new() } else { format!(", headers = {headers}") };
        steps.push_str(&format!("  {{ {tried}, bearer = \"{bearer}\"{headers}, expect = {expect} }},\n"));
    }
    let at_last = match sure {
        true => "\"accepted\"".to_owned(),
        false => format!("{{ seen = \"answered\", asks = \"{} after it came with flaws\" }}", operation.id),
    };
    let proves = proves.join(", ");
    Some(format!(
        "\n[[scenario]]\nname = \"{}\"\ngroup = \"flaws\"\nproves = [{proves}]\nsteps = [\n{steps}  {{ {tried}, expect = {at_last} }},\n]\n",
        operation.id
    ))
}

/// How each operation is called; `None` has no flaw to show: it asks for no bearer, or takes what belongs to others.
fn called(id: OperationId) -> Option<Called> {
    use OperationId as O;
    let with = |members: &str| format!("call = \"{id}\", with = {{ {members} }}");
    let session = || format!("call = \"{id}\", by = \"ada\"");
    let twice = || {
        let of = |name: &str| format!("call = \"{id}\", by = \"{name}\"");
        Called::new(comes_in("bob") + &comes_in("ada"), of("bob"), of("ada"))
    };
    let test_user = "  { call = \"create-test-user\", with = { loginId = \"$ada.name\", phone = \"$ada\" }, expect = \"accepted\" },\n";
    let managed = |step: String| Called::new(comes_in("eve") + test_user, step.clone(), step);
    let sent = |before: &str, name: &str| {
        let control = with(&format!("loginId = \"${name}\""));
        Called::new(comes_in("eve") + before, control, with("loginId = \"$ada\""))
    };
    Some(match id {
        O::SIGNUP_IN | O::SIGNUP => sent("", "bob"),
        O::SIGNIN => sent(&(comes_in("bob") + &comes_in("ada")), "bob"),
        O::VERIFY => Called {
            before: comes_in("eve") + &asks_for_a_code("bob") + &asks_for_a_code("ada"),
            control: with("loginId = \"$bob\", code = \"$bob.code\""),
            tried: with("loginId = \"$ada\", code = \"$ada.code\""),
            sure: false,
        },
        O::UPDATE => Called::new(
            comes_in("eve") + &comes_in("bob") + &comes_in("ada"),
            with("loginId = \"$bob\", phone = \"$cyd\""),
            with("loginId = \"$ada\", phone = \"$dan\""),
        ),
        O::Refresh | O::TryRefresh | O::Me | O::Validate => {
            Called::new(comes_in("ada"), session(), session())
        }
        O::Logout | O::Logoutall => twice(),
        O::CreateTestUser | O::CreateUser => Called::new(
            comes_in("eve"),
            with("loginId = \"$bob.name\", phone = \"$bob\""),
            with("loginId = \"$ada.name\", phone = \"$ada\""),
        ),
        O::DeleteUser => {
            let another = test_user.replace("$ada", "$bob");
            let control = with("loginId = \"$bob.name\"");
            Called::new(comes_in("eve") + test_user + &another, control, with("loginId = \"$ada.name\""))
        }
        O::LoadUser => managed(format!("call = \"{id}\", query = {{ loginId = \"$ada.name\" }}")),
        O::LoadUsers => managed(with("userIds = [\"$eve.userId\"], includeInvalidUsers = true")),
        O::SearchUsers => managed(with("phones = [\"$eve\"], limit = 1")),
        O::SearchTestUsers => managed(with("phones = [\"$ada\"], limit = 1")),
        O::GenerateOtp => managed(with("loginId = \"$ada.name\", deliveryMethod = \"sms\"")),
        O::UpdateUserStatus => managed(with("loginId = \"$ada.name\", status = \"enabled\"")),
        O::LogoutUser => managed(with("loginId = \"$ada.name\"")),
        // Keys and licence ask for nothing, one call ends every test user; other methods are played as SMS is.
        _ => return None,
    })
}

/// What each part of a bearer can have wrong with it, by the form that the operation asks for.
fn flaws_of(operation: &Operation) -> Vec<Flaw> {
    let flaw = |about: &str, bearer: &str, breaks| Flaw {
        about: about.to_owned(),
        bearer: bearer.to_owned(),
        headers: "",
        breaks,
    };
    let (unknown, open) = (Some(req::UNKNOWN_PROJECT_IS_REFUSED), None);
    let (absent, behind) = match operation.bearer {
        BearerForm::None => return Vec::new(),
        BearerForm::Project => (Some(req::OTP_REQUIRES_AUTHORIZATION), ""),
        BearerForm::Management => (Some(req::MANAGEMENT_REQUIRES_MANAGEMENT_KEY), ":${management}"),
        BearerForm::Session => (None, ":${ada.session}"),
        // Documented not to fail where there is no token.
        BearerForm::Refresh if operation.id == OperationId::TryRefresh => (None, ":${ada.refresh}"),
        BearerForm::Refresh if operation.id == OperationId::UPDATE => {
            (Some(req::UPDATE_PHONE_REQUIRES_REFRESH_JWT), ":${ada.refresh}")
        }
        BearerForm::Refresh => (Some(req::INVALID_JWT_IS_REFUSED), ":${ada.refresh}"),
    };
    let project = |project: &str| format!("Bearer {project}{behind}");
    let mut flaws = vec![
        flaw("no bearer", "", absent),
        Flaw { headers: LOCAL, ..flaw("no bearer, from this machine as it says", "", absent) },
        flaw("another scheme", &format!("Basic ${{project}}{behind}"), open),
        flaw("an unknown project", &project(UNKNOWN), unknown),
        flaw("a project ID and more", &project("${project|longer}"), unknown),
        flaw("a part of the project ID", &project("${project|prefix}"), unknown),
        flaw("the project ID in other letters", &project("${project|lower}"), unknown),
    ];
    match operation.bearer {
        BearerForm::None => {}
        BearerForm::Project => {
            flaws.push(flaw("no project but a token", "Bearer ${eve.refresh}", open));
            flaws.push(flaw(
                "an altered token behind the project",
                "Bearer ${project}:${eve.refresh|tampered}",
                open,
            ));
        }
        BearerForm::Management => {
            for key in ["", ":${management|prefix}", ":${management|changed}", ":${eve.refresh}"] {
                let about = "another key or none";
                flaws.push(flaw(about, &format!("Bearer ${{project}}{key}"), absent));
            }
            flaws.push(flaw("no project but the key", "Bearer ${management}", open));
        }
        BearerForm::Session => {
            flaws.push(flaw("no token or an altered one", "Bearer ${project}", open));
            for how in ["tampered", "unsigned", "forged", "stray", "nameless"] {
                let bearer = format!("Bearer ${{project}}:${{ada.session|{how}}}");
                flaws.push(flaw("no token or an altered one", &bearer, open));
            }
            flaws.push(flaw("a refresh token", "Bearer ${project}:${ada.refresh}", open));
        }
        BearerForm::Refresh => flaws.extend(flaws_of_token(operation.id, absent)),
    }
    flaws
}

/// What the refresh token can have wrong with it.
fn flaws_of_token(id: OperationId, absent: Option<RequirementId>) -> Vec<Flaw> {
    let named = id != OperationId::TryRefresh;
    let flaw = |about: &str, bearer: &str, breaks: Option<RequirementId>| Flaw {
        about: about.to_owned(),
        bearer: format!("Bearer {bearer}"),
        headers: "",
        breaks: breaks.filter(|_| named),
    };
    let invalid = Some(req::INVALID_JWT_IS_REFUSED);
    let mut flaws = vec![
        flaw("no token", "${project}", absent),
        flaw("a session token", "${project}:${ada.session}", Some(req::SESSION_JWT_IS_NO_REFRESH_JWT)),
        flaw("an altered token", "${project}:${ada.refresh|tampered}", invalid),
        flaw("an unsigned token", "${project}:${ada.refresh|unsigned}", invalid),
        flaw("a token of another key", "${project}:${ada.refresh|forged}", invalid),
        flaw("a token of a key that is not published", "${project}:${ada.refresh|stray}", invalid),
        flaw("a token of another key that names none", "${project}:${ada.refresh|nameless}", invalid),
        flaw("a token signed with the public key", "${project}:${ada.refresh|confused}", invalid),
        flaw("no project but the token", "${ada.refresh}", None),
    ];
    if id == OperationId::UPDATE {
        flaws.push(flaw(
            "another user's token",
            "${project}:${eve.refresh}",
            Some(req::UPDATE_PHONE_REQUIRES_OWN_JWT),
        ));
    }
    flaws
}

#[cfg(test)]
mod tests;
