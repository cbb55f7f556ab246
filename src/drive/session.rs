//! One trial's view of the target: sends, waits for messages, and writes everything down.

mod finish;
mod noted;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::code::{CodeError, Cursor, Message};
use super::{ControlError, NotSent, NumberPool, Reach, Reached, Target, Wire};
use crate::contract::OperationId;
use crate::exchange::{
    Assumptions, ClockMove, Delivery, Event, Exchange, Expected, Fact, Micros, Pseudonyms, SecretKind,
};

pub use noted::Noted;

/// Records one history. Several calls may be in flight at once.
pub struct Session {
    target: Arc<Target>,
    start: Instant,
    record: Mutex<Record>,
}

struct Record {
    vault: Pseudonyms,
    events: Vec<Event>,
    expected: Vec<Expected>,
    assumptions: Assumptions,
    exchanges: usize,
    cursors: HashMap<String, u64>,
    /// The ceiling that kept a request of this session from being sent.
    ceiling: Option<Reached>,
    /// The first exchange of the epilogue.
    epilogue: Option<usize>,
    /// Numbers that go back when the session ends; `None` where numbers are given for good.
    borrowed: Option<Vec<String>>,
    reach: Reach,
}

impl Session {
    /// An empty record of a case that only looks at shape: its numbers are lent, and may have been used before.
    pub fn sharing(target: Arc<Target>, assumptions: Assumptions) -> Session {
        let session = Session::new(target, Assumptions { fresh_numbers: false, ..assumptions });
        session.record().borrowed = Some(Vec::new());
        session
    }

    /// An empty record of a case that is played again: its numbers come from [elsewhere](Reach::Elsewhere).
    pub fn elsewhere(target: Arc<Target>, assumptions: Assumptions) -> Session {
        let session = Session::new(target, assumptions);
        session.record().reach = Reach::Elsewhere;
        session
    }

    /// A number for a user of this session.
    pub fn number(&self, part: NumberPool) -> String {
        let mut record = self.record();
        let Record { borrowed: Some(borrowed), cursors, .. } = &mut *record else {
            return self.target.numbers.of(part, record.reach);
        };
        let lent = self.target.shared.lend(&self.target.numbers);
        cursors.insert(lent.number.clone(), lent.read);
        borrowed.push(lent.number.clone());
        lent.number
    }

    /// Keeps a number from being lent after this session: a message may still be on its way to it.
    pub fn retire(&self, number: &str) {
        if let Some(borrowed) = &mut self.record().borrowed {
            borrowed.retain(|lent| lent != number);
        }
    }

    /// An empty record.
    pub fn new(target: Arc<Target>, mut assumptions: Assumptions) -> Session {
        assumptions.fails_under_load |= target.learned.fails_under_load();
        let mut vault = Pseudonyms::default();
        vault.learn_as(SecretKind::Project, "", &target.project_id);
        for (label, key) in [("management", &target.management_key), ("auth", &target.auth_management_key)] {
            if let Some(key) = key {
                vault.learn_as(SecretKind::Key, label, key);
            }
        }
        if let Some(known) = &target.static_code {
            vault.learn_as(SecretKind::Code, "static", &known.code);
            vault.learn_as(SecretKind::Name, "static", &known.login_id);
        }
        let record = Record {
            vault,
            events: Vec::new(),
            expected: Vec::new(),
            assumptions,
            exchanges: 0,
            cursors: HashMap::new(),
            ceiling: None,
            epilogue: None,
            borrowed: None,
            reach: Reach::Here,
        };
        Session { target, start: Instant::now(), record: Mutex::new(record) }
    }

    /// Where it sends.
    pub fn target(&self) -> &Arc<Target> {
        &self.target
    }

    /// Makes a value known before it is used, so that it is never shown.
    pub fn learn(&self, learn: impl FnOnce(&mut Pseudonyms)) {
        learn(&mut self.record().vault);
    }

    /// Does beforehand what a request must wait for: looks up whom it may make a user of. Calls that are to overlap are
    /// prepared before the first of them is sent.
    pub async fn prepare(&self, wire: &Wire, operation: Option<OperationId>) {
        let names = self.target.made_by(wire, operation);
        self.target.look_up_named(operation, &names).await;
    }

    /// Sends one request and records it with its answer.
    ///
    /// # Errors
    /// It must not leave; then nothing is recorded.
    pub async fn send(&self, wire: &Wire, operation: Option<OperationId>) -> Result<Noted, NotSent> {
        let id = self.reserve();
        self.send_as(id, wire, operation).await
    }

