//! Notices that a target has gone, or does not answer an operation, so that a run ends with what it learned instead of
//! waiting for every request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::patience::Patience;
use crate::contract::OperationId;
use crate::exchange::{Answer, Loss};

/// So many requests in a row without an answer: more than a restart of the target or an unlucky race costs.
const IN_A_ROW: u32 = 8;
/// They must have begun one after another so often: requests that hang at the same moment may be one stall.
const WAVES: u32 = 3;
/// So many in a row of which none was read as an answer, though connections were accepted.
const UNREAD: u32 = 512;
/// Fewer, where they have taken so long: large bodies that a target refuses with a reset are soon over.
const UNREAD_FOR_LONG: (u32, Duration) = (32, Duration::from_secs(8));
/// How long an answer is waited for at least, whatever was in vain before.
const FLOOR: Duration = Duration::from_secs(2);
/// So many waves of one operation in a row without an answer: it seems to hang.
const HANGS: u32 = 1;
/// So many: it will not be answered.
const OF_ONE: u32 = 4;

/// Counts requests without an answer. A dropped connection is one that was accepted: a server is there.
#[derive(Debug)]
pub struct Breaker {
    /// How long one answer may take.
    timeout: Duration,
    answers: Patience,
    /// Of a target that has gone, whatever is answered after.
    open: AtomicBool,
    rows: Mutex<Rows>,
}

/// What was not answered since the last answer.
#[derive(Debug, Default)]
struct Rows {
    /// Neither connection nor answer in time.
    silent: Row,
    /// No answer that can be read, of any kind.
    unread: u32,
    /// When the first of them began.
    unread_since: Option<Instant>,
    /// Not in time, by operation.
    hung: HashMap<OperationId, Row>,
}

/// Losses in a row.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    losses: u32,
    /// How often one began after the one before had ended.
    waves: u32,
    ended: Option<Instant>,
}

impl Row {
    fn add(&mut self, began: Instant, ended: Instant) {
        self.losses += 1;
        if self.ended.is_none_or(|before| began >= before) {
            self.waves += 1;
            self.ended = Some(ended);
        }
    }
}

impl Rows {
    /// Whether nothing that came could be read, often enough and for long enough.
    fn reads_nothing(&self, now: Instant) -> bool {
        let (few, long) = UNREAD_FOR_LONG;
        let lasts = self.unread_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.unread >= UNREAD || (self.unread >= few && lasts >= long)
    }
}

impl Breaker {
    /// A closed one. `timeout` is how long an answer may take.
    pub fn new(timeout: Duration) -> Breaker {
        let answers = Patience::new(FLOOR);
        Breaker { timeout, answers, open: AtomicBool::new(false), rows: Mutex::default() }
    }

    /// Takes note of what became of a request that began then.
    pub fn note(&self, operation: Option<OperationId>, answer: &Answer, began: Instant) {
        self.note_until(operation, answer, began, Instant::now());
    }

    fn note_until(&self, operation: Option<OperationId>, answer: &Answer, began: Instant, ended: Instant) {
        let took = ended.saturating_duration_since(began);
        let mut rows = self.rows();
        match answer {
            Answer::Response(_) => {
                self.answers.note(true, took);
                (rows.silent, rows.unread, rows.unread_since) = (Row::default(), 0, None);
                if let Some(operation) = operation {
                    rows.hung.remove(&operation);
                }
            }
            Answer::Lost(loss) => {
                match loss {
                    Loss::Unreachable | Loss::TimedOut => rows.silent.add(began, ended),
                    _ => {
                        rows.silent = Row::default();
                        rows.unread += 1;
                        rows.unread_since.get_or_insert(began);
                    }
                }
                if *loss == Loss::TimedOut {
                    self.answers.note(false, took);
                    if let Some(operation) = operation {
                        rows.hung.entry(operation).or_default().add(began, ended);
                    }
                }
            }
        }
        let gone = rows.silent.losses >= IN_A_ROW && rows.silent.waves >= WAVES;
        if gone || rows.reads_nothing(ended) {
            self.open();
        }
    }

