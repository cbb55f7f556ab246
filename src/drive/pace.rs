//! How fast requests may follow each other: what the profile allows, and what the target asked for.

use std::collections::VecDeque;
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
pub enum Class {
    /// Every request.
    All,
    /// Management of users.
    Management,
    /// Creating users.
    Create,
    /// Searching users.
    Search,
}

impl Class {
    /// Whether a call of this operation counts.
    fn counts(self, operation: Option<OperationId>) -> bool {
        use OperationId::*;
        match self {
            Class::All => true,
            Class::Create => matches!(operation, Some(CreateUser | CreateTestUser)),
            Class::Search => matches!(operation, Some(SearchUsers | SearchTestUsers)),
            Class::Management => operation.is_some_and(OperationId::manages_users),
        }
    }
}

/// Added to a window: what leaves so far apart may arrive closer together.
const JITTER: Duration = Duration::from_millis(100);

/// Sliding windows: never more requests of a class in any window than its limit. Cheap where nothing is limited.
#[derive(Debug)]
pub struct Pace {
    limits: Vec<(Class, u32, Duration)>,
    book: Mutex<Book>,
    start: Instant,
    /// The book of several processes that are one run.
    shared: Option<PathBuf>,
}

/// What went out, in time since a beginning that all who write in it agree on.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Book {
    /// When the last requests of each class went or will go, in the order of the limits.
    sent: Vec<VecDeque<Duration>>,
    /// Asked for by a `Retry-After`.
    not_before: Duration,
}

impl Pace {
    /// No limit.
    pub fn unlimited() -> Pace {
        Pace { limits: Vec::new(), book: Mutex::default(), start: Instant::now(), shared: None }
    }

    /// At most so many requests of the class in any window of that length.
    #[must_use]
    pub fn with(mut self, class: Class, requests: u32, window: Duration) -> Pace {
        self.limits.push((class, requests.max(1), window));
        self
    }

    /// Shares its windows with every process that names the same file.
    #[must_use]
    pub fn shared(self, file: Option<PathBuf>) -> Pace {
        Pace { shared: file, ..self }
    }

    /// Waits until a request may go.
    pub async fn admit(&self, operation: Option<OperationId>) {
        if !self.limits.is_empty() {
            let now = self.now();
            sleep(self.reserve(now, operation).saturating_sub(now)).await;
        }
    }

    /// Holds every request back for as long as the target asked, at most for two minutes.
    pub fn hold(&self, wait: Duration) {
        if !self.limits.is_empty() {
            let until = self.now() + wait.min(Duration::from_secs(120));
            self.in_book(|book| book.not_before = until);
        }
    }

    /// Takes the next place in every window that counts the request.
    fn reserve(&self, now: Duration, operation: Option<OperationId>) -> Duration {
        self.in_book(|book| book.reserve(&self.limits, now, operation))
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
            // The next process would know of one request too few, and be told by a 429.
            let _ = written(&mut file, &book);
            return changed;
        }
        change(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Book {
    fn reserve(
        &mut self,
        limits: &[(Class, u32, Duration)],
        now: Duration,
        operation: Option<OperationId>,
    ) -> Duration {
        self.sent.resize_with(limits.len(), VecDeque::new);
        let mut at = now.max(self.not_before);
        let counting = |(_, (class, ..)): &(usize, &(Class, u32, Duration))| class.counts(operation);
        for (index, (_, requests, window)) in limits.iter().enumerate().filter(counting) {
            let sent = &self.sent[index];
            if sent.len() >= *requests as usize {
                at = at.max(sent[sent.len() - *requests as usize] + *window + JITTER);
            }
        }
        for (index, (_, requests, _)) in limits.iter().enumerate().filter(counting) {
            let sent = &mut self.sent[index];
            sent.push_back(at);
            while sent.len() > *requests as usize {
                sent.pop_front();
            }
        }
        at
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
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn no_window_holds_more_than_the_limit() {
        let pace = Pace::unlimited().with(Class::All, 5, WINDOW);
        let at: Vec<Duration> = (0..12).map(|second| pace.reserve(seconds(second), None)).collect();
        for (index, first) in at.iter().enumerate() {
            assert!(at[index..].iter().filter(|other| **other < *first + WINDOW).count() <= 5, "{at:?}");
        }
        assert_eq!(at[4], seconds(4), "what fits goes at once");
        assert_eq!(at[5], WINDOW + JITTER);
    }

    #[test]
    fn a_class_counts_its_own_requests() {
        let pace = Pace::unlimited().with(Class::All, 100, WINDOW).with(Class::Create, 1, WINDOW);
        let now = seconds(7);
        assert_eq!(pace.reserve(now, Some(OperationId::CreateTestUser)), now);
        assert_eq!(pace.reserve(now, Some(OperationId::Me)), now);
        assert_eq!(pace.reserve(now, Some(OperationId::CreateTestUser)), now + WINDOW + JITTER);
    }

    #[test]
    fn a_target_that_asks_for_time_gets_it() {
        let pace = Pace::unlimited().with(Class::All, 100, WINDOW);
        let now = pace.now();
        pace.hold(seconds(7));
        assert!(pace.reserve(now, None) >= now + seconds(7));
    }

    #[test]
    fn processes_of_one_run_share_their_windows() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("pace.json");
        let process = || Pace::unlimited().with(Class::All, 2, WINDOW).shared(Some(at.clone()));
        let now = seconds(7);
        assert_eq!(process().reserve(now, None), now);
        assert_eq!(process().reserve(now, None), now);
        assert_eq!(process().reserve(now, None), now + WINDOW + JITTER);
        process().hold(seconds(1));
        assert!(process().reserve(now, None) > now + WINDOW * 2, "the system's time is asked");

        std::fs::write(&at, "half a li").unwrap();
        assert_eq!(process().reserve(now, None), now);
    }
}
