//! Property trials: bodies drawn from a schema, sent in small scenarios, judged like everything else.
//!
//! A handful of drawn bodies becomes the steps of one scenario, between steps that set the scene and steps that look
//! whether anything was changed that should not have been. What fails is found alone, made as small as it can be, and
//! kept in suite format.

mod body;
mod case;
mod draw;
mod malformed;
mod play;
mod prune;
mod shrink;
mod stage;
mod unanswered;

use std::collections::BTreeSet;
use std::sync::Arc;

use body::BodySource;
pub(super) use play::play;
pub(super) use shrink::{smallest, unanswered};
pub(super) use unanswered::{Unanswered, is_lost};

use super::{Cost, TrialKind};
use crate::contract::{Contract, DeliveryMethod, OperationId, RequirementId, req};
use crate::drive::Target;
use crate::suite::{Need, is_management};

/// Which bodies are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BodyClass {
    /// What the reference page and the SDKs send: must be accepted where the operation can succeed.
    Valid,
    /// What the types allow: any answer below 500 is right.
    WellFormed,
    /// Each keyword at, inside and outside its bound, and values that are often mishandled.
    Boundary,
    /// A valid body with one labelled change.
    Invalid,
    /// Bytes that no client means to send.
    Malformed,
}

impl BodyClass {
    /// Every class.
    pub const ALL: [BodyClass; 5] = [
        BodyClass::Valid,
        BodyClass::WellFormed,
        BodyClass::Boundary,
        BodyClass::Invalid,
        BodyClass::Malformed,
    ];

    /// The last part of the trial's name.
    pub fn word(self) -> &'static str {
        match self {
            BodyClass::Valid => "valid",
            BodyClass::WellFormed => "well-formed",
            BodyClass::Boundary => "boundary",
            BodyClass::Invalid => "invalid",
            BodyClass::Malformed => "malformed",
        }
    }

    /// The requirements it gives evidence for besides those of the operation.
    fn proves(self, operation: OperationId) -> Vec<RequirementId> {
        let numbers: &[RequirementId] = match (self, operation.template()) {
            (BodyClass::Valid, OperationId::SIGNUP_IN) => &[
                req::SIGNUP_IN_ACCEPTS_PHONE,
                req::OPTIONAL_MEMBERS_MAY_BE_OMITTED,
                req::EMPTY_LOGIN_OPTIONS_MEAN_NONE,
                req::NULL_AND_FALSE_CHANGE_NOTHING,
                req::TEMPLATE_ID_IS_ACCEPTED,
                req::FULL_SAMPLE_IS_ACCEPTED,
                req::DASHED_NUMBER_IS_SAME_USER,
                req::CUSTOM_CLAIMS_WITHIN_LIMITS,
                req::PKCE_CHALLENGE_HAS_NO_EFFECT,
                req::STANDARD_HEADERS_SUFFICE,
                req::SEND_RETURNS_OBJECT,
                req::MASKED_PHONE_IS_STRING,
                req::SEND_RETURNS_MASKED_PHONE,
                req::VERIFICATION_ATTEMPTS_IS_COUNT,
            ],
            (BodyClass::Valid, _) => &[req::PROJECT_ID_SUFFICES, req::BAD_INPUT_IS_NEVER_5XX],
            (BodyClass::WellFormed, _) => {
                &[req::BAD_INPUT_IS_NEVER_5XX, req::ERROR_HAS_CODE_AND_TEXT, req::ERROR_CODE_FORMAT]
            }
            (BodyClass::Boundary, OperationId::SIGNUP_IN) => {
                &[req::CUSTOM_CLAIMS_WITHIN_LIMITS, req::BAD_INPUT_IS_NEVER_5XX, req::ERROR_HAS_CODE_AND_TEXT]
            }
            (BodyClass::Boundary, _) => &[req::BAD_INPUT_IS_NEVER_5XX, req::ERROR_HAS_CODE_AND_TEXT],
            (BodyClass::Invalid, OperationId::SIGNUP_IN) => &[
                req::BAD_INPUT_IS_NEVER_5XX,
                req::MISSING_LOGIN_ID_IS_REFUSED,
                req::REFUSED_SEND_KEEPS_CODE,
                req::ERROR_HAS_CODE_AND_TEXT,
            ],
            (BodyClass::Invalid, OperationId::VERIFY) => &[
                req::BAD_INPUT_IS_NEVER_5XX,
                req::EMPTY_CODE_IS_REFUSED,
                req::WRONG_CODE_IS_REFUSED,
                req::ERROR_HAS_CODE_AND_TEXT,
            ],
            (BodyClass::Invalid, _) => &[req::BAD_INPUT_IS_NEVER_5XX, req::ERROR_HAS_CODE_AND_TEXT],
            (BodyClass::Malformed, OperationId::SIGNUP_IN) => &[
                req::UNREADABLE_JSON_IS_REFUSED,
                req::BAD_INPUT_IS_NEVER_5XX,
                req::REFUSED_SEND_KEEPS_CODE,
                req::OTP_REQUIRES_AUTHORIZATION,
                req::ERROR_HAS_CODE_AND_TEXT,
                req::EVERY_ANSWER_HAS_JSON_BODY,
            ],
            (BodyClass::Malformed, _) => &[
                req::UNREADABLE_JSON_IS_REFUSED,
                req::BAD_INPUT_IS_NEVER_5XX,
                req::ERROR_HAS_CODE_AND_TEXT,
                req::EVERY_ANSWER_HAS_JSON_BODY,
            ],
        };
        numbers.to_vec()
    }
}

