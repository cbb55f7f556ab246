//! From a scene that convicts to the smallest case that still does.

use std::sync::Arc;

use super::Property;
use super::case::Case;
use super::draw::Drawn;
use super::play::{batches, drawing, turn};
use super::prune::with_one_less;
use super::stage::Fixture;
use super::unanswered::Unanswered;
use crate::contract::{OperationId, req};
use crate::drive::Target;
use crate::exchange::{Answer, Exchange, History, Loss};
use crate::judge::{Finding, finding};
use crate::suite::{Call, Repeat, Scenario, Step, StepAction};
use crate::trial::key::Key;
use crate::trial::round::Observed;
use crate::trial::small::{Search, Small};
use crate::trial::{Cost, TrialContext, TrialError};

/// How often an answer must stay away before that is the target's doing, and not the wire's.
const TIMES: usize = 3;

/// An answer within this many microseconds came at once.
const AT_ONCE: u64 = 250_000;

/// Finds the case of the scene at `index` that shows what is wanted alone, and simplifies it while it still does.
/// `None`, if no case does alone: then the scene as a whole is the smallest we have.
///
/// # Errors
/// A call of ours never ended.
pub(in crate::trial) async fn smallest(
    property: Property,
    index: usize,
    wanted: Key,
    ground: Arc<TrialContext>,
    target: Arc<Target>,
    seed: u64,
) -> Result<Option<Small>, TrialError> {
    drawing(move || async move {
        let mut alone = Alone { property: &property, seed, index, search: Search::new(&ground, &target) };
        let same = |seen: &Observed| seen.finding_of(&wanted).is_some();
        let Some((drawn, observed)) = alone.first(same).await? else { return Ok(None) };
        let mut small = alone.simplified(drawn, observed, same).await?;
        if wanted.is_of_acceptance() {
            // What was drawn beside the culprit may have chosen the sentence: then a body is refused that lacks it. A bug
            // that is not known comes first, so that a known one in the same body hides nothing.
            for known in [false, true] {
                let like = |seen: &Observed| {
                    let found = seen.finding_like(&wanted);
                    found.is_some_and(|found| known || !ground.excused.covers(&property.name(), found))
                };
                small = alone.pruned(small, like).await?;
            }
        }
        Ok(Some(alone.small(small)))
    })
    .await
}

struct Alone<'a> {
    property: &'a Property,
    seed: u64,
    index: usize,
    search: Search<'a>,
}

impl Alone<'_> {
    fn scenario(&self, case: &Case) -> Scenario {
        let turn = turn(self.property, self.index, std::iter::once(case), self.seed);
        Arc::unwrap_or_clone(turn.scenario)
    }

    fn play(&self) -> crate::trial::round::Play {
        turn(self.property, self.index, std::iter::empty(), self.seed).play
    }

    async fn shows(
        &mut self,
        case: &Case,
        wanted: impl Fn(&Observed) -> bool,
    ) -> Result<Option<Observed>, TrialError> {
        let (scenario, play) = (self.scenario(case), self.play());
        self.search.shows(&scenario, play, wanted).await
    }

    /// The first case of the scene that shows what is wanted alone, and what it showed.
    async fn first(
        &mut self,
        wanted: impl Fn(&Observed) -> bool,
    ) -> Result<Option<(Drawn, Observed)>, TrialError> {
        for drawn in self.batch()? {
            if let Some(observed) = self.shows(&drawn.case, &wanted).await? {
                return Ok(Some((drawn, observed)));
            }
        }
        Ok(None)
    }

    /// The cases of the scene, drawn again.
    fn batch(&self) -> Result<Vec<Drawn>, TrialError> {
        let found =
            batches(self.property, self.seed, self.search.target)?.find(|(first, _)| *first == self.index);
        Ok(found.map(|(_, batch)| batch).unwrap_or_default())
    }

    /// The case made simpler as long as it shows what is wanted.
    async fn simplified(
        &mut self,
        Drawn { mut case, tree }: Drawn,
        mut observed: Observed,
        wanted: impl Fn(&Observed) -> bool,
    ) -> Result<(Case, Observed), TrialError> {
        let Some(mut tree) = tree else { return Ok((case, observed)) };
        let mut simpler = tree.simplify();
        while simpler && self.search.may_go_on() {
            let candidate = tree.case(self.property);
            match self.shows(&candidate, &wanted).await? {
                Some(seen) => {
                    (case, observed) = (candidate, seen);
                    simpler = tree.simplify();
                }
                None => simpler = tree.complicate(),
            }
        }
        Ok((case, observed))
    }

    /// The case without the members that it shows what is wanted without.
    async fn pruned(
        &mut self,
        (mut case, mut observed): (Case, Observed),
        wanted: impl Fn(&Observed) -> bool,
    ) -> Result<(Case, Observed), TrialError> {
        'fewer: loop {
            for body in case.call.with.as_ref().map(with_one_less).unwrap_or_default() {
                let mut candidate = case.clone();
                candidate.call.with = Some(body);
                if let Some(seen) = self.shows(&candidate, &wanted).await? {
                    (case, observed) = (candidate, seen);
                    continue 'fewer;
                }
            }
            return Ok((case, observed));
        }
    }

    fn small(&self, (case, observed): (Case, Observed)) -> Small {
        let mut scenario = self.scenario(&case);
        scenario.note = Some(case.label);
        Small { scenario, observed, cost: self.search.cost }
    }
}

