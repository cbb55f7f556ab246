//! One way to run a trial: play steps against a target, end the record, clean up, judge.
//!
//! Scenarios, races, properties, sequences, the search for smaller cases, the measuring of lags and the doctor differ
//! in what they play. What happens around the steps is the same for all, and happens here: requests are counted, a
//! deadline is kept, users that were made are deleted, and the history is judged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::actor::StepExecutor;
use super::epilogue::epilogue;
use super::key::Key;
use super::people::Unavailable;
use super::{Cost, TrialContext, TrialError};
use crate::contract::Level;
use crate::drive::{Reached, Session, Target};
use crate::exchange::History;
use crate::judge::{Finding, InconclusiveReason, Judgement, Policy, judge};
use crate::suite::{NameForm, Scenario};

/// Where the phone numbers of a round come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberSource {
    /// Numbers that no other round of the run has.
    Own,
    /// Numbers that are lent, and come again later: for rounds that look at shape only.
    Lent,
    /// Numbers of its own, from another place than those that the run uses now: for rounds that are played again.
    Elsewhere,
}

/// What becomes of a step that has nothing to refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// It ends the round: the steps after it depend on it.
    Ends,
    /// It is left out: each step is independent.
    IsLeftOut,
}

/// A moment that passes before a step.
#[derive(Clone, Copy, Debug)]
pub struct Pause {
    /// The step, by position.
    pub before: usize,
    /// How long it is.
    pub length: Duration,
}

/// How a scenario is played.
#[derive(Clone, Copy, Debug)]
pub struct Play {
    /// Decides what the scenario leaves open.
    pub seed: u64,
    /// Where phone numbers come from.
    pub numbers: NumberSource,
    /// What becomes of a step that has nothing to refer to.
    pub lacking: Lacking,
    /// A pause before one of the steps.
    pub pause: Option<Pause>,
    /// No step begins after this moment.
    pub deadline: Option<Instant>,
    /// Whether what is still promised after the steps is tried.
    pub epilogue: bool,
    /// Whether a source that shows only the newest code gets time to show it.
    pub unhurried: bool,
    /// Whether a wait for the rest of the run is waited.
    pub lingers: bool,
    /// Which of overlapping calls starts a hair before the others, by position: rounds take turns, so that each order is
    /// tried, and again when the round is played again.
    pub first: usize,
}

impl Play {
    /// With numbers of its own, to the first step that cannot be taken.
    pub fn new(seed: u64) -> Play {
        let (numbers, lacking) = (NumberSource::Own, Lacking::Ends);
        Play {
            seed,
            numbers,
            lacking,
            pause: None,
            deadline: None,
            epilogue: false,
            unhurried: false,
            lingers: true,
            first: 0,
        }
    }
}

/// What a round showed.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// All that happened, without a secret in it.
    pub history: History,
    /// What that says of the target.
    pub judgement: Judgement,
    /// What kept a step from being taken, where the round ended there.
    pub doubt: Option<InconclusiveReason>,
    /// What about the target's codes, or its code source, kept a step from being taken: nothing that happened.
    pub inapplicable: Option<String>,
    /// The ceiling of the run that kept a request of it from being sent: then it shows nothing.
    pub ceiling: Option<Reached>,
    /// Whether its time was over before its steps were.
    pub out_of_time: bool,
    /// The steps that were taken, by position, each with the newest exchange when it had been taken.
    pub ends: Vec<(usize, usize)>,
    /// What it sent.
    pub cost: Cost,
    /// Requests of the whole run when it had ended.
    pub requests_so_far: u64,
    /// Test users that it made.
    pub made: usize,
    /// Why some of them could not be deleted, a line each.
    pub left: Vec<String>,
}

impl Observed {
    /// The finding of this key, if it shows one.
    pub(super) fn finding_of(&self, key: &Key) -> Option<&Finding> {
        self.judgement.findings.iter().find(|finding| Key::of(finding, &self.history) == *key)
    }

    /// A finding that may be of the same bug as one of this key.
    pub(super) fn finding_like(&self, key: &Key) -> Option<&Finding> {
        self.judgement.findings.iter().find(|finding| Key::of(finding, &self.history).may_be(key))
    }

    /// Takes what kept it from showing anything. What a broken requirement explains is no doubt of its own.
    pub(super) fn take_doubts(&mut self, fails_from: Level) -> Vec<InconclusiveReason> {
        let mut doubts = std::mem::take(&mut self.judgement.doubts);
        let wrong = self.judgement.findings.iter().any(|finding| finding.level >= fails_from);
        doubts.extend(self.doubt.take().filter(|_| !wrong));
        doubts
    }
}

/// Plays a scenario against a target, and judges what was seen.
///
/// # Errors
/// A request was still under way when the steps had ended.
pub async fn play(
    ground: &TrialContext,
    target: &Arc<Target>,
    scenario: &Scenario,
    play: Play,
) -> Result<Observed, TrialError> {
    let (observed, names) = play_with(ground, target, scenario, play, false).await?;
    let Some((form, answer)) = names.refused.filter(|_| observed.judgement.findings.is_empty()) else {
        return Ok(observed);
    };
    let first = observed;
    let (mut observed, names) = play_with(ground, target, scenario, play, true).await?;
    observed.cost += first.cost;
    observed.made += first.made;
    observed.left.extend(first.left);
    // Only where a plain one is taken in its place was it refused for how it is written.
    if names.took_plain {
        let lacking = format!("the target does not take {} ({answer})", form.called());
        observed.inapplicable = scenario.names.map(|_| lacking).or(observed.inapplicable);
        let question = form.called().to_owned();
        observed.judgement.observed.push(Policy { question, answer: format!("refused {answer}") });
    }
    Ok(observed)
}

