//! How a client uses what it was given, where no sentence is about it: guesses in a row, tokens after their logout.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::OperationId;
use crate::exchange::{Exchange, History, PresentedBearer};
use crate::judge::Policy;

/// As many wrong guesses in a row are worth telling: servers lock a code after fewer.
const GUESSES: usize = 10;

/// What the history shows of that.
pub(super) fn habits_of_use(history: &History) -> Vec<Policy> {
    guesses(history).into_iter().chain(after_logout(history)).collect()
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

fn after_logout(history: &History) -> BTreeSet<Policy> {
    let mut ended: BTreeSet<String> = BTreeSet::new();
    let mut used = BTreeSet::new();
    for exchange in history.exchanges() {
        let Some(token) = presented(exchange) else { continue };
        let accepted = exchange.answer.response().is_some_and(|response| response.is_success());
        match exchange.operation {
            Some(OperationId::Logout | OperationId::Logoutall) if accepted => {
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

fn presented(exchange: &Exchange) -> Option<String> {
    let parts = PresentedBearer::parts(exchange.request.header("authorization")?)?;
    parts.into_iter().find(|part| part.starts_with("<refresh:")).map(str::to_owned)
}
