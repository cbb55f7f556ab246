//! Plays drawn cases against a target: a few in each scene, several scenes at once, each judged by itself.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::Property;
use super::case::Case;
use super::draw::{Drawn, cases};
use super::stage::Fixture;
use crate::drive::Target;
use crate::exchange::{Exchange, Place, Response};
use crate::judge::{InconclusiveReason, Policy};
use crate::suite::{Repeat, Scenario, Step, StepAction};
use crate::trial::error::landed;
use crate::trial::evidence::Evidence;
use crate::trial::round::{NumberSource, Observed, Play};
use crate::trial::turns::{self, Turn};
use crate::trial::{TrialContext, TrialError};

/// Runs something that draws cases. Strategies and value trees belong to one thread, so drawing has one of its own
/// while scenes fly on the runtime's. Dropping the future ends it.
///
/// # Errors
/// The run ended meanwhile, or what `work` says.
pub(super) async fn drawing<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Result<T, TrialError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, TrialError>>,
{
    let (_asked_for, dropped) = oneshot::channel::<()>();
    let runtime = tokio::runtime::Handle::current();
    let done = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            tokio::select! {
                done = work() => done,
                _ = dropped => Err(TrialError::RunEnded),
            }
        })
    });
    landed(done.await)?
}

/// Plays every case of a property. `clock` says that the target's clock is ours to move.
///
/// # Errors
/// No case can be drawn, or one could not be played.
pub(in crate::trial) async fn play(
    property: Property,
    ground: Arc<TrialContext>,
    target: Arc<Target>,
    play: Play,
    clock: bool,
) -> Result<Evidence, TrialError> {
    let property = property.on(&target);
    drawing(move || async move { play_here(&property, &ground, &target, play, clock).await }).await
}

async fn play_here(
    property: &Property,
    ground: &Arc<TrialContext>,
    target: &Arc<Target>,
    play: Play,
    clock: bool,
) -> Result<Evidence, TrialError> {
    let mut evidence = Evidence::default();
    let mut limits = Limits::default();
    // The cases of the scenes in flight, in their order.
    let flying: RefCell<VecDeque<Vec<Case>>> = RefCell::default();
    let turns = batches(property, play.seed, target)?.map(|(index, batch)| {
        let cases: Vec<Case> = batch.into_iter().map(|drawn| drawn.case).collect();
        let mut turn = turn(property, index, cases.iter(), play.seed);
        turn.play.deadline = play.deadline;
        flying.borrow_mut().push_back(cases);
        turn
    });
    let width = property.cases_at_once(target);
    turns::in_order(ground, target, turns, width, clock, |turn, observed| {
        let batch = flying.borrow_mut().pop_front().unwrap_or_default();
        limits.note(property, &batch, &observed);
        evidence.pairs.extend(batch.iter().filter_map(|case| case.pair.clone()));
        observe(&mut evidence, property, &batch, &observed);
        evidence.take_of_many(ground, turn, observed);
        evidence.goes_on()
    })
    .await?;
    evidence.judgement.doubts.extend(limits.doubt());
    Ok(evidence)
}

/// The cases that share a scene, and the place of the first among all that may leave.
pub(super) fn batches<'p>(
    property: &'p Property,
    seed: u64,
    target: &'p Target,
) -> Result<impl Iterator<Item = (usize, Vec<Drawn>)> + 'p, TrialError> {
    let size = Fixture::of(property).batch;
    let drawn = cases(property, seed)?;
    let mut drawn = drawn.filter(|drawn| drawn.case.may_leave(target));
    let mut next = 0;
    Ok(std::iter::from_fn(move || {
        let batch: Vec<Drawn> = drawn.by_ref().take(size).collect();
        let first = next;
        next += batch.len();
        (!batch.is_empty()).then_some((first, batch))
    }))
}

/// These cases as they are played.
pub(super) fn turn<'c>(
    property: &Property,
    index: usize,
    cases: impl Iterator<Item = &'c Case>,
    seed: u64,
) -> Turn {
    let play = Play { numbers: NumberSource::Lent, ..Play::new(seed ^ index as u64) };
    Turn { index, scenario: Arc::new(scene(property, cases)), play }
}

/// The cases as one scenario.
fn scene<'c>(property: &Property, cases: impl Iterator<Item = &'c Case>) -> Scenario {
    let stage = Fixture::of(property);
    let calls = stage.before.into_iter().chain(cases.map(|case| case.call.clone())).chain(stage.after);
    let step = |call: crate::suite::Call| {
        let place = call.place.clone();
        Step { action: StepAction::Call(call), repeat: Repeat::Times(1), place }
    };
    Scenario {
        name: property.name().replace("::", " "),
        group: None,
        proves: property.proves(),
        note: None,
        found_by: Some(property.name()),
        exclusive: false,
        needs: Vec::new(),
        names: None,
        by_mail: Vec::new(),
        rounds: 1,
        steps: calls.map(step).collect(),
        place: Place { file: format!("schema/requests/{}.json", property.operation), line: 1 },
    }
}

/// Cases that were answered 429, and not looked at.
#[derive(Default)]
struct Limits {
    limited: usize,
    cases: usize,
}

impl Limits {
    fn note(&mut self, property: &Property, batch: &[Case], observed: &Observed) {
        let limited = |e: &&Exchange| e.answer.response().is_some_and(Response::says_not_now);
        let mine = observed.history.exchanges().filter(|e| e.operation == Some(property.operation));
        self.limited += mine.filter(limited).count();
        self.cases += batch.len();
    }

    fn doubt(&self) -> Option<InconclusiveReason> {
        let what = format!("{} of {} cases were answered 429, and not looked at", self.limited, self.cases);
        (self.limited * 2 > self.cases).then_some(InconclusiveReason::Missing { what })
    }
}

/// How the target decided what the contract leaves open.
fn observe(evidence: &mut Evidence, property: &Property, batch: &[Case], observed: &Observed) {
    let mine = observed.history.exchanges().filter(|exchange| exchange.operation == Some(property.operation));
    let before = Fixture::of(property).before;
    let skipped = before.iter().filter(|call| call.operation == property.operation).count();
    for (case, exchange) in batch.iter().zip(mine.skip(skipped)) {
        let (Some(question), Some(response)) = (&case.question, exchange.answer.response()) else {
            continue;
        };
        let answer = match (response.is_success(), response.error_code()) {
            (true, _) => "accepted".to_owned(),
            (false, Some(code)) => format!("refused {} {code}", response.status),
            (false, None) => format!("refused {}", response.status),
        };
        let policy = Policy { question: question.clone(), answer };
        if !evidence.judgement.observed.contains(&policy) {
            evidence.judgement.observed.push(policy);
        }
    }
}
