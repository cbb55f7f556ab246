//! How far a run is: a bar on a terminal, a line every ten seconds in CI, nothing else.
//!
//! It goes to standard error, so that standard output holds the report alone.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use otp_conformance::app::Target;
use otp_conformance::report::grouped;
use otp_conformance::trial::{Outcome, TrialReport};

use super::complain;

/// How often a bar is drawn anew.
const TICK: Duration = Duration::from_millis(250);
/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(10);
/// Requests without an answer for so long are waiting for the limits of the target.
const STILL: Duration = Duration::from_secs(2);

/// Counts of a run that goes on.
#[derive(Default)]
struct Counts {
    ended: AtomicU64,
    failed: AtomicU64,
    excused: AtomicU64,
    doubtful: AtomicU64,
}

/// Shows how far a run is, until it is dropped.
pub(crate) struct Meter {
    counts: Arc<Counts>,
    bar: Option<ProgressBar>,
    ticker: tokio::task::JoinHandle<()>,
}

impl Meter {
    /// Begins to show a run of so many trials. Must be called within a runtime.
    pub(crate) fn start(planned: usize, target: Arc<Target>, quiet: bool) -> Meter {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        let counts = Arc::new(Counts::default());
        let bar = (!quiet && !in_ci && std::io::stderr().is_terminal()).then(|| bar(planned));
        let (shared, drawn) = (counts.clone(), bar.clone());
        let ticker = tokio::spawn(async move {
            match drawn {
                Some(bar) => draw(&bar, &shared, &target).await,
                None if quiet => {}
                None => write(planned, &shared, &target).await,
            }
        });
        Meter { counts, bar, ticker }
    }

    /// Counts a trial that ended.
    pub(crate) fn ended(&self, trial: &TrialReport) {
        let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        match trial.outcome {
            Outcome::Fail | Outcome::UnexpectedPass | Outcome::HarnessError => count(&self.counts.failed),
            Outcome::ExpectedFail | Outcome::ExpectedDoubt | Outcome::Flaky => count(&self.counts.excused),
            Outcome::Inconclusive => count(&self.counts.doubtful),
            Outcome::Pass | Outcome::Unsupported => 0,
        };
        count(&self.counts.ended);
        if let Some(bar) = &self.bar {
            bar.set_position(self.counts.ended.load(Ordering::Relaxed));
        }
    }

    /// Prints beside the bar.
    pub(crate) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| super::say(text)),
            None => super::say(text),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.ticker.abort();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(planned: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(planned as u64), ProgressDrawTarget::stderr());
    // A template of our own has no mistake in it; with one, the bar would look as indicatif's own.
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} trials  {msg}  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Draws the bar anew, again and again.
async fn draw(bar: &ProgressBar, counts: &Counts, target: &Target) {
    let mut still = Still::default();
    loop {
        bar.set_message(said(counts, target) + still.since(target.sent().requests));
        bar.tick();
        tokio::time::sleep(TICK).await;
    }
}

/// Writes a line again and again.
async fn write(planned: usize, counts: &Counts, target: &Target) {
    let (begun, mut still) = (Instant::now(), Still::default());
    loop {
        tokio::time::sleep(LINE).await;
        let ended = counts.ended.load(Ordering::Relaxed);
        let left = left(begun.elapsed(), ended, planned as u64);
        let (said, waits) = (said(counts, target), still.since(target.sent().requests));
        complain(&format!("{ended} of {planned} trials, {said}{waits}{left}"));
    }
}

/// `812 requests (240 sends), 3 failed, 2 excused`.
fn said(counts: &Counts, target: &Target) -> String {
    let sent = target.sent();
    let mut text = format!("{} requests ({} sends)", grouped(sent.requests), grouped(sent.sends));
    for (counter, word) in
        [(&counts.failed, "failed"), (&counts.excused, "excused"), (&counts.doubtful, "inconclusive")]
    {
        let number = counter.load(Ordering::Relaxed);
        if number > 0 {
            text.push_str(&format!(", {number} {word}"));
        }
    }
    text
}

/// About how long the rest takes, if it goes on as until now.
fn left(elapsed: Duration, ended: u64, planned: u64) -> String {
    if ended == 0 {
        return String::new();
    }
    let rest = elapsed.as_secs_f64() / ended as f64 * planned.saturating_sub(ended) as f64;
    format!(", about {} s left", rest.round())
}

/// Notices that nothing is sent: the run waits for a limit, a message or an answer.
#[derive(Default)]
struct Still {
    requests: u64,
    since: Option<Instant>,
}

impl Still {
    fn since(&mut self, requests: u64) -> &'static str {
        if requests != self.requests || self.since.is_none() {
            (self.requests, self.since) = (requests, Some(Instant::now()));
        }
        let waiting = self.since.is_some_and(|since| since.elapsed() >= STILL);
        if waiting { ", waiting for the target or its limits" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_what_was() {
        assert_eq!(left(Duration::from_secs(10), 0, 40), "");
        assert_eq!(left(Duration::from_secs(10), 10, 40), ", about 30 s left");
        assert_eq!(left(Duration::from_secs(10), 41, 40), ", about 0 s left");
    }
}
