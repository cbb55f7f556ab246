//! The other side of the contract: did the client send what it asks for, and live with what a server may answer?
//!
//! The wire shows what was sent; it does not show whose idea it was. So shape is judged everywhere, values and
//! repetitions only where a driver says what the caller gave and got ([`ClientResult`](crate::exchange::ClientResult)).

mod answer;
mod call;
mod chain;
mod credential;
mod habit;
mod near;
mod repeat;
mod request;
mod secret;
mod sessions;
mod token;
mod usage;

pub use habit::judge_habits;

use super::{Check, Judgement, readable};
use crate::contract::Contract;
use crate::exchange::History;

/// Every check of a client.
pub static CLIENT_CHECKS: [&dyn Check; 6] = [
    &request::Requests,
    &credential::Credentials,
    &secret::Secrets,
    &repeat::Repetition,
    &answer::Answers,
    &token::Tokens,
];

/// The longest text of a client's own that is repeated in a report.
const LONGEST: usize = 120;

/// A text of the client's, cut where it is too long for a line.
fn briefly(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Judges the client of one history by every check of clients.
pub fn judge_client(contract: &Contract, history: &History) -> Judgement {
    let (history, doubt) = readable(history);
    let mut judgement = Judgement { doubts: doubt.into_iter().collect(), ..Judgement::default() };
    for check in CLIENT_CHECKS {
        judgement.merge(check.judge(contract, &history));
    }
    judgement.findings.iter_mut().for_each(|found| found.identify(&history));
    judgement.examined.extend(judgement.findings.iter().map(|found| found.requirement));
    let mut seen = std::collections::HashSet::new();
    judgement.findings.retain(|found| seen.insert((found.requirement, found.exchanges.last().copied())));
    judgement
}
