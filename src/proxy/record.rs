//! What passed through, as it was seen on both sides, and what becomes of it at the end.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::contract::OperationId;
use crate::exchange::{Answer, Delivery, Fact, History, Micros, Request, Told};

/// How long the last answers may still be on their way when a recording ends.
const SETTLE: Duration = Duration::from_secs(1);

/// One request and what each side saw of it.
#[derive(Clone, Debug)]
pub(super) struct Passage {
    pub(super) id: usize,
    /// The client's end of its connection.
    pub(super) connection: SocketAddr,
    /// Grows when the upstream is told to forget everything.
    pub(super) epoch: usize,
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
pub(super) struct Caught {
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
}

#[derive(Debug, Default)]
struct Pages {
    passages: Vec<Passage>,
    caught: Vec<Caught>,
    told: Vec<Told>,
    blocked: Vec<String>,
    cursors: HashMap<String, u64>,
}

/// A request that has come in and is not answered yet.
pub(super) struct Arrival {
    pub(super) id: usize,
    pub(super) connection: SocketAddr,
    pub(super) epoch: usize,
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
        }
    }

    pub(super) fn now(&self) -> Micros {
        Micros::try_from(self.start.elapsed().as_micros()).unwrap_or(Micros::MAX)
    }

    pub(super) fn arrive(&self, connection: SocketAddr, operation: Option<OperationId>) -> Arrival {
        self.open.fetch_add(1, Ordering::SeqCst);
        Arrival {
            id: self.ids.fetch_add(1, Ordering::SeqCst) + 1,
            connection,
            epoch: self.epoch.load(Ordering::SeqCst),
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
        let Arrival { id, connection, epoch, operation, call } = *arrival;
        let ret = self.now();
        let passage = Passage { id, connection, epoch, operation, client, upstream, facts, call, ret };
        self.pages().passages.push(passage);
        self.open.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn caught(&self, epoch: usize, delivery: Delivery) {
        self.pages().caught.push(Caught { delivery, epoch });
    }

    /// The last message to this number that is in the record.
    pub(super) fn cursor(&self, to: &str) -> u64 {
        self.pages().cursors.get(to).copied().unwrap_or(0)
    }

    pub(super) fn advance(&self, to: &str, seq: u64) {
        self.pages().cursors.insert(to.to_owned(), seq);
    }

    pub(super) fn told(&self, told: Told) {
        self.pages().told.push(told);
    }

    pub(super) fn blocked(&self, why: String) {
        self.pages().blocked.push(why);
    }

    /// Everything after this happens to a server that has forgotten everything before.
    pub(super) fn begin_anew(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// How many requests came in so far.
    pub(super) fn arrivals(&self) -> usize {
        self.ids.load(Ordering::SeqCst)
    }

    /// Waits a moment for answers that are still on their way, and returns everything in order.
    pub(super) async fn settle(&self) -> (Vec<Passage>, Vec<Caught>, Vec<Told>, Vec<String>) {
        let deadline = Instant::now() + SETTLE;
        while self.open.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let Pages { mut passages, caught, told, blocked, .. } = std::mem::take(&mut *self.pages());
        passages.sort_by_key(|passage| (passage.call, passage.id));
        (passages, caught, told, blocked)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        // A panic while the pages were held leaves them whole: every change is one push.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One session as both sides saw it, without any hidden value in it.
#[derive(Clone, Debug, Default)]
pub struct SessionRecord {
    /// What the client sent and got.
    pub client: History,
    /// What the server got and sent: another story where the proxy changed answers.
    pub server: History,
}

/// What a proxy recorded.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The sessions, by their first request.
    pub sessions: Vec<SessionRecord>,
    /// Requests that were not forwarded, and why: the egress guard, mostly.
    pub blocked: Vec<String>,
    /// Requests that came in.
    pub requests: usize,
}
