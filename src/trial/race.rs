//! Calls made at the same moment: what it takes for them to overlap, and whether they did.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::TrialContext;
use super::actor::{StepExecutor, beside, login_id, times};
use super::error::landed;
use super::people::Unavailable;
use crate::contract::{Bearer, Case, OperationId};
use crate::drive::{Noted, Session, Target, Wire};
use crate::exchange::{Capture, History};
use crate::suite::{Call, Repeat, Scenario, StepAction};

/// Why overlapping sends show nothing.
const UNSEEN: &str = "the code source showed only the newest of the codes that were sent at the same moment";

/// The most calls that a scenario makes at one moment; none, if nothing overlaps in it. `times` says how many copies
/// of a call there are.
pub(super) fn width(scenario: &Scenario, times: impl Fn(Repeat) -> u64) -> u64 {
    let widths = scenario.steps.iter().map(|step| match &step.action {
        StepAction::Together(calls) => calls.iter().map(|call| times(call.copies)).sum(),
        StepAction::Call(_) | StepAction::Wait(_) => 0,
    });
    widths.max().unwrap_or(0)
}

/// Opens as many connections as calls will be made at once. A call that has to wait for a handshake is overtaken by
/// the one beside it, and the two would never meet. Returns the requests that were sent.
pub(super) async fn warm_up(target: &Arc<Target>, ground: &TrialContext, width: u64) -> u64 {
    // It names no user, and nothing of it is judged: the record is thrown away.
    let session = Arc::new(Session::new(target.clone(), ground.assumptions.clone()));
    let case = Case::new(OperationId::Keys, Bearer::of(&[&target.project_id]));
    let wires = (0..width).map(|_| (target.wire(case.clone(), None), OperationId::Keys));
    // A target that cannot be reached shows so in the race itself.
    let _ = at_once(&session, wires.collect(), 0).await;
    width
}

/// Sends all of them at the same moment, each on a connection of its own. Answers come in the order of the calls.
/// The call that reaches the barrier last starts first, by a hair: `first` says which.
async fn at_once(
    session: &Arc<Session>,
    wires: Vec<(Wire, OperationId)>,
    first: usize,
) -> Result<Vec<Noted>, Unavailable> {
    // On a paced target they wait together, so that they meet.
    let operation = wires.first().map(|(_, operation)| *operation);
    session.target().pace().admit_together(wires.len() as u32, operation).await;
    let barrier = Arc::new(Barrier::new(wires.len()));
    let mut flying = JoinSet::new();
    let mut wires: Vec<_> =
        wires.into_iter().enumerate().map(|(index, wire)| (index, session.reserve(), wire)).collect();
    let behind = (first + 1) % wires.len().max(1);
    wires.rotate_left(behind);
    for (index, id, (mut wire, operation)) in wires {
        wire.paced = true;
        let (session, barrier) = (session.clone(), barrier.clone());
        flying.spawn(async move {
            barrier.wait().await;
            (index, session.send_as(id, &wire, Some(operation)).await)
        });
    }
    let mut answers = BTreeMap::new();
    while let Some(joined) = flying.join_next().await {
        let (index, sent) = landed(joined).map_err(|error| Unavailable::Missing(error.to_string()))?;
        answers.insert(index, sent.map_err(|blocked| Unavailable::Missing(format!("not sent: {blocked}")))?);
    }
    Ok(answers.into_values().collect())
}

impl StepExecutor<'_> {
    /// All calls at the same moment. Messages of overlapping sends to one person cannot be ordered by time, and are
    /// not.
    pub(super) async fn together(&mut self, calls: &[Call]) -> Result<(), Unavailable> {
        let copies =
            calls.iter().flat_map(|call| (0..times(call.copies, self.assumptions)).map(move |_| call));
        let copies: Vec<&Call> = copies.collect();
        let mut wires = Vec::new();
        for call in &copies {
            wires.push((self.wire(call).await?, call.operation));
        }
        let named: Vec<Option<String>> = wires.iter().map(|(wire, _)| login_id(wire)).collect();
        let sends = self.sends(&copies);
        // A source that shows the codes of a login ID shows that of a new number under the login ID that asked for it.
        let login_id_of = |calls: &[usize]| calls.last().and_then(|at| named[*at].clone());
        let mut watches = BTreeMap::new();
        for (name, calls) in &sends {
            let Some(login_id) = login_id_of(calls) else { continue };
            watches.extend(self.watch(name, &login_id, calls.len()).await.map(|watch| (*name, watch)));
        }
        let answers =
            beside(self.session, watches.values_mut(), at_once(self.session, wires, self.first)).await?;
        let pairs = || copies.iter().copied().zip(&answers);
        pairs().for_each(|(call, noted)| self.note(call, noted));
        let mut unseen = false;
        self.let_codes_show(&sends.values().flatten().map(|at| &answers[*at]).collect::<Vec<_>>()).await;
        for (name, calls) in &sends {
            let sends: Vec<&Noted> = calls.iter().map(|at| &answers[*at]).collect();
            let seen = watches.remove(name).map_or(0, |watch| self.saw(name, watch, &sends));
            let come = self.gather(name, login_id_of(calls), &sends, seen).await?;
            unseen |= come < sends.iter().filter(|noted| noted.accepted()).count() && sends.len() > 1;
        }
        pairs().try_for_each(|(call, noted)| self.expect(call, noted.id))?;
        match unseen && self.session.target().codes.capture() == Capture::LatestOnly {
            true => Err(Unavailable::Inapplicable(UNSEEN.into())),
            false => Ok(()),
        }
    }

    /// Which of these calls send something, by the user it goes to.
    fn sends<'c>(&self, calls: &[&'c Call]) -> BTreeMap<&'c str, Vec<usize>> {
        let mut sends: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, call) in calls.iter().enumerate().filter(|(_, call)| self.issues_code(call)) {
            if let Some(name) = call.recipient() {
                sends.entry(name).or_default().push(at);
            }
        }
        sends
    }
}

/// Whether any two calls of a history were under way at the same time.
pub(super) fn overlapped(history: &History) -> bool {
    let mut latest = 0;
    history.exchanges().any(|exchange| {
        let overlaps = exchange.call < latest;
        latest = latest.max(exchange.ret);
        overlaps
    })
}
