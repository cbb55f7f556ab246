//! A first look at a target: can it be reached, may we, do codes come, and what can be proved on it.
//!
//! It does not judge. What would make every trial inconclusive stops a run before it begins; what looks like the target's
//! own mistake is for the trials to find. Each failed step names the request, and the line to mend.

mod shown;
mod steps;

use super::Harness;
use crate::trial::round::{NumberSource, Observed, Round};

pub use shown::{provable, settings};

/// How one step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// As it should.
    Fine,
    /// Not as it should.
    Failed,
    /// Not asked for.
    Skipped,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// Each step: its name, how it went, what was seen.
    pub steps: Vec<(&'static str, StepState, String)>,
    /// Why no trial can show anything, and what to do.
    pub stop: Option<String>,
}

impl Examination {
    /// An examination that was interrupted.
    pub fn interrupted() -> Examination {
        Examination { stop: Some(super::schedule::INTERRUPTED.to_owned()), ..Examination::default() }
    }

    /// Whether a step failed.
    pub fn has_failed(&self) -> bool {
        self.stop.is_some() || self.steps.iter().any(|(_, state, _)| *state == StepState::Failed)
    }

    /// A line for each step.
    pub fn text(&self) -> String {
        let line = |(name, state, what): &(&str, StepState, String)| {
            let mark = match state {
                StepState::Fine => "ok",
                StepState::Failed => "FAILED",
                StepState::Skipped => "-",
            };
            format!("doctor: {name:13} {mark:6} {what}\n")
        };
        self.steps.iter().map(line).collect()
    }

    fn fine(&mut self, name: &'static str, what: impl Into<String>) {
        self.steps.push((name, StepState::Fine, what.into()));
    }

    fn skipped(&mut self, name: &'static str, what: impl Into<String>) {
        self.steps.push((name, StepState::Skipped, what.into()));
    }

    fn failed(&mut self, name: &'static str, what: impl Into<String>) {
        self.steps.push((name, StepState::Failed, what.into()));
    }

    /// A step without which nothing can be shown.
    fn stop(&mut self, name: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.stop = Some(format!("{name}: {what}"));
        self.failed(name, what);
    }
}

/// Reaches the target, and takes one user from the first message to the clean-up.
pub async fn examine(harness: &Harness) -> Examination {
    let mut seen = Examination::default();
    if let Some(why) = &harness.unreachable {
        seen.stop("reach", why.clone());
        return seen;
    }
    seen.fine("reach", harness.target.base());
    match harness.target.base().starts_with("https:") {
        true => seen.fine("TLS", "the certificate holds"),
        false => seen.skipped("TLS", "plain http"),
    }
    for left in &harness.left_over {
        seen.failed("left over", left.clone());
    }
    reset(harness, &mut seen).await;
    clock(harness, &mut seen).await;
    let round = Round::begin(&harness.ground, &harness.target, NumberSource::Own);
    steps::Probe { harness, session: round.session() }.examine(&mut seen).await;
    match round.end().await {
        Ok(Observed { made: 0, .. }) => seen.skipped("clean-up", "no test user was created"),
        Ok(Observed { left, .. }) => match left.first() {
            None => seen.fine("clean-up", "the test user is deleted"),
            Some(why) => seen.failed("clean-up", why.clone()),
        },
        Err(why) => seen.failed("clean-up", why.to_string()),
    }
    seen
}

/// Before anything else, since it makes the target forget everything.
async fn reset(harness: &Harness, seen: &mut Examination) {
    match harness.target.reset().await {
        Ok(true) => seen.fine("reset", "the target forgets everything"),
        Ok(false) => seen.skipped("reset", "none; `reset = \"{target}/…\"` in the profile names one"),
        Err(why) => seen.failed("reset", format!("POST {why}; mend `reset` in the profile, or leave it out")),
    }
}

/// A second forward: enough to see whether it can be moved, too little to end anything.
async fn clock(harness: &Harness, seen: &mut Examination) {
    if !harness.target.has_clock() {
        let what = "none: what takes long is unsupported; `clock = { url = \"{target}/…\" }` in the profile names one";
        return seen.skipped("clock", what);
    }
    match harness.target.move_clock(std::time::Duration::from_secs(1)).await {
        Ok(()) => seen.fine("clock", "the target's clock can be moved"),
        Err(why) => seen.failed("clock", format!("POST {why}; mend `clock` in the profile, or leave it out")),
    }
}
