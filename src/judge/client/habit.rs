//! What a client does every time: without a driver the only sign that a repetition was not its caller's idea.
//!
//! A caller may send again as well, in one test or another. A client that does so by itself does it wherever it meets
//! that status, over all its sessions and connections. So repetitions are counted by client and status over everything
//! that was recorded, and one refusal that was left alone does not outweigh many that were not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::repeat::{AT_MOST, TRANSIENT};
use super::usage::GUESSES;
use crate::contract::{Contract, OperationId, req};
use crate::exchange::{Exchange, History, Micros, Payload};
use crate::judge::{Finding, Judgement, Policy, finding};

const NAME: &str = "client-habits";

/// Different requests that were sent again: fewer may be chance, or a test of what happens then.
const HABIT: usize = 3;
/// Of so many repeated requests one may be left alone: the test ended, or the client had no more time.
const EXCEPTION: usize = 3;
/// The longest pause after which a repetition is the client's: official SDKs wait five seconds. Source:
/// descope/go-sdk: descope/api/client.go.
const AT_ONCE: Micros = 6_000_000;

/// A client, by what it says of itself, and a status it met.
type Key = ([Option<String>; 3], u16);

/// A request that was answered with some status, and those right after it that say the same.
struct Chain<'h> {
    at: usize,
    key: Key,
    links: Vec<&'h Exchange>,
}

/// What the clients of these histories do every time, by history: the findings that its exchanges show.
pub fn judge_habits(contract: &Contract, histories: &[&History]) -> Vec<Judgement> {
    let mut judgements: Vec<Judgement> = histories.iter().map(|_| Judgement::default()).collect();
    let driverless = histories.iter().enumerate().filter(|(_, history)| history.results.is_empty());
    let chains: Vec<Chain<'_>> = driverless.flat_map(|(at, history)| chains(contract, at, history)).collect();
    let mut by_key: BTreeMap<&Key, Vec<&Chain<'_>>> = BTreeMap::new();
    for chain in &chains {
        by_key.entry(&chain.key).or_default().push(chain);
    }
    let habitual = |key: &Key| by_key.get(key).is_some_and(|chains| is_habit(chains));
    for (key, chains) in &by_key {
        // A client that does so after one status is no chance suspect after another.
        let elsewhere = by_key.keys().any(|other| other.0 == key.0 && habitual(other));
        let never_alone = chains.iter().all(|chain| chain.is_excessive());
        let convicted = is_habit(chains) || (elsewhere && never_alone);
        for chain in chains.iter().filter(|chain| chain.is_excessive()) {
            if convicted {
                judgements[chain.at].findings.push(chain.convict(contract, chains.len()));
            } else {
                judgements[chain.at].observed.push(chain.observe());
            }
        }
    }
    judgements.iter_mut().for_each(|judgement| judgement.findings.truncate(MOST));
    for (at, policy) in sprayed(histories) {
        judgements[at].observed.push(policy);
    }
    judgements
}

/// Guesses in a row that go from one person to the next, which no lock of a code stops: by client, since each person may
/// have a history of their own. With the index of the history that the last of them is in.
fn sprayed(histories: &[&History]) -> Vec<(usize, Policy)> {
    let mut guesses: BTreeMap<[Option<String>; 3], Vec<(usize, &Exchange)>> = BTreeMap::new();
    for (at, history) in histories.iter().enumerate().filter(|(_, history)| history.results.is_empty()) {
        let tells =
            |it: &&Exchange| it.answer.response().is_some_and(|got| got.is_success() || got.is_refusal());
        let logins = history.exchanges().filter(|it| it.operation.is_some_and(OperationId::is_verify));
        for exchange in logins.filter(tells) {
            guesses.entry(client(exchange)).or_default().push((at, exchange));
        }
    }
    let mut found = Vec::new();
    for mut row in guesses.into_values() {
        row.sort_by_key(|(_, exchange)| exchange.call);
        let is_right = |it: &(usize, &Exchange)| it.1.answer.response().is_some_and(|got| got.is_success());
        let Some(longest) = row.split(is_right).max_by_key(|wrong| wrong.len()) else { continue };
        // A history names its people anew: whether two histories have one in common is not known.
        let person =
            |it: &(usize, &Exchange)| (it.0, it.1.request.body.str_at("/loginId").map(str::to_owned));
        let people = longest.iter().map(person).collect::<BTreeSet<_>>().len();
        if let Some((at, _)) = longest.last()
            && longest.len() >= GUESSES
            && people > 1
        {
            let question = "guesses in a row over several people or tests".into();
            found.push((*at, Policy { question, answer: format!("{} for {people}", longest.len()) }));
        }
    }
    found
}