/// The classes that are drawn for another method than SMS.
const OTHERWISE: [BodyClass; 2] = [BodyClass::Valid, BodyClass::Invalid];
/// The share of the cases that is drawn where less will do.
const SHARE: u32 = 4;

/// One operation and one class.
#[derive(Clone, Debug)]
pub struct Property {
    /// The operation.
    pub operation: OperationId,
    /// The class.
    pub class: BodyClass,
    /// How many cases are drawn; lists are sent whole.
    pub cases: u32,
    /// By which method its users log in: the operation's own, or any of an operation that has none.
    pub method: DeliveryMethod,
    /// Where bodies come from; shared by all classes of the operation.
    pub bodies: Arc<BodySource>,
}

impl Property {
    /// Every property of an operation that takes a body.
    pub fn of(contract: &Contract, operation: OperationId, cases: u32) -> Vec<Property> {
        let Some(bodies) = BodySource::new(contract, operation).map(Arc::new) else { return Vec::new() };
        let method = operation.method().unwrap_or(DeliveryMethod::Sms);
        let class = |class| Property { operation, class, cases, method, bodies: bodies.clone() };
        match operation.method() {
            None | Some(DeliveryMethod::Sms) => BodyClass::ALL.into_iter().map(class).collect(),
            // What is read in the same way by all methods was shown by SMS.
            Some(_) => OTHERWISE.into_iter().map(class).map(Property::with_fewer_cases).collect(),
        }
    }

    fn with_fewer_cases(self) -> Property {
        Property { cases: self.cases.div_ceil(SHARE), ..self }
    }

    /// As it is played on this target: where its users affect each other cases are played one by one, and there are fewer,
    /// so that the run does not take many times as long.
    fn on(self, target: &Target) -> Property {
        if target.learned.plays_one_by_one() { self.with_fewer_cases() } else { self }
    }

    /// `property::signup-in-sms::boundary`.
    pub fn name(&self) -> String {
        format!("{}::{}::{}", TrialKind::Property.word(), self.operation, self.class.word())
    }

    /// How many cases are played at once: more on a far target, where a management operation has it for itself.
    pub(super) fn cases_at_once(&self, target: &Target) -> usize {
        let alone = is_management(self.operation);
        target.width() * if alone { target.distance() } else { 1 }
    }

    /// What it gives evidence for.
    pub fn proves(&self) -> Vec<RequirementId> {
        self.class.proves(self.operation)
    }

    /// What the target must offer: codes, where the scene needs a login.
    pub fn needs(&self) -> Vec<Need> {
        let stage = stage::Fixture::of(self);
        let verifies = stage.before.iter().chain(&stage.after).any(|call| call.operation.is_verify());
        if verifies { vec![Need::Codes] } else { Vec::new() }
    }

    /// What it will send, about.
    pub fn cost(&self) -> Cost {
        let stage = stage::Fixture::of(self);
        let batches = u64::from(self.cases).div_ceil(stage.batch as u64);
        let around = (stage.before.len() + stage.after.len()) as u64;
        let sends = if stage.sends { u64::from(self.cases) } else { 0 };
        let setting =
            stage.before.iter().filter(|call| call.operation.template() == OperationId::SIGNUP_IN).count()
                as u64;
        Cost { requests: u64::from(self.cases) + batches * around, sends: sends + batches * setting }
    }

    /// The keyword × class pairs of the contract that its cases exercise: `requests/signup-in-sms#/properties/loginId
    /// minLength outside`. None where no value can be made of the schema; running it says why.
    pub fn pairs(&self) -> BTreeSet<String> {
        draw::pairs(self).unwrap_or_default()
    }

    /// The list of a boundary or malformed trial, a line each; other classes draw theirs anew for every seed.
    pub fn describe(&self) -> String {
        match self.class {
            BodyClass::Boundary | BodyClass::Malformed => match draw::list(self) {
                Ok(cases) => cases.iter().map(|case| format!("  {}\n", case.line())).collect(),
                Err(why) => format!("  no cases: {why}\n"),
            },
            _ => format!("  draws {} bodies from the schema, and sends those that differ\n", self.cases),
        }
    }
}
