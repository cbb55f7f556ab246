//! What sequences may show: the requirements that random calls in any order can break.

use super::{Sequence, Theme};
use crate::contract::{RequirementId, req};

impl Sequence {
    /// The requirements whose violation it may show, as the sentences for SMS number them.
    pub fn proves(self) -> Vec<RequirementId> {
        let more: &[RequirementId] = match self.theme {
            Theme::OneUser => &[
                req::SIGNIN_REFUSES_UNKNOWN_USER,
                req::VERIFY_REFUSES_UNKNOWN_USER,
                req::WRONG_GUESSES_ARE_LIMITED,
                req::WRONG_GUESS_KEEPS_CODE,
                req::CUSTOM_CLAIMS_IN_NSEC,
                req::STEPUP_SETS_SU,
                req::REVOKE_OTHER_SESSIONS,
                req::OPTIONS_BELONG_TO_THEIR_SEND,
            ],
            Theme::SeveralUsers => &[
                req::UPDATE_PHONE_REQUIRES_REFRESH_JWT,
                req::NEW_NUMBER_CREATES_USER,
                req::CODE_IS_BOUND_TO_LOGIN_ID,
                req::SEND_KEEPS_CODES_OF_OTHERS,
                req::UPDATE_PHONE_REQUIRES_OWN_JWT,
                req::STEPUP_REQUIRES_OWN_JWT,
                req::GUESSES_DO_NOT_AFFECT_OTHERS,
                req::MESSAGE_GOES_TO_OWN_PHONE,
                req::LOGOUT_SPARES_OTHER_SESSIONS,
                req::LOGOUTALL_SPARES_OTHER_USERS,
            ],
            Theme::PassingTime => &[req::CODE_EXPIRES, req::EXPIRED_CODE_ERROR_CODE],
            Theme::ManagedUsers => &[
                req::GENERATED_CODE_SURVIVES_SEND,
                req::GENERATE_RETURNS_CODE,
                req::GENERATE_REFUSES_ORDINARY_USERS,
                req::GENERATED_CODE_NEEDS_NO_SEND,
                req::DELETED_USER_IS_NOT_FOUND,
            ],
            Theme::SeveralMethods => return OF_SEVERAL.to_vec(),
        };
        let all = [
            req::SIGNUP_IN_ACCEPTS_PHONE,
            req::KNOWN_NUMBER_LOGS_IN_SAME_USER,
            req::SIGNUP_REFUSES_REGISTERED_USER,
            req::USER_ID_IS_STABLE,
            req::LATER_LOGIN_IS_NOT_FIRST_SEEN,
            req::NEWEST_CODE_IS_ACCEPTED,
            req::WRONG_CODE_IS_REFUSED,
            req::CODE_IS_SINGLE_USE,
            req::SECOND_SEND_VOIDS_FIRST_CODE,
            req::SECOND_CODE_IS_ACCEPTED,
            req::ANY_SEND_VOIDS_EARLIER_CODE,
            req::REFUSED_SEND_KEEPS_CODE,
            req::REFRESH_RETURNS_SESSION,
            req::LOGOUT_ENDS_REFRESH_JWT,
            req::LOGOUTALL_ENDS_ALL_SESSIONS,
            req::PENDING_CODE_STAYS_SECRET,
        ];
        more.iter().chain(&all).copied().collect()
    }
}

/// What the sequences of several methods may show: what is said of one method, whatever another does meanwhile.
const OF_SEVERAL: [RequirementId; 15] = [
    req::NEWEST_CODE_IS_ACCEPTED,
    req::WRONG_CODE_IS_REFUSED,
    req::CODE_IS_SINGLE_USE,
    req::SECOND_SEND_VOIDS_FIRST_CODE,
    req::SECOND_CODE_IS_ACCEPTED,
    req::ANY_SEND_VOIDS_EARLIER_CODE,
    req::CODE_IS_BOUND_TO_LOGIN_ID,
    req::SEND_KEEPS_CODES_OF_OTHERS,
    req::GUESSES_DO_NOT_AFFECT_OTHERS,
    req::USER_ID_IS_STABLE,
    req::AMR_NAMES_SMS,
    req::REFRESH_RETURNS_SESSION,
    req::LOGOUT_ENDS_REFRESH_JWT,
    req::LOGOUTALL_ENDS_ALL_SESSIONS,
    req::PENDING_CODE_STAYS_SECRET,
];
