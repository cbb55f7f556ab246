//! Which calls of a history overlap, and with whose.

use super::super::call::{Action, CallOutcome, ModelCall};
use super::super::state::State;
use super::SearchContext;

impl SearchContext<'_> {
    /// Two sends to this person that overlapped before anybody had logged in: which of them made the user is open.
    pub(in crate::model) fn raced_to_sign_up(&self, who: &str) -> Option<[usize; 2]> {
        let logged_in = self.calls.iter().filter(|call| {
            matches!(&call.action, Action::Verify { who: theirs, .. } if theirs == who)
                && call.outcome == CallOutcome::Accepted
        });
        let first = logged_in.filter_map(|call| call.ret).min().unwrap_or(u64::MAX);
        let sends: Vec<&ModelCall> = self
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
    pub(in crate::model) fn overlaps_login_of(&self, call: &ModelCall, who: &str) -> bool {
        self.calls.iter().any(|other| {
            matches!(&other.action, Action::Verify { who: theirs, .. } if theirs == who)
                && other.overlaps(call)
        })
    }

    /// Whether this call was answered with the user of another user's call at the same time.
    pub(in crate::model) fn mixes_up(&self, state: &State, call: &ModelCall, who: &str, id: &str) -> bool {
        let others =
            self.calls.iter().filter(|other| other.exchange != call.exchange && other.overlaps(call));
        let answered = others.filter(|other| other.user_id() == Some(id));
        let mut subjects = answered.filter_map(|other| match &other.action {
            Action::Verify { who, .. } => Some(who.as_str()),
            Action::Session { token, .. } => Some(state.sessions.get(token)?.who.as_str()),
            _ => None,
        });
        subjects.any(|theirs| theirs != who)
    }

    /// Whether another send to the same person overlapped this one.
    pub(in crate::model) fn raced(&self, exchange: usize, who: &str) -> bool {
        let Some(this) = self.call(exchange) else { return false };
        self.calls.iter().any(|other| match &other.action {
            Action::Send(send) => other.exchange != exchange && send.who == who && other.overlaps(this),
            _ => false,
        })
    }
}