    /// The id of the next exchange: for calls that are made at the same moment, whose order must not hang on it.
    pub fn reserve(&self) -> usize {
        let mut record = self.record();
        record.exchanges += 1;
        record.exchanges
    }

    /// Sends one request under an id that was [reserved](Session::reserve), and records it with its answer.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn send_as(
        &self,
        id: usize,
        wire: &Wire,
        operation: Option<OperationId>,
    ) -> Result<Noted, NotSent> {
        let call = self.now();
        let (request, answer) = self.target.send(wire, operation).await.inspect_err(|why| {
            if let NotSent::Ceiling(reached) = why {
                self.record().ceiling = Some(*reached);
            }
        })?;
        let ret = self.now();
        let exchange =
            Exchange { id, operation, request, answer: answer.clone(), call, ret, facts: Vec::new() };
        self.record().events.push(Event::Exchange(Box::new(exchange)));
        Ok(Noted { id, answer })
    }

    /// The messages to `to` that have not been recorded yet; waits until there is one, or patience is over. `sent_by`
    /// is the exchange that caused them, where only one could have.
    ///
    /// # Errors
    /// The code source does not work.
    pub async fn messages(
        &self,
        to: &str,
        login_id: &str,
        sent_by: Option<usize>,
        patience: Duration,
    ) -> Result<Vec<Message>, CodeError> {
        let found = self.target.codes.messages(to, login_id, self.seen(to), patience).await?;
        self.deliver(to, &found, sent_by);
        Ok(found)
    }

    /// The newest message to `to` that was taken note of.
    pub fn seen(&self, to: &str) -> Cursor {
        self.record().cursors.get(to).copied().unwrap_or(0)
    }

    /// Takes note of a message that is none of this trial's.
    pub fn pass_over(&self, to: &str, message: &Message) {
        self.record().cursors.insert(to.to_owned(), message.seq);
    }

    /// Writes down messages to `to`, oldest first. `sent_by` is as in [`Session::messages`].
    pub fn deliver(&self, to: &str, found: &[Message], sent_by: Option<usize>) {
        let at = self.now();
        let mut record = self.record();
        for message in found {
            record.cursors.insert(to.to_owned(), message.seq);
            record.events.push(Event::Delivery(Delivery {
                to: to.to_owned(),
                code: message.code.clone(),
                text: message.as_read(),
                others: message.others,
                method: message.method,
                sent_by,
                at,
            }));
        }
    }

    /// Writes down that the message of an accepted send did not come.
    pub fn silent(&self, exchange: usize) {
        for event in &mut self.record().events {
            if let Event::Exchange(sent) = event
                && sent.id == exchange
            {
                sent.facts.push(Fact::Silent);
            }
        }
    }

    /// Moves the target's clock forward.
    ///
    /// # Errors
    /// It cannot be moved.
    pub async fn advance(&self, by: Duration) -> Result<(), ControlError> {
        self.target.advance(by).await?;
        let by = Micros::try_from(by.as_micros()).unwrap_or(Micros::MAX);
        let at = self.now();
        self.record().events.push(Event::Clock(ClockMove { by, at }));
        Ok(())
    }

    /// The ceiling that kept a request of this session from being sent, if one did: then its trial was not run, and
    /// shows nothing.
    pub fn ceiling(&self) -> Option<Reached> {
        self.record().ceiling
    }

    /// Login IDs of the users that were created on the way, and are ours to delete.
    pub fn created(&self) -> Vec<String> {
        let record = self.record();
        let exchanges = record.events.iter().filter_map(|event| match event {
            Event::Exchange(exchange) => Some(exchange.as_ref()),
            _ => None,
        });
        let creates = |exchange: &&Exchange| {
            matches!(exchange.operation, Some(OperationId::CreateTestUser | OperationId::CreateUser))
        };
        let named = |exchange: &Exchange| {
            let body = &exchange.request.body;
            body.str_at("/loginId").or(body.str_at("/identifier")).map(str::to_owned)
        };
        exchanges.filter(creates).filter_map(named).collect()
    }

    /// What is sent from now on belongs to the epilogue.
    pub fn begin_epilogue(&self) {
        let mut record = self.record();
        record.epilogue = Some(record.exchanges + 1);
    }

    /// Writes down what must be seen.
    pub fn expect(&self, expected: Expected) {
        self.record().expected.push(expected);
    }

    /// Microseconds since the record began.
    pub fn now(&self) -> Micros {
        Micros::try_from(self.start.elapsed().as_micros()).unwrap_or(Micros::MAX)
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // A panic while the record was held leaves it whole: every change is one push.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
