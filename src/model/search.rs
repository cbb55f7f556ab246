//! The search for the cheapest explanation: an order of the calls, as their times allow, and the breaks along it.
//!
//! Wing and Gong's search for a linearization, made best-first: a call may come next if no other open call had ended
//! before it began; every step adds the weight of what it breaks; the first complete order found is a cheapest one.
//! A history without overlaps has one order only.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::rc::Rc;

use super::call::{Action, ModelCall};
use super::context::{Learnt, SearchContext};
use super::otherwise::other_answers;
use super::partition::partition;
use super::state::{Breach, Next, State};
use super::{manage, send, session, spelling, verify};
use crate::contract::{RequirementId, req};

impl SearchContext<'_> {
    fn step(&self, state: &State, call: &ModelCall) -> Next {
        if !self.dashes_are_open {
            return self.act(state, call);
        }
        spelling::step(state, call, |state, call| self.act(state, call))
    }

    fn act(&self, state: &State, call: &ModelCall) -> Next {
        let presented = session::presented(state, call);
        let state = presented.as_ref().unwrap_or(state);
        match &call.action {
            Action::Send(send) => send::step(self, state, call, send),
            Action::Verify { who, code } => verify::step(self, state, call, who, code),
            Action::Generate { who, code } => manage::generate(self, state, call, who, code.as_deref()),
            Action::Create { who, test, others } => manage::create(self, state, call, who, *test, others),
            Action::Delete { who, id } => manage::delete(state, call, who.as_deref(), id.as_deref()),
            Action::Unsettle { who, id, user, suspends } => {
                manage::unsettle(state, call, who.as_deref(), id.as_deref(), *user, *suspends)
            }
            Action::Unread => vec![(state.clone(), Vec::new())],
            Action::DeleteTestUsers => manage::delete_test_users(state, call),
            Action::Session { operation, token, .. } => session::step(self, state, call, *operation, token),
        }
    }
}

/// A cheapest explanation of one group.
pub(super) struct Found {
    /// What it breaks, each with the call at which it came.
    pub(super) breaks: Vec<(usize, Breach)>,
    /// Exchanges that refused a code at the very end of its life.
    pub(super) undecided: Vec<usize>,
    /// What a right server believes afterwards.
    pub(super) state: Rc<State>,
    /// What it has shown of limits.
    pub(super) learnt: Learnt,
    /// Requirements that would have been blamed, had one of the calls been answered otherwise.
    pub(super) examined: BTreeSet<RequirementId>,
}

/// The state of each group after all its calls; none of a group that cannot be explained within the budget.
pub(super) fn final_states(ground: &SearchContext<'_>) -> Vec<Rc<State>> {
    let parts = partition(ground.calls).into_iter().map(|part| {
        let mut part: Vec<&ModelCall> = part.into_iter().map(|index| &ground.calls[index]).collect();
        part.sort_by_key(|call| (call.call, call.exchange));
        part
    });
    parts.filter_map(|part| cheapest(ground, &part, FEW + part.len())).map(|found| found.state).collect()
}

/// Steps beyond one per call after which nothing is promised: what so many orders can explain proves little.
const FEW: usize = 4_000;

/// A cheapest explanation of one group; `None` if the search took more steps than its budget.
pub(super) fn cheapest(ground: &SearchContext<'_>, part: &[&ModelCall], budget: usize) -> Option<Found> {
    let mut nodes: Vec<Node> = vec![Node::start(&ground.learnt)];
    let mut open = BinaryHeap::from([(Reverse(0u64), 0usize, Reverse(0usize))]);
    let mut best: HashMap<(Done, Rc<State>), u64> = HashMap::new();
    let mut steps = 0;
    while let Some((Reverse(cost), _, Reverse(at))) = open.pop() {
        if nodes[at].done.len() == part.len() {
            return Some(Found {
                breaks: path(&nodes, at),
                undecided: nodes[at].state.undecided.iter().copied().collect(),
                state: nodes[at].state.clone(),
                learnt: Learnt::of(part, &nodes[at].state),
                examined: examined(ground, part, &nodes, at),
            });
        }
        for index in enabled(part, &nodes[at].done) {
            for (state, breaks) in ground.step(&nodes[at].state, part[index]) {
                steps += 1;
                if steps > budget {
                    return None;
                }
                let cost = cost + breaks.iter().map(|broken| ground.weight(broken)).sum::<u64>();
                let done = nodes[at].done.with(index);
                let key = (done.clone(), Rc::new(state));
                if best.get(&key).is_some_and(|known| *known <= cost) {
                    continue;
                }
                let node = Node { done, state: key.1.clone(), from: Some((at, index)), breaks };
                best.insert(key, cost);
                open.push((Reverse(cost), node.done.len(), Reverse(nodes.len())));
                nodes.push(node);
            }
        }
    }
    None
}

