//! How many messages one recipient gets at most, and whether one got more.
//!
//! The profile may give the cap. Where it does not, the target shows it: two recipients were refused as one too many after
//! as many messages each, while a third still got one. What holds for them holds through every door, in every spelling and
//! from every address, for as long as they were seen to be refused: a limit may be a window of an hour, and a pause of a
//! second after each message.

use std::collections::{BTreeMap, BTreeSet};

use super::limits::limited;
use super::{Check, Finding, Judgement, finding};
use crate::contract::{Contract, RequirementId, req};
use crate::exchange::{Event, Exchange, History, Lookup, Micros, Placeholder, SecretKind, base_of};

/// How far the end of a window that the profile gives may be from where it is taken to be.
const LEEWAY: Micros = 10_000_000;

/// Caps on messages.
pub(super) struct Caps;

impl Check for Caps {
    fn name(&self) -> &'static str {
        "caps"
    }

    fn about(&self) -> &'static str {
        "no recipient gets more messages than one may, through whatever door"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::MESSAGES_PER_RECIPIENT_ARE_CAPPED]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let Some(cap) = Cap::given(history).or_else(|| Cap::shown(contract, history)) else {
            return judgement;
        };
        let found = sent(history, &Lookup::new(history))
            .into_iter()
            .find_map(|(to, sends)| cap.exceeded(contract, &to, &sends));
        if cap.by.is_some() {
            judgement.examine(&[req::MESSAGES_PER_RECIPIENT_ARE_CAPPED]);
        }
        judgement.findings.extend(found);
        judgement
    }
}

/// So many messages, in so long.
struct Cap {
    most: usize,
    window: Micros,
    /// The exchange that was refused as one too many.
    by: Option<usize>,
}

/// A send whose message was seen.
#[derive(Clone, Copy)]
struct Sent {
    exchange: usize,
    call: Micros,
    ret: Micros,
}

/// What a recipient was sent until one was refused, and for how long it was refused.
#[derive(Default)]
struct Asked {
    /// Messages before the first refusal.
    had: usize,
    /// The first exchange that was refused.
    refused: Option<usize>,
    /// Since when the messages count that led to it.
    since: Option<Micros>,
    /// The last refusal before a message was sent again.
    until: Micros,
    /// A message was sent again.
    over: bool,
}

impl Asked {
    fn refuse(&mut self, exchange: usize, call: Micros) {
        self.refused.get_or_insert(exchange);
        if !self.over {
            self.until = call;
        }
    }

    fn accept(&mut self, ret: Micros) {
        self.since.get_or_insert(ret);
        match self.refused {
            None => self.had += 1,
            Some(_) => self.over = true,
        }
    }

    /// How long the limit has been seen to last.
    fn window(&self) -> Micros {
        self.until.saturating_sub(self.since.unwrap_or(self.until))
    }
}

impl Cap {
    /// The cap that the profile gives.
    fn given(history: &History) -> Option<Cap> {
        let assumptions = &history.assumptions;
        let (most, seconds) = (assumptions.resend_limit?, assumptions.resend_window_s?);
        // The ends of a window are the server's to choose.
        let window = (seconds * 1_000_000).checked_sub(LEEWAY)?;
        Some(Cap { most: most as usize, window, by: None })
    }

    /// The cap that the target shows.
    fn shown(contract: &Contract, history: &History) -> Option<Cap> {
        // Most histories show no limit.
        if !history.exchanges().any(limited) || !is_by_one_method(contract, history) {
            return None;
        }
        let lookup = Lookup::new(history);
        let sent = sent(history, &lookup);
        let at = |moment: Micros| moment + lookup.moved_before(moment);
        let came = |to: &str, before: usize| {
            sent.get(to).map_or(0, |sends| sends.iter().filter(|send| send.exchange < before).count())
        };
        let mut asked: BTreeMap<String, Asked> = BTreeMap::new();
        let mut fresh = false;
        for (exchange, to) in sends(contract, history) {
            let refused = asked.values().filter(|asked| asked.refused.is_some()).count();
            let asked = asked.entry(to.clone()).or_default();
            if limited(exchange) {
                // A message may have been seen whose send was not accepted.
                if asked.refused.is_none() {
                    asked.had = asked.had.max(came(&to, exchange.id));
                }
                asked.refuse(exchange.id, at(exchange.call));
            } else if exchange.answer.response().is_some_and(|response| response.is_success()) {
                fresh |= asked.refused.is_none() && refused > 1;
                asked.accept(at(exchange.ret));
            }
        }
        let mut firsts: Vec<(usize, &Asked)> =
            asked.values().filter_map(|asked| Some((asked.refused?, asked))).collect();
        firsts.sort_by_key(|(exchange, _)| *exchange);
        let [(by, one), (_, other), ..] = firsts.as_slice() else { return None };
        let window = one.window().max(other.window());
        (fresh && one.had == other.had && one.had > 0).then_some(Cap { most: one.had, window, by: Some(*by) })
    }

