//! From a scene that convicts to the smallest case that still does.

use std::sync::Arc;

use super::Property;
use super::draw::{Case, Drawn};
use super::play::{Scene, scene};
use crate::contract::{OperationId, RequirementId, req};
use crate::drive::Target;
use crate::exchange::{Answer, History};
use crate::judge::{Doubt, Finding, finding};
use crate::suite::{Action, Call, Repeat, Scenario, Step};
use crate::trial::Ground;

/// How many more scenes may be played to make a case smaller: freely on loopback, a few where sends cost money.
const BUDGET: (usize, usize) = (400, 12);
/// How often an answer must stay away before that is the target's doing, and not the wire's.
const TIMES: usize = 3;

/// An answer within this many microseconds came at once.
const AT_ONCE: u64 = 250_000;

/// The smallest case found.
pub(super) struct Smallest {
    pub(super) scenario: Scenario,
    pub(super) history: History,
    pub(super) findings: Vec<Finding>,
    pub(super) doubts: Vec<Doubt>,
    pub(super) requests: u64,
}

/// Finds the case of a batch that convicts alone, and simplifies it while it still convicts of the same requirement.
pub(super) async fn smallest(
    property: &Property,
    batch: Vec<Drawn>,
    whole: Scene,
    ground: &Arc<Ground>,
    target: &Arc<Target>,
    seed: u64,
) -> Smallest {
    let (free, dear) = BUDGET;
    let mut search = Search {
        property,
        ground,
        target,
        seed,
        left: if target.is_loopback() { free } else { dear },
        requests: 0,
        wanted: whole.gravest(ground.fails_from).map(|finding| finding.requirement),
    };
    for drawn in batch {
        let Some(scene) = search.try_case(&drawn.case).await else { continue };
        return search.simplify(drawn, scene).await;
    }
    // No case convicts alone: the batch as a whole is the smallest we have.
    search.conclude("several cases together", whole)
}

/// Puts a harmless call before and after: whether the server is well shows in how it answers those.
fn around(scenario: &mut Scenario) {
    let place = scenario.place.clone();
    let call = Action::Call(Call::bare(OperationId::Keys, place.clone()));
    let step = Step { action: call, repeat: Repeat::Times(1), place };
    scenario.steps.insert(0, step.clone());
    scenario.steps.push(step);
}

struct Search<'a> {
    property: &'a Property,
    ground: &'a Arc<Ground>,
    target: &'a Arc<Target>,
    seed: u64,
    left: usize,
    requests: u64,
    /// The requirement whose violation is followed; `None` follows a lost answer.
    wanted: Option<RequirementId>,
}

impl Search<'_> {
    /// Plays one case alone; the scene, if it convicts of what is wanted.
    async fn try_case(&mut self, case: &Case) -> Option<Scene> {
        let times = if self.wanted.is_none() { TIMES } else { 1 };
        let mut last = None;
        for _ in 0..times {
            self.left = self.left.checked_sub(1)?;
            let mut scenario = scene(self.property, std::iter::once(case));
            if self.wanted.is_none() {
                around(&mut scenario);
            }
            let scenario = Arc::new(scenario);
            let played = Scene::play(scenario, self.ground, self.target, self.seed).await;
            self.requests += played.history.exchanges().count() as u64;
            let same = match self.wanted {
                Some(wanted) => played.judgement.findings.iter().any(|finding| finding.requirement == wanted),
                None => played.lost(),
            };
            if !same {
                return None;
            }
            last = Some(played);
        }
        last
    }

    async fn simplify(mut self, drawn: Drawn, first: Scene) -> Smallest {
        let (mut best, mut label) = (first, drawn.case.label.clone());
        let Some(mut tree) = drawn.tree else { return self.conclude(&label, best) };
        let mut simpler = tree.simplify();
        while simpler && self.left > 0 {
            let case = tree.case(self.property);
            match self.try_case(&case).await {
                Some(scene) => {
                    (best, label) = (scene, case.label);
                    simpler = tree.simplify();
                }
                None => simpler = tree.complicate(),
            }
        }
        self.conclude(&label, best)
    }

    fn conclude(self, label: &str, scene: Scene) -> Smallest {
        let mut scenario = (*scene.scenario).clone();
        scenario.note = Some(label.to_owned());
        let fails_from = self.ground.fails_from;
        let mut findings: Vec<Finding> =
            scene.judgement.findings.iter().filter(|finding| finding.level >= fails_from).cloned().collect();
        let mut doubts = scene.judgement.doubts.clone();
        if findings.is_empty() && scene.lost() && self.wanted.is_none() && self.left > 0 {
            // The same request went unanswered time after time: that is no wire, that is the server.
            findings.extend(self.unanswered(&scene.history));
            if !findings.is_empty() {
                doubts.clear();
            }
        }
        Smallest { scenario, history: scene.history, findings, doubts, requests: self.requests }
    }

    /// A conviction for an answer that stays away while others come at once. Where everything is slow, so is the
    /// machine, and nothing can be said.
    fn unanswered(&self, history: &History) -> Option<Finding> {
        let lost = history.exchanges().find(|exchange| matches!(exchange.answer, Answer::Lost(_)))?;
        let Answer::Lost(loss) = lost.answer else { return None };
        let quick = |exchange: &&crate::exchange::Exchange| exchange.ret - exchange.call < AT_ONCE;
        let others: Vec<_> =
            history.exchanges().filter(|exchange| exchange.answer.response().is_some()).collect();
        let healthy = !others.is_empty() && others.iter().all(quick);
        let expected = "an answer: the request is well framed";
        let seen = format!("{loss}, {TIMES} times in a row, while the requests around it were answered");
        healthy.then(|| {
            finding(
                &self.ground.contract,
                "availability",
                req::BAD_INPUT_IS_NEVER_5XX,
                expected,
                seen,
                &[lost.id],
            )
        })
    }
}
