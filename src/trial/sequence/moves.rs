//! What may come next in a sequence, said so that it keeps its meaning when moves before it are taken away: "the code
//! before the newest", not "the second code".

use super::super::seed::Dice;
use super::theme::Theme;
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

/// What must be there before anything else makes sense.
pub(super) fn opening(theme: Theme, methods: &[DeliveryMethod]) -> Vec<Move> {
    match theme {
        Theme::ManagedUsers => {
            let made = |(who, operation)| Move::Manage { operation, who, disabled: false };
            [(0, OperationId::CreateTestUser), (1, OperationId::CreateUser)].map(made).to_vec()
        }
        Theme::SeveralMethods => (0..theme.people()).flat_map(|who| user_of(methods, who)).collect(),
        _ => Vec::new(),
    }
}

/// A user whom each of the methods reaches.
fn user_of(methods: &[DeliveryMethod], who: usize) -> Vec<Move> {
    let [first, others @ ..] = methods else { return Vec::new() };
    let operation = OperationId::SIGNUP_IN.by(*first);
    let mut moves = vec![Move::Send { operation, who, options: Options::None, dashes: false }];
    moves.extend(login(moves.last()));
    for method in others {
        let operation = OperationId::SIGNIN.by(*method);
        moves.push(match method.is_mail() == first.is_mail() {
            true => Move::Send { operation, who, options: Options::None, dashes: false },
            false => Move::Update { who, to: who, by: who, method: *method },
        });
        moves.extend(login(moves.last()));
    }
    moves
}

/// What most people do with a code that they asked for.
pub(super) fn login(send: Option<&Move>) -> Option<Move> {
    let (who, method) = match send? {
        Move::Send { who, operation, .. } => (*who, operation.method()?),
        Move::Update { who, method, .. } => (*who, *method),
        _ => return None,
    };
    let guess = Guess::Code { of: who, age: 0, how: None, came: method };
    Some(Move::Verify { who, guess, with_session: false, method })
}

/// The next move, by weights that let sequences get somewhere: most logins are with a right code.
pub(super) fn draw(theme: Theme, methods: &[DeliveryMethod], dice: &mut Dice) -> Move {
    let who = dice.below(theme.people());
    match (theme, dice.below(100)) {
        (Theme::PassingTime, 0..15) => {
            return Move::Wait(pick(dice, &[Pass::Moment, Pass::MostOfCodeTtl, Pass::CodeTtl]));
        }
        (Theme::ManagedUsers, 0..25) => return manage(dice, who),
        _ => {}
    }
    let method = of(methods, dice);
    match dice.below(100) {
        0..30 => send(theme, method, methods, dice, who),
        30..54 => verify(theme, method, methods, dice, who),
        // What sessions do was shown by one method.
        54..72 if theme == Theme::SeveralMethods => verify(theme, method, methods, dice, who),
        54..90 => present(dice, who),
        // To the user's own address: what another one means for several methods hangs on what is known of it.
        90..94 if theme == Theme::SeveralMethods => Move::Update { who, to: who, by: who, method },
        90..94 => {
            let others = theme.people();
            Move::Update {
                who,
                to: dice.below(others),
                by: if dice.below(4) == 0 { dice.below(others) } else { who },
                method,
            }
        }
        94..96 => Move::Storm { who, method },
        96..99 => Move::Malformed(dice.below(MALFORMED.len())),
        _ => Move::Keys,
    }
}

/// One of the methods; where there is one, it is no matter of chance.
fn of(methods: &[DeliveryMethod], dice: &mut Dice) -> DeliveryMethod {
    match methods {
        [] => DeliveryMethod::Sms,
        [only] => *only,
        several => pick(dice, several),
    }
}

fn pick<T: Copy>(dice: &mut Dice, list: &[T]) -> T {
    list[dice.below(list.len())]
}

fn send(
    theme: Theme,
    method: DeliveryMethod,
    methods: &[DeliveryMethod],
    dice: &mut Dice,
    who: usize,
) -> Move {
    use OperationId as O;
    let operation = pick(dice, &[O::SIGNUP_IN, O::SIGNUP_IN, O::SIGNUP_IN, O::SIGNIN, O::SIGNUP]);
    let options = match operation {
        O::SIGNUP_IN => pick(
            dice,
            &[Options::None, Options::None, Options::None, Options::Claims, Options::Revoke, Options::StepUp],
        ),
        _ => Options::None,
    };
    let dashes = dice.below(8) == 0;
    // A user who is named by another kind of address is one who signs in: what else that means no page says.
    let foreign =
        theme == Theme::SeveralMethods && methods.first().map(|it| it.is_mail()) != Some(method.is_mail());
    let operation = if foreign { O::SIGNIN } else { operation };
    Move::Send { operation: operation.by(method), who, options, dashes: dashes && !foreign }
}

fn verify(
    theme: Theme,
    method: DeliveryMethod,
    methods: &[DeliveryMethod],
    dice: &mut Dice,
    who: usize,
) -> Move {
    // Now and then a code of another method is given back.
    let came = if methods.len() > 1 && dice.below(4) == 0 { of(methods, dice) } else { method };
    let newest = Guess::Code { of: who, age: 0, how: None, came };
    let guess = match dice.below(20) {
        0..8 => newest,
        8..12 => Guess::Code { of: who, age: 1 + dice.below(2), how: None, came },
        12..16 => Guess::Code { of: dice.below(theme.people()), age: 0, how: None, came },
        16 => {
            let how = pick(dice, &[How::Prefix, How::Changed, How::Longer]);
            Guess::Code { of: who, age: 0, how: Some(how), came }
        }
        17 | 18 if theme == Theme::ManagedUsers => Guess::Generated { of: who, age: dice.below(2) },
        _ => Guess::Wrong,
    };
    Move::Verify { who, guess, with_session: dice.below(6) == 0, method }
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
