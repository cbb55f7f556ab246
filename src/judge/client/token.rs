//! What the client's own validation makes of tokens that are wrong, or only look wrong.

use serde_json::Value;

use super::call::{Call, calls, trick, words};
use crate::contract::{Contract, OperationId, RequirementId, req};
use crate::exchange::{Exchange, History, Placeholder, SecretKind, TokenTampering};
use crate::judge::{Check, Finding, Judgement, Policy, finding};

/// Validation.
pub(super) struct Tokens;

const NAME: &str = "client-tokens";

impl Check for Tokens {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "a client's validation refuses tokens that are wrong and takes those that are right"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[
            req::CLIENT_CHECKS_SIGNATURE,
            req::CLIENT_REFUSES_EXPIRED_TOKEN,
            req::CLIENT_REFUSES_FOREIGN_PROJECT,
            req::CLIENT_FORGIVES_CLOCK_SKEW,
            req::CLIENT_READS_NEW_KEYS_ONCE,
            req::CLIENT_REFUSES_REFRESH_TOKEN_AS_SESSION,
            req::CLIENT_REFUSES_ETERNAL_TOKEN,
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let calls = calls(history);
        refresh_token_as_session(contract, &calls, &mut judgement);
        let tricked = history.exchanges().find_map(|it| Some((it, trick(it)?)));
        let Some((exchange, trick)) = tricked else { return judgement };
        let judging: Vec<&Call<'_>> = calls.iter().filter(|call| looks_at(call, exchange)).collect();
        let validated = judging.iter().any(|call| call.result.call == "validate");
        if validated {
            judgement.examined.extend(about(trick));
        }
        judgement.findings.extend(verdict(contract, exchange, trick, &judging));
        judgement.findings.extend(reads_keys(contract, history, &judging));
        if let Some(last) = judging.last() {
            judgement.observed.push(Policy {
                question: format!("validates a session token that is {}", description(trick)),
                answer: format!("{}: {}", last.result.call, words(last.result)),
            });
        }
        judgement
    }
}

/// Whether a call is about the token of this answer: validates it, or got it. Some clients validate what they get at once,
/// and a client that has refused it there goes on with the token before it.
fn looks_at(call: &Call<'_>, exchange: &Exchange) -> bool {
    let token = exchange.answer.response().and_then(|response| response.body.str_at("/sessionJwt"));
    let given = call.result.given.get("sessionToken").and_then(Value::as_str);
    let validates = call.result.call == "validate" && given.is_some() && given == token;
    validates || call.own.iter().any(|own| own.id == exchange.id)
}

/// The requirement that a client breaks which makes the wrong thing of such a token.
fn about(trick: TokenTampering) -> Option<RequirementId> {
    Some(match trick {
        TokenTampering::Unsigned
        | TokenTampering::UnknownKey
        | TokenTampering::WrongSignature
        | TokenTampering::KeyAsSecret
        | TokenTampering::OwnKey => req::CLIENT_CHECKS_SIGNATURE,
        TokenTampering::Expired => req::CLIENT_REFUSES_EXPIRED_TOKEN,
        TokenTampering::OtherProject => req::CLIENT_REFUSES_FOREIGN_PROJECT,
        TokenTampering::JustExpired | TokenTampering::SlightlyAhead => req::CLIENT_FORGIVES_CLOCK_SKEW,
        TokenTampering::Rotated => req::CLIENT_READS_NEW_KEYS_ONCE,
        TokenTampering::NoExpiry => req::CLIENT_REFUSES_ETERNAL_TOKEN,
        TokenTampering::FarAhead => return None,
    })
}

fn verdict(
    contract: &Contract,
    exchange: &Exchange,
    trick: TokenTampering,
    calls: &[&Call<'_>],
) -> Option<Finding> {
    let number = about(trick)?;
    let what = description(trick);
    let found = |expected: String, seen: String| {
        Some(finding(contract, NAME, number, expected, seen, &[exchange.id]))
    };
    if matches!(trick, TokenTampering::JustExpired | TokenTampering::SlightlyAhead | TokenTampering::Rotated)
    {
        let call = calls.iter().find(|call| call.result.error().is_some())?;
        let seen = format!("{}: the caller got {}", call.result.call, words(call.result));
        return found(format!("accepted: the token is {what}"), seen);
    }
    let accepted = calls.iter().any(|call| call.result.call == "validate" && call.result.ok().is_some());
    accepted.then(|| found(format!("refused: the token is {what}"), "validate: success".into()))?
}

/// Reads of the published keys that one call may need: a client may look twice, and once more at the older address.
const READS: usize = 3;

/// A key that is not known is looked for once; a token that names any key must not make a client ask for ever.
fn reads_keys(contract: &Contract, history: &History, calls: &[&Call<'_>]) -> Option<Finding> {
    let keys = [Some(OperationId::Keys), Some(OperationId::KeysV1)];
    calls.iter().find_map(|call| {
        let during =
            history.exchanges().filter(|it| call.result.from <= it.call && it.call <= call.result.until);
        let reads: Vec<usize> = during.filter(|it| keys.contains(&it.operation)).map(|it| it.id).collect();
        let expected = "the published keys read again once";
        let seen = format!("read {} times in one call", reads.len());
        (reads.len() > READS)
            .then(|| finding(contract, NAME, req::CLIENT_READS_NEW_KEYS_ONCE, expected, seen, &reads))
    })
}

/// A refresh token lives for weeks: where it passes for a session, a stolen one is a session for weeks.
fn refresh_token_as_session(contract: &Contract, calls: &[Call<'_>], judgement: &mut Judgement) {
    let is_refresh = |call: &&Call<'_>| {
        let given =
            call.result.given.get("sessionToken").and_then(Value::as_str).and_then(Placeholder::parse);
        call.result.call == "validate" && given.is_some_and(|token| token.kind == SecretKind::Refresh)
    };
    let Some(call) = calls.iter().find(is_refresh) else { return };
    judgement.examined.insert(req::CLIENT_REFUSES_REFRESH_TOKEN_AS_SESSION);
    judgement.observed.push(Policy {
        question: "validates a refresh token that is presented as a session token".into(),
        answer: format!("validate: {}", words(call.result)),
    });
    if call.result.ok().is_some() {
        let expected = "refused: it is a refresh token";
        judgement.findings.push(finding(
            contract,
            NAME,
            req::CLIENT_REFUSES_REFRESH_TOKEN_AS_SESSION,
            expected,
            "validate: success",
            &[],
        ));
    }
}

fn description(trick: TokenTampering) -> &'static str {
    match trick {
        TokenTampering::Unsigned => "unsigned (alg none)",
        TokenTampering::UnknownKey => "signed with a key that is not published",
        TokenTampering::WrongSignature => "signed with another key than it names",
        TokenTampering::OtherProject => "issued for another project",
        TokenTampering::Expired => "expired for a minute",
        TokenTampering::JustExpired => "expired for three seconds",
        TokenTampering::SlightlyAhead => "issued three seconds ahead of our clock",
        TokenTampering::FarAhead => "issued a minute ahead of our clock",
        TokenTampering::KeyAsSecret => "signed with a published key for a secret (HS256)",
        TokenTampering::OwnKey => "signed by a key that it brings itself (jwk)",
        TokenTampering::NoExpiry => "without an expiry",
        TokenTampering::Rotated => "signed with a key that was published since",
    }
}
