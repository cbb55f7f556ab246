//! A second opinion on the search: one code slot of one person as somebody else's checker of linearizability knows it.
//!
//! Verifies and sends of one person overlap at random and are answered at random. The rules are written once more, in
//! five lines; `todc-utils` looks for an order that keeps them, and so does our search.

use std::fmt::Write as _;

use todc_utils::{Action, History, Specification, WGLChecker};

use super::dice::Dice;

/// One call with its answer.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Sent(u64),
    Verified(u64, bool),
}

/// The code that works, if one does.
pub(crate) struct Slot;

impl Specification for Slot {
    type State = Option<u64>;
    type Operation = Op;

    fn init() -> Option<u64> {
        None
    }

    fn apply(op: &Op, state: &Option<u64>) -> (bool, Option<u64>) {
        match op {
            Op::Sent(code) => (true, Some(*code)),
            Op::Verified(code, true) if *state == Some(*code) => (true, None),
            Op::Verified(code, false) if *state != Some(*code) => (true, *state),
            Op::Verified(..) => (false, *state),
        }
    }
}

/// Random calls, as a recording and as that checker wants them.
pub(crate) fn race(dice: &mut Dice) -> (String, History<Op>) {
    let calls = 2 + dice.below(6);
    let mut times: Vec<(u64, u64, Op)> = Vec::new();
    let mut sends = 0;
    for at in 0..calls {
        let call = 1 + at * 10 + dice.below(5);
        let ret = call + 5 + dice.below(40);
        let op = if sends == 0 || dice.one_in(3) {
            sends += 1;
            Op::Sent(sends)
        } else {
            Op::Verified(1 + dice.below(sends), dice.one_in(3))
        };
        times.push((call, ret, op));
    }
    (recording(&times), history(&times))
}

fn recording(times: &[(u64, u64, Op)]) -> String {
    let mut text = String::from("assume fresh, attempts 99, resend 99 per 60, ttl 600\n");
    for (call, ret, op) in times {
        match op {
            Op::Sent(code) => {
                write!(text, "[{call}-{ret}] signup-in-sms A -> 200\n[{ret}] message A A{code}\n")
            }
            Op::Verified(code, true) => {
                writeln!(text, "[{call}-{ret}] verify-sms A A{code} -> 200 user=1 s1")
            }
            Op::Verified(code, false) => writeln!(text, "[{call}-{ret}] verify-sms A A{code} -> 401 E061102"),
        }
        .unwrap();
    }
    text
}

/// Answers go before calls of the same moment.
fn history(times: &[(u64, u64, Op)]) -> History<Op> {
    let mut actions: Vec<(u64, u8, usize, Action<Op>)> = Vec::new();
    for (process, (call, ret, op)) in times.iter().enumerate() {
        actions.push((*call, 1, process, Action::Call(op.clone())));
        actions.push((*ret, 0, process, Action::Response(op.clone())));
    }
    actions.sort_by_key(|(at, kind, process, _)| (*at, *kind, *process));
    History::from_actions(actions.into_iter().map(|(_, _, process, action)| (process, action)).collect())
}

pub(crate) fn has_an_order(history: History<Op>) -> bool {
    WGLChecker::<Slot>::is_linearizable(history)
}
