//! Which requests belong together.
//!
//! A client's requests belong to the test that they name. Where they name none, and on the server's side always, they
//! go by session. SDKs differ in how they use connections: some keep one, some open one for each request. So two
//! requests are of one session where they share a connection, an SDK instance (the header that some SDKs send), or a
//! person: a login ID, a user or a token. A request with none of these, such as reading the published keys over a
//! connection of its own, goes to the session that was active last, one with the same client headers if there is one.
//! What touches everybody joins all.

use std::collections::{BTreeMap, HashMap};

use super::keys::keys;
use super::record::{Passage, ProxyRecording, Recorded};
use super::state::ProxyState;
use super::view::{Side, history};
use crate::contract::OperationId;
use crate::exchange::Fact;
use crate::report::Agent;

/// Headers that two requests of one client share.
const LIKENESS: [&str; 3] = ["user-agent", "x-descope-sdk-name", "x-descope-sdk-version"];
/// How many operations a session is named after.
const NAMED: usize = 5;
/// Everything recorded: the clients by test or session, the servers by session.
pub(super) async fn recording(inner: &ProxyState) -> ProxyRecording {
    let requests = inner.recorder.arrivals();
    let mut pages = inner.recorder.settle().await;
    let (results, blocked) = (std::mem::take(&mut pages.results), std::mem::take(&mut pages.blocked));
    let all: Vec<&Passage> = pages.passages.iter().collect();
    let agents = agents(&pages.passages);
    let mut recording = ProxyRecording { requests, blocked, agents, ..ProxyRecording::default() };
    // A driver makes the calls of one client, whatever connections it uses for them.
    let clients = if results.is_empty() { by_test(&all) } else { vec![("driver".to_owned(), all.clone())] };
    for (name, own) in clients {
        let history = history(inner, Side::Client, &own, &pages, results.clone()).await;
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
    let names_a_user: Vec<bool> = (0..passages.len())
        .map(|at| (0..passages.len()).any(|other| named[other] && groups.same(at, other)))
        .collect();
    for at in (0..passages.len()).filter(|at| !names_a_user[*at]) {
        let present = |other: &usize| names_a_user[*other] && passages[*other].epoch == passages[at].epoch;
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
