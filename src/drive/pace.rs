//! How fast requests may follow each other: what the profile allows, and what the target asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

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

/// Sliding windows: never more requests of a class in any window than its limit. Cheap where nothing is limited.
#[derive(Debug, Default)]
pub struct Pace {
    limits: Vec<(Class, u32, Duration)>,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    /// When the last requests of each class went or will go, in the order of `limits`.
    sent: Vec<VecDeque<Instant>>,
    /// Asked for by a `Retry-After`.
    not_before: Option<Instant>,
}

impl Pace {
    /// No limit.
    pub fn unlimited() -> Pace {
        Pace::default()
    }

    /// At most so many requests of the class in any window of that length.
    #[must_use]
    pub fn with(mut self, class: Class, requests: u32, window: Duration) -> Pace {
        self.limits.push((class, requests.max(1), window));
        self
    }

    /// Waits until a request may go.
    pub async fn admit(&self, operation: Option<OperationId>) {
        if !self.limits.is_empty() {
            sleep_until(self.reserve(Instant::now(), operation)).await;
        }
    }

    /// Takes the next place in every window that counts the request.
    fn reserve(&self, now: Instant, operation: Option<OperationId>) -> Instant {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.sent.resize_with(self.limits.len(), VecDeque::new);
        let mut at = book.not_before.map_or(now, |not_before| now.max(not_before));
        let counting = |(_, (class, ..)): &(usize, &(Class, u32, Duration))| class.counts(operation);
        for (index, (_, requests, window)) in self.limits.iter().enumerate().filter(counting) {
            let sent = &book.sent[index];
            if sent.len() >= *requests as usize {
                at = at.max(sent[sent.len() - *requests as usize] + *window);
            }
        }
        for (index, (_, requests, _)) in self.limits.iter().enumerate().filter(counting) {
            let sent = &mut book.sent[index];
            sent.push_back(at);
            while sent.len() > *requests as usize {
                sent.pop_front();
            }
        }
        at
    }

    /// Holds every request back for as long as the target asked, at most for two minutes.
    pub fn hold(&self, wait: Duration) {
        if !self.limits.is_empty() {
            let until = Instant::now() + wait.min(Duration::from_secs(120));
            self.book.lock().unwrap_or_else(PoisonError::into_inner).not_before = Some(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    #[test]
    fn no_window_holds_more_than_the_limit() {
        let pace = Pace::unlimited().with(Class::All, 5, WINDOW);
        let start = Instant::now();
        let at: Vec<Duration> =
            (0..12).map(|second| pace.reserve(start + Duration::from_secs(second), None) - start).collect();
        for (index, first) in at.iter().enumerate() {
            assert!(at[index..].iter().filter(|other| **other < *first + WINDOW).count() <= 5, "{at:?}");
        }
        assert_eq!(at[4], Duration::from_secs(4), "what fits goes at once");
        assert_eq!(at[5], WINDOW);
    }

    #[test]
    fn a_class_counts_its_own_requests() {
        let pace = Pace::unlimited().with(Class::All, 100, WINDOW).with(Class::Create, 1, WINDOW);
        let now = Instant::now();
        assert_eq!(pace.reserve(now, Some(OperationId::CreateTestUser)), now);
        assert_eq!(pace.reserve(now, Some(OperationId::Me)), now);
        assert_eq!(pace.reserve(now, Some(OperationId::CreateTestUser)), now + WINDOW);
    }

    #[test]
    fn a_target_that_asks_for_time_gets_it() {
        let pace = Pace::unlimited().with(Class::All, 100, WINDOW);
        let now = Instant::now();
        pace.hold(Duration::from_secs(7));
        assert!(pace.reserve(now, None) >= now + Duration::from_secs(7));
    }
}
