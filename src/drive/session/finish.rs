//! The record of a session made a history: in order, dated, and without any hidden value.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use super::{Record, Session};
use crate::drive::header;
use crate::drive::shared::Lent;
use crate::exchange::{Event, Fact, History, symbolize};

impl Session {
    /// The history, without any hidden value in it.
    pub async fn finish(self) -> History {
        let Record { mut vault, mut events, expected, mut assumptions, cursors, borrowed, epilogue, .. } =
            self.record.into_inner().unwrap_or_else(PoisonError::into_inner);
        for number in borrowed.into_iter().flatten() {
            let read = cursors.get(&number).copied().unwrap_or(0);
            self.target.shared.give_back(Lent { number, read });
        }
        // Once all numbers were given out they come again, and no user is certainly new any more.
        assumptions.fresh_numbers &= !self.target.numbers.wrapped();
        events.sort_by_key(Event::moment);
        if !self.target.was_moved() {
            date(&mut events, self.start, self.target.has_clock());
        }
        let observed = History { assumptions, events, expected, epilogue, ..History::default() };
        let keys = match newest_key(&observed) {
            Some(kid) => self.target.keys(Some(&kid)).await,
            None => Arc::default(),
        };
        let history = symbolize(observed, &mut vault, &|token| keys.check(token));
        self.target.redactor.learn(&vault);
        history
    }

    /// The history so far, and the hidden value behind each of its stand-ins. The record goes on.
    pub async fn so_far(&self) -> (History, HashMap<String, String>) {
        let (mut vault, mut events, assumptions) = {
            let record = self.record();
            (record.vault.clone(), record.events.clone(), record.assumptions.clone())
        };
        events.sort_by_key(Event::moment);
        let observed = History { assumptions, events, ..History::default() };
        let keys = self.target.keys(None).await;
        let history = symbolize(observed, &mut vault, &|token| keys.check(token));
        let values = vault.entries().map(|(value, name)| (name.to_owned(), value.to_owned())).collect();
        (history, values)
    }
}

/// Writes down what the answers say of the time, and how far that is from ours.
fn date(events: &mut [Event], start: Instant, movable: bool) {
    let began =
        Timestamp::now().duration_since(Timestamp::UNIX_EPOCH).as_secs() - start.elapsed().as_secs() as i64;
    for event in events {
        let Event::Exchange(exchange) = event else { continue };
        let header = exchange.answer.response().and_then(|response| response.header("date"));
        let date = header.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        if let Some(date) = date.map(|date| date.timestamp().as_second()) {
            let ours = began + (exchange.ret / 1_000_000) as i64;
            exchange.facts.push(Fact::Dated { at_s: date, off_s: date - ours, movable });
        }
    }
}

/// The key ID of the last token received, if any token was.
fn newest_key(history: &History) -> Option<String> {
    let bodies = history.exchanges().filter_map(|exchange| exchange.answer.response());
    let tokens = bodies.flat_map(|response| {
        let members = ["/sessionJwt", "/refreshJwt"].into_iter().filter_map(|at| response.body.str_at(at));
        let cookies =
            response.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str());
        members.chain(cookies.filter_map(|cookie| cookie.split_once('=').map(|(_, value)| value)))
    });
    let kids = tokens.filter_map(|token| header(token)?.get("kid")?.as_str().map(str::to_owned));
    kids.last()
}
