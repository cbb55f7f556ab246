//! Which requirement says that a request must be accepted.

use serde_json::{Value, json};

use super::bearer::refresh_token;
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{Exchange, Placeholder, PresentedBearer};

/// The requirement by which this request must be accepted, if any does: the one that speaks of what is special in it.
pub(super) fn must_accept(
    contract: &Contract,
    exchange: &Exchange,
    body: &Value,
    bearer: &PresentedBearer,
) -> Option<RequirementId> {
    // A token that was tampered with may be refused even where none is needed.
    if bearer.token().is_some() && refresh_token(bearer).is_none() {
        return None;
    }
    // So may the management key: the auth management key follows the project ID. Source: docs: OTP settings.
    let authorization = exchange.request.header("authorization").unwrap_or_default();
    if authorization.contains("<key:management") {
        return None;
    }
    let operation = contract.operation(exchange.operation?);
    let schema = operation.must_accept.as_deref()?;
    let typed = exchange.request.header("content-type").is_some_and(|t| t.starts_with("application/json"));
    if !typed || exchange.request.method != operation.method || !contract.schemas().is_valid(schema, body) {
        return None;
    }
    Some(acceptance(body, authorization))
}

/// The options that are on or off.
const SWITCHES: [&str; 3] = ["stepup", "mfa", "revokeOtherSessions"];

/// Those that [`acceptance`] chooses from by what the options are. A body may have something of each: which of them a refusal
/// breaks shows the smallest body that is refused.
pub(crate) const ACCEPTANCE: [RequirementId; 6] = [
    req::NULL_AND_FALSE_CHANGE_NOTHING,
    req::FULL_SAMPLE_IS_ACCEPTED,
    req::EMPTY_LOGIN_OPTIONS_MEAN_NONE,
    req::CUSTOM_CLAIMS_WITHIN_LIMITS,
    req::PKCE_CHALLENGE_HAS_NO_EFFECT,
    req::TEMPLATE_ID_IS_ACCEPTED,
];

/// Which of the acceptance requirements speaks of a signup-in body like this.
fn acceptance(body: &Value, authorization: &str) -> RequirementId {
    let options = body.get("loginOptions");
    let has =
        |value: Option<&Value>, member: &str| value.and_then(|v| v.get(member)).is_some_and(|v| !v.is_null());
    let null = |member: &str| options.and_then(|o| o.get(member)).is_some_and(Value::is_null);
    let who = body.get("loginId").and_then(Value::as_str).and_then(Placeholder::parse);
    let off = |member: &str| options.and_then(|o| o.get(member)) == Some(&Value::Bool(false));
    if null("customClaims") || null("ssoAppId") {
        req::NULL_AND_FALSE_CHANGE_NOTHING
    } else if has(Some(body), "providerId") && has(Some(body), "ssoAppId") && has(options, "pkceChallenge") {
        req::FULL_SAMPLE_IS_ACCEPTED
    } else if options == Some(&json!({})) {
        req::EMPTY_LOGIN_OPTIONS_MEAN_NONE
    } else if SWITCHES.into_iter().any(off) {
        req::NULL_AND_FALSE_CHANGE_NOTHING
    } else if has(options, "customClaims") {
        req::CUSTOM_CLAIMS_WITHIN_LIMITS
    } else if has(options, "pkceChallenge") {
        req::PKCE_CHALLENGE_HAS_NO_EFFECT
    } else if has(options, "templateId") || has(Some(body), "templateId") {
        req::TEMPLATE_ID_IS_ACCEPTED
    } else if who.is_some_and(|name| name.how.is_some()) {
        req::DASHED_NUMBER_IS_SAME_USER
    } else if authorization.contains("<key") {
        req::AUTH_MANAGEMENT_KEY_IS_ACCEPTED
    } else {
        req::SIGNUP_IN_ACCEPTS_PHONE
    }
}
