//! How far a history can be read: up to the first request that means one thing to one parser and another to the next.

use std::borrow::Cow;

use super::InconclusiveReason;
use crate::exchange::{Answer, Event, Fact, History, Loss, Micros};

/// The part of a history before the first ambiguous request, and the doubt that cut it there.
///
/// The effect of such a request is unknown, and with it all that follows. A call that it overlapped keeps both
/// outcomes open. Cutting the end of a history can only lose findings: what is left happened as recorded.
pub(super) fn readable(history: &History) -> (Cow<'_, History>, Option<InconclusiveReason>) {
    let ambiguous = |fact: &Fact| *fact == Fact::Ambiguous;
    let first = history.exchanges().filter(|it| it.operation.is_some() && it.facts.iter().any(ambiguous));
    let Some(first) = first.min_by_key(|it| it.call) else { return (Cow::Borrowed(history), None) };
    let what = format!(
        "exchange {}: a name occurs twice in its body, and servers differ in what they read",
        first.id
    );
    let events = history.events.iter().filter_map(|event| before(event, first.call));
    let left = History { events: events.collect(), ..history.clone() };
    (Cow::Owned(left), Some(InconclusiveReason::Missing { what }))
}

fn before(event: &Event, end: Micros) -> Option<Event> {
    match event {
        Event::Exchange(exchange) if exchange.call >= end => None,
        Event::Exchange(exchange) if exchange.ret >= end => {
            let mut open = exchange.clone();
            (open.answer, open.facts) = (Answer::Lost(Loss::TimedOut), Vec::new());
            Some(Event::Exchange(open))
        }
        Event::Delivery(delivery) if delivery.at >= end => None,
        Event::Clock(step) if step.at >= end => None,
        other => Some(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Contract, OperationId};
    use crate::exchange::{Exchange, Request, Response};
    use crate::judge::judge;

    fn crash(id: usize, facts: Vec<Fact>) -> Event {
        let answer = Answer::Response(Response { status: 500, ..Response::default() });
        let (call, ret) = (10 * id as Micros, 10 * id as Micros + 15);
        let (operation, request) = (Some(OperationId::SIGNUP_IN), Request::default());
        Event::Exchange(Box::new(Exchange { id, operation, request, answer, call, ret, facts }))
    }

    #[test]
    fn what_follows_an_ambiguous_request_convicts_nobody() {
        let contract = Contract::embedded().unwrap();
        let events = vec![crash(1, Vec::new()), crash(3, vec![Fact::Ambiguous]), crash(4, Vec::new())];
        let judgement = judge(&contract, &History { events, ..History::default() });
        assert!(!judgement.findings.is_empty());
        assert!(judgement.findings.iter().all(|found| found.exchanges == [1]), "{judgement:#?}");
        assert!(
            judgement
                .doubts
                .iter()
                .any(|doubt| doubt.to_string().starts_with("exchange 3: a name occurs twice"))
        );
    }

    #[test]
    fn a_call_that_overlaps_it_stays_open() {
        let events = vec![crash(2, Vec::new()), crash(3, vec![Fact::Ambiguous])];
        let history = History { events, ..History::default() };
        let (left, doubt) = readable(&history);
        assert!(doubt.is_some());
        let open = left.exchanges().collect::<Vec<_>>();
        assert!(matches!(open[..], [only] if only.answer == Answer::Lost(Loss::TimedOut)), "{open:#?}");
    }
}
