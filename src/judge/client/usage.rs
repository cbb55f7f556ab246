//! How a client uses what it was given, where no sentence is about it: guesses in a row, tokens after their logout.

use std::collections::{BTreeMap, BTreeSet};

use super::sessions::Sessions;
use crate::contract::{Contract, OperationId};
use crate::exchange::{Exchange, History, Micros, says_nothing};
use crate::judge::Policy;

/// As many wrong guesses in a row are worth telling: servers lock a code after fewer.
pub(super) const GUESSES: usize = 10;

/// What the history shows of that.
pub(super) fn habits_of_use(contract: &Contract, history: &History) -> Vec<Policy> {
    let sessions = Sessions::of(history);
    let counted = guesses(history).into_iter().chain(codes_again(history));
    let used = after_logout(history, &sessions).into_iter().chain(of_another(history, &sessions));
    counted.chain(used).chain(blanks(contract, history)).collect()
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

/// Tokens that are presented after their user was logged out: of that session, or of all.
fn after_logout(history: &History, sessions: &Sessions<'_>) -> BTreeSet<Policy> {
    let mut ended: BTreeMap<usize, Micros> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for exchange in history.exchanges() {
        let Some((token, session)) = sessions.presented_by(exchange) else { continue };
        if let (Some(operation @ (OperationId::Logout | OperationId::Logoutall)), true) =
            (exchange.operation, succeeded(exchange))
        {
            let all = sessions.of_user(session, exchange.id).filter(|_| operation == OperationId::Logoutall);
            for number in all.chain([session.number]) {
                ended.entry(number).or_insert(exchange.ret);
            }
        } else if ended.get(&session.number).is_some_and(|end| *end <= exchange.call) {
            let kind = if token.starts_with("<refresh:") { "refresh" } else { "session" };
            used.insert(Policy {
                question: format!("presents a {kind} token after its logout"),
                answer: called(exchange),
            });
        }
    }
    used
}

/// Step-ups and changes of an address for one user by the token of another.
fn of_another(history: &History, sessions: &Sessions<'_>) -> BTreeSet<Policy> {
    let asks = |exchange: &&Exchange| {
        let operation = exchange.operation.map(OperationId::template);
        matches!(operation, Some(OperationId::SIGNIN | OperationId::UPDATE))
    };
    let mut found = BTreeSet::new();
    for exchange in history.exchanges().filter(asks) {
        let Some(who) = exchange.request.body.str_at("/loginId") else { continue };
        let Some((_, session)) = sessions.presented_by(exchange) else { continue };
        if sessions.is_of(session, who) == Some(false) {
            let question = "presents the token of another user than it names".into();
            found.insert(Policy { question, answer: called(exchange) });
        }
    }
    found
}

/// The operation, or what was called that is none.
fn called(exchange: &Exchange) -> String {
    let request = &exchange.request;
    exchange.operation.map_or_else(
        || format!("{} {}", request.method, super::briefly(request.route())),
        |operation| operation.to_string(),
    )
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
