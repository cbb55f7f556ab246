//! Plays drawn cases against a target: several scenes at once, each judged by itself.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::Property;
use super::draw::{Case, Drawn, cases};
use super::shrink::smallest;
use super::stage::Stage;
use crate::contract::Level;
use crate::drive::{Session, Target};
use crate::exchange::{Exchange, History, Place};
use crate::judge::{Doubt, Finding, Judgement, Policy, judge};
use crate::suite::{Action, Repeat, Scenario, Step};
use crate::trial::run::landed;
use crate::trial::{Ground, scenario};

/// Scenes in flight at once, on loopback. On other targets one at a time: pacing decides.
const IN_FLIGHT: usize = 16;

/// What a property trial saw.
#[derive(Default)]
pub(in crate::trial) struct Played {
    /// Findings of the smallest case, or warnings, one of each requirement.
    pub(in crate::trial) judgement: Judgement,
    /// The histories that convict.
    pub(in crate::trial) histories: Vec<History>,
    /// The smallest failing case, in suite format.
    pub(in crate::trial) kept: Option<Scenario>,
    /// Requests of the whole run when the first finding was in hand.
    pub(in crate::trial) first_request: Option<u64>,
    /// Requests sent.
    pub(in crate::trial) requests: u64,
    /// How many of them ask for a message.
    pub(in crate::trial) sends: u64,
    /// Cases that were sent.
    pub(in crate::trial) cases: u64,
    /// Keyword × class pairs that were sent.
    pub(in crate::trial) pairs: BTreeSet<String>,
    /// Cases that were turned away for a limit, and were not looked at.
    limited: u64,
}

/// Plays every case of a property. Strategies and value trees belong to one thread, so drawing has one of its own while
/// scenes fly on the runtime's. `clock` says that the target's clock is ours to move. Whoever drops the future ends the
/// play.
pub(in crate::trial) async fn play(
    property: Property,
    ground: Arc<Ground>,
    target: Arc<Target>,
    seed: u64,
    clock: bool,
) -> Result<Played, String> {
    let (_asked_for, dropped) = oneshot::channel::<()>();
    let runtime = tokio::runtime::Handle::current();
    let played = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            tokio::select! {
                played = play_here(&property, &ground, &target, seed, clock) => played,
                _ = dropped => Err("the run has ended".to_owned()),
            }
        })
    });
    landed(played.await)?
}

async fn play_here(
    property: &Property,
    ground: &Arc<Ground>,
    target: &Arc<Target>,
    seed: u64,
    mut clock: bool,
) -> Result<Played, String> {
    let mut played = Played::default();
    let stage = Stage::of(property.operation, property.class);
    let mut drawn = cases(property, seed)?.enumerate().peekable();
    let mut flying: JoinSet<(u64, Scene)> = JoinSet::new();
    let mut batches: HashMap<u64, Vec<Drawn>> = HashMap::new();
    let width = if target.is_loopback() { IN_FLIGHT } else { 1 };
    let window = Duration::from_secs(ground.assumptions.resend_window_s.unwrap_or_default());
    loop {
        if clock && target.is_tired() && flying.is_empty() {
            clock = target.rest(window).await.is_ok();
        }
        while flying.len() < width && drawn.peek().is_some() && !(clock && target.is_tired()) {
            let batch: Vec<(usize, Drawn)> = drawn.by_ref().take(stage.batch).collect();
            let at = batch[0].0 as u64;
            let batch: Vec<Drawn> = batch.into_iter().map(|(_, drawn)| drawn).collect();
            let scenario = Arc::new(scene(property, batch.iter().map(|drawn| &drawn.case)));
            let (ground, target) = (ground.clone(), target.clone());
            flying.spawn(async move { (at, Scene::play(scenario, &ground, &target, seed ^ at).await) });
            batches.insert(at, batch);
        }
        let Some(joined) = flying.join_next().await else { break };
        let (at, scene) = landed(joined)?;
        let batch = batches.remove(&at).unwrap_or_default();
        played.take(property, ground, &batch, &scene, target);
        if scene.convicts(ground.fails_from) {
            flying.abort_all();
            while flying.join_next().await.is_some() {}
            let small = smallest(property, batch, scene, ground, target, seed).await;
            played.convict(small);
            break;
        }
    }
    if played.limited * 2 > played.cases {
        let what =
            format!("{} of {} cases were answered 429, and not looked at", played.limited, played.cases);
        played.judgement.doubts.push(Doubt::Missing { what });
    }
    Ok(played)
}

/// One scenario, what was seen, and what that says.
pub(super) struct Scene {
    pub(super) scenario: Arc<Scenario>,
    pub(super) history: History,
    pub(super) judgement: Judgement,
}

