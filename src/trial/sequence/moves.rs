//! What may come next in a sequence, said so that it keeps its meaning when moves before it are taken away: "the code
//! before the newest", not "the second code".

use super::super::seed::Dice;
use super::theme::Theme;
use crate::contract::OperationId;
use crate::suite::How;

/// The people, by number.
pub(super) const PEOPLE: [&str; 3] = ["ada", "bob", "cyd"];

/// One call or wait.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Move {
    /// Asks for a code.
    Send { operation: OperationId, who: usize, options: Options, dashes: bool },
    /// Asks for another number.
    Update { who: usize, to: usize, by: usize },
    /// Tries a code.
    Verify { who: usize, guess: Guess, with_session: bool },
    /// Guesses wrong as often as locks a code.
    Storm { who: usize },
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
    /// A user's code: so many before the newest, perhaps changed.
    Code { of: usize, age: usize, how: Option<How> },
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
    (OperationId::SignupInSms, "{}"),
    (OperationId::SignupInSms, r#"{"loginId":5}"#),
    (OperationId::SignupInSms, r#"{"loginId":"${ada}""#),
    (OperationId::SignupInSms, r#"{"loginId":"${ada}","loginOptions":{"customClaims":1}}"#),
    (OperationId::VerifySms, r#"{"loginId":"${ada}"}"#),
    (OperationId::VerifySms, r#"{"loginId":"${ada}","code":null}"#),
    (OperationId::VerifySms, r#"{"code":"000000"}"#),
    (OperationId::Refresh, "["),
];

impl Move {
    pub(super) fn sends(&self) -> bool {
        matches!(self, Move::Send { .. } | Move::Update { .. })
            || matches!(self, Move::Malformed(at) if MALFORMED[*at].0 == OperationId::SignupInSms)
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
            Move::Verify { who, guess: Guess::Generated { of, age }, with_session } => {
                Move::Verify { who, guess: Guess::Generated { of, age: age.saturating_sub(1) }, with_session }
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
                if operation.template() != OperationId::SignupInSms {
                    found.push(Move::Send { operation: OperationId::SignupInSms, who, options, dashes });
                }
            }
            Move::Verify { who, guess, with_session: true } => {
                found.push(Move::Verify { who, guess, with_session: false });
            }
            Move::Verify { who, guess: Guess::Code { of, age, how: Some(_) }, with_session } => {
                found.push(Move::Verify { who, guess: Guess::Code { of, age, how: None }, with_session });
            }
            _ => {}
        }
        found
    }
}

/// What must be there before anything else makes sense.
pub(super) fn opening(theme: Theme) -> Vec<Move> {
    match theme {
        Theme::ManagedUsers => {
            let made = |(who, operation)| Move::Manage { operation, who, disabled: false };
            [(0, OperationId::CreateTestUser), (1, OperationId::CreateUser)].map(made).to_vec()
        }
        _ => Vec::new(),
    }
}

/// What most people do with a code that they asked for.
pub(super) fn login(send: &Move) -> Option<Move> {
    let Move::Send { who, .. } = *send else { return None };
    let guess = Guess::Code { of: who, age: 0, how: None };
    Some(Move::Verify { who, guess, with_session: false })
}

/// The next move, by weights that let sequences get somewhere: most logins are with a right code.
pub(super) fn draw(theme: Theme, dice: &mut Dice) -> Move {
    let who = dice.below(theme.people());
    match (theme, dice.below(100)) {
        (Theme::PassingTime, 0..15) => {
            return Move::Wait(pick(dice, &[Pass::Moment, Pass::MostOfCodeTtl, Pass::CodeTtl]));
        }
        (Theme::ManagedUsers, 0..25) => return manage(dice, who),
        _ => {}
    }
    match dice.below(100) {
        0..30 => send(dice, who),
        30..54 => verify(theme, dice, who),
        54..90 => present(dice, who),
        90..94 => {
            let others = theme.people();
            Move::Update {
                who,
                to: dice.below(others),
                by: if dice.below(4) == 0 { dice.below(others) } else { who },
            }
        }
        94..96 => Move::Storm { who },
        96..99 => Move::Malformed(dice.below(MALFORMED.len())),
        _ => Move::Keys,
    }
}

fn pick<T: Copy>(dice: &mut Dice, list: &[T]) -> T {
    list[dice.below(list.len())]
}

fn send(dice: &mut Dice, who: usize) -> Move {
    use OperationId as O;
    let operation = pick(dice, &[O::SignupInSms, O::SignupInSms, O::SignupInSms, O::SigninSms, O::SignupSms]);
    let options = match operation.template() {
        O::SignupInSms => pick(
            dice,
            &[Options::None, Options::None, Options::None, Options::Claims, Options::Revoke, Options::StepUp],
        ),
        _ => Options::None,
    };
    Move::Send { operation, who, options, dashes: dice.below(8) == 0 }
}

fn verify(theme: Theme, dice: &mut Dice, who: usize) -> Move {
    let newest = Guess::Code { of: who, age: 0, how: None };
    let guess = match dice.below(20) {
        0..8 => newest,
        8..12 => Guess::Code { of: who, age: 1 + dice.below(2), how: None },
        12..16 => Guess::Code { of: dice.below(theme.people()), age: 0, how: None },
        16 => {
            Guess::Code { of: who, age: 0, how: Some(pick(dice, &[How::Prefix, How::Changed, How::Longer])) }
        }
        17 | 18 if theme == Theme::ManagedUsers => Guess::Generated { of: who, age: dice.below(2) },
        _ => Guess::Wrong,
    };
    Move::Verify { who, guess, with_session: dice.below(6) == 0 }
}

fn present(dice: &mut Dice, who: usize) -> Move {
    use OperationId as O;
    let operation = pick(
        dice,
        &[O::Refresh, O::Refresh, O::Me, O::Me, O::Logout, O::Logoutall, O::TryRefresh, O::Validate],
    );
    // The newest token most of the time, so that one that was logged out is tried again.
    Move::Present { operation, who, age: pick(dice, &[0, 0, 0, 1, 1, 2]) }
}

fn manage(dice: &mut Dice, who: usize) -> Move {
    use OperationId as O;
    let operation = pick(
        dice,
        &[
            O::GenerateOtp,
            O::GenerateOtp,
            O::GenerateOtp,
            O::GenerateOtp,
            O::LoadUser,
            O::LoadUser,
            O::UpdateUserStatus,
            O::LogoutUser,
            O::DeleteUser,
            O::CreateTestUser,
        ],
    );
    Move::Manage { operation, who, disabled: dice.below(2) == 0 }
}
