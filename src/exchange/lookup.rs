//! A history with its index: what a reader asks of it again and again, found without walking through it.

use std::collections::HashMap;

use super::{Delivery, Event, Exchange, History, Micros, Response};

/// Exchanges by id, messages by the send that caused them, and how far the clock had been moved.
#[derive(Debug, Default)]
pub struct Lookup<'h> {
    exchanges: HashMap<usize, &'h Exchange>,
    sent: HashMap<usize, Vec<&'h Delivery>>,
    unmatched: Vec<&'h Delivery>,
    /// The send whose message brought this code to this address first.
    first: HashMap<(&'h str, &'h str), Option<usize>>,
    /// Moment and sum of all moves up to it.
    moves: Vec<(Micros, Micros)>,
}

impl<'h> Lookup<'h> {
    /// Reads a history once.
    pub fn new(history: &'h History) -> Lookup<'h> {
        let mut lookup = Lookup::default();
        for event in &history.events {
            match event {
                Event::Exchange(exchange) => {
                    lookup.exchanges.entry(exchange.id).or_insert(exchange);
                }
                Event::Delivery(delivery) => {
                    lookup.first.entry((&delivery.to, &delivery.code)).or_insert(delivery.sent_by);
                    match delivery.sent_by {
                        Some(exchange) => lookup.sent.entry(exchange).or_default().push(delivery),
                        None => lookup.unmatched.push(delivery),
                    }
                }
                Event::Clock(step) => lookup.moves.push((step.at, step.by)),
            }
        }
        lookup.moves.sort_unstable();
        let mut sum = 0;
        for (_, by) in &mut lookup.moves {
            sum += *by;
            *by = sum;
        }
        lookup
    }

    /// The exchange with that id.
    pub fn exchange(&self, id: usize) -> Option<&'h Exchange> {
        self.exchanges.get(&id).copied()
    }

    /// The messages that this exchange is known to have caused.
    pub fn sent_by(&self, exchange: usize) -> &[&'h Delivery] {
        self.sent.get(&exchange).map_or(&[], Vec::as_slice)
    }

    /// Whether the message only repeats one of an earlier send: a gateway may deliver a message twice. The send that it came
    /// after was refused then, or has brought another code to the same address.
    pub fn is_copy(&self, message: &Delivery) -> bool {
        let repeats = |other: &Delivery| self.first.get(&(&*other.to, &*other.code)) != Some(&other.sent_by);
        let Some(send) = message.sent_by.filter(|_| repeats(message)) else { return false };
        let answer = self.exchange(send).and_then(|exchange| exchange.answer.response());
        let other = |other: &&Delivery| other.to == message.to && !repeats(other);
        answer.is_some_and(Response::is_refusal) || self.sent_by(send).iter().any(other)
    }

    /// The messages that one of several overlapping sends caused.
    pub fn unmatched(&self) -> &[&'h Delivery] {
        &self.unmatched
    }

    /// How far the target's clock was moved before this moment.
    pub fn moved_before(&self, at: Micros) -> Micros {
        let moves = self.moves.partition_point(|(moment, _)| *moment <= at);
        moves.checked_sub(1).map_or(0, |last| self.moves[last].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::ClockMove;

    #[test]
    fn finds_what_a_walk_finds() {
        let to = || Delivery {
            to: "a".into(),
            code: "1".into(),
            text: None,
            others: 0,
            method: None,
            sent_by: None,
            at: 5,
        };
        let events = vec![
            Event::Clock(ClockMove { by: 10, at: 3 }),
            Event::Delivery(Delivery { sent_by: Some(2), ..to() }),
            Event::Delivery(to()),
            Event::Clock(ClockMove { by: 7, at: 3 }),
            Event::Clock(ClockMove { by: 1, at: 9 }),
        ];
        let history = History { events, ..History::default() };
        let lookup = Lookup::new(&history);
        assert_eq!((lookup.sent_by(2).len(), lookup.sent_by(1).len(), lookup.unmatched().len()), (1, 0, 1));
        for at in 0..12 {
            assert_eq!(lookup.moved_before(at), history.moved_before(at), "at {at}");
        }
    }
}
