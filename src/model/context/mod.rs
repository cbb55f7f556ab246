//! What every step of the search may look at besides the state: the calls of the whole history, and what they show.

mod learnt;
mod races;
mod tokens;

use std::collections::{BTreeSet, HashMap};

use super::call::{Action, CallOutcome, Code, ModelCall, SendCall, SendKind};
use super::spelling;
use super::state::{Breach, State};
use crate::contract::{Contract, DeliveryMethod, Level};
use crate::exchange::{Assumptions, Micros, Placeholder, SecretKind};

pub(super) use learnt::Learnt;

/// The shortest pause between messages that is believed of a cap: a shorter one limits no user.
const SHORTEST_PAUSE: Micros = 1_000_000;

/// The least lifetime a project can set. Source: docs: OTP settings.
pub(super) const LEAST_TTL: u64 = 60;

/// What every step may look at besides the state.
pub(super) struct SearchContext<'a> {
    pub(super) contract: &'a Contract,
    pub(super) assumptions: &'a Assumptions,
    /// Every call of the history, also those of other people.
    pub(super) calls: &'a [ModelCall],
    /// Who each code was sent to or generated for.
    owners: HashMap<&'a str, &'a str>,
    /// A user's newest code was refused although nothing had happened since it was sent: then no circumstance need
    /// be looked for where another code is refused.
    pub(super) refuses_plainly: bool,
    /// What other people's calls have shown of the limits that the profile does not give.
    pub(super) learnt: Learnt,
    /// Whether a number with dashes reaches the user of the number is asked, and not shown.
    pub(super) dashes_are_open: bool,
    /// When logins were made that were refused, and that not every server can read.
    unread: Vec<Micros>,
    /// Who was sent codes by several methods, or gave them back by another: what those mean for each other no page says.
    mixed: BTreeSet<&'a str>,
}

impl<'a> SearchContext<'a> {
    pub(super) fn new(
        contract: &'a Contract,
        assumptions: &'a Assumptions,
        calls: &'a [ModelCall],
    ) -> SearchContext<'a> {
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
        SearchContext {
            contract,
            assumptions,
            calls,
            owners,
            refuses_plainly,
            learnt,
            unread: unread.collect(),
            mixed: mixed(calls),
            dashes_are_open: spelling::is_open(calls),
        }
    }

    /// Whether this user had to do with several delivery methods: then what reaches it by which depends on addresses that
    /// we may not know.
    pub(super) fn mixes_methods(&self, who: &str) -> bool {
        self.mixed.contains(who)
    }

    /// Whether an update of this address leaves this login ID alone: it is no address of the same kind.
    pub(super) fn keeps_login_id(&self, who: &str, address: &str) -> bool {
        let kind = |text: &str| Placeholder::parse(text).map(|name| name.kind);
        let address = kind(address).filter(|kind| kind.is_address());
        self.mixes_methods(who) && address.is_some_and(|address| kind(who) != Some(address))
    }

    /// Who a code belongs to.
    pub(super) fn owner_of(&self, code: &str) -> Option<&'a str> {
        self.owners.get(code).copied()
    }

    /// Whether a login ID was certainly never used before this run.
    pub(super) fn is_fresh(&self, who: &str) -> bool {
        match Placeholder::parse(who).map(|name| name.kind) {
            // One login ID is the project's own.
            Some(SecretKind::Name) => who != "<name:static>",
            Some(SecretKind::Phone | SecretKind::Email) => self.assumptions.fresh_numbers,
            _ => false,
        }
    }

    /// How many logins that not every server can read were refused before this one, or while it was under way.
    pub(super) fn unread_before(&self, call: &ModelCall) -> u64 {
        let until = call.ret.unwrap_or(call.call);
        self.unread.iter().filter(|made| **made <= until).count() as u64
    }

    /// Whether an earlier guess for the same user since then was refused as a wrong one.
    pub(super) fn refused_as_wrong(&self, call: &ModelCall, since: Micros) -> bool {
        let Action::Verify { who, .. } = &call.action else { return false };
        let between = self.calls.iter().filter(|other| other.call >= since && other.call < call.call);
        between.into_iter().any(|other| {
            other.outcome.is_refused_with("E061102")
                && matches!(&other.action, Action::Verify { who: theirs, .. } if theirs == who)
        })
    }

    /// Whether a send too many was answered 429: then one that was accepted was not one.
    pub(super) fn limits_with_429(&self) -> bool {
        self.calls
            .iter()
            .any(|call| matches!(call.action, Action::Send(_)) && call.outcome == CallOutcome::Limited)
    }

    /// Whether a message came to the same recipient after this send, whose own did not come in time, and all that was sent
    /// to it was sent within a moment: then no cap of messages explains it, since one that lets the next message through
    /// has not been reached.
    pub(super) fn is_heard_after(&self, send: &SendCall, exchange: usize) -> bool {
        let Some(silent) = self.call(exchange) else { return false };
        let sent_there = |call: &&ModelCall| match &call.action {
            Action::Send(other) => other.recipient() == send.recipient(),
            _ => false,
        };
        let Some(first) = self.calls.iter().find(sent_there) else { return false };
        let soon = |call: &ModelCall| call.call > silent.call && call.call < first.call + SHORTEST_PAUSE;
        self.calls.iter().filter(|call| soon(call)).any(|call| match &call.action {
            Action::Send(later) => {
                later.recipient() == send.recipient()
                    && (later.delivered.is_some() || !later.candidates.is_empty())
            }
            _ => false,
        })
    }

    /// Whether anything but sign-ins and logins was asked for this person, so that something else may have made the user.
    pub(super) fn met_otherwise(&self, who: &str) -> bool {
        self.calls.iter().any(|call| match &call.action {
            Action::Send(send) => {
                (send.who == who && send.door != SendKind::Signin) || send.phone.as_deref() == Some(who)
            }
            Action::Generate { who: other, .. } | Action::Create { who: other, .. } => other == who,
            _ => false,
        })
    }

    /// Whether a login ID in this spelling was understood in a login: it was accepted with the right code.
    pub(super) fn resolves(&self, spelling: &str) -> bool {
        self.calls.iter().any(|call| {
            matches!(call.action, Action::Verify { .. })
                && call.outcome == CallOutcome::Accepted
                && call.spelling.as_deref() == Some(spelling)
        })
    }

    pub(super) fn is_phone(&self, who: &str) -> bool {
        Placeholder::parse(who).is_some_and(|name| name.kind.is_address())
    }

    pub(super) fn call(&self, exchange: usize) -> Option<&'a ModelCall> {
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
    pub(super) fn concerns(&self, call: &ModelCall, who: &str) -> bool {
        speaks_of(call, who)
    }

    /// What a break weighs: one MUST more than any number of SHOULDs in a history of ours.
    pub(super) fn weight(&self, broken: &Breach) -> u64 {
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
}

