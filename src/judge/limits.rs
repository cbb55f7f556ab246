//! How a server says "not now".

use super::{Check, Judgement, answered, finding};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{Answer, Exchange, History, Lookup};

/// Rate limits and their answer.
pub(super) struct Limits;

impl Check for Limits {
    fn name(&self) -> &'static str {
        "limits"
    }

    fn about(&self) -> &'static str {
        "a 429 says for how long, and a refused send sends nothing"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::MESSAGES_PER_RECIPIENT_ARE_CAPPED, req::RATE_LIMIT_SAYS_WHEN_TO_RETRY]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, response) in
            answered(history).filter(|(_, response)| response.status == 429 && response.says_not_now())
        {
            judgement.examine(&[req::RATE_LIMIT_SAYS_WHEN_TO_RETRY]);
            let whole = response.retry_after().is_some();
            // The body may be an edge's own.
            let code = response.error_code().is_none_or(|code| code == "E130429");
            if !whole || !code {
                let seen = format!(
                    "{}, Retry-After {}",
                    super::brief(response),
                    response.header("retry-after").unwrap_or("missing")
                );
                let expected = "E130429 and Retry-After in whole seconds";
                judgement.findings.push(finding(
                    contract,
                    self.name(),
                    req::RATE_LIMIT_SAYS_WHEN_TO_RETRY,
                    expected,
                    seen,
                    &[exchange.id],
                ));
            }
        }
        let lookup = Lookup::new(history);
        for delivery in history.deliveries() {
            let by = delivery.sent_by.and_then(|id| lookup.exchange(id));
            if let Some(exchange) = by.filter(|exchange| limited(exchange)) {
                let seen = format!("{} was delivered all the same", delivery.code);
                let expected = "no message, the send was refused for its number";
                judgement.findings.push(finding(
                    contract,
                    self.name(),
                    req::MESSAGES_PER_RECIPIENT_ARE_CAPPED,
                    expected,
                    seen,
                    &[exchange.id],
                ));
            }
        }
        judgement
    }
}

/// Whether an exchange was answered 429.
pub(super) fn limited(exchange: &Exchange) -> bool {
    matches!(&exchange.answer, Answer::Response(response) if response.status == 429)
}
