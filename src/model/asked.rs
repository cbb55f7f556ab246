//! Who asked for messages, and whether more came than were asked for.

use std::collections::{BTreeSet, HashMap};

use crate::contract::{Contract, OperationId};
use crate::exchange::{Exchange, History, Payload, Placeholder, SecretKind};

/// Requests for a message and messages, counted by person.
pub(crate) struct Asked<'h> {
    /// Requests that name a person, and those of them after which a message may come.
    requests: HashMap<String, (usize, usize)>,
    /// The same of requests that name a user whose number we do not know by the request alone.
    unknown: (usize, usize),
    /// The addresses of other methods that updates and sign-ups gave to a user, by person.
    linked: HashMap<String, BTreeSet<&'h str>>,
    codes: HashMap<&'h str, BTreeSet<&'h str>>,
}

impl<'h> Asked<'h> {
    /// Reads a history once.
    pub(crate) fn new(contract: &Contract, history: &'h History) -> Asked<'h> {
        let linked = linked(history);
        let mut asked = Asked { requests: HashMap::new(), unknown: (0, 0), linked, codes: HashMap::new() };
        for exchange in history.exchanges() {
            if exchange.operation.is_some_and(|id| contract.operation(id).issues_code) {
                asked.request(exchange);
            }
        }
        for delivery in history.deliveries() {
            asked.codes.entry(&delivery.to).or_default().insert(&delivery.code);
        }
        asked
    }

    fn request(&mut self, exchange: &Exchange) {
        let may_send = may_send(exchange);
        for person in self.people(exchange) {
            let count = match person {
                Some(label) => self.requests.entry(label).or_default(),
                None => &mut self.unknown,
            };
            count.0 += 1;
            count.1 += usize::from(may_send);
        }
    }

    /// The people whom a request may be about; `None` where it may be anybody.
    fn people(&self, exchange: &Exchange) -> BTreeSet<Option<String>> {
        // Who has a number is mailed at the address that was given besides, and is not texted.
        let foreign = |who: &&str| by_another_method(exchange, who);
        let (others, own): (Vec<&str>, Vec<&str>) = named(exchange).partition(foreign);
        let linked = others.iter().filter_map(|who| self.linked.get(&label(who)?)).flatten().copied();
        let linked: Vec<&str> = linked.filter(|to| !by_another_method(exchange, to)).collect();
        let named = own.into_iter().chain(linked);
        // The number of the project's own static login ID is not known to us.
        let known = |who: &str| label(who).filter(|label| label != "static");
        let mut people: BTreeSet<Option<String>> = named.map(known).collect();
        // A body that we do not read, for its size or its form, may name anybody.
        if matches!(exchange.request.body, Payload::Other { .. }) {
            people.insert(None);
        }
        people
    }

    fn of(&self, number: &str) -> (usize, usize) {
        let own = label(number).and_then(|label| self.requests.get(&label)).copied().unwrap_or_default();
        (own.0 + self.unknown.0, own.1 + self.unknown.1)
    }

    /// Whether any request may have been about this number.
    pub(crate) fn names(&self, number: &str) -> bool {
        self.of(number).0 > 0
    }

    /// Whether a message to this number may be what a request asked for, by its answer and by whom it names.
    pub(crate) fn may_send_to(&self, exchange: &Exchange, number: &str) -> bool {
        let people = self.people(exchange);
        may_send(exchange) && (people.contains(&None) || people.contains(&label(number)))
    }

    /// Whether more different codes came to this number than were asked for.
    pub(crate) fn has_surplus(&self, number: &str) -> bool {
        self.codes.get(number).is_some_and(|codes| codes.len() > self.of(number).1)
    }
}

/// Whether a message may come after a request: refused is refused, after anything else one may.
fn may_send(exchange: &Exchange) -> bool {
    exchange.answer.response().is_none_or(|response| !response.is_refusal() || response.says_not_now())
}

/// Whether a message to this number may be the one that an exchange asked for, by the users that its body names.
pub(crate) fn may_be_to(exchange: &Exchange, number: &str) -> bool {
    named(exchange).any(|who| who == number || label(who).is_some_and(|who| label(number) == Some(who)))
}

/// The addresses that a body ties to a user whose address is of another kind.
fn linked(history: &History) -> HashMap<String, BTreeSet<&str>> {
    let mut linked: HashMap<String, BTreeSet<&str>> = HashMap::new();
    for exchange in history.exchanges() {
        let people: Vec<&str> = named(exchange).collect();
        for who in people.iter().filter_map(|who| label(who)) {
            linked.entry(who).or_default().extend(&people);
        }
    }
    linked
}

/// Whether this is an address by which the method of a request does not reach its user.
fn by_another_method(exchange: &Exchange, who: &str) -> bool {
    let kind = Placeholder::parse(who).map(|name| name.kind).filter(|kind| kind.is_address());
    let method = exchange.operation.and_then(OperationId::method);
    kind.zip(method).is_some_and(|(kind, method)| (kind == SecretKind::Email) != method.is_mail())
}

/// How a body names the user that it is about.
fn named(exchange: &Exchange) -> impl Iterator<Item = &str> {
    ["/loginId", "/phone", "/user/phone", "/email", "/user/email"]
        .into_iter()
        .filter_map(|at| exchange.request.body.str_at(at))
}

/// What tells one person from another, in whatever spelling. Only the name of a number or of a person of ours does.
fn label(text: &str) -> Option<String> {
    let name = Placeholder::parse(text).filter(|name| name.kind.is_person());
    name.map(|name| name.label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Answer, Delivery, Event, Request, Response};

    fn history(body: Payload) -> History {
        let request = Request { body, ..Request::default() };
        let answer = Answer::Response(Response { status: 200, ..Response::default() });
        let operation = Some(OperationId::SIGNUP_IN);
        let exchange = Exchange { id: 1, operation, request, answer, call: 0, ret: 1, facts: Vec::new() };
        let message = |code: &str| {
            let (to, code) = ("<phone:A>".into(), code.into());
            Event::Delivery(Delivery { to, code, text: None, others: 0, method: None, sent_by: None, at: 2 })
        };
        let events = vec![Event::Exchange(Box::new(exchange)), message("<code:A1>"), message("<code:A1>")];
        History { events, ..History::default() }
    }

    #[test]
    fn a_request_allows_one_message_however_often_it_comes() {
        let contract = Contract::embedded().unwrap();
        let mut history = history(Payload::Json(serde_json::json!({ "loginId": "<phone:A|dashes>" })));
        let asked = Asked::new(&contract, &history);
        assert!(asked.names("<phone:A>") && !asked.names("<phone:B>") && !asked.has_surplus("<phone:A>"));
        let second = Delivery { code: "<code:A2>".into(), ..history.deliveries().next().unwrap().clone() };
        history.events.push(Event::Delivery(second));
        assert!(Asked::new(&contract, &history).has_surplus("<phone:A>"));
    }

    #[test]
    fn a_body_that_cannot_be_read_may_name_anybody() {
        let contract = Contract::embedded().unwrap();
        let other = Payload::Other { bytes: 9, text: "loginId=?".into() };
        for body in [other, Payload::Json(serde_json::json!({ "loginId": "<login:1>" }))] {
            let history = history(body);
            let asked = Asked::new(&contract, &history);
            assert!(asked.names("<phone:A>") && !asked.has_surplus("<phone:A>"));
        }
    }
}
