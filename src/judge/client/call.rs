//! A call of the client with the exchanges it led to.

use crate::contract::{DeliveryMethod, OperationId};
use crate::exchange::{Answer, ClientResult, Exchange, Fact, History, Loss, Response, TokenTampering};

/// What was asked of the client, what it sent for that, and what it returned.
pub(super) struct Call<'a> {
    pub(super) result: &'a ClientResult,
    /// The requests of the call's own operation, in order; reading keys is not among them.
    pub(super) own: Vec<&'a Exchange>,
    /// Whether another answer that the call needed, such as the keys, was hostile.
    pub(super) hampered: bool,
}

/// The calls of a history, in the order made. A driver makes one at a time.
pub(super) fn calls(history: &History) -> Vec<Call<'_>> {
    let of = |result| {
        let (own, others): (Vec<_>, Vec<_>) = during(history, result)
            .partition(|it| it.operation.is_some() && it.operation == operation(result));
        let hampered = others.into_iter().any(|it| injected(it).is_some());
        Call { result, own, hampered }
    };
    history.results.iter().map(of).collect()
}

fn during<'a>(history: &'a History, result: &'a ClientResult) -> impl Iterator<Item = &'a Exchange> {
    history.exchanges().filter(|exchange| result.from <= exchange.call && exchange.call <= result.until)
}

/// The operation behind a call, by the method that it was given; `validate` is done by the client itself.
fn operation(result: &ClientResult) -> Option<OperationId> {
    let named = result.given.get("method").and_then(|method| method.as_str()?.parse().ok());
    let method = named.unwrap_or(DeliveryMethod::Sms);
    let by_sms = match result.call.as_str() {
        "signup-in" => OperationId::SIGNUP_IN,
        "signup" => OperationId::SIGNUP,
        "signin" => OperationId::SIGNIN,
        "verify" => OperationId::VERIFY,
        "update-phone" | "update-email" => OperationId::UPDATE,
        "refresh" => OperationId::Refresh,
        "me" => OperationId::Me,
        "logout" => OperationId::Logout,
        _ => return None,
    };
    Some(by_sms.by(method))
}

impl<'a> Call<'a> {
    /// The last answer the client got, or how it was lost.
    pub(super) fn last(&self) -> Option<(&'a Exchange, Result<&'a Response, Loss>)> {
        let exchange = self.own.last()?;
        Some(match &exchange.answer {
            Answer::Response(response) => (exchange, Ok(response)),
            Answer::Lost(loss) => (exchange, Err(*loss)),
        })
    }

    /// Whether a wire broke that we did not cut: nothing after that is the client's doing.
    pub(super) fn upset(&self) -> bool {
        self.own.iter().any(|it| matches!(it.answer, Answer::Lost(_)) && injected(it).is_none())
    }
}

/// Name of the hostile answer that the exchange ended in.
pub(super) fn injected(exchange: &Exchange) -> Option<&str> {
    exchange.facts.iter().find_map(|fact| match fact {
        Fact::Injected { answer, .. } => Some(answer.as_str()),
        _ => None,
    })
}

/// What was done to the token of the answer.
pub(super) fn trick(exchange: &Exchange) -> Option<TokenTampering> {
    exchange.facts.iter().find_map(|fact| match fact {
        Fact::Injected { trick, .. } => *trick,
        _ => None,
    })
}

/// What the caller got, in a few words.
pub(super) fn words(result: &ClientResult) -> String {
    let Some(error) = result.error() else {
        return if result.silent() { "nothing in time".into() } else { "success".into() };
    };
    let text = |name: &str| error.get(name).map(|value| value.to_string().trim_matches('"').to_owned());
    let parts = ["kind", "code", "status", "retryAfter"].into_iter().filter_map(text);
    let parts: Vec<String> = parts.filter(|part| part != "null" && !part.is_empty()).collect();
    if parts.is_empty() { "an error".into() } else { format!("an error: {}", parts.join(" ")) }
}
