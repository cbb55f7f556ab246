//! What a client does every time: without a driver the only sign that a repetition was not its caller's idea.
//!
//! A caller may send again as well, in one test or another. A client that does so by itself does it wherever it meets
//! that status, over all its sessions and connections. So repetitions are counted by client and status over everything
//! that was recorded, and one refusal that was left alone does not outweigh many that were not.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Chain, Client, Key, Repeats, client, instance};
use super::usage::GUESSES;
use crate::contract::{Contract, OperationId};
use crate::exchange::{Exchange, History, Micros};
use crate::judge::{Judgement, Policy};

/// Different requests that were sent again: fewer may be chance, or a test of what happens then.
const HABIT: usize = 3;
/// Of so many repeated requests one may be left alone: the test ended, or the client had no more time.
const EXCEPTION: usize = 3;
/// Different requests that were sent again as often as each other, and by whatever status: fewer may be their callers'.
const STEADY: usize = 5;
/// Different successes that were sent again: fewer may be chance.
const TWICE: usize = 2;

/// What the clients of these histories do every time, by history: the findings that its exchanges show.
pub fn judge_habits(contract: &Contract, histories: &[&History]) -> Vec<Judgement> {
    let mut judgements: Vec<Judgement> = histories.iter().map(|_| Judgement::default()).collect();
    let driverless = histories.iter().enumerate().filter(|(_, history)| history.results.is_empty());
    let repeats: Vec<Repeats<'_>> =
        driverless.map(|(at, history)| Repeats::of(contract, at, history)).collect();
    let chains: Vec<&Chain<'_>> = repeats.iter().flat_map(|it| &it.refused).collect();
    let double = doubling(&repeats);
    let mut by_key: BTreeMap<&Key, Vec<&Chain<'_>>> = BTreeMap::new();
    let mut by_client: BTreeMap<&Client, Vec<&Chain<'_>>> = BTreeMap::new();
    let several = several_at_once(histories);
    let may_convict = |chain: &Chain<'_>| {
        let of_any_client = !chain.of_instance && several.contains(&chain.key.0);
        !chain.looped && !of_any_client
    };
    // A test of a lock guesses again and again: all guesses of a client are one sign of a habit.
    let mut guessing = BTreeSet::new();
    for &chain in chains.iter().filter(|chain| may_convict(chain)) {
        if chain.guesses() && !guessing.insert(&chain.key) {
            continue;
        }
        by_key.entry(&chain.key).or_default().push(chain);
        by_client.entry(&chain.key.0).or_default().push(chain);
    }
    let habitual = |key: &Key| by_key.get(key).is_some_and(|chains| is_habit(chains));
    for chain in chains.iter().filter(|chain| chain.is_excessive()) {
        let (key, client) = (&chain.key, &chain.key.0);
        let alike = by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        // A client that does so after one status is no chance suspect after another.
        let elsewhere = by_key.keys().any(|other| other.0 == *client && habitual(other));
        let never_alone = alike.iter().chain([chain]).all(|chain| chain.is_excessive());
        let steady = by_client.get(client).is_some_and(|chains| is_steady(chains));
        let convicted = is_habit(alike) || steady || (elsewhere && never_alone);
        if convicted && may_convict(chain) && !double.contains(client) {
            judgements[chain.at].findings.push(chain.convict(contract, alike.len().max(1)));
        } else {
            judgements[chain.at].observed.push(chain.observe());
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
    let mut guesses: BTreeMap<Client, Vec<(usize, &Exchange)>> = BTreeMap::new();
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

/// Clients of which several are at work at once, as calls under way together show: what one of them sends after another is
/// no repetition. Those that name their instances are parted by that. One client may read the keys beside a call.
fn several_at_once(histories: &[&History]) -> BTreeSet<Client> {
    let exchanges = histories.iter().flat_map(|history| history.exchanges());
    let calls = |it: &&Exchange| {
        let reads_keys = matches!(it.operation, None | Some(OperationId::Keys | OperationId::KeysV1));
        it.answer.response().is_some() && instance(it).is_none() && !reads_keys
    };
    let mut all: Vec<&Exchange> = exchanges.filter(calls).collect();
    all.sort_by_key(|exchange| exchange.call);
    let mut until: BTreeMap<Client, Micros> = BTreeMap::new();
    let mut several = BTreeSet::new();
    for exchange in all {
        let busy = until.entry(client(exchange)).or_default();
        if exchange.call < *busy {
            several.insert(client(exchange));
        }
        *busy = exchange.ret.max(*busy);
    }
    several
}

/// Clients that send again what succeeded as well: several of a kind at once, or a caller that does everything twice. The
/// status is not what they repeat for.
fn doubling<'r>(repeats: &'r [Repeats<'_>]) -> BTreeSet<&'r Client> {
    let mut counts: BTreeMap<&Client, (usize, usize)> = BTreeMap::new();
    for (client, (done, again)) in repeats.iter().flat_map(|it| &it.succeeded) {
        let count = counts.entry(client).or_default();
        *count = (count.0 + done, count.1 + again);
    }
    let double = counts.into_iter().filter(|(_, (done, again))| *again >= TWICE && again * 2 >= *done);
    double.map(|(client, _)| client).collect()
}

fn is_habit(chains: &[&Chain<'_>]) -> bool {
    let repeated = chains.iter().filter(|chain| chain.is_excessive()).count();
    let alone = chains.len() - repeated;
    // A client that sends several times at once, where the answer says how long to wait, does so twice by no chance.
    let deaf = repeated >= 2 && alone == 0 && chains.iter().all(|chain| chain.ignores_the_wait());
    deaf || (repeated >= HABIT && alone * EXCEPTION <= repeated)
}

/// Whether whatever was refused was sent again, and as often each time, by whatever status. A test may do so with a few.
fn is_steady(chains: &[&Chain<'_>]) -> bool {
    let lengths: BTreeSet<usize> =
        chains.iter().filter(|it| !it.is_transient()).map(|it| it.links.len()).collect();
    let several = chains.iter().filter(|it| !it.is_transient()).count() >= STEADY;
    several && lengths.len() == 1 && lengths.iter().all(|length| *length > 2)
}
