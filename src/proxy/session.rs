//! Which requests belong together.
//!
//! A client's requests belong to the test that they name. Where they name none, and on the server's side always, they
//! go by session. SDKs differ in how they use connections: some keep one, some open one for each request. So two
//! requests are of one session where they share a connection, an SDK instance (the header that some SDKs send), or a
//! person: a login ID, a user or a token. A request with none of these, such as reading the published keys over a
//! connection of its own, goes to the session that was active last, one with the same client headers if there is one.
//! What touches everybody joins all.

use std::collections::{BTreeMap, HashMap};

use super::record::{Passage, Recorded, Recording};
use super::server::Inner;
use super::view::{Side, history};
use crate::contract::OperationId;
use crate::exchange::{Answer, Fact, Payload};
use crate::report::Agent;

/// Headers by which an SDK tells its instances apart. Source: descope/node-sdk: lib/index.ts; descope/go-sdk:
/// descope/api/client.go.
const INSTANCE: [&str; 2] = ["x-descope-sdk-session-id", "x-descope-sdk-uuid"];
/// Headers that two requests of one client share.
const LIKENESS: [&str; 3] = ["user-agent", "x-descope-sdk-name", "x-descope-sdk-version"];
/// How many operations a session is named after.
const NAMED: usize = 5;
/// Members that name a person, in requests and answers.
const PERSON: [&str; 6] = ["loginId", "phone", "userId", "loginIds", "sessionJwt", "refreshJwt"];

/// Everything recorded: the clients by test or session, the servers by session.
pub(super) async fn recording(inner: &Inner) -> Recording {
    let requests = inner.recorder.arrivals();
    let mut pages = inner.recorder.settle().await;
    let (told, blocked) = (std::mem::take(&mut pages.told), std::mem::take(&mut pages.blocked));
    let all: Vec<&Passage> = pages.passages.iter().collect();
    let agents = agents(&pages.passages);
    let mut recording = Recording { requests, blocked, agents, ..Recording::default() };
    // A driver makes the calls of one client, whatever connections it uses for them.
    let clients = if told.is_empty() { by_test(&all) } else { vec![("driver".to_owned(), all.clone())] };
    for (name, own) in clients {
        let history = history(inner, Side::Client, &own, &pages, told.clone()).await;
        recording.clients.push(Recorded { name, history });
    }
    for (name, own) in by_session(&all) {
        let history = history(inner, Side::Server, &own, &pages, Vec::new()).await;
        recording.servers.push(Recorded { name, history });
    }
    for side in [&mut recording.clients, &mut recording.servers] {
        tell_apart(side);
    }
    recording
}

fn agents(passages: &[Passage]) -> BTreeMap<Agent, usize> {
    let mut agents = BTreeMap::new();
    for (request, _) in passages.iter().map(|passage| &passage.client) {
        *agents.entry(Agent::of(request)).or_default() += 1;
    }
    agents
}

/// A name, and what belongs to it.
type Named<'p> = (String, Vec<&'p Passage>);

fn by_test<'p>(all: &[&'p Passage]) -> Vec<Named<'p>> {
    let mut tests: Vec<Named<'p>> = Vec::new();
    let (named, others): (Vec<&Passage>, Vec<&Passage>) =
        all.iter().partition(|passage| passage.test.is_some());
    for passage in named {
        let test = passage.test.clone().unwrap_or_default();
        match tests.iter_mut().find(|(name, _)| *name == test) {
            Some((_, own)) => own.push(passage),
            None => tests.push((test, vec![passage])),
        }
    }
    tests.extend(by_session(&others));
    tests.sort_by_key(|(_, own)| own.first().map(|passage| passage.call));
    tests
}

fn by_session<'p>(all: &[&'p Passage]) -> Vec<Named<'p>> {
    let named = |members: Vec<usize>| {
        let own: Vec<&Passage> = members.into_iter().map(|at| all[at]).collect();
        (name(&own), own)
    };
    group(all).into_iter().map(named).collect()
}

/// What a session is called: after the test that all of it belongs to, else after what was done in it.
fn name(own: &[&Passage]) -> String {
    if let Some(test) = own.first().and_then(|first| first.test.as_ref())
        && own.iter().all(|passage| passage.test.as_ref() == Some(test))
    {
        return test.clone();
    }
    let mut done: Vec<&str> = Vec::new();
    for operation in own.iter().filter_map(|passage| passage.operation).map(OperationId::as_str) {
        if !done.contains(&operation) {
            done.push(operation);
        }
    }
    match done.len() {
        0 => "outside-the-contract".into(),
        few if few <= NAMED => done.join("+"),
        _ => format!("{}+more", done[..NAMED].join("+")),
    }
}

/// Sessions in which the same was done are counted.
fn tell_apart(recorded: &mut [Recorded]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for it in recorded {
        let count = seen.entry(it.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            it.name = format!("{}-{count}", it.name);
        }
    }
}

/// Positions of the passages of each session, by first request.
fn group(passages: &[&Passage]) -> Vec<Vec<usize>> {
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
    let everybody = |passage: &&&Passage| {
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

/// Requests that name no user belong to the user of the same kind who was active last, or will be first.
fn adopt(passages: &[&Passage], named: &[bool], groups: &mut Groups) {
    let names_somebody: Vec<bool> = (0..passages.len())
        .map(|at| (0..passages.len()).any(|other| named[other] && groups.same(at, other)))
        .collect();
    for at in (0..passages.len()).filter(|at| !names_somebody[*at]) {
        let present = |other: &usize| names_somebody[*other] && passages[*other].epoch == passages[at].epoch;
        let alike = |other: &usize| present(other) && likeness(passages[*other]) == likeness(passages[at]);
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
pub(super) fn keys(passage: &Passage) -> Vec<String> {
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
pub(super) fn plain(text: &str) -> String {
    match text.starts_with('+') {
        true => text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        false => text.to_owned(),
    }
}

/// Only dashes are a spelling that a server has to understand.
pub(super) fn is_dashed(text: &str) -> bool {
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