    /// How long the next answer may take: less than the time limit once some were waited for in vain.
    pub fn patience(&self, operation: Option<OperationId>) -> Duration {
        match self.in_vain(operation) >= HANGS {
            true => self.answers.short(self.timeout),
            false => self.answers.left(self.timeout),
        }
    }

    /// Whether an operation was asked for so often in vain that it is not asked for any more.
    pub fn gave_up(&self, operation: Option<OperationId>) -> bool {
        self.in_vain(operation) >= OF_ONE
    }

    /// How often in a row an operation was not answered; what hung at the same moment counts once.
    fn in_vain(&self, operation: Option<OperationId>) -> u32 {
        operation.and_then(|operation| Some(self.rows().hung.get(&operation)?.waves)).unwrap_or(0)
    }

    /// Opens it for good: trials in flight know of it.
    pub fn open(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    /// Whether the target has gone.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Response;

    const LIMIT: Duration = Duration::from_secs(10);
    const HANG: Option<OperationId> = Some(OperationId::VERIFY);

    /// A breaker, and the moment at which it was made.
    fn closed() -> (Breaker, Instant) {
        (Breaker::new(LIMIT), Instant::now())
    }

    #[test]
    fn opens_after_losses_one_after_another_and_stays_open() {
        let (breaker, start) = closed();
        let note =
            |answer, at| breaker.note_until(None, &answer, start + LIMIT * at, start + LIMIT * (at + 1));
        let answer = || Answer::Response(Response::default());
        (1..IN_A_ROW).for_each(|at| note(Answer::Lost(Loss::TimedOut), at));
        note(answer(), 8);
        (0..IN_A_ROW).for_each(|at| note(Answer::Lost(Loss::Dropped), at));
        assert!(!breaker.is_open());
        note(answer(), 8);
        (0..IN_A_ROW).for_each(|at| note(Answer::Lost(Loss::Unreachable), 10 + at));
        note(answer(), 30);
        assert!(breaker.is_open());
    }

    #[test]
    fn one_stall_is_one_loss_however_many_it_caught() {
        let (breaker, start) = closed();
        for _ in 0..IN_A_ROW * 2 {
            breaker.note_until(HANG, &Answer::Lost(Loss::TimedOut), start, start + LIMIT);
        }
        assert!(!breaker.is_open() && !breaker.gave_up(HANG));
    }

    #[test]
    fn a_target_whose_answers_cannot_be_read_is_as_good_as_gone() {
        let (breaker, start) = closed();
        for _ in 1..UNREAD {
            breaker.note_until(HANG, &Answer::Lost(Loss::Undecodable), start, start);
        }
        assert!(!breaker.is_open());
        breaker.note_until(HANG, &Answer::Lost(Loss::TooLarge), start, start);
        assert!(breaker.is_open());
    }

    #[test]
    fn a_target_whose_answers_cannot_be_read_is_given_up_sooner_where_they_take_long() {
        let (few, long) = UNREAD_FOR_LONG;
        let (breaker, start) = closed();
        (0..few).for_each(|_| breaker.note_until(HANG, &Answer::Lost(Loss::Dropped), start, start));
        assert!(!breaker.is_open(), "large bodies that are refused with a reset");
        breaker.note_until(HANG, &Answer::Lost(Loss::TooLarge), start, start + long);
        assert!(breaker.is_open());
    }

    #[test]
    fn an_operation_that_is_never_answered_is_given_up() {
        let (breaker, start) = closed();
        let other = Some(OperationId::Me);
        for at in 0..OF_ONE {
            assert!(!breaker.gave_up(HANG));
            let began = start + LIMIT * at;
            breaker.note_until(HANG, &Answer::Lost(Loss::TimedOut), began, began + LIMIT);
            let quick = began + Duration::from_millis(5);
            breaker.note_until(other, &Answer::Response(Response::default()), began, quick);
        }
        assert!(breaker.patience(HANG) < LIMIT && breaker.patience(other) == LIMIT);
        assert!(breaker.gave_up(HANG) && !breaker.gave_up(other) && !breaker.gave_up(None));
        assert!(!breaker.is_open());
    }
}