/// What became of login IDs that are no numbers.
#[derive(Default)]
struct NamesSeen {
    /// The form that was refused at once, and the answer.
    refused: Option<(NameForm, String)>,
    /// Whether a user was made by a plain one.
    took_plain: bool,
}

/// Plays a scenario once, with plain login IDs or with those that are whose turn it is.
async fn play_with(
    ground: &TrialContext,
    target: &Arc<Target>,
    scenario: &Scenario,
    play: Play,
    plain: bool,
) -> Result<(Observed, NamesSeen), TrialError> {
    let round = Round::begin(ground, target, play.numbers);
    let mut actor = StepExecutor::new(round.session(), scenario, ground, play.seed, plain);
    let mut names = NamesSeen::default();
    actor.unhurried = play.unhurried;
    actor.lingers = play.lingers;
    actor.first = play.first;
    let (mut doubt, mut ends, mut out_of_time, mut inapplicable) = (None, Vec::new(), false, None);
    for (at, step) in scenario.steps.iter().enumerate() {
        if play.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            out_of_time = true;
            break;
        }
        let taken = match play.pause.filter(|pause| pause.before == at) {
            Some(pause) => actor.pause(pause.length).await,
            None => Ok(()),
        };
        let taken = match taken {
            Ok(()) => actor.take(step).await,
            failed => failed,
        };
        match taken {
            Ok(()) => ends.push((at, actor.newest)),
            Err(_) if play.lacking == Lacking::IsLeftOut => continue,
            // A question that makes no sense here is not asked.
            Err(Unavailable::Inapplicable(_)) if step.only_asks() => continue,
            Err(Unavailable::Inapplicable(what)) => {
                // A call after which the round may be over is over.
                inapplicable = (!actor.stopped).then_some(what);
                break;
            }
            Err(Unavailable::Name(form, answer)) => {
                let what = format!("{} was refused: {answer}", form.called());
                doubt = Some(InconclusiveReason::NotShown { place: step.place.clone(), what });
                names.refused = Some((form, answer));
                break;
            }
            Err(Unavailable::Missing(what)) => {
                // A call that may be refused, and was, has taken from the others what they need.
                doubt = (!actor.stopped)
                    .then(|| InconclusiveReason::NotShown { place: step.place.clone(), what });
                break;
            }
        }
        if actor.stopped {
            break;
        }
    }
    if play.epilogue
        && !target.budget().keeps_to_steps()
        && doubt.is_none()
        && inapplicable.is_none()
        && !out_of_time
    {
        round.session().begin_epilogue();
        epilogue(&mut actor, ground).await;
    }
    actor.drain().await;
    names.took_plain = actor.took_plain;
    drop(actor);
    Ok((Observed { doubt, ends, out_of_time, inapplicable, ..round.end().await? }, names))
}

/// A round whose steps the caller takes.
pub struct Round<'a> {
    ground: &'a TrialContext,
    target: &'a Arc<Target>,
    session: Arc<Session>,
}

impl<'a> Round<'a> {
    /// Opens a record.
    pub fn begin(ground: &'a TrialContext, target: &'a Arc<Target>, numbers: NumberSource) -> Round<'a> {
        let assumptions = ground.assumptions.clone();
        let session = match numbers {
            NumberSource::Own => Session::new(target.clone(), assumptions),
            NumberSource::Lent => Session::sharing(target.clone(), assumptions),
            NumberSource::Elsewhere => Session::elsewhere(target.clone(), assumptions),
        };
        Round { ground, target, session: Arc::new(session) }
    }

    /// What sends and records.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Ends the record, deletes the users that were made on the way, and judges what was seen.
    ///
    /// # Errors
    /// A request is still under way: a record that lacks it must not pass for one that shows nothing wrong.
    pub async fn end(self) -> Result<Observed, TrialError> {
        let Round { ground, target, session } = self;
        let session = Arc::into_inner(session).ok_or(TrialError::Unfinished)?;
        let ceiling = session.ceiling();
        let created = session.created();
        let history = session.finish().await;
        // What cannot be deleted now is in the journal, and reported at the end of the run.
        let (made, left) = (created.len(), target.clean_up(&created).await);
        let judgement = judge(&ground.contract, &history);
        let (cost, requests_so_far) = (Cost::of(&history, ground), target.sent().requests);
        Ok(Observed { history, judgement, cost, requests_so_far, ceiling, made, left, ..Observed::default() })
    }
}

impl Cost {
    /// What a history cost.
    pub(super) fn of(history: &History, ground: &TrialContext) -> Cost {
        let operations = history.exchanges().map(|exchange| exchange.operation);
        operations.fold(Cost::default(), |cost, operation| {
            let sends = operation.is_some_and(|id| ground.contract.operation(id).issues_code);
            Cost { requests: cost.requests + 1, sends: cost.sends + u64::from(sends) }
        })
    }
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        self.requests += other.requests;
        self.sends += other.sends;
    }
}