/// Findings of one history that are reported; the others say the same.
const MOST: usize = 3;

fn is_habit(chains: &[&Chain<'_>]) -> bool {
    let repeated = chains.iter().filter(|chain| chain.is_excessive()).count();
    let alone = chains.len() - repeated;
    // A client that sends several times at once, where the answer says how long to wait, does so twice by no chance.
    let deaf = repeated >= 2 && alone == 0 && chains.iter().all(|chain| chain.ignores_the_wait());
    deaf || (repeated >= HABIT && alone * EXCEPTION <= repeated)
}

impl Chain<'_> {
    fn status(&self) -> u16 {
        self.key.1
    }

    /// Whether it is longer than a client by itself may make it.
    fn is_excessive(&self) -> bool {
        self.links.len() > if TRANSIENT.contains(&self.status()) { AT_MOST + 1 } else { 1 }
    }

    /// Whether it was sent again more than once where the answer said how long to wait.
    fn ignores_the_wait(&self) -> bool {
        let waits = |it: &Exchange| it.answer.response().is_some_and(|it| it.header("retry-after").is_some());
        self.links.len() > 2 && waits(self.links[0])
    }

    /// What it shows where it may have been the caller's idea.
    fn observe(&self) -> Policy {
        let (status, times) = (self.status(), self.links.len() - 1);
        let operation = self.links[0].operation.map_or("", OperationId::as_str);
        let question = "the same is sent again at once, by the client or its caller".into();
        Policy { question, answer: format!("{operation} after {status}: {times} times") }
    }

    fn convict(&self, contract: &Contract, of: usize) -> Finding {
        let ids: Vec<usize> = self.links.iter().map(|it| it.id).collect();
        let (status, times) = (self.status(), self.links.len() - 1);
        let seen = format!("after {status} sent again {times} times, as in {of} cases");
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

/// The chains of one history: every request that was refused or failed, with its repetitions.
fn chains<'h>(contract: &Contract, at: usize, history: &'h History) -> Vec<Chain<'h>> {
    let mut chains: Vec<Chain<'h>> = Vec::new();
    // The last answered request of each client: its next one repeats it, or leaves it.
    let mut last: BTreeMap<[Option<String>; 3], usize> = BTreeMap::new();
    // What a client looks up on the way, to read a token, is no other call.
    let looks_up =
        |it: &&Exchange| [Some(OperationId::Keys), Some(OperationId::KeysV1)].contains(&it.operation);
    let calls = history.exchanges().filter(|it| it.operation.is_some() && !looks_up(it));
    for exchange in calls {
        let client = client(exchange);
        let open = last.get(&client).and_then(|at| chains.get_mut(*at));
        if let Some(chain) = open
            && chain.links.last().is_some_and(|before| repeats(contract, history, before, exchange))
        {
            chain.links.push(exchange);
            continue;
        }
        last.remove(&client);
        let status = exchange.answer.response().map_or(0, |response| response.status);
        // What was refused before, and left alone, is no second case when it is asked for later.
        let known = || chains.iter().any(|chain| same(contract, chain.links[0], exchange));
        if status >= 400 && !known() {
            last.insert(client.clone(), chains.len());
            chains.push(Chain { at, key: (client, status), links: vec![exchange] });
        }
    }
    chains
}

fn client(exchange: &Exchange) -> [Option<String>; 3] {
    ["user-agent", "x-descope-sdk-name", "x-descope-sdk-version"]
        .map(|name| exchange.request.header(name).map(str::to_owned))
}

fn repeats(contract: &Contract, history: &History, before: &Exchange, exchange: &Exchange) -> bool {
    if before.answer.response().is_none_or(|response| response.status < 400) {
        return false;
    }
    // Who moves the server's clock between two calls has waited, for all that the server knows.
    let waited = history.moved_before(exchange.call) != history.moved_before(before.ret);
    let then = exchange.call >= before.ret && exchange.call - before.ret <= AT_ONCE && !waited;
    then && same(contract, before, exchange)
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
