//! What passed through, as it was seen on both sides, and what becomes of it at the end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::mailbox::Mailboxes;
use crate::contract::OperationId;
use crate::exchange::{Answer, ClientResult, ClockMove, Delivery, Fact, History, Micros, Request};
use crate::report::Agent;

/// How long the last answers may still be on their way when a recording ends.
const SETTLE: Duration = Duration::from_secs(1);

/// One request and what each side saw of it.
#[derive(Clone, Debug)]
pub(super) struct Passage {
    pub(super) id: usize,
    /// The client's end of its connection.
    pub(super) connection: SocketAddr,
    /// Grows when the upstream is reset.
    pub(super) epoch: usize,
    /// The test that it belongs to, where the tests say so.
    pub(super) test: Option<String>,
    pub(super) operation: Option<OperationId>,
    /// What the client sent, and what it got.
    pub(super) client: (Request, Answer),
    /// What the upstream got, and what it answered; `None` where it got nothing.
    pub(super) upstream: Option<(Request, Answer)>,
    /// What there is to know besides: what the proxy did to the answer, and whether the request can be read.
    pub(super) facts: Vec<Fact>,
    pub(super) call: Micros,
    pub(super) ret: Micros,
}

/// A message with the passage that may have caused it.
#[derive(Clone, Debug)]
pub(super) struct CapturedMessage {
    pub(super) delivery: Delivery,
    pub(super) epoch: usize,
}

/// Everything a proxy wrote down.
pub(super) struct Recorder {
    start: Instant,
    ids: AtomicUsize,
    open: AtomicUsize,
    epoch: AtomicUsize,
    pages: Mutex<Pages>,
    mailboxes: Mutex<Mailboxes>,
    /// The test that requests belong to which name none.
    mark: Mutex<Option<String>>,
}

/// What was written down.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) passages: Vec<Passage>,
    pub(super) caught: Vec<CapturedMessage>,
    /// Moves of the upstream's clock, each with its epoch.
    pub(super) moves: Vec<(usize, ClockMove)>,
    pub(super) results: Vec<ClientResult>,
    pub(super) blocked: Vec<String>,
}

/// A request that has come in and is not answered yet.
pub(super) struct Arrival {
    pub(super) id: usize,
    pub(super) connection: SocketAddr,
    pub(super) epoch: usize,
    pub(super) test: Option<String>,
    pub(super) operation: Option<OperationId>,
    pub(super) call: Micros,
}

impl Recorder {
    pub(super) fn new() -> Recorder {
        Recorder {
            start: Instant::now(),
            ids: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            epoch: AtomicUsize::new(0),
            pages: Mutex::default(),
            mailboxes: Mutex::default(),
            mark: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Micros {
        Micros::try_from(self.start.elapsed().as_micros()).unwrap_or(Micros::MAX)
    }

    /// A request came in. `test` is the test that it names itself, if it does.
    pub(super) fn arrive(
        &self,
        connection: SocketAddr,
        operation: Option<OperationId>,
        test: Option<String>,
    ) -> Arrival {
        let test = test.or_else(|| self.mark.lock().unwrap_or_else(PoisonError::into_inner).clone());
        self.open.fetch_add(1, Ordering::SeqCst);
        Arrival {
            id: self.ids.fetch_add(1, Ordering::SeqCst) + 1,
            connection,
            epoch: self.epoch(),
            test,
            operation,
            call: self.now(),
        }
    }

    /// Writes down how it ended.
    pub(super) fn leave(
        &self,
        arrival: &Arrival,
        client: (Request, Answer),
        upstream: Option<(Request, Answer)>,
        facts: Vec<Fact>,
    ) {
        let Arrival { id, connection, epoch, ref test, operation, call } = *arrival;
        let (test, ret) = (test.clone(), self.now());
        let passage = Passage { id, connection, epoch, test, operation, client, upstream, facts, call, ret };
        self.pages().passages.push(passage);
        self.open.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn caught(&self, epoch: usize, delivery: Delivery) {
        self.pages().caught.push(CapturedMessage { delivery, epoch });
    }

    /// What is known of the messages to each number.
    pub(super) fn mailboxes(&self) -> MutexGuard<'_, Mailboxes> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything after this belongs to that test; `None` ends the one before.
    pub(super) fn mark(&self, test: Option<String>) {
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = test;
    }

    /// How often the upstream was reset.
    pub(super) fn epoch(&self) -> usize {
        self.epoch.load(Ordering::SeqCst)
    }

    /// The upstream's clock was moved.
    pub(super) fn moved(&self, by: Micros) {
        let step = (self.epoch(), ClockMove { by, at: self.now() });
        self.pages().moves.push(step);
    }

    pub(super) fn returned(&self, result: ClientResult) {
        self.pages().results.push(result);
    }

    pub(super) fn blocked(&self, why: String) {
        self.pages().blocked.push(why);
    }

    /// Everything after this happens to a server that has forgotten everything before.
    pub(super) fn begin_anew(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.mailboxes().clear();
    }

    /// How many requests came in so far.
    pub(super) fn arrivals(&self) -> usize {
        self.ids.load(Ordering::SeqCst)
    }

    /// Waits a moment for answers that are still on their way, and returns everything in order.
    pub(super) async fn settle(&self) -> Pages {
        let deadline = Instant::now() + SETTLE;
        while self.open.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let mut pages = std::mem::take(&mut *self.pages());
        pages.passages.sort_by_key(|passage| (passage.call, passage.id));
        pages
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        // A panic while the pages were held leaves them whole: every change is one push.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One history of a recording, without any hidden value in it.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// What it is called: the test that it belongs to, or what was done in it. No two of a side have one name.
    pub name: String,
    /// What was seen.
    pub history: History,
}

/// What a proxy recorded.
#[derive(Clone, Debug, Default)]
pub struct ProxyRecording {
    /// What the clients sent and got, by test or by session.
    pub clients: Vec<Recorded>,
    /// What the upstream got and sent, by people: another story where the proxy changed answers.
    pub servers: Vec<Recorded>,
    /// Who called, and how often.
    pub agents: BTreeMap<Agent, usize>,
    /// Requests that were not forwarded, and why: the egress guard, mostly.
    pub blocked: Vec<String>,
    /// Requests that came in.
    pub requests: usize,
}
