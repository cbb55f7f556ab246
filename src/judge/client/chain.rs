//! Requests that are sent again: chains of one request, in the order in which its client sent them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::repeat::{AT_MOST, TRANSIENT};
use crate::contract::{Contract, OperationId, req};
use crate::exchange::{Exchange, History, Micros, Payload};
use crate::judge::{Finding, Policy, finding};

const NAME: &str = "client-habits";

/// The longest pause after which a repetition is the client's: official SDKs wait five seconds. Source:
/// descope/go-sdk: descope/api/client.go.
const AT_ONCE: Micros = 6_000_000;

/// Headers by which an SDK tells its instances apart. Source: descope/node-sdk: lib/index.ts; descope/go-sdk:
/// descope/api/client.go.
const INSTANCE: [&str; 2] = ["x-descope-sdk-session-id", "x-descope-sdk-uuid"];

/// A client, by what it says of itself.
pub(super) type Client = [Option<String>; 3];

/// A client, and a status it met.
pub(super) type Key = (Client, u16);

/// A request that was answered with some status, and those right after it that say the same.
pub(super) struct Chain<'h> {
    pub(super) at: usize,
    pub(super) key: Key,
    pub(super) links: Vec<&'h Exchange>,
    /// Whether its client names the instance that sent it.
    pub(super) of_instance: bool,
    /// Whether the same was sent right before, and succeeded: then a caller sends it in a loop.
    pub(super) looped: bool,
}

/// What was sent again in one history.
#[derive(Default)]
pub(super) struct Repeats<'h> {
    /// Every request that was refused or failed, with its repetitions.
    pub(super) refused: Vec<Chain<'h>>,
    /// By client: requests with a body that succeeded, and how many of them were sent again at once.
    pub(super) succeeded: BTreeMap<Client, (usize, usize)>,
}

impl Chain<'_> {
    fn status(&self) -> u16 {
        self.key.1
    }

    /// Whether a client may send it again by itself.
    pub(super) fn is_transient(&self) -> bool {
        TRANSIENT.contains(&self.status())
    }

    /// Whether it is a guess of a code.
    pub(super) fn guesses(&self) -> bool {
        self.links[0].operation.is_some_and(OperationId::is_verify)
    }

    /// Whether it is longer than a client by itself may make it.
    pub(super) fn is_excessive(&self) -> bool {
        self.links.len() > if self.is_transient() { AT_MOST + 1 } else { 1 }
    }

    /// Whether it was sent again more than once where the answer said how long to wait.
    pub(super) fn ignores_the_wait(&self) -> bool {
        let waits = |it: &Exchange| it.answer.response().is_some_and(|it| it.header("retry-after").is_some());
        self.links.len() > 2 && waits(self.links[0])
    }

    /// What it shows where it may have been the caller's idea.
    pub(super) fn observe(&self) -> Policy {
        let (status, times) = (self.status(), self.links.len() - 1);
        let operation = self.links[0].operation.map_or("", OperationId::as_str);
        let question = "the same is sent again at once, by the client or its caller".into();
        Policy { question, answer: format!("{operation} after {status}: {times} times") }
    }

    pub(super) fn convict(&self, contract: &Contract, of: usize) -> Finding {
        let ids: Vec<usize> = self.links.iter().map(|it| it.id).collect();
        let (status, times) = (self.status(), self.links.len() - 1);
        let alike = if of > 1 { format!(", as in {of} cases") } else { String::new() };
        let seen = format!("after {status} sent again {times} times{alike}");
        let (number, expected) = match status {
            429 => (req::CLIENT_REPORTS_RATE_LIMIT, "the 429 returned to the caller, and nothing sent again"),
            _ if TRANSIENT.contains(&status) => {
                (req::CLIENT_RETRIES_ARE_LIMITED, "three repetitions at most")
            }
            _ => (req::CLIENT_RETRIES_ARE_LIMITED, "nothing sent again"),
        };
        finding(contract, NAME, number, expected, seen, &ids)
    }
}

/// An instance of a client; one process has one, or several.
type Instance = (Client, Option<String>);

