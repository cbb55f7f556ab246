//! Steps about limits, as a suite writes them.

use crate::contract::OperationId;

/// A step; `more` is the rest of it, with a comma before.
pub(super) fn step(id: OperationId, with: &str, more: &str) -> String {
    format!("  {{ call = \"{id}\", with = {{ {with} }}{more} }},\n")
}

pub(super) fn asks(who: &str, more: &str) -> String {
    step(OperationId::SIGNUP_IN, &format!("loginId = \"${who}\""), more)
}

pub(super) fn verifies(who: &str, code: &str, more: &str) -> String {
    step(OperationId::VERIFY, &format!("loginId = \"${who}\", code = \"${code}\""), more)
}

/// A call of a session of this user.
pub(super) fn called_by(call: &str, who: &str, more: &str) -> String {
    format!("  {{ call = \"{call}\", by = \"{who}\"{more} }},\n")
}

pub(super) const ACCEPTED: &str = ", expect = \"accepted\"";
pub(super) const UNTIL_REFUSED: &str = ", repeat = \"until-refused\"";

pub(super) fn comes_in(who: &str) -> String {
    asks(who, ACCEPTED) + &verifies(who, &format!("{who}.code"), ACCEPTED)
}

/// A client's own words about where it comes from and what it is: other ones for each number.
pub(super) fn clothes(nth: usize) -> String {
    format!(
        ", headers = {{ x-forwarded-for = \"203.0.113.{nth}\", x-real-ip = \"203.0.113.{nth}\", forwarded = \"for=203.0.113.{nth}\", user-agent = \"otpc/{nth}\", accept-language = \"de;q=0.{nth}\" }}"
    )
}
