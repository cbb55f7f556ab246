//! The search for the cheapest explanation: an order of the calls, as their times allow, and the breaks along it.
//!
//! Wing and Gong's search for a linearization, made best-first: a call may come next if no other open call had ended
//! before it began; every step adds the weight of what it breaks; the first complete order found is a cheapest one.
//! A history without overlaps has one order only.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::rc::Rc;

use super::call::{Action, Call, Code, Door, Outcome, SendCall};
use super::otherwise::other_answers;
use super::partition::partition;
use super::state::{Break, Interval, Next, State};
use super::{login, manage, send, session, verify};
use crate::contract::{Contract, DeliveryMethod, Level, RequirementId, req};
use crate::exchange::{Assumptions, Kind, Micros, StandIn};

/// What every step may look at besides the state.
pub(super) struct Ground<'a> {
    pub(super) contract: &'a Contract,
    pub(super) assumptions: &'a Assumptions,
    /// Every call of the history, also those of other people.
    pub(super) calls: &'a [Call],
    /// Who each code was sent to or generated for.
    owners: HashMap<&'a str, &'a str>,
    /// A user's newest code was refused although nothing had happened since it was sent: then no circumstance need
    /// be looked for where another code is refused.
    pub(super) refuses_plainly: bool,
    /// What other people's calls have shown of the limits that the profile does not give.
    pub(super) learnt: Learnt,
    /// When logins were made that were refused, and that not every server can read.
    unread: Vec<Micros>,
    /// Who was sent codes by several methods, or gave them back by another: what those mean for each other no page says.
    mixed: BTreeSet<&'a str>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(contract: &'a Contract, assumptions: &'a Assumptions, calls: &'a [Call]) -> Ground<'a> {
        let mut owners = HashMap::new();
        for call in calls {
            match &call.action {
                Action::Send(send) => {
                    let codes = send.delivered.iter().chain(&send.candidates);
                    owners.extend(codes.map(|code| (code.as_str(), send.who.as_str())));
                }
                Action::Generate { who, code: Some(code) } => {
                    owners.insert(code.as_str(), who.as_str());
                }
                _ => {}
            }
        }
        let refuses_plainly = (1..calls.len()).any(|at| refused_plainly(&calls[..=at]));
        let unread = calls.iter().filter(|call| matches!(call.action, Action::Unread)).map(|call| call.call);
        let learnt = Learnt::default();
        Ground {
            contract,
            assumptions,
            calls,
            owners,
            refuses_plainly,
            learnt,
            unread: unread.collect(),
            mixed: mixed(calls),
        }
    }

    /// Whether this person had to do with several delivery methods: then they prove nothing.
    pub(super) fn mixes_methods(&self, who: &str) -> bool {
        self.mixed.contains(who)
    }

    /// Who a code belongs to.
    pub(super) fn owner_of(&self, code: &str) -> Option<&'a str> {
        self.owners.get(code).copied()
    }

    /// Whether a login ID was certainly never used before this run.
    pub(super) fn is_fresh(&self, who: &str) -> bool {
        match StandIn::parse(who).map(|name| name.kind) {
            // One login ID is the project's own.
            Some(Kind::Name) => who != "<name:static>",
            Some(Kind::Phone | Kind::Email) => self.assumptions.fresh_numbers,
            _ => false,
        }
    }

    /// How many logins that not every server can read were refused before this one, or while it was under way.
    pub(super) fn unread_before(&self, call: &Call) -> u64 {
        let until = call.ret.unwrap_or(call.call);
        self.unread.iter().filter(|made| **made <= until).count() as u64
    }

    /// Whether an earlier guess for the same user since then was refused as a wrong one.
    pub(super) fn refused_as_wrong(&self, call: &Call, since: Micros) -> bool {
        let Action::Verify { who, .. } = &call.action else { return false };
        let between = self.calls.iter().filter(|other| other.call >= since && other.call < call.call);
        between.into_iter().any(|other| {
            let wrong =
                matches!(&other.outcome, Outcome::Refused { error } if error.as_deref() == Some("E061102"));
            wrong && matches!(&other.action, Action::Verify { who: theirs, .. } if theirs == who)
        })
    }

    /// Whether a send too many was answered 429: then one that was accepted was not one.
    pub(super) fn limits_with_429(&self) -> bool {
        self.calls
            .iter()
            .any(|call| matches!(call.action, Action::Send(_)) && call.outcome == Outcome::Limited)
    }

    /// The login before this one that was answered with this refresh token.
    pub(super) fn issued_by(&self, token: &str, call: &Call) -> Option<usize> {
        let mut before = self.calls.iter().filter(|other| other.ret.is_some_and(|ret| ret <= call.call));
        let login = before.find(|other| {
            matches!(other.action, Action::Verify { .. })
                && other.token("DSR").is_some_and(|issued| issued.token == token)
        });
        login.map(|login| login.exchange)
    }

    /// Whether anything but sign-ins and logins was asked for this person, so that something else may have made the user.
    pub(super) fn met_otherwise(&self, who: &str) -> bool {
        self.calls.iter().any(|call| match &call.action {
            Action::Send(send) => {
                (send.who == who && send.door != Door::Signin) || send.phone.as_deref() == Some(who)
            }
            Action::Generate { who: other, .. } | Action::Create { who: other, .. } => other == who,
            _ => false,
        })
    }

    /// Whether a login ID in this spelling was understood in a login: it was accepted with the right code.
    pub(super) fn resolves(&self, spelling: &str) -> bool {
        self.calls.iter().any(|call| {
            matches!(call.action, Action::Verify { .. })
                && call.outcome == Outcome::Accepted
                && call.spelling.as_deref() == Some(spelling)
        })
    }

    pub(super) fn is_phone(&self, who: &str) -> bool {
        StandIn::parse(who).is_some_and(|name| name.kind.is_address())
    }

    pub(super) fn call(&self, exchange: usize) -> Option<&'a Call> {
        let at = self.calls.binary_search_by_key(&exchange, |call| call.exchange).ok()?;
        self.calls.get(at)
    }

    /// The send of that exchange.
    pub(super) fn send(&self, exchange: usize) -> Option<&'a SendCall> {
        match &self.call(exchange)?.action {
            Action::Send(send) => Some(send),
            _ => None,
        }
    }

    /// Whether a call has to do with this person.
    pub(super) fn concerns(&self, call: &Call, who: &str) -> bool {
        login::speaks_of(call, who)
    }

    /// Two sends to this person that overlapped before anybody had logged in: which of them made the user is open.
    pub(super) fn raced_to_sign_up(&self, who: &str) -> Option<[usize; 2]> {
        let logged_in = self.calls.iter().filter(|call| {
            matches!(&call.action, Action::Verify { who: theirs, .. } if theirs == who)
                && call.outcome == Outcome::Accepted
        });
        let first = logged_in.filter_map(|call| call.ret).min().unwrap_or(u64::MAX);
        let sends: Vec<&Call> = self
            .calls
            .iter()
            .filter(|call| call.call < first)
            .filter(|call| matches!(&call.action, Action::Send(send) if send.who == who))
            .collect();
        let pairs =
            sends.iter().enumerate().flat_map(|(at, one)| sends[at + 1..].iter().map(move |b| (one, b)));
        pairs.into_iter().find(|(one, other)| one.overlaps(other)).map(|(one, b)| [one.exchange, b.exchange])
    }

    /// Whether this login overlapped one of that person.
    pub(super) fn overlaps_login_of(&self, call: &Call, who: &str) -> bool {
        self.calls.iter().any(|other| {
            matches!(&other.action, Action::Verify { who: theirs, .. } if theirs == who)
                && other.overlaps(call)
        })
    }

    /// Whether this login was answered with the user of another login at the same time.
    pub(super) fn mixes_up(&self, call: &Call, who: &str, id: &str) -> bool {
        self.calls.iter().any(|other| match &other.action {
            Action::Verify { who: theirs, .. } => {
                theirs != who && other.user_id() == Some(id) && other.overlaps(call)
            }
            _ => false,
        })
    }

    /// Whether another send to the same person overlapped this one.
    pub(super) fn raced(&self, exchange: usize, who: &str) -> bool {
        let Some(this) = self.call(exchange) else { return false };
        self.calls.iter().any(|other| match &other.action {
            Action::Send(send) => other.exchange != exchange && send.who == who && other.overlaps(this),
            _ => false,
        })
    }

    /// Whether a refresh token was issued to another user.
    pub(super) fn token_of_other(&self, token: &str, who: &str) -> bool {
        self.calls.iter().any(|call| match &call.action {
            Action::Verify { who: other, .. } => {
                other != who && call.token("DSR").is_some_and(|t| t.token == token)
            }
            _ => false,
        })
    }

    /// Whether a login was asked to end the user's other sessions.
    pub(super) fn revokes(&self, verify: &Call) -> bool {
        let Action::Verify { who, code } = &verify.action else { return false };
        self.calls.iter().any(|call| match &call.action {
            Action::Send(send) => {
                send.who == *who
                    && send.delivered.as_deref() == code.text()
                    && send.options["revokeOtherSessions"] == true
            }
            _ => false,
        })
    }

    /// What a break weighs: one MUST more than any number of SHOULDs in a history of ours.
    fn weight(&self, broken: &Break) -> u64 {
        let requirement = self.contract.requirement(broken.requirement);
        let level = match requirement {
            Some(requirement) if broken.second => {
                requirement.also.as_ref().map_or(Level::Should, |also| also.level)
            }
            Some(requirement) => requirement.level,
            None => Level::Must,
        };
        match level {
            Level::Must => 10_000,
            Level::Should => 10,
            Level::May => 1,
        }
    }

    fn step(&self, state: &State, call: &Call) -> Next {
        let mut opaque = None;
        let who = match &call.action {
            Action::Send(send) => Some(&send.who),
            Action::Verify { who, .. } => Some(who),
            _ => None,
        };
        if let Some(who) = who.filter(|who| self.mixes_methods(who)) {
            let mut state = state.clone();
            state.user(who, self.is_fresh(who)).opaque = true;
            opaque = Some(state);
        }
        let state = opaque.as_ref().unwrap_or(state);
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

/// Everybody who is spoken of in calls by more than one delivery method.
fn mixed(calls: &[Call]) -> BTreeSet<&str> {
    let mut methods: HashMap<&str, DeliveryMethod> = HashMap::new();
    let mut mixed = BTreeSet::new();
    for (call, method) in calls.iter().filter_map(|call| Some((call, call.method?))) {
        let (who, recipient) = match &call.action {
            Action::Send(send) => (send.who.as_str(), send.phone.as_deref()),
            Action::Verify { who, .. } => (who.as_str(), None),
            _ => continue,
        };
        for name in std::iter::once(who).chain(recipient) {
            if *methods.entry(name).or_insert(method) != method {
                mixed.insert(name);
            }
        }
    }
    mixed
}

/// A cheapest explanation of one group.
pub(super) struct Found {
    /// What it breaks, each with the call at which it came.
    pub(super) breaks: Vec<(usize, Break)>,
    /// Exchanges that refused a code at the very end of its life.
    pub(super) undecided: Vec<usize>,
    /// What a right server believes afterwards.
    pub(super) state: Rc<State>,
    /// What it has shown of limits.
    pub(super) learnt: Learnt,
    /// Requirements that would have been blamed, had one of the calls been answered otherwise.
    pub(super) examined: BTreeSet<RequirementId>,
}

/// Limits of a project hold for everybody: what one user's calls have shown of them is known of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Learnt {
    /// Wrong guesses a code survives.
    pub(super) attempts: Interval,
}

