//! What the model finds: the cheapest explanation of the whole history.

use super::{Check, Finding, InconclusiveReason, Judgement, finding};
use crate::contract::{Contract, Level, OperationId, RequirementId, req};
use crate::exchange::{Delivery, History, Lookup, Placeholder};
use crate::model;

/// Whether a requirement says which of the things in a request its acceptance is about.
pub(crate) fn is_of_acceptance(id: RequirementId) -> bool {
    model::ACCEPTANCE.contains(&id)
}

/// What the files of `model/` blame.
const COVERED: [RequirementId; 64] = [
    req::LOCKOUT_REFUSES_RIGHT_CODE,
    req::OPTIONAL_MEMBERS_MAY_BE_OMITTED,
    req::SIGNUP_IN_ACCEPTS_PHONE,
    req::EMPTY_LOGIN_OPTIONS_MEAN_NONE,
    req::NULL_AND_FALSE_CHANGE_NOTHING,
    req::TEMPLATE_ID_IS_ACCEPTED,
    req::FULL_SAMPLE_IS_ACCEPTED,
    req::USERNAME_REACHES_PHONE_ON_FILE,
    req::DASHED_NUMBER_IS_SAME_USER,
    req::PROJECT_ID_SUFFICES,
    req::AUTH_MANAGEMENT_KEY_IS_ACCEPTED,
    req::UPDATE_PHONE_REQUIRES_REFRESH_JWT,
    req::NEW_NUMBER_CREATES_USER,
    req::KNOWN_NUMBER_LOGS_IN_SAME_USER,
    req::SIGNUP_REFUSES_REGISTERED_USER,
    req::REFUSED_SIGNUP_ERROR_CODE,
    req::SIGNIN_REFUSES_UNKNOWN_USER,
    req::REFUSED_SIGNIN_ERROR_CODE,
    req::INVITED_USER_MAY_SIGN_UP,
    req::USER_ID_IS_STABLE,
    req::FIRST_LOGIN_IS_FIRST_SEEN,
    req::LATER_LOGIN_IS_NOT_FIRST_SEEN,
    req::NEWEST_CODE_IS_ACCEPTED,
    req::WRONG_CODE_IS_REFUSED,
    req::EMPTY_CODE_IS_REFUSED,
    req::VERIFY_REFUSES_UNKNOWN_USER,
    req::CODE_IS_BOUND_TO_LOGIN_ID,
    req::CODE_IS_SINGLE_USE,
    req::CODE_EXPIRES,
    req::WRONG_GUESSES_ARE_LIMITED,
    req::WRONG_GUESS_KEEPS_CODE,
    req::SECOND_SEND_VOIDS_FIRST_CODE,
    req::SECOND_CODE_IS_ACCEPTED,
    req::ANY_SEND_VOIDS_EARLIER_CODE,
    req::SEND_KEEPS_CODES_OF_OTHERS,
    req::GENERATED_CODE_SURVIVES_SEND,
    req::REFUSED_SEND_KEEPS_CODE,
    req::CUSTOM_CLAIMS_IN_NSEC,
    req::CUSTOM_CLAIMS_WITHIN_LIMITS,
    req::STEPUP_SETS_SU,
    req::SAME_CHANNEL_IS_ONE_FACTOR,
    req::REVOKE_OTHER_SESSIONS,
    req::PKCE_CHALLENGE_HAS_NO_EFFECT,
    req::REFRESH_RETURNS_SESSION,
    req::REFRESH_BODY_IS_OPTIONAL,
    req::LOGOUT_ENDS_REFRESH_JWT,
    req::LOGGED_OUT_ERROR_CODE,
    req::LOGOUTALL_ENDS_ALL_SESSIONS,
    req::ME_RETURNS_BARE_USER,
    req::GENERATE_RETURNS_CODE,
    req::GENERATE_REFUSES_ORDINARY_USERS,
    req::GENERATED_CODE_NEEDS_NO_SEND,
    req::INVALID_JWT_IS_REFUSED,
    req::UPDATE_PHONE_REQUIRES_OWN_JWT,
    req::REGISTERED_USER_SIGNS_IN,
    req::CONCURRENT_VERIFIES_ONE_WINNER,
    req::CONCURRENT_SENDS_ONE_CODE,
    req::CONCURRENT_SIGNUPS_ONE_USER,
    req::STEPUP_REQUIRES_OWN_JWT,
    req::GUESSES_DO_NOT_AFFECT_OTHERS,
    req::LOGOUT_SPARES_OTHER_SESSIONS,
    req::LOGOUTALL_SPARES_OTHER_USERS,
    req::OPTIONS_BELONG_TO_THEIR_SEND,
    req::CONCURRENT_USERS_ARE_ISOLATED,
];