impl<'h> Repeats<'h> {
    pub(super) fn of(contract: &Contract, at: usize, history: &'h History) -> Repeats<'h> {
        let mut repeats = Repeats::default();
        // What a client looks up on the way, to read a token, is no other call.
        let looks_up =
            |it: &&Exchange| [Some(OperationId::Keys), Some(OperationId::KeysV1)].contains(&it.operation);
        let calls = history.exchanges().filter(|it| it.operation.is_some() && !looks_up(it));
        let instances = Instances::of(history);
        // The last request of each instance, with its chain if it was refused: its next one repeats it, or leaves it.
        let mut last: BTreeMap<Instance, Last<'h>> = BTreeMap::new();
        for exchange in calls {
            let instance = (client(exchange), instances.name(exchange));
            let next = repeats.after(contract, at, history, last.get(&instance), exchange);
            last.insert(instance, next);
        }
        repeats
    }

    /// Takes the next request of an instance.
    fn after(
        &mut self,
        contract: &Contract,
        at: usize,
        history: &'h History,
        last: Option<&Last<'h>>,
        exchange: &'h Exchange,
    ) -> Last<'h> {
        let again = last.is_some_and(|it| repeats(contract, history, it.exchange, exchange));
        if let (true, Some(chain)) = (again, last.and_then(|it| it.chain)) {
            self.refused[chain].links.push(exchange);
            return Last { exchange, chain: refused(exchange).then_some(chain) };
        }
        let client = client(exchange);
        if !refused(exchange) {
            if exchange.request.body != Payload::Empty {
                let count = self.succeeded.entry(client).or_default();
                *count = if again { (count.0, count.1 + 1) } else { (count.0 + 1, count.1) };
            }
            return Last { exchange, chain: None };
        }
        // What was refused before, and left alone, is no second case when it is asked for later.
        if self.refused.iter().any(|chain| same(contract, chain.links[0], exchange)) {
            return Last { exchange, chain: None };
        }
        let status = exchange.answer.response().map_or(0, |response| response.status);
        let of_instance = instance(exchange).is_some();
        let links = vec![exchange];
        self.refused.push(Chain { at, key: (client, status), links, of_instance, looped: again });
        Last { exchange, chain: Some(self.refused.len() - 1) }
    }
}

/// The last request of an instance.
struct Last<'h> {
    exchange: &'h Exchange,
    /// The chain that it is of.
    chain: Option<usize>,
}

/// The names that clients give their instances, where they keep them for more than one request.
struct Instances<'h>(BTreeMap<&'h str, usize>);

impl<'h> Instances<'h> {
    fn of(history: &'h History) -> Instances<'h> {
        let mut counts = BTreeMap::new();
        for name in history.exchanges().filter_map(instance) {
            *counts.entry(name).or_default() += 1;
        }
        Instances(counts)
    }

    fn name(&self, exchange: &Exchange) -> Option<String> {
        instance(exchange).filter(|name| self.0.get(name).is_some_and(|count| *count > 1)).map(str::to_owned)
    }
}

/// The name that a client gives the instance which sends.
pub(super) fn instance(exchange: &Exchange) -> Option<&str> {
    INSTANCE.iter().find_map(|name| exchange.request.header(name))
}

fn refused(exchange: &Exchange) -> bool {
    exchange.answer.response().is_some_and(|response| response.status >= 400)
}

/// What a client says of itself.
pub(super) fn client(exchange: &Exchange) -> Client {
    ["user-agent", "x-descope-sdk-name", "x-descope-sdk-version"]
        .map(|name| exchange.request.header(name).map(str::to_owned))
}

/// Whether a request says at once what the one before it said.
fn repeats(contract: &Contract, history: &History, before: &Exchange, exchange: &Exchange) -> bool {
    let Some(pause) = exchange.call.checked_sub(before.ret) else { return false };
    // Who moves the server's clock between two calls has waited, for all that the server knows.
    let moved = history.moved_before(exchange.call) - history.moved_before(before.ret);
    let at_once = match window(before) {
        // A long wait that is cut short may be its caller's doing: only who comes back at once has not waited at all.
        Some(window) => pause <= AT_ONCE && pause + moved < window,
        None => pause <= AT_ONCE && moved == 0,
    };
    at_once && same(contract, before, exchange)
}

/// How long a client was asked to wait before it sends more.
fn window(exchange: &Exchange) -> Option<Micros> {
    let response = exchange.answer.response().filter(|response| response.status == 429)?;
    let seconds: Micros = response.header("retry-after")?.trim().parse().ok()?;
    Some(seconds.saturating_mul(1_000_000).max(1))
}

fn same(contract: &Contract, one: &Exchange, other: &Exchange) -> bool {
    let (a, b) = (&one.request, &other.request);
    let bearer = |it: &Exchange| it.request.header("authorization").map(str::to_owned);
    a.method == b.method
        // A client may count its attempts in the query.
        && a.route() == b.route()
        && bearer(one) == bearer(other)
        && (a.body == b.body || same_but_for_counts(contract, one, other))
}

/// Whether two bodies differ only by what a client adds to count its attempts: members that the operation does not know.
/// Another value of a known member is another request, which is its caller's idea.
fn same_but_for_counts(contract: &Contract, one: &Exchange, other: &Exchange) -> bool {
    let known = |exchange: &Exchange| {
        let Payload::Json(body) = &exchange.request.body else { return None };
        let schema = contract.operation(exchange.operation?).request.as_deref()?;
        let mut body = body.clone();
        for pointer in contract.schemas().unknown_members(schema, &body) {
            take_out(&mut body, &pointer);
        }
        Some(body)
    };
    known(one).zip(known(other)).is_some_and(|(one, other)| one == other)
}

/// Takes a member of an object out of a document.
fn take_out(body: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(members)) = body.pointer_mut(parent) {
        members.remove(&name.replace("~1", "/").replace("~0", "~"));
    }
}
