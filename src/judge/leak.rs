//! No answer gives away a code.

use std::collections::{BTreeSet, HashMap};

use super::{Check, InconclusiveReason, Judgement, answered, finding};
use crate::contract::{Contract, DeliveryMethod, OperationId, RequirementId, req};
use crate::exchange::{Encoding, Exchange, Fact, History, Payload};

/// Secrets in answers.
pub(super) struct Leak;

impl Check for Leak {
    fn name(&self) -> &'static str {
        "leak"
    }

    fn about(&self) -> &'static str {
        "no answer but that of generate-otp shows a code, plain or in disguise"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::MASKED_PHONE_IS_MASKED, req::SEND_RESPONSE_HIDES_CODE, req::PENDING_CODE_STAYS_SECRET]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let codes = history.deliveries().next().is_some();
        for (exchange, response) in answered(history) {
            if codes {
                let initiation = exchange.operation.is_some_and(|id| contract.operation(id).issues_code);
                judgement.examine(if initiation {
                    &[req::SEND_RESPONSE_HIDES_CODE]
                } else {
                    &[req::PENDING_CODE_STAYS_SECRET]
                });
            }
            for fact in &exchange.facts {
                if matches!(fact, Fact::Mask { .. }) && response.is_success() {
                    judgement.examine(&[req::MASKED_PHONE_IS_MASKED]);
                }
                if let Fact::Mask { full, filler, .. } = fact
                    && response.is_success()
                    && (*full || !*filler)
                {
                    let method = exchange.operation.and_then(OperationId::method);
                    let mailed = method.is_some_and(DeliveryMethod::is_mail);
                    let seen = match (*full, mailed) {
                        (true, true) => "all that is before the @",
                        (true, false) => "all digits of the number",
                        (false, _) => "no filler character",
                    };
                    let ids = [exchange.id];
                    let finding = finding(
                        contract,
                        self.name(),
                        req::MASKED_PHONE_IS_MASKED,
                        "a masked number",
                        seen,
                        &ids,
                    );
                    judgement.findings.push(finding);
                }
            }
        }
        self.codes(contract, history, &mut judgement);
        judgement
    }
}

/// Whether a place holds lengths and moments, in which the digits of a short code turn up by chance: a year is a code of
/// four digits once in ten thousand.
fn counts_anyway(place: &str) -> bool {
    let counting = ["content-length", "date", "expires", "last-modified", "retry-after", "age"];
    place.strip_prefix("header ").is_some_and(|name| counting.contains(&name))
}

/// A code that an answer shows.
struct Shown<'h> {
    exchange: &'h Exchange,
    secret: &'h str,
    place: &'h str,
    disguise: Encoding,
}

/// Every code in every answer. An answer may repeat what was asked; it may not show it to a caller who did not know it.
fn shown(history: &History) -> impl Iterator<Item = Shown<'_>> {
    let facts =
        answered(history).flat_map(|(exchange, _)| exchange.facts.iter().map(move |fact| (exchange, fact)));
    facts.filter_map(|(exchange, fact)| {
        let Fact::Shown { secret, place, disguise } = fact else { return None };
        let known = asked(exchange, secret)
            || exchange.operation == Some(OperationId::GenerateOtp)
            || counts_anyway(place);
        (!known).then_some(Shown { exchange, secret, place, disguise: *disguise })
    })
}

/// Whether the request held the code already, wherever and however it was written: then its echo tells nothing. Of a
/// request that was not kept whole nothing is known.
fn asked(exchange: &Exchange, secret: &str) -> bool {
    let request = &exchange.request;
    let stem = secret.trim_end_matches('>');
    let holds =
        |text: &str| text.match_indices(stem).any(|(at, _)| text[at + stem.len()..].starts_with(['>', '|']));
    let body = match &request.body {
        Payload::Json(value) => holds(&value.to_string()),
        Payload::Other { text, .. } => holds(text) || !request.body.is_whole(),
        Payload::Empty => false,
    };
    body || holds(&request.path) || request.headers.iter().any(|(_, value)| holds(value))
}

impl Leak {
    /// One code may stand somewhere by chance: four digits are a year. Two codes at the same place are reported.
    fn codes(&self, contract: &Contract, history: &History, judgement: &mut Judgement) {
        let mut at: HashMap<(&str, Encoding), BTreeSet<&str>> = HashMap::new();
        for Shown { secret, place, disguise, .. } in shown(history) {
            at.entry((place, disguise)).or_default().insert(secret);
        }
        for Shown { exchange, secret, place, disguise } in shown(history) {
            if at[&(place, disguise)].len() < 2 {
                let doubt = InconclusiveReason::PerhapsShown {
                    exchange: exchange.id,
                    secret: secret.to_owned(),
                    place: place.to_owned(),
                };
                judgement.doubts.push(doubt);
                continue;
            }
            let initiation = exchange.operation.is_some_and(|id| contract.operation(id).issues_code);
            let id = if initiation && place == "body" {
                req::SEND_RESPONSE_HIDES_CODE
            } else {
                req::PENDING_CODE_STAYS_SECRET
            };
            let seen = format!("{secret} in the {place}{}", disguise.dressed());
            let expected = "no code in the answer";
            let finding = finding(contract, self.name(), id, expected, seen, &[exchange.id]);
            judgement.findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_a_year_was_not_given_away_by_the_date() {
        assert!(counts_anyway("header date") && counts_anyway("header content-length"));
        assert!(
            !counts_anyway("header x-code") && !counts_anyway("body") && !counts_anyway("header set-cookie")
        );
    }
}