/// One believed state, and how it was reached.
struct Node {
    done: Done,
    state: Rc<State>,
    from: Option<(usize, usize)>,
    breaks: Vec<Breach>,
}

impl Node {
    fn start(learnt: &Learnt) -> Node {
        Node {
            done: Done { upto: 0, beyond: Vec::new() },
            state: Rc::new(State { attempts: learnt.attempts, ..State::default() }),
            from: None,
            breaks: Vec::new(),
        }
    }
}

/// Which calls have been explained: all before `upto`, and these few after it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Done {
    upto: usize,
    beyond: Vec<usize>,
}

impl Done {
    fn len(&self) -> usize {
        self.upto + self.beyond.len()
    }

    fn has(&self, index: usize) -> bool {
        index < self.upto || self.beyond.contains(&index)
    }

    fn with(&self, index: usize) -> Done {
        let mut next = self.clone();
        next.beyond.push(index);
        next.beyond.sort_unstable();
        while next.beyond.first() == Some(&next.upto) {
            next.beyond.remove(0);
            next.upto += 1;
        }
        next
    }
}

/// The calls that may come next: those that began before any other open call had ended. `part` is sorted by call.
fn enabled(part: &[&ModelCall], done: &Done) -> Vec<usize> {
    let mut first_end = u64::MAX;
    let mut next = Vec::new();
    for (index, call) in part.iter().enumerate().skip(done.upto) {
        if done.has(index) {
            continue;
        }
        if call.call >= first_end {
            break;
        }
        first_end = first_end.min(call.ret.unwrap_or(u64::MAX));
        next.push(index);
    }
    next
}

/// What the history could have convicted of: along the explanation every call is given other answers, and what those
/// break is what this one was looked at for.
fn examined(
    ground: &SearchContext<'_>,
    part: &[&ModelCall],
    nodes: &[Node],
    mut at: usize,
) -> BTreeSet<RequirementId> {
    let mut examined = BTreeSet::new();
    while let Some((from, index)) = nodes[at].from {
        if send::refuses_foreign_step_up(&nodes[from].state, part[index]) {
            examined.insert(req::STEPUP_REQUIRES_OWN_JWT);
        }
        if verify::is_locked_out(&nodes[from].state, part[index]) {
            examined.insert(req::WRONG_GUESSES_ARE_LIMITED);
        }
        for other in other_answers(part[index]) {
            let ways = ground.step(&nodes[from].state, &other);
            let cost = |breaks: &[Breach]| breaks.iter().map(|broken| ground.weight(broken)).sum::<u64>();
            let cheapest = ways.iter().min_by_key(|(_, breaks)| cost(breaks));
            examined
                .extend(cheapest.into_iter().flat_map(|(_, breaks)| breaks).map(|broken| broken.requirement));
        }
        at = from;
    }
    examined
}

fn path(nodes: &[Node], mut at: usize) -> Vec<(usize, Breach)> {
    let mut breaks = Vec::new();
    while let Some((from, index)) = nodes[at].from {
        breaks.extend(nodes[at].breaks.iter().rev().map(|broken| (index, broken.clone())));
        at = from;
    }
    breaks.reverse();
    breaks
}
