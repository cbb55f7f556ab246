//! Which requests belong to one client, and their histories.
//!
//! SDKs differ in how they use connections: some keep one, some open one for each request. So two requests are of one
//! session where they share a connection, an SDK instance (the header that some SDKs send), or a person: a login ID,
//! a user or a token. A request with none of these, such as reading the published keys over a connection of its own,
//! goes to the session that was active last, one with the same client headers if there is one. What touches everybody
//! joins all.

use std::collections::HashMap;

use super::record::{Caught, Passage, Recording, SessionRecord};
use super::server::Inner;
use crate::contract::OperationId;
use crate::exchange::{
    Answer, Event, Exchange, Fact, History, Kind, Observed, Payload, Request, Signature, Told, Vault,
    conceal, symbolize,
};

/// Headers by which an SDK tells its instances apart. Source: descope/node-sdk: lib/index.ts; descope/go-sdk:
/// descope/api/client.go.
const INSTANCE: [&str; 2] = ["x-descope-sdk-session-id", "x-descope-sdk-uuid"];
/// Headers that two requests of one client share.
const LIKENESS: [&str; 3] = ["user-agent", "x-descope-sdk-name", "x-descope-sdk-version"];
/// Members that name a person, in requests and answers.
const PERSON: [&str; 6] = ["loginId", "phone", "userId", "loginIds", "sessionJwt", "refreshJwt"];

/// Everything recorded, one pair of histories per session.
pub(super) async fn recording(inner: &Inner) -> Recording {
    let requests = inner.recorder.arrivals();
    let (passages, caught, told, blocked) = inner.recorder.settle().await;
    // A driver makes the calls of one client, whatever connections it uses for them.
    let groups = if told.is_empty() { group(&passages) } else { vec![(0..passages.len()).collect()] };
    let mut sessions = Vec::new();
    for members in groups {
        let own: Vec<&Passage> = members.iter().map(|at| &passages[*at]).collect();
        sessions.push(session(inner, &own, &caught, told.clone()).await);
    }
    Recording { sessions, blocked, requests }
}

/// Positions of the passages of each session, by first request.
fn group(passages: &[Passage]) -> Vec<Vec<usize>> {
    let mut groups = Groups { parent: (0..passages.len()).collect() };
    let mut owner: HashMap<(usize, String), usize> = HashMap::new();
    let mut named = vec![false; passages.len()];
    for (at, passage) in passages.iter().enumerate() {
        for key in keys(passage) {
            named[at] |= !key.starts_with("connection ");
            let first = *owner.entry((passage.epoch, key)).or_insert(at);
            groups.join(first, at);
        }
    }
    adopt(passages, &named, &mut groups);
    // What cannot be read may be about anybody.
    let everybody = |passage: &Passage| {
        passage.operation == Some(OperationId::DeleteAllTestUsers) || passage.facts.contains(&Fact::Ambiguous)
    };
    for (at, passage) in passages.iter().enumerate().filter(|(_, it)| everybody(it)) {
        for (other, _) in passages.iter().enumerate().filter(|(_, it)| it.epoch == passage.epoch) {
            groups.join(at, other);
        }
    }
    let mut sorted: Vec<Vec<usize>> = Vec::new();
    for at in 0..passages.len() {
        let root = groups.find(at);
        match sorted.iter_mut().find(|group| groups.same(group[0], root)) {
            Some(group) => group.push(at),
            None => sorted.push(vec![at]),
        }
    }
    sorted
}

/// Requests that name nobody go to whoever of the same kind was active last, or will be first.
fn adopt(passages: &[Passage], named: &[bool], groups: &mut Groups) {
    let names_somebody: Vec<bool> = (0..passages.len())
        .map(|at| (0..passages.len()).any(|other| named[other] && groups.same(at, other)))
        .collect();
    for at in (0..passages.len()).filter(|at| !names_somebody[*at]) {
        let present = |other: &usize| names_somebody[*other] && passages[*other].epoch == passages[at].epoch;
        let alike = |other: &usize| present(other) && likeness(&passages[*other]) == likeness(&passages[at]);
        let near = || (0..at).rev().chain(at + 1..passages.len());
        if let Some(other) = near().find(alike).or_else(|| near().find(present)) {
            groups.join(other, at);
        }
    }
}

fn likeness(passage: &Passage) -> [Option<&str>; 3] {
    LIKENESS.map(|name| passage.client.0.header(name))
}

/// Everything by which a request is tied to others.
fn keys(passage: &Passage) -> Vec<String> {
    let (request, answer) = &passage.client;
    let mut keys = vec![format!("connection {}", passage.connection)];
    keys.extend(INSTANCE.iter().filter_map(|name| Some(format!("instance {}", request.header(name)?))));
    let mut add = |text: &str| {
        if !text.is_empty() {
            keys.push(format!("person {}", plain(text)));
        }
    };
    if let Payload::Json(body) = &request.body {
        persons(body, "", &mut add);
    }
    if let Answer::Response(response) = answer
        && let Payload::Json(body) = &response.body
        && passage.operation.is_some()
    {
        persons(body, "", &mut add);
    }
    // A JWT is the only part of a bearer with dots in it.
    let bearer = request.header("authorization").unwrap_or_default();
    bearer.split(':').filter(|part| part.matches('.').count() == 2).for_each(&mut add);
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    for pair in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if PERSON.contains(&pair.0) {
            add(&percent_encoding::percent_decode_str(pair.1).decode_utf8_lossy());
        }
    }
    keys
}