    /// The first message to this recipient that is one too many.
    fn exceeded(&self, contract: &Contract, to: &str, sends: &[Sent]) -> Option<Finding> {
        let near = sends.windows(self.most + 1).find(|near| {
            let (first, last) = (near[0], near[self.most]);
            last.ret.saturating_sub(first.call) < self.window
        })?;
        let last = near[self.most].exchange;
        let expected = match self.by {
            Some(by) => format!("no message: after {} to one recipient exchange {by} was refused", self.most),
            None => format!("no message: the profile allows {} to one recipient", self.most),
        };
        let seen = format!("message {} to {to} was sent", self.most + 1);
        let exchanges: Vec<usize> = self.by.into_iter().filter(|by| *by < last).chain([last]).collect();
        Some(finding(contract, "caps", req::MESSAGES_PER_RECIPIENT_ARE_CAPPED, expected, seen, &exchanges))
    }
}

/// The sends whose message was seen, by recipient, in order; on the target's clock as far as we moved it.
fn sent(history: &History, lookup: &Lookup<'_>) -> BTreeMap<String, Vec<Sent>> {
    let mut sent: BTreeMap<String, Vec<Sent>> = BTreeMap::new();
    for event in &history.events {
        let Event::Delivery(delivery) = event else { continue };
        let Some(exchange) = delivery.sent_by.and_then(|id| lookup.exchange(id)) else { continue };
        let accepted = exchange.answer.response().is_some_and(|response| response.is_success());
        if accepted {
            let at = |moment| moment + lookup.moved_before(moment);
            let (call, ret) = (at(exchange.call), at(exchange.ret));
            let sends = sent.entry(base_of(&delivery.to)).or_default();
            // A message may be seen twice, and one that came late beside the send after its own.
            if sends.iter().all(|other| other.exchange != exchange.id) {
                sends.push(Sent { exchange: exchange.id, call, ret });
            }
        }
    }
    sent.values_mut().for_each(|sends| sends.sort_by_key(|send| send.call));
    sent
}

/// Every request for a message, and the address that it is to go to, where the request says so.
fn sends<'h>(contract: &Contract, history: &'h History) -> impl Iterator<Item = (&'h Exchange, String)> {
    let issues =
        |exchange: &&Exchange| exchange.operation.is_some_and(|id| contract.operation(id).issues_code);
    history.exchanges().filter(issues).filter_map(|exchange| {
        let method = exchange.operation?.method()?;
        let own = |text: &String| {
            let kind = Placeholder::parse(text).map(|name| name.kind).filter(|kind| kind.is_address());
            kind.is_some_and(|kind| (kind == SecretKind::Email) == method.is_mail())
        };
        let named = |at: &str| exchange.request.body.str_at(at).map(base_of).filter(own);
        let stated = |within: &str| named(&format!("{within}/{}", method.recipient()));
        Some((exchange, stated("").or_else(|| stated("/user")).or_else(|| named("/loginId"))?))
    })
}

/// Whether messages go by one method alone: whether those of several count together no page says.
fn is_by_one_method(contract: &Contract, history: &History) -> bool {
    let methods = history
        .exchanges()
        .filter_map(|exchange| exchange.operation.filter(|id| contract.operation(*id).issues_code)?.method());
    methods.collect::<BTreeSet<_>>().len() < 2
}
