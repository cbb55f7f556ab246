//! A code that worked and is not the live one of its user: which requirement that breaks.

use super::super::call::{Code, ModelCall, SendKind};
use super::super::context::SearchContext;
use super::super::state::{Breach, Registration, User, Void};
use crate::contract::{RequirementId, req};

/// The placeholder of the project's static test code.
const STATIC_CODE: &str = "<code:static>";

/// The requirement that an accepted code breaks which is not this user's live code.
pub(super) fn wrongly_accepted(
    ground: &SearchContext<'_>,
    user: &User,
    call: &ModelCall,
    who: &str,
    code: &Code,
) -> Vec<Breach> {
    let Some(text) = code.text() else {
        let refused = "refused, only the code itself opens a session";
        return match code {
            Code::NotACode => vec![
                Breach::new(req::WRONG_CODE_IS_REFUSED, refused, "something that is no code was accepted"),
                Breach::new(req::EMPTY_CODE_IS_REFUSED, refused, "something that is no code was accepted"),
            ],
            _ => vec![Breach::new(
                req::WRONG_CODE_IS_REFUSED,
                refused,
                "a text made from the code was accepted",
            )],
        };
    };
    match user.void.get(text) {
        Some(Void::Superseded { by, of, doors }) => {
            let Some(id) = superseded_requirement(ground, *by, *of, *doors) else { return Vec::new() };
            let expected = format!("refused, exchange {by} sent a newer code");
            return vec![Breach::new(id, expected, format!("{text} was accepted")).with(*by)];
        }
        Some(Void::Spent { by }) => {
            let overlapping = ground.call(*by).is_some_and(|other| other.overlaps(call));
            let id = if overlapping { req::CONCURRENT_VERIFIES_ONE_WINNER } else { req::CODE_IS_SINGLE_USE };
            let expected = format!("refused, exchange {by} used this code");
            return vec![Breach::new(id, expected, format!("{text} was accepted again")).with(*by)];
        }
        None => {}
    }
    if text == STATIC_CODE {
        return vec![Breach::new(
            req::STATIC_TEST_CODE_SCOPE,
            "refused, the static code is not for this login ID",
            "accepted",
        )];
    }
    if let Some(owner) = ground.owner_of(text).filter(|owner| *owner != who) {
        return vec![Breach::new(
            req::CODE_IS_BOUND_TO_LOGIN_ID,
            format!("refused, {text} was sent to {owner}"),
            "accepted",
        )];
    }
    if user.standing == Registration::Absent {
        return vec![Breach::new(
            req::VERIFY_REFUSES_UNKNOWN_USER,
            "refused, no user has this login ID",
            "accepted",
        )];
    }
    vec![Breach::new(req::WRONG_CODE_IS_REFUSED, "refused, this code was never sent", "accepted")]
}

/// The sentences that the same calls break by the same answers where they do not overlap; none of a sentence that is not
/// about overlapping calls.
pub(crate) fn in_a_row(id: RequirementId) -> &'static [RequirementId] {
    match id {
        req::CONCURRENT_SENDS_ONE_CODE => {
            &[req::SECOND_SEND_VOIDS_FIRST_CODE, req::ANY_SEND_VOIDS_EARLIER_CODE]
        }
        req::CONCURRENT_VERIFIES_ONE_WINNER => &[req::CODE_IS_SINGLE_USE],
        _ => &[],
    }
}

/// Which sentence a superseded code breaks by working: it depends on how the two sends stood to each other. Whether
/// updates of the phone and logins void each other's codes is nowhere written.
fn superseded_requirement(
    ground: &SearchContext<'_>,
    by: usize,
    of: usize,
    doors: (SendKind, SendKind),
) -> Option<RequirementId> {
    let overlapping = matches!((ground.call(by), ground.call(of)), (Some(a), Some(b)) if a.overlaps(b));
    match (overlapping, doors) {
        (_, (SendKind::Update, _) | (_, SendKind::Update)) => None,
        (true, _) => Some(req::CONCURRENT_SENDS_ONE_CODE),
        (false, (SendKind::SignupIn, SendKind::SignupIn)) => Some(req::SECOND_SEND_VOIDS_FIRST_CODE),
        (false, _) => Some(req::ANY_SEND_VOIDS_EARLIER_CODE),
    }
}
