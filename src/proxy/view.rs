//! The requests that belong together as a history, the client's side of them or the server's.

use std::collections::HashMap;

use super::keys::{is_dashed, keys, plain};
use super::record::{CapturedMessage, Pages, Passage};
use super::state::ProxyState;
use crate::exchange::{
    Answer, ClientResult, Delivery, Event, Exchange, Fact, History, Pseudonyms, RawHistory, Request,
    SecretKind, Signature, conceal, symbolize,
};

/// Which side is recorded. They differ where the proxy changed an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// What the client sent and got.
    Client,
    /// What the server got and sent.
    Server,
}

/// These requests as one side saw them, without any hidden value.
pub(super) async fn history(
    inner: &ProxyState,
    side: Side,
    own: &[&Passage],
    pages: &Pages,
    results: Vec<ClientResult>,
) -> History {
    let renumbered: HashMap<usize, usize> = own.iter().enumerate().map(|(at, it)| (it.id, at + 1)).collect();
    let exchanges = own.iter().filter_map(|passage| {
        let (request, answer) = seen(passage, side)?;
        let mut facts = passage.facts.clone();
        facts.retain(|fact| side == Side::Client || !matches!(fact, Fact::Injected { .. }));
        Some(Event::Exchange(Box::new(Exchange {
            id: renumbered[&passage.id],
            operation: passage.operation,
            request,
            answer,
            call: passage.call,
            ret: passage.ret,
            facts,
        })))
    });
    let mut events: Vec<Event> = exchanges.collect();
    events.extend(deliveries(own, &pages.caught, &renumbered));
    let epochs: Vec<usize> = own.iter().map(|passage| passage.epoch).collect();
    let moves = pages.moves.iter().filter(|(epoch, _)| epochs.contains(epoch));
    events.extend(moves.map(|(_, step)| Event::Clock(step.clone())));
    events.sort_by_key(Event::moment);
    let assumptions = inner.assumptions.clone();
    symbolic(inner, RawHistory { assumptions, events, expected: Vec::new(), results, epilogue: None }).await
}

fn seen(passage: &Passage, side: Side) -> Option<(Request, Answer)> {
    match side {
        Side::Client => Some(passage.client.clone()),
        Side::Server => passage.upstream.clone(),
    }
}

/// The messages to people that are named here. A send is named as the cause only where no other to the same number
/// overlaps it.
fn deliveries(
    own: &[&Passage],
    caught: &[CapturedMessage],
    renumbered: &HashMap<usize, usize>,
) -> Vec<Event> {
    let asks = |passage: &&&Passage, caught: &CapturedMessage| {
        passage.epoch == caught.epoch
            && passage.operation.is_some()
            && keys(passage).contains(&format!("person {}", caught.delivery.to))
    };
    let event = |caught: &CapturedMessage| {
        let sends: Vec<&&Passage> = own.iter().filter(|passage| asks(passage, caught)).collect();
        if sends.is_empty() {
            return None;
        }
        let cause = sends.iter().find(|it| Some(it.id) == caught.delivery.sent_by);
        let overlapped = cause.is_some_and(|send| {
            let overlaps =
                |other: &Passage| other.id != send.id && other.call < send.ret && send.call < other.ret;
            sends.iter().any(|other| overlaps(other))
        });
        let sent_by = cause.filter(|_| !overlapped).and_then(|send| renumbered.get(&send.id).copied());
        Some(Event::Delivery(Delivery { sent_by, ..caught.delivery.clone() }))
    };
    caught.iter().filter_map(event).collect()
}

async fn symbolic(inner: &ProxyState, mut observed: RawHistory) -> History {
    let target = &inner.target;
    let mut vault = Pseudonyms::default();
    vault.learn_as(SecretKind::Project, "", &target.project_id);
    for (label, key) in [("management", &target.management_key), ("auth", &target.auth_management_key)] {
        if let Some(key) = key {
            vault.learn_as(SecretKind::Key, label, key);
        }
    }
    for spelled in observed.exchanges().filter_map(|it| it.request.body.str_at("/loginId")) {
        if spelled.starts_with('+') && plain(spelled) != spelled {
            vault.learn_person(SecretKind::Phone, &plain(spelled));
            let how = if is_dashed(spelled) { "dashes" } else { "spelled" };
            vault.learn_derived(spelled, &plain(spelled), how);
        }
    }
    let has_tokens = observed
        .exchanges()
        .any(|it| matches!(&it.answer, Answer::Response(r) if r.session_token().is_some()));
    let keys = if has_tokens { target.keys(None).await } else { Default::default() };
    let check = |token: &str| match keys.check(token) {
        Signature::UnknownKey if inner.forged(token) => Signature::Unchecked("made by the proxy".into()),
        signature => signature,
    };
    conceal(&mut observed, &mut vault);
    let history = symbolize(observed, &mut vault, &check);
    target.redactor.learn(&vault);
    history
}