impl Learnt {
    /// What a group has shown. Where calls overlapped, another order may show something else, and nothing is certain.
    fn of(part: &[&Call], state: &State) -> Learnt {
        let overlap = |pair: &[&Call]| pair[0].overlaps(pair[1]);
        match part.windows(2).any(overlap) {
            true => Learnt::default(),
            false => Learnt { attempts: state.attempts },
        }
    }

    /// Takes over what another group has shown.
    pub(super) fn join(&mut self, other: &Learnt) {
        self.attempts.allows(other.attempts.least);
        if let Some((most, exchange)) = other.attempts.most {
            self.attempts.forbids(most, exchange);
        }
    }
}

/// The state of each group after all its calls; none of a group that cannot be explained within the budget.
pub(super) fn final_states(ground: &Ground<'_>) -> Vec<Rc<State>> {
    let parts = partition(ground.calls).into_iter().map(|part| {
        let mut part: Vec<&Call> = part.into_iter().map(|index| &ground.calls[index]).collect();
        part.sort_by_key(|call| (call.call, call.exchange));
        part
    });
    parts.filter_map(|part| cheapest(ground, &part, FEW + part.len())).map(|found| found.state).collect()
}

/// Steps beyond one per call after which nothing is promised: what so many orders can explain proves little.
const FEW: usize = 4_000;

