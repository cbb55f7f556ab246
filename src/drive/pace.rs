//! How fast requests may follow each other: what the profile allows, and what the target asked for.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::contract::OperationId;

/// Requests that a server counts together. Source: docs: Rate Limiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateClass {
    /// Every request.
    All,
    /// Management of users.
    Management,
    /// Creating users.
    Create,
    /// Searching users.
    Search,
}

impl RateClass {
    /// Whether a call of this operation counts.
    fn counts(self, operation: Option<OperationId>) -> bool {
        use OperationId::*;
        match self {
            RateClass::All => true,
            RateClass::Create => matches!(operation, Some(CreateUser | CreateTestUser)),
            RateClass::Search => matches!(operation, Some(SearchUsers | SearchTestUsers)),
            RateClass::Management => operation.is_some_and(OperationId::manages_users),
        }
    }
}

/// How much longer the pause between two requests is than the limit asks for: what leaves evenly may arrive a little
/// closer together.
const MARGIN: f64 = 1.01;

/// Even spacing: the requests of a class leave one pause after the other, so that no window ever holds more of them than
/// its limit. Cheap where nothing is limited.
#[derive(Debug)]
pub struct Pace {
    limits: Vec<(RateClass, u32, Duration)>,
    book: Mutex<Book>,
    /// Requests wait in line: a request that is given up while it waits takes no place.
    line: tokio::sync::Mutex<()>,
    start: Instant,
    /// The book of several processes that are one run.
    shared: Option<PathBuf>,
}

/// When the next request may leave, in time since a beginning that all who write in it agree on.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Book {
    /// For each class, in the order of the limits.
    next: Vec<Duration>,
    /// Asked for by a `Retry-After`.
    not_before: Duration,
}

impl Pace {
    /// No limit.
    pub fn unlimited() -> Pace {
        Pace {
            limits: Vec::new(),
            book: Mutex::default(),
            line: tokio::sync::Mutex::default(),
            start: Instant::now(),
            shared: None,
        }
    }

    /// At most so many requests of the class in any window of that length.
    #[must_use]
    pub fn with(mut self, class: RateClass, requests: u32, window: Duration) -> Pace {
        self.limits.push((class, requests.max(1), window));
        self
    }

    /// Shares its book with every process that names the same file.
    #[must_use]
    pub fn shared(self, file: Option<PathBuf>) -> Pace {
        Pace { shared: file, ..self }
    }

    /// Whether requests follow each other as fast as they can.
    pub fn is_unlimited(&self) -> bool {
        self.limits.is_empty()
    }

    /// The shortest time in which so many requests can leave, whatever their class.
    pub fn time_for(&self, requests: u64) -> Duration {
        self.time_under(&[RateClass::All], requests)
    }

    /// The shortest time in which so many requests that manage users can leave.
    pub fn time_for_management(&self, requests: u64) -> Duration {
        self.time_under(&[RateClass::All, RateClass::Management], requests)
    }

    fn time_under(&self, classes: &[RateClass], requests: u64) -> Duration {
        let pauses = self.limits.iter().filter(|(class, ..)| classes.contains(class));
        let longest = pauses.map(|(_, limit, window)| pause(*limit, *window)).max();
        longest.unwrap_or_default().mul_f64(requests as f64)
    }

    /// Waits until a request may go.
    pub async fn admit(&self, operation: Option<OperationId>) {
        self.admit_together(1, operation).await;
    }

    /// Waits until so many requests may go at the same moment: until each of them could have gone by itself.
    pub async fn admit_together(&self, requests: u32, operation: Option<OperationId>) {
        if self.limits.is_empty() || requests == 0 {
            return;
        }
        let _turn = self.line.lock().await;
        while let Err(wait) = self.take(self.now(), requests, operation) {
            sleep(wait).await;
        }
    }

    /// Holds every request back for as long as the target asked, at most for two minutes.
    pub fn hold(&self, wait: Duration) {
        if !self.limits.is_empty() {
            let until = self.now() + wait.min(Duration::from_secs(120));
            self.in_book(|book| book.not_before = until);
        }
    }

    /// Takes the places of these requests if they may go now.
    ///
    /// # Errors
    /// They may not; how long to wait.
    fn take(&self, now: Duration, requests: u32, operation: Option<OperationId>) -> Result<(), Duration> {
        self.in_book(|book| book.take(&self.limits, now, requests, operation))
    }

    /// Processes have no other clock in common than the system's.
    fn now(&self) -> Duration {
        match self.shared {
            Some(_) => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
            None => self.start.elapsed(),
        }
    }

    /// Changes the book: the shared one, or where its file cannot be used our own, which is better than none.
    fn in_book<T>(&self, change: impl FnOnce(&mut Book) -> T) -> T {
        if let Some(path) = &self.shared
            && let Ok((mut file, mut book)) = opened(path)
        {
            let changed = change(&mut book);
            // The next process would know of one request too few, and see a 429.
            let _ = written(&mut file, &book);
            return changed;
        }
        change(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The pause between two requests.
fn pause(limit: u32, window: Duration) -> Duration {
    window.mul_f64(MARGIN / f64::from(limit))
}

impl Book {
    fn take(
        &mut self,
        limits: &[(RateClass, u32, Duration)],
        now: Duration,
        requests: u32,
        operation: Option<OperationId>,
    ) -> Result<(), Duration> {
        self.next.resize(limits.len(), Duration::ZERO);
        let counting = |(_, (class, ..)): &(usize, &(RateClass, u32, Duration))| class.counts(operation);
        let counted = || limits.iter().enumerate().filter(counting);
        // Those that go together wait until each of them could have gone by itself.
        let due = |(index, (_, limit, window)): (usize, &(RateClass, u32, Duration))| {
            self.next[index] + pause(*limit, *window) * (requests - 1)
        };
        let at = counted().map(due).max().unwrap_or_default().max(self.not_before);
        if let Some(wait) = at.checked_sub(now).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        for (index, (_, limit, window)) in counted() {
            self.next[index] = now + pause(*limit, *window);
        }
        Ok(())
    }
}

/// The shared book, ours alone until the file is closed. An empty or broken one is a new one.
fn opened(path: &PathBuf) -> io::Result<(File, Book)> {
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    file.lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let book = serde_json::from_str(&text).unwrap_or_default();
    Ok((file, book))
}

fn written(file: &mut File, book: &Book) -> io::Result<()> {
    let text = serde_json::to_string(book)?;
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests;
