//! Asking again until there is an answer: small pauses that grow, never past the end of patience.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::{CodeError, Message};

/// How long to pause between two questions, and how long one may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pauses {
    /// The first pause.
    pub(super) first: Duration,
    /// The longest.
    pub(super) longest: Duration,
    /// What a question may take at least, however little patience is left.
    pub(super) answer: Duration,
}

impl Pauses {
    /// For what answers in microseconds, on a machine that is not overloaded.
    pub(super) const SHORT: Pauses = Pauses {
        first: Duration::from_millis(2),
        longest: Duration::from_millis(200),
        answer: Duration::from_secs(10),
    };
    /// For what costs a process or a foreign server something.
    pub(super) const LONG: Pauses = Pauses {
        first: Duration::from_millis(50),
        longest: Duration::from_secs(1),
        answer: Duration::from_secs(30),
    };
}

/// How many questions a source has left unanswered in a row.
#[derive(Debug, Default)]
pub(super) struct Unanswered(AtomicU32);

/// After so many a source is taken to hang, and a question gets a fifth of the time: a run would wait for each.
const HANGING: u32 = 3;

impl Unanswered {
    fn allowance(&self, usual: Duration) -> Duration {
        if self.0.load(Ordering::Relaxed) < HANGING { usual } else { usual / 5 }
    }

    fn note(&self, answered: bool) {
        match answered {
            true => self.0.store(0, Ordering::Relaxed),
            false => drop(self.0.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

/// What is said of a source that does not answer.
const HANGS: &str = "the code source was asked and did not answer in time";

/// Asks at once, then again after each pause, until something is found or patience is over. The last question is
/// asked when patience ends, so that a message that came late in a pause is not missed.
///
/// # Errors
/// A question failed, or was not answered in time.
pub(super) async fn poll<F, Asked>(
    patience: Duration,
    pauses: Pauses,
    unanswered: &Unanswered,
    ask: F,
) -> Result<Vec<Message>, CodeError>
where
    F: Fn() -> Asked + Send,
    Asked: Future<Output = Result<Vec<Message>, CodeError>> + Send,
{
    let start = Instant::now();
    let mut pause = pauses.first;
    loop {
        let left = patience.saturating_sub(start.elapsed());
        let answered = timeout(left.max(unanswered.allowance(pauses.answer)), ask()).await;
        unanswered.note(answered.is_ok());
        let found = answered.unwrap_or_else(|_| Err(CodeError(HANGS.into())))?;
        if !found.is_empty() || left.is_zero() {
            return Ok(found);
        }
        sleep(pause.min(left)).await;
        pause = (pause * 2).min(pauses.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    async fn asked(patience: Duration, pauses: Pauses, found_at: usize) -> (usize, usize) {
        let count = AtomicUsize::new(0);
        let unanswered = Unanswered::default();
        let found = poll(patience, pauses, &unanswered, || async {
            let nth = count.fetch_add(1, Ordering::Relaxed) + 1;
            let message = Message {
                to: "+12025550100".into(),
                code: "1".into(),
                text: None,
                others: 0,
                method: None,
                seq: 1,
            };
            Ok(if nth >= found_at { vec![message] } else { Vec::new() })
        });
        (found.await.unwrap().len(), count.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn asks_until_there_is_something() {
        assert_eq!(asked(Duration::from_secs(600), Pauses::SHORT, 3).await, (1, 3));
    }

    #[tokio::test]
    async fn no_patience_asks_once() {
        assert_eq!(asked(Duration::ZERO, Pauses::SHORT, 2).await, (0, 1));
    }

    #[tokio::test]
    async fn asks_a_last_time_when_patience_ends() {
        let hours = Duration::from_secs(3600);
        let hours = Pauses { first: hours, longest: hours, ..Pauses::SHORT };
        assert_eq!(asked(Duration::from_millis(20), hours, 3).await, (0, 2));
    }

    #[tokio::test]
    async fn an_error_ends_it() {
        let failing = || async { Err(CodeError("no".into())) };
        let unanswered = Unanswered::default();
        let verdict = poll(Duration::from_secs(600), Pauses::SHORT, &unanswered, failing).await;
        assert_eq!(verdict, Err(CodeError("no".into())));
    }

    #[tokio::test]
    async fn a_question_that_hangs_ends() {
        let pauses = Pauses { answer: Duration::ZERO, ..Pauses::SHORT };
        let unanswered = Unanswered::default();
        let ended = poll(Duration::ZERO, pauses, &unanswered, std::future::pending).await;
        assert_eq!(ended.unwrap_err().0, HANGS);
    }

    #[test]
    fn a_source_that_hangs_gets_less_time_until_it_answers() {
        let (unanswered, usual) = (Unanswered::default(), Duration::from_secs(10));
        (0..HANGING).for_each(|_| {
            assert_eq!(unanswered.allowance(usual), usual);
            unanswered.note(false);
        });
        assert_eq!(unanswered.allowance(usual), usual / 5);
        unanswered.note(true);
        assert_eq!(unanswered.allowance(usual), usual);
    }
}
