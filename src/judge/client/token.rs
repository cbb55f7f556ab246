//! What the client's own validation makes of tokens that are wrong, or only look wrong.

use super::call::{Call, calls, trick, words};
use crate::contract::{Contract, OperationId, RequirementId, req};
use crate::exchange::{Exchange, History, Trick};
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
        ]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let calls = calls(history);
        let tricked = history.exchanges().find_map(|it| Some((it, trick(it)?)));
        let Some((exchange, trick)) = tricked else { return judgement };
        judgement.findings.extend(verdict(contract, exchange, trick, &calls));
        if let Some(last) = calls.iter().rfind(|call| judges_tokens(call)) {
            judgement.observed.push(Policy {
                question: format!("validates a session token that is {}", description(trick)),
                answer: format!("{}: {}", last.told.call, words(last.told)),
            });
        }
        judgement
    }
}

/// Some clients validate the tokens of a login at once, all of them when asked to.
fn judges_tokens(call: &Call<'_>) -> bool {
    let login = call.own.iter().any(|it| it.operation == Some(OperationId::VerifySms));
    call.told.call == "validate" || (login && call.own.iter().any(|it| trick(it).is_some()))
}

fn verdict(contract: &Contract, exchange: &Exchange, trick: Trick, calls: &[Call<'_>]) -> Option<Finding> {
    let is_validation = |call: &&Call<'_>| call.told.call == "validate";
    let accepted = calls.iter().filter(is_validation).any(|call| call.told.ok().is_some());
    let refused = calls.iter().filter(|call| judges_tokens(call)).find(|call| call.told.error().is_some());
    let what = description(trick);
    let found = |id: RequirementId, expected: String, seen: String| {
        Some(finding(contract, NAME, id, expected, seen, &[exchange.id]))
    };
    let id = match trick {
        Trick::Unsigned | Trick::UnknownKey | Trick::WrongSignature => req::CLIENT_CHECKS_SIGNATURE,
        Trick::Expired => req::CLIENT_REFUSES_EXPIRED_TOKEN,
        Trick::OtherProject => req::CLIENT_REFUSES_FOREIGN_PROJECT,
        Trick::FarAhead => return None,
        Trick::JustExpired | Trick::SlightlyAhead => {
            let call = refused?;
            let seen = format!("{}: the caller was told {}", call.told.call, words(call.told));
            return found(req::CLIENT_CHECKS_SIGNATURE, format!("accepted: the token is {what}"), seen);
        }
    };
    accepted.then(|| found(id, format!("refused: the token is {what}"), "validate: success".into()))?
}

fn description(trick: Trick) -> &'static str {
    match trick {
        Trick::Unsigned => "unsigned (alg none)",
        Trick::UnknownKey => "signed with a key that is not published",
        Trick::WrongSignature => "signed with another key than it names",
        Trick::OtherProject => "issued for another project",
        Trick::Expired => "expired for a minute",
        Trick::JustExpired => "expired for three seconds",
        Trick::SlightlyAhead => "issued three seconds ahead of our clock",
        Trick::FarAhead => "issued a minute ahead of our clock",
    }
}