impl Scene {
    /// Plays a scenario and judges it.
    pub(super) async fn play(
        scenario: Arc<Scenario>,
        ground: &Ground,
        target: &Arc<Target>,
        seed: u64,
    ) -> Scene {
        let session = Arc::new(Session::sharing(target.clone(), ground.assumptions.clone()));
        // A step that could not be taken leaves a shorter history; what is in it is judged all the same.
        let _ = scenario::round(&session, &scenario, ground, seed, None).await;
        let created = session.created();
        let history = match Arc::into_inner(session) {
            Some(session) => session.finish().await,
            None => History::default(),
        };
        // What cannot be deleted now is in the journal, and told at the end of the run.
        target.clean_up(&created).await;
        let judgement = judge(&ground.contract, &history);
        Scene { scenario, history, judgement }
    }

    /// The gravest finding, if any fails a trial.
    pub(super) fn gravest(&self, fails_from: Level) -> Option<&Finding> {
        self.judgement
            .findings
            .iter()
            .filter(|finding| finding.level >= fails_from)
            .max_by_key(|finding| finding.level)
    }

    /// Whether something here needs a closer look: a violation, or an answer that never came.
    fn convicts(&self, fails_from: Level) -> bool {
        self.gravest(fails_from).is_some() || self.lost()
    }

    /// Whether an answer never came.
    pub(super) fn lost(&self) -> bool {
        self.judgement.doubts.iter().any(|doubt| matches!(doubt, Doubt::Lost { .. }))
    }
}

/// The cases as one scenario.
pub(super) fn scene<'c>(property: &Property, cases: impl Iterator<Item = &'c Case>) -> Scenario {
    let stage = Stage::of(property.operation, property.class);
    let calls = stage.before.into_iter().chain(cases.map(|case| case.call.clone())).chain(stage.after);
    let step = |call: crate::suite::Call| {
        let place = call.place.clone();
        Step { action: Action::Call(call), repeat: Repeat::Times(1), place }
    };
    Scenario {
        name: property.name().replace("::", " "),
        group: None,
        proves: property.proves(),
        note: None,
        found_by: Some(property.name()),
        exclusive: false,
        needs: Vec::new(),
        rounds: 1,
        steps: calls.map(step).collect(),
        place: Place { file: format!("schema/requests/{}.json", property.operation), line: 1 },
    }
}

impl Played {
    fn take(
        &mut self,
        property: &Property,
        ground: &Ground,
        batch: &[Drawn],
        scene: &Scene,
        target: &Target,
    ) {
        let issues = |id| ground.contract.operation(id).issues_code;
        self.requests += scene.history.exchanges().count() as u64;
        self.sends += scene.history.exchanges().filter(|e| e.operation.is_some_and(issues)).count() as u64;
        self.cases += batch.len() as u64;
        let limited = |e: &&Exchange| e.answer.response().is_some_and(|response| response.status == 429);
        let mine = scene.history.exchanges().filter(|e| e.operation == Some(property.operation));
        self.limited += mine.filter(limited).count() as u64;
        self.pairs.extend(batch.iter().filter_map(|drawn| drawn.case.pair.clone()));
        if !scene.judgement.findings.is_empty() {
            self.first_request.get_or_insert(target.sent().requests);
        }
        // One warning of each requirement says it all.
        for finding in scene.judgement.findings.iter().filter(|finding| finding.level < ground.fails_from) {
            if !self.judgement.findings.iter().any(|known| known.requirement == finding.requirement) {
                self.judgement.findings.push(finding.clone());
                self.histories.push(scene.history.clone());
            }
        }
        for drift in &scene.judgement.drift {
            if !self.judgement.drift.contains(drift) {
                self.judgement.drift.push(drift.clone());
            }
        }
        self.observe(property, batch, scene);
    }

    /// How the target decided what the contract leaves open.
    fn observe(&mut self, property: &Property, batch: &[Drawn], scene: &Scene) {
        let mine =
            scene.history.exchanges().filter(|exchange| exchange.operation == Some(property.operation));
        let before = Stage::of(property.operation, property.class).before;
        let skipped = before.iter().filter(|call| call.operation == property.operation).count();
        for (drawn, exchange) in batch.iter().zip(mine.skip(skipped)) {
            let (Some(question), Some(response)) = (&drawn.case.question, exchange.answer.response()) else {
                continue;
            };
            let answer = match (response.is_success(), response.error_code()) {
                (true, _) => "accepted".to_owned(),
                (false, Some(code)) => format!("refused {} {code}", response.status),
                (false, None) => format!("refused {}", response.status),
            };
            let policy = Policy { question: question.clone(), answer };
            if !self.judgement.observed.contains(&policy) {
                self.judgement.observed.push(policy);
            }
        }
    }

    fn convict(&mut self, small: super::shrink::Smallest) {
        self.judgement.findings.extend(small.findings);
        self.judgement.doubts.extend(small.doubts);
        self.histories.push(small.history);
        self.requests += small.requests;
        self.kept = Some(small.scenario);
    }
}
