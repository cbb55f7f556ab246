//! Limits, met in every way that must not matter: through each door, in each spelling, from each address.
//!
//! No profile has to give the limit: a user runs into it, and so does another. Then the same number is reached in other
//! clothes, and what the target lets through in those is judged by what it refused before.

mod steps;

use steps::{ACCEPTED, UNTIL_REFUSED, asks, called_by, clothes, comes_in, step, verifies};

use super::Trial;
use crate::contract::{BearerForm, Contract, DeliveryMethod, Operation, OperationId};
use crate::suite::{self, SuiteError};

/// How a number is written besides its plain form.
const SPELLINGS: [&str; 4] = ["dashes", "spaces", "brackets", "dots"];
/// Wrong guesses in a row: more than most limits allow.
const GUESSES: usize = 10;

/// The trials of all limits.
///
/// # Errors
/// One is no scenario; a mistake in this file.
pub fn caps(contract: &Contract) -> Result<Vec<Trial>, SuiteError> {
    let doors: Vec<&Operation> = contract
        .operations()
        .iter()
        .filter(|o| {
            o.issues_code && o.id.method() == Some(DeliveryMethod::Sms) && o.id != OperationId::SIGNUP_IN
        })
        .collect();
    let through_doors: String = doors.iter().map(|door| legs(door)).collect();
    let guessed: String = doors.iter().map(|door| guesses_through(door)).collect();
    let scenarios = [
        scenario("messages through every door", "OTP-052", &(found() + &through_doors + &found_again())),
        scenario(
            "messages in other clothes",
            "OTP-052",
            &(found() + &messages_in_clothes() + &found_again()),
        ),
        scenario("guesses at the codes of every door", "OTP-049", &(found_by_guessing() + &guessed)),
        scenario("guesses in other clothes", "OTP-049", &(found_by_guessing() + &guesses_in_clothes())),
        scenario("everything in other clothes", "OTP-041", &day_in_clothes()),
    ];
    let text = format!("title = \"Limits, in other clothes\"\n{}", scenarios.concat());
    let suite = suite::parse_suite("src/trial/caps.toml", &text)?;
    let issues_code = |id| contract.operation(id).issues_code;
    let trials = suite.scenarios.into_iter().map(|scenario| Trial::scenario("caps", scenario, &issues_code));
    Ok(trials.collect())
}

fn scenario(name: &str, proves: &str, steps: &str) -> String {
    format!("\n[[scenario]]\nname = \"{name}\"\nproves = [\"{proves}\"]\nsteps = [\n{steps}]\n")
}

// ---- messages ----------------------------------------------------------------------------------------------------

/// Two run into the limit, if there is one; a third shows that it was theirs.
fn found() -> String {
    asks("ada", UNTIL_REFUSED) + &asks("bob", UNTIL_REFUSED) + &asks("cyd", ACCEPTED)
}

/// For as long as they are refused the limit lasts, whatever it is made of: a window, or a pause after each message.
fn found_again() -> String {
    asks("ada", "") + &asks("bob", "")
}

/// A door that does not count, and one that is not counted.
fn legs(door: &Operation) -> String {
    let word = door.id.to_string();
    let one = |person: &str, more: &str| match door.bearer {
        BearerForm::Refresh => step(
            door.id,
            &format!("loginId = \"$zoe\", phone = \"${person}\""),
            &format!(", by = \"zoe\"{more}"),
        ),
        _ => step(door.id, &format!("loginId = \"${person}\""), more),
    };
    let before = |person: &str| match door.id {
        OperationId::SIGNIN => comes_in(person),
        OperationId::UPDATE => comes_in("zoe"),
        _ => String::new(),
    };
    let (uncounted, uncapped) = (format!("{word}-first"), format!("{word}-last"));
    before(&uncounted)
        + &one(&uncounted, "")
        + &asks(&uncounted, UNTIL_REFUSED)
        + &before(&uncapped)
        + &asks(&uncapped, "")
        + &one(&uncapped, UNTIL_REFUSED)
}

fn messages_in_clothes() -> String {
    let spelled: String = SPELLINGS.iter().map(|spelling| asks(&format!("dan|{spelling}"), "")).collect();
    let elsewhere: String = (1..=4).map(|nth| asks("eve", &clothes(nth))).collect();
    let otherwise = |options: &str| {
        step(OperationId::SIGNUP_IN, &format!("loginId = \"$fay\", loginOptions = {{ {options} }}"), "")
    };
    let options: String = ["locale = \"de\"", "customClaims = { a = 1 }", "customClaims = { b = \"c\" }"]
        .map(otherwise)
        .concat();
    [
        spelled,
        asks("dan", UNTIL_REFUSED),
        elsewhere,
        asks("eve", UNTIL_REFUSED),
        options,
        asks("fay", UNTIL_REFUSED),
    ]
    .concat()
}

// ---- guesses -----------------------------------------------------------------------------------------------------

