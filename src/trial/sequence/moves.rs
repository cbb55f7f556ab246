//! The moves of a sequence, said so that each keeps its meaning when moves before it are taken away: "the code before the
//! newest", not "the second code".

use crate::contract::{DeliveryMethod, OperationId};
use crate::suite::How;

/// The people, by number.
pub(super) const PEOPLE: [&str; 3] = ["ada", "bob", "cyd"];

/// Their mail addresses, where codes go to their phones as well.
pub(super) const MAILED: [&str; 3] = ["eve", "fay", "gus"];

/// One call or wait.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Move {
    /// Asks for a code.
    Send { operation: OperationId, who: usize, options: Options, dashes: bool },
    /// Asks for another address.
    Update { who: usize, to: usize, by: usize, method: DeliveryMethod },
    /// Tries a code.
    Verify { who: usize, guess: Guess, with_session: bool, method: DeliveryMethod },
    /// Guesses wrong as often as locks a code.
    Storm { who: usize, method: DeliveryMethod },
    /// Presents a token.
    Present { operation: OperationId, who: usize, age: usize },
    /// A call of the management API.
    Manage { operation: OperationId, who: usize, disabled: bool },
    /// Says something that no server can mean well; by its place in [`MALFORMED`].
    Malformed(usize),
    /// Lets time pass.
    Wait(Pass),
    /// Asks for what everybody may see.
    Keys,
}

/// What comes with a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Options {
    None,
    Claims,
    Revoke,
    StepUp,
}

/// What is tried as a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// A code that came to a user's address of this method: so many before the newest, perhaps changed.
    Code { of: usize, age: usize, how: Option<How>, came: DeliveryMethod },
    /// A code that the management API generated: so many before the newest.
    Generated { of: usize, age: usize },
    /// No user's code.
    Wrong,
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    Moment,
    MostOfCodeTtl,
    CodeTtl,
}

/// Operation and body, or the text of one: requests that must change nothing.
pub(super) const MALFORMED: [(OperationId, &str); 8] = [
    (OperationId::SIGNUP_IN, "{}"),
    (OperationId::SIGNUP_IN, r#"{"loginId":5}"#),
    (OperationId::SIGNUP_IN, r#"{"loginId":"${ada}""#),
    (OperationId::SIGNUP_IN, r#"{"loginId":"${ada}","loginOptions":{"customClaims":1}}"#),
    (OperationId::VERIFY, r#"{"loginId":"${ada}"}"#),
    (OperationId::VERIFY, r#"{"loginId":"${ada}","code":null}"#),
    (OperationId::VERIFY, r#"{"code":"000000"}"#),
    (OperationId::Refresh, "["),
];

impl Move {
    pub(super) fn sends(&self) -> bool {
        matches!(self, Move::Send { .. } | Move::Update { .. })
            || matches!(self, Move::Malformed(at) if MALFORMED[*at].0 == OperationId::SIGNUP_IN)
    }

    pub(super) fn is_storm(&self) -> bool {
        matches!(self, Move::Storm { .. })
    }

    /// The same of the next younger token or generated code. Codes that were sent stay as old as they are: what is
    /// wrong with one is mostly that it is old.
    pub(super) fn younger(&self) -> Move {
        match self.clone() {
            Move::Present { operation, who, age } => {
                Move::Present { operation, who, age: age.saturating_sub(1) }
            }
            Move::Verify { who, guess: Guess::Generated { of, age }, with_session, method } => {
                let guess = Guess::Generated { of, age: age.saturating_sub(1) };
                Move::Verify { who, guess, with_session, method }
            }
            same => same,
        }
    }

    /// The same with less to read, the simplest first.
    pub(super) fn simpler(&self) -> Vec<Move> {
        let mut found = Vec::new();
        match self.clone() {
            Move::Send { operation, who, options, dashes } => {
                if options != Options::None {
                    found.push(Move::Send { operation, who, options: Options::None, dashes });
                }
                if dashes {
                    found.push(Move::Send { operation, who, options, dashes: false });
                }
                let plainest =
                    operation.method().map_or(operation, |method| OperationId::SIGNUP_IN.by(method));
                if operation != plainest {
                    found.push(Move::Send { operation: plainest, who, options, dashes });
                }
            }
            Move::Verify { who, guess, with_session: true, method } => {
                found.push(Move::Verify { who, guess, with_session: false, method });
            }
            Move::Verify {
                who,
                guess: Guess::Code { of, age, how: Some(_), came },
                with_session,
                method,
            } => {
                let guess = Guess::Code { of, age, how: None, came };
                found.push(Move::Verify { who, guess, with_session, method });
            }
            _ => {}
        }
        found
    }
}
