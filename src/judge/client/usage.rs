//! How a client uses what it was given, where no sentence is about it: guesses in a row, tokens after their logout.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{Contract, OperationId};
use crate::exchange::{Exchange, History, PresentedBearer, says_nothing};
use crate::judge::Policy;

/// As many wrong guesses in a row are worth telling: servers lock a code after fewer.
const GUESSES: usize = 10;

/// What the history shows of that.
pub(super) fn habits_of_use(contract: &Contract, history: &History) -> Vec<Policy> {
    let counted = guesses(history).into_iter().chain(codes_again(history));
    counted.chain(after_logout(history)).chain(blanks(contract, history)).collect()
}

fn guesses(history: &History) -> Option<Policy> {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    let mut most = 0;
    for exchange in history.exchanges() {
        let Some(who) = exchange.request.body.str_at("/loginId") else { continue };
        let refused = exchange.answer.response().is_some_and(|response| response.is_refusal());
        if exchange.operation.is_some_and(OperationId::is_verify) && refused {
            let row = rows.entry(who).or_default();
            *row += 1;
            most = most.max(*row);
        } else {
            rows.remove(who);
        }
    }
    (most >= GUESSES)
        .then(|| Policy { question: "guesses in a row for one person".into(), answer: most.to_string() })
}

/// Refresh tokens that are presented after their user was logged out: their own session, or all of them.
fn after_logout(history: &History) -> BTreeSet<Policy> {
    let owners = owners(history);
    let mut ended: BTreeSet<String> = BTreeSet::new();
    let mut used = BTreeSet::new();
    for exchange in history.exchanges() {
        let Some(token) = presented(exchange) else { continue };
        match exchange.operation {
            Some(OperationId::Logout) if succeeded(exchange) => {
                ended.insert(token);
            }
            Some(OperationId::Logoutall) if succeeded(exchange) => {
                let issued_by_now = |&(at, name): &(usize, &str)| {
                    at < exchange.id && owners.get(name) == owners.get(token.as_str())
                };
                let all = issued(history).into_iter().filter(issued_by_now);
                ended.extend(all.map(|(_, name)| name.to_owned()));
                ended.insert(token);
            }
            Some(operation) if ended.contains(&token) => {
                let question = "presents a refresh token after its logout".into();
                used.insert(Policy { question, answer: operation.to_string() });
            }
            _ => {}
        }
    }
    used
}

/// Refresh tokens, with the exchange that each came by.
fn issued(history: &History) -> Vec<(usize, &str)> {
    history.exchanges().filter_map(|exchange| Some((exchange.id, refresh_token(exchange)?))).collect()
}

fn refresh_token(exchange: &Exchange) -> Option<&str> {
    exchange.answer.response()?.body.str_at("/refreshJwt")
}

/// The person that each refresh token was issued to, by what they logged in as.
fn owners(history: &History) -> BTreeMap<&str, &str> {
    let logins = history.exchanges().filter(|it| it.operation.is_some_and(OperationId::is_verify));
    logins.filter_map(owned).collect()
}

fn owned(exchange: &Exchange) -> Option<(&str, &str)> {
    let who = exchange.request.body.str_at("/loginId")?;
    Some((refresh_token(exchange)?, who))
}

fn succeeded(exchange: &Exchange) -> bool {
    exchange.answer.response().is_some_and(|response| response.is_success())
}

/// A code opens one session. Who sends it again does not know that it did.
fn codes_again(history: &History) -> Option<Policy> {
    let mut spent: BTreeSet<&str> = BTreeSet::new();
    let mut again = 0;
    for exchange in history.exchanges().filter(|it| it.operation.is_some_and(OperationId::is_verify)) {
        let Some(code) = exchange.request.body.str_at("/code") else { continue };
        again += usize::from(spent.contains(code));
        if succeeded(exchange) {
            spent.insert(code);
        }
    }
    let question = "sends a code again that has opened a session".into();
    (again > 0).then(|| Policy { question, answer: format!("{again} times") })
}

/// Texts that stand where a value was meant, in members of bodies and in paths. Whose idea they were is open.
fn blanks(contract: &Contract, history: &History) -> BTreeSet<Policy> {
    let mut found = BTreeSet::new();
    for exchange in history.exchanges() {
        let Some(operation) = exchange.operation else { continue };
        let of_body = ["/loginId", "/code", "/phone", "/email"].into_iter().filter(|member| {
            exchange.request.body.str_at(member).is_some_and(|text| !text.is_empty() && says_nothing(text))
        });
        let (method, path) = (&exchange.request.method, &exchange.request.path);
        let of_path = contract.find(method, path).map(|(_, parameters)| parameters).unwrap_or_default();
        let of_path = of_path.into_iter().filter(|(_, value)| says_nothing(value)).map(|(name, _)| name);
        found.extend(of_body.chain(of_path).map(|place| Policy {
            question: "sends a text such as `undefined` where a value was meant".into(),
            answer: format!("{operation} {}", place.trim_start_matches('/')),
        }));
    }
    found
}

fn presented(exchange: &Exchange) -> Option<String> {
    let parts = PresentedBearer::parts(exchange.request.header("authorization")?)?;
    parts.into_iter().find(|part| part.starts_with("<refresh:")).map(str::to_owned)
}