fn persons(value: &serde_json::Value, key: &str, add: &mut dyn FnMut(&str)) {
    match value {
        serde_json::Value::String(text) if PERSON.contains(&key) => add(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| persons(item, key, add)),
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(key, member)| persons(member, key, add));
        }
        _ => {}
    }
}

/// One spelling of a number.
fn plain(text: &str) -> String {
    match text.starts_with('+') {
        true => text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        false => text.to_owned(),
    }
}

/// Only dashes are a spelling that a server has to understand.
fn is_dashed(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+' || byte == b'-')
}

struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn find(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        self.parent[one.max(other)] = one.min(other);
    }

    fn same(&mut self, one: usize, other: usize) -> bool {
        self.find(one) == self.find(other)
    }
}

/// Both sides' histories of one session.
async fn session(inner: &Inner, own: &[&Passage], caught: &[Caught], told: Vec<Told>) -> SessionRecord {
    let renumbered: HashMap<usize, usize> = own.iter().enumerate().map(|(at, it)| (it.id, at + 1)).collect();
    let events = |side: &dyn Fn(&Passage) -> Option<(Request, Answer)>| {
        let exchanges = own.iter().filter_map(|passage| {
            let (request, answer) = side(passage)?;
            Some(Event::Exchange(Box::new(Exchange {
                id: renumbered[&passage.id],
                operation: passage.operation,
                request,
                answer,
                call: passage.call,
                ret: passage.ret,
                facts: passage.facts.clone(),
            })))
        });
        let mut events: Vec<Event> = exchanges.collect();
        events.extend(deliveries(own, caught, &renumbered));
        events.sort_by_key(moment);
        events
    };
    let client = events(&|passage| Some(passage.client.clone()));
    let mut server = events(&|passage| passage.upstream.clone());
    for event in &mut server {
        if let Event::Exchange(exchange) = event {
            exchange.facts.retain(|fact| !matches!(fact, Fact::Injected { .. }));
        }
    }
    let observe = |events, told| Observed {
        assumptions: inner.assumptions.clone(),
        events,
        expected: Vec::new(),
        told,
        epilogue: None,
    };
    SessionRecord {
        client: symbolic(inner, observe(client, told)).await,
        server: symbolic(inner, observe(server, Vec::new())).await,
    }
}

/// The messages of this session; a send is named as their cause only where no other to the same number overlaps it.
fn deliveries(own: &[&Passage], caught: &[Caught], renumbered: &HashMap<usize, usize>) -> Vec<Event> {
    let cause = |caught: &Caught| {
        own.iter().find(|it| Some(it.id) == caught.delivery.sent_by && it.epoch == caught.epoch)
    };
    let event = |caught: &Caught| {
        let send = cause(caught)?;
        let same_number = |other: &&&Passage| {
            other.id != send.id
                && other.operation.is_some()
                && keys(other).contains(&format!("person {}", caught.delivery.to))
        };
        let overlapped =
            own.iter().filter(same_number).any(|other| other.call < send.ret && send.call < other.ret);
        let sent_by = renumbered.get(&send.id).copied().filter(|_| !overlapped);
        Some(Event::Delivery(crate::exchange::Delivery { sent_by, ..caught.delivery.clone() }))
    };
    caught.iter().filter_map(event).collect()
}

fn moment(event: &Event) -> (u64, usize) {
    match event {
        Event::Exchange(exchange) => (exchange.call, exchange.id),
        Event::Delivery(delivery) => (delivery.at, usize::MAX),
        Event::Clock(step) => (step.at, usize::MAX),
    }
}

async fn symbolic(inner: &Inner, mut observed: Observed) -> History {
    let target = &inner.target;
    let mut vault = Vault::default();
    vault.learn_as(Kind::Project, "", &target.project_id);
    for (label, key) in [("management", &target.management_key), ("auth", &target.auth_management_key)] {
        if let Some(key) = key {
            vault.learn_as(Kind::Key, label, key);
        }
    }
    for spelled in observed.exchanges().filter_map(|it| it.request.body.str_at("/loginId")) {
        if spelled.starts_with('+') && plain(spelled) != spelled {
            vault.learn_person(Kind::Phone, &plain(spelled));
            let how = if is_dashed(spelled) { "dashes" } else { "spelled" };
            vault.learn_derived(spelled, &plain(spelled), how);
        }
    }
    let has_tokens = observed
        .exchanges()
        .any(|it| matches!(&it.answer, Answer::Response(r) if r.body.at("/sessionJwt").is_some()));
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