/// Whether the last call refused the code that the call before it had sent, to a user who had made no mistake.
fn refused_plainly(calls: &[ModelCall]) -> bool {
    let [before @ .., send, verify] = calls else { return false };
    let (Action::Send(sent), Action::Verify { who, code }) = (&send.action, &verify.action) else {
        return false;
    };
    let unchallenged = sent.options["pkceChallenge"].is_null();
    let delivered = sent.delivered.is_some() && sent.delivered.as_deref() == code.text();
    let plain = sent.who == *who && delivered && unchallenged;
    plain
        && send.outcome == CallOutcome::Accepted
        && send.method == verify.method
        && matches!((&verify.outcome, code), (CallOutcome::Refused { .. }, Code::Plain(_)))
        && verify.call.saturating_sub(send.call) < LEAST_TTL * 1_000_000
        && !before.iter().any(|call| {
            let guessed =
                matches!(call.action, Action::Verify { .. }) && call.outcome != CallOutcome::Accepted;
            guessed && speaks_of(call, who)
        })
}

/// Whether a call logs this person in or sends a code to it.
pub(super) fn speaks_of(call: &ModelCall, who: &str) -> bool {
    match &call.action {
        Action::Send(send) => send.who == who,
        Action::Verify { who: other, .. }
        | Action::Generate { who: other, .. }
        | Action::Create { who: other, .. } => other == who,
        _ => false,
    }
}

/// Every user that calls by more than one delivery method speak of.
fn mixed(calls: &[ModelCall]) -> BTreeSet<&str> {
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

/// The session, by its family, that a step-up may go on with: the one that asked for it.
pub(super) fn goes_on(state: &State, call: &ModelCall, who: &str, send: Option<&SendCall>) -> Option<String> {
    let asked_by = [call.presented.as_ref(), send.and_then(|send| send.token.as_ref())];
    let mut sessions = asked_by.into_iter().flatten().filter_map(|token| state.sessions.get(token));
    let session = sessions.find(|session| session.who == who && session.life.may_live())?;
    Some(session.family.clone())
}