/// Looks for the case of the scene at `index` that is never answered, while harmless calls around it are. Each request has a
/// connection of its own then: a server may close one that waits for the next.
///
/// # Errors
/// A call of ours never ended.
pub(in crate::trial) async fn unanswered(
    property: Property,
    index: usize,
    ground: Arc<TrialContext>,
    target: Arc<Target>,
    seed: u64,
) -> Result<(Option<Unanswered>, Cost), TrialError> {
    drawing(move || async move {
        target.connect_anew();
        let case = 1 + Fixture::of(&property).before.len();
        let mut alone = Alone { property: &property, seed, index, search: Search::new(&ground, &target) };
        for drawn in alone.batch()? {
            let (mut scenario, play) = (alone.scenario(&drawn.case), alone.play());
            around(&mut scenario);
            scenario.note = Some(drawn.case.label);
            let mut last = None;
            for _ in 0..TIMES {
                let played = alone.search.play(&scenario, play).await?;
                last = played.and_then(|observed| Some((lost_at(&observed, case)?, observed.history)));
                if last.is_none() {
                    break;
                }
            }
            let Some((lost, history)) = last else { continue };
            let found = convict(&ground, &history, lost);
            return Ok((found.map(|finding| Unanswered { finding, history, scenario }), alone.search.cost));
        }
        Ok((None, alone.search.cost))
    })
    .await
}

/// Puts a harmless call before and after: whether the server is well shows in how it answers those.
fn around(scenario: &mut Scenario) {
    let place = scenario.place.clone();
    let call = StepAction::Call(Call::bare(OperationId::Keys, place.clone()));
    let step = Step { action: call, repeat: Repeat::Times(1), place };
    scenario.steps.insert(0, step.clone());
    scenario.steps.push(step);
}

/// The exchange of the step at `case`, if its answer never came. A request that could not be sent was not looked at.
fn lost_at(observed: &Observed, case: usize) -> Option<usize> {
    let end = |step: usize| observed.ends.iter().find(|(at, _)| *at == step).map(|(_, newest)| *newest);
    let before = end(case.checked_sub(1)?)?;
    let own = observed.history.exchanges().find(|exchange| exchange.id > before)?;
    let lost = |loss| !matches!(loss, Loss::Unreachable | Loss::TooLarge | Loss::Undecodable);
    matches!(own.answer, Answer::Lost(loss) if lost(loss)).then_some(own.id)
}

/// A conviction for an answer that stays away while others come at once. Where everything is slow, so is the machine,
/// and nothing can be said.
fn convict(ground: &TrialContext, history: &History, lost: usize) -> Option<Finding> {
    let lost = history.exchange(lost)?;
    let Answer::Lost(loss) = lost.answer else { return None };
    let quick = |exchange: &&Exchange| exchange.ret - exchange.call < AT_ONCE;
    let others: Vec<_> =
        history.exchanges().filter(|exchange| exchange.answer.response().is_some()).collect();
    let healthy = !others.is_empty() && others.iter().all(quick);
    let expected = "an answer: the request is well framed";
    let seen = format!("{loss}, {TIMES} times in a row, while the requests around it were answered");
    healthy.then(|| {
        finding(&ground.contract, "availability", req::BAD_INPUT_IS_NEVER_5XX, expected, seen, &[lost.id])
    })
}