/// The acceptor model.
pub(super) struct Behaviour;

impl Check for Behaviour {
    fn name(&self) -> &'static str {
        "behaviour"
    }

    fn about(&self) -> &'static str {
        "some right server could have given these answers in this order"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &COVERED
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let explanation = model::explain(contract, history);
        if explanation.out_of_budget > 0 {
            judgement.doubts.push(InconclusiveReason::OutOfBudget);
        }
        judgement.examined.extend(explanation.examined);
        let expired =
            explanation.undecided.iter().map(|exchange| InconclusiveReason::Expired { exchange: *exchange });
        judgement.doubts.extend(expired);
        for blame in explanation.blame {
            let broken = blame.broken;
            let mut found = finding(
                contract,
                self.name(),
                broken.requirement,
                broken.expected,
                broken.seen,
                &blame.exchanges,
            );
            if broken.second {
                let also = contract
                    .requirement(broken.requirement)
                    .and_then(|requirement| requirement.also.as_ref());
                found.level = also.map_or(Level::Should, |also| also.level);
            }
            judgement.findings.push(found);
        }
        judgement.doubts.extend(equal_codes(history));
        judgement
    }
}

/// Two sends, one code: their verdicts cannot be kept apart. Where sends overlapped, a message
/// that came twice looks the same and shows as little; elsewhere its repetition is nothing new.
fn equal_codes(history: &History) -> Vec<InconclusiveReason> {
    let (mut seen, mut doubts): (Vec<&Delivery>, _) = (Vec::new(), Vec::new());
    for delivery in messages(history) {
        let again = seen.iter().any(|other| {
            other.code == delivery.code
                && match delivery.sent_by {
                    Some(_) => other.sent_by != delivery.sent_by,
                    None => other.sent_by.is_none(),
                }
        });
        if again {
            doubts.push(InconclusiveReason::EqualCodes { code: delivery.code.clone() });
        }
        seen.push(delivery);
    }
    doubts
}

/// The messages with codes drawn for them, each once.
fn messages(history: &History) -> Vec<&Delivery> {
    let lookup = Lookup::new(history);
    history.deliveries().filter(|message| !is_static(&message.code) && !lookup.is_copy(message)).collect()
}

/// A code that is the same by configuration.
fn is_static(code: &str) -> bool {
    Placeholder::parse(code).is_some_and(|name| name.label == "static")
}

/// What two histories with different people show together: a resend that repeats the code is chance once in a million
/// times, and no chance twice.
pub(crate) fn repeated_codes(contract: &Contract, first: &History, second: &History) -> Option<Finding> {
    repetition(first)?;
    let (sends, doors) = repetition(second)?;
    let id = if doors.iter().all(|door| door.map(OperationId::template) == Some(OperationId::SIGNUP_IN)) {
        req::SECOND_SEND_VOIDS_FIRST_CODE
    } else {
        req::ANY_SEND_VOIDS_EARLIER_CODE
    };
    let expected = "another code than before";
    let seen = "a resend delivered the same code, as it did for other people";
    Some(finding(contract, "behaviour", id, expected, seen, &sends))
}

/// Two sends that delivered one code to one number.
fn repetition(history: &History) -> Option<([usize; 2], [Option<OperationId>; 2])> {
    let sent = messages(history);
    let mut pairs =
        sent.iter().enumerate().flat_map(|(at, first)| sent[at + 1..].iter().map(move |b| (*first, *b)));
    let (a, b) = pairs.find(|(a, b)| a.to == b.to && a.code == b.code && a.sent_by != b.sent_by)?;
    let sends = [a.sent_by?, b.sent_by?];
    Some((sends, sends.map(|id| history.exchange(id).and_then(|exchange| exchange.operation))))
}
