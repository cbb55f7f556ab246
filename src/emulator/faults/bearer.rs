//! Credentials that are let in, or refused, wrongly.

use axum::http::{HeaderMap, HeaderValue};

use super::Bugs;
use crate::emulator::fault::Fault;
use crate::emulator::refusal::Refusal;

impl Bugs {
    /// A request without a bearer is let in.
    pub(crate) fn needs_no_bearer(&self) -> bool {
        self.has(Fault::MissingBearerAccepted)
    }

    /// A request without a bearer is let in from where it says it comes.
    pub(crate) fn trusts_address(&self, headers: &HeaderMap) -> bool {
        let local = |value: &HeaderValue| value.as_bytes().starts_with(b"127.");
        self.has(Fault::LocalCallersNeedNoBearer) && headers.get("x-forwarded-for").is_some_and(local)
    }

    /// Verify is let in with any bearer and with none.
    pub(crate) fn verify_needs_no_bearer(&self) -> bool {
        self.has(Fault::VerifyNeedsNoBearer)
    }

    /// A project that is not ours passes for ours.
    pub(crate) fn takes_for_ours(&self, asked: &str, ours: &str) -> bool {
        (asked.eq_ignore_ascii_case(ours) && self.has(Fault::ProjectInAnyCaseAccepted))
            || (asked.starts_with(ours) && self.has(Fault::ProjectWithSuffixAccepted))
            || self.has(Fault::AnyProjectAccepted)
    }

    /// Management is open to the project ID alone.
    pub(crate) fn needs_no_management_key(&self) -> bool {
        self.has(Fault::ManagementKeyNotAsked)
    }

    /// The beginning of the management key passes for the whole.
    pub(crate) fn accepts_part_of_key(&self, key: &str, expected: &str) -> bool {
        self.has(Fault::ManagementKeyPrefixAccepted) && expected.starts_with(key)
    }

    /// A bearer with an auth management key is refused.
    pub(crate) fn refuses_auth_keys(&self) -> bool {
        self.has(Fault::AuthKeyRefused)
    }

    /// Clients that send no `x-descope-sdk-*` headers are refused.
    pub(crate) fn needs_sdk_headers(&self) -> bool {
        self.has(Fault::NeedsSdkHeaders)
    }

    /// The bare project ID is refused at verify.
    pub(crate) fn verify_needs_more_than_the_project(&self) -> bool {
        self.has(Fault::BareProjectRefusedAtVerify)
    }

    /// The public keys are refused to some.
    pub(crate) fn refuse_keys(&self, asked_with_bearer: bool) -> Option<Refusal> {
        match asked_with_bearer {
            false => self.has(Fault::KeysNeedABearer).then(Refusal::no_bearer),
            true => self.has(Fault::KeysRefuseABearer).then(Refusal::generic),
        }
    }
}
