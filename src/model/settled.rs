//! Which send is behind a message, where the record does not say and only one can be.

use std::collections::HashMap;

use super::asked::Asked;
use crate::contract::{Contract, OperationId};
use crate::exchange::{Delivery, Exchange, History, Lookup, Response, base_of};

/// The code that a send delivered, by the send: of messages whose send is unknown, those whose code opened a session and
/// that one send alone can be behind. A code that worked and was seen was sent, whatever else is wrong; without that, to
/// say that it never was could explain several other findings at once.
pub(super) fn settled<'h>(
    contract: &Contract,
    history: &'h History,
    lookup: &Lookup<'h>,
    asked: &Asked<'h>,
) -> HashMap<usize, &'h str> {
    let loose = history.deliveries().filter(|message| message.sent_by.is_none());
    let loose = loose.filter(|message| !asked.has_surplus(&message.to));
    let worked = loose.filter(|message| has_worked(history, message));
    let mut behind: HashMap<usize, Vec<&str>> = HashMap::new();
    for message in worked {
        let may_be_behind = |exchange: &&Exchange| {
            exchange.call <= message.at
                && exchange.operation.is_some_and(|id| contract.operation(id).issues_code)
                && lookup.sent_by(exchange.id).is_empty()
                && asked.may_send_to(exchange, &message.to)
        };
        let mut sends = history.exchanges().filter(may_be_behind);
        if let (Some(only), None) = (sends.next(), sends.next()) {
            behind.entry(only.id).or_default().push(&message.code);
        }
    }
    let mut settled = HashMap::new();
    for (send, mut codes) in behind {
        codes.dedup();
        if let [code] = codes[..] {
            settled.insert(send, code);
        }
    }
    settled
}

/// Whether a login with this message's code, by whom it went to, was accepted.
fn has_worked(history: &History, message: &Delivery) -> bool {
    let with_it = |exchange: &Exchange| {
        let body = &exchange.request.body;
        body.str_at("/code") == Some(message.code.as_str())
            && body.str_at("/loginId").is_some_and(|login_id| base_of(login_id) == message.to)
    };
    history.exchanges().any(|exchange| {
        exchange.operation.is_some_and(OperationId::is_verify)
            && exchange.answer.response().is_some_and(Response::is_success)
            && with_it(exchange)
    })
}