/// Whether the last call refused the code that the call before it had sent, to a user who had made no mistake.
fn refused_plainly(calls: &[Call]) -> bool {
    let [before @ .., send, verify] = calls else { return false };
    let (Action::Send(sent), Action::Verify { who, code }) = (&send.action, &verify.action) else {
        return false;
    };
    let unchallenged = sent.options["pkceChallenge"].is_null();
    let delivered = sent.delivered.is_some() && sent.delivered.as_deref() == code.text();
    let plain = sent.who == *who && delivered && unchallenged;
    plain
        && send.outcome == Outcome::Accepted
        && matches!((&verify.outcome, code), (Outcome::Refused { .. }, Code::Plain(_)))
        && verify.call.saturating_sub(send.call) < verify::LEAST_TTL * 1_000_000
        && !before.iter().any(|call| {
            let guessed = matches!(call.action, Action::Verify { .. }) && call.outcome != Outcome::Accepted;
            guessed && login::speaks_of(call, who)
        })
}

/// A cheapest explanation of one group; `None` if the search took more steps than its budget.
pub(super) fn cheapest(ground: &Ground<'_>, part: &[&Call], budget: usize) -> Option<Found> {
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
    breaks: Vec<Break>,
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
fn enabled(part: &[&Call], done: &Done) -> Vec<usize> {
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
fn examined(ground: &Ground<'_>, part: &[&Call], nodes: &[Node], mut at: usize) -> BTreeSet<RequirementId> {
    let mut examined = BTreeSet::new();
    while let Some((from, index)) = nodes[at].from {
        if send::refuses_foreign_step_up(&nodes[from].state, part[index]) {
            examined.insert(req::STEPUP_REQUIRES_OWN_JWT);
        }
        for other in other_answers(part[index]) {
            let ways = ground.step(&nodes[from].state, &other);
            let cost = |breaks: &[Break]| breaks.iter().map(|broken| ground.weight(broken)).sum::<u64>();
            let cheapest = ways.iter().min_by_key(|(_, breaks)| cost(breaks));
            examined
                .extend(cheapest.into_iter().flat_map(|(_, breaks)| breaks).map(|broken| broken.requirement));
        }
        at = from;
    }
    examined
}

fn path(nodes: &[Node], mut at: usize) -> Vec<(usize, Break)> {
    let mut breaks = Vec::new();
    while let Some((from, index)) = nodes[at].from {
        breaks.extend(nodes[at].breaks.iter().rev().map(|broken| (index, broken.clone())));
        at = from;
    }
    breaks.reverse();
    breaks
}