fn right(who: &str, what: &str) -> String {
    let asked = format!(
        ", expect = {{ seen = \"accepted\", asks = \"the code after {GUESSES} wrong guesses{what}\" }}"
    );
    verifies(who, &format!("{who}.code"), &asked)
}

/// A user runs into the limit of guesses, if there is a small one.
fn found_by_guessing() -> String {
    asks("ada", ACCEPTED)
        + &verifies("ada", "wrong", &format!(", repeat = {GUESSES}, expect = \"refused\""))
        + &right("ada", "")
}

fn guesses_through(door: &Operation) -> String {
    let (word, more) = (door.id.to_string(), ", expect = \"answered\"");
    let sent = match door.bearer {
        BearerForm::Refresh => {
            comes_in(&word)
                + &step(
                    door.id,
                    &format!("loginId = \"${word}\", phone = \"${word}-new\""),
                    &format!(", by = \"{word}\"{more}"),
                )
        }
        _ if door.id == OperationId::SIGNIN => {
            comes_in(&word) + &step(door.id, &format!("loginId = \"${word}\""), more)
        }
        _ => step(door.id, &format!("loginId = \"${word}\""), more),
    };
    let code = match door.bearer {
        BearerForm::Refresh => format!("{word}-new.code"),
        _ => format!("{word}.code"),
    };
    let asked = format!(
        ", expect = {{ seen = \"accepted\", asks = \"a code of {word} after {GUESSES} wrong guesses\" }}"
    );
    sent + &verifies(&word, "wrong", &format!(", repeat = {GUESSES}, expect = \"refused\""))
        + &verifies(&word, &code, &asked)
}

fn guesses_in_clothes() -> String {
    // Who logs in by a spelling shows that it is understood.
    let known: String = SPELLINGS
        .iter()
        .map(|spelling| asks("bob", ACCEPTED) + &verifies(&format!("bob|{spelling}"), "bob.code", ""))
        .collect();
    let spelled = |who: &str, nth: usize| match nth % 5 {
        0 => who.to_owned(),
        at => format!("{who}|{}", SPELLINGS[at - 1]),
    };
    let refused = ", expect = \"refused\"";
    let spelled: String = (0..GUESSES).map(|nth| verifies(&spelled("cyd", nth), "wrong", refused)).collect();
    let elsewhere: String =
        (1..=GUESSES).map(|nth| verifies("dan", "wrong", &(clothes(nth) + refused))).collect();
    [
        known,
        asks("cyd", ACCEPTED),
        spelled,
        right("cyd", " in five spellings"),
        asks("dan", ACCEPTED),
        elsewhere,
        right("dan", " from ten addresses"),
        guesses_with_a_session(),
    ]
    .concat()
}

/// Guesses of users who are logged in: with the token of that session, and with calls between them that send nothing.
fn guesses_with_a_session() -> String {
    let answered = ", expect = \"answered\"";
    let holds_a_code = |who: &str| comes_in(who) + &asks(who, answered);
    let with_token = format!(
        ", bearer = \"Bearer ${{project}}:${{eve.refresh}}\", repeat = {GUESSES}, expect = \"refused\""
    );
    let between = [
        verifies("fay", "wrong", ", expect = \"refused\""),
        step(OperationId::SIGNUP, "loginId = \"$fay\"", answered),
        called_by("refresh", "fay", answered),
        called_by("me", "fay", answered),
    ];
    [
        holds_a_code("eve"),
        verifies("eve", "wrong", &with_token),
        right("eve", " with a session's token"),
        holds_a_code("fay"),
        between.concat().repeat(GUESSES),
        right("fay", " and other calls between them"),
    ]
    .concat()
}

// ---- what is accepted --------------------------------------------------------------------------------------------

/// A login, a session and a logout: as any client would send them, each from another address and as another program, the
/// members in another order, another user in between.
fn day_in_clothes() -> String {
    let mut nth = 0;
    let mut other = || {
        nth += 1;
        format!("{}{ACCEPTED}", clothes(nth))
    };
    let session = |call: &str, more: String| called_by(call, "ada", &more);
    let turned = "  { call = \"verify-sms\", raw = '{\"code\":\"${ada.code}\",\"loginId\":\"${ada}\"}', by = \"ada\", expect = \"accepted\" },\n";
    [
        asks("ada", &other()),
        asks("bob", ACCEPTED),
        verifies("ada", "ada.code", &other()),
        session("refresh", other()),
        verifies("bob", "bob.code", ACCEPTED),
        session("me", other()),
        step(OperationId::SIGNIN, "loginId = \"$ada\"", &other()),
        "  { call = \"logoutall\", by = \"bob\", expect = \"accepted\" },\n".to_owned(),
        turned.to_owned(),
        session("refresh", other()),
        session("logout", other()),
        "  { call = \"refresh\", by = \"ada\", expect = \"refused\" },\n".to_owned(),
    ]
    .concat()
}

#[cfg(test)]
mod tests;
