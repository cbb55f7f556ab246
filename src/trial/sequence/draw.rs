//! Moves drawn from a seed.

use std::iter;

use super::super::seed::Dice;
use super::moves::{Guess, MALFORMED, Move, Options, Pass};
use super::{LENGTH, STORMS, Sequence, Theme};
use crate::contract::{DeliveryMethod, OperationId};
use crate::suite::How;

impl Sequence {
    /// The moves of one sequence, a function of the seed alone.
    pub(super) fn draw(self, seed: u64) -> Vec<Move> {
        let mut dice = Dice::new(seed);
        let length = LENGTH.0 + dice.below(LENGTH.1 - LENGTH.0 + 1);
        let methods: Vec<DeliveryMethod> = self.methods().collect();
        let mut drawn = opening(self.theme, &methods);
        let mut draw = Draw { theme: self.theme, methods: &methods, dice };
        while drawn.len() < length {
            let next = draw.next();
            let sends = drawn.iter().filter(|drawn| drawn.sends()).count();
            let storms = drawn.iter().filter(|drawn| drawn.is_storm()).count();
            if (next.sends() && sends == self.most_sends()) || (next.is_storm() && storms == STORMS.0) {
                continue;
            }
            let asked = matches!(next, Move::Send { .. }).then_some(&next);
            let login = login(asked).filter(|_| draw.dice.below(2) == 0);
            for next in iter::once(next).chain(login) {
                let look = look_after(&drawn, &next).or_else(|| try_again(&drawn, &next, &methods));
                drawn.push(next);
                drawn.extend(look);
            }
        }
        drawn.truncate(length);
        drawn
    }
}

/// What must be there before anything else makes sense.
fn opening(theme: Theme, methods: &[DeliveryMethod]) -> Vec<Move> {
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
fn login(send: Option<&Move>) -> Option<Move> {
    let (who, method) = match send? {
        Move::Send { who, operation, .. } => (*who, operation.method()?),
        Move::Update { who, method, .. } => (*who, *method),
        _ => return None,
    };
    let guess = Guess::Code { of: who, age: 0, how: None, came: method };
    Some(Move::Verify { who, guess, with_session: false, method })
}

/// A look at the session of a login that ends the user's others, before anything else can have ended that one too.
fn look_after(drawn: &[Move], next: &Move) -> Option<Move> {
    let Move::Verify { who, guess: Guess::Code { of, age: 0, how: None, .. }, .. } = next else {
        return None;
    };
    let newest = drawn.iter().rev().find_map(|drawn| match drawn {
        Move::Send { who: to, options, .. } if to == who => Some(*options),
        _ => None,
    });
    let revokes = of == who && newest == Some(Options::Revoke);
    revokes.then_some(Move::Present { operation: OperationId::Refresh, who: *who, age: 0 })
}

/// The code before the one that is generated now: where it was used, it stays so.
fn try_again(drawn: &[Move], next: &Move, methods: &[DeliveryMethod]) -> Option<Move> {
    let Move::Manage { operation: OperationId::GenerateOtp, who, .. } = *next else { return None };
    let guess = Guess::Generated { of: who, age: 1 };
    let method = *methods.first()?;
    drawn.contains(next).then_some(Move::Verify { who, guess, with_session: false, method })
}

/// What moves are drawn by.
struct Draw<'a> {
    theme: Theme,
    methods: &'a [DeliveryMethod],
    dice: Dice,
}

impl Draw<'_> {
    /// The next move, by weights that let sequences get somewhere: most logins are with a right code.
    fn next(&mut self) -> Move {
        let who = self.person();
        match (self.theme, self.dice.below(100)) {
            (Theme::PassingTime, 0..15) => {
                return Move::Wait(self.pick(&[Pass::Moment, Pass::MostOfCodeTtl, Pass::CodeTtl]));
            }
            (Theme::ManagedUsers, 0..25) => return self.manage(who),
            _ => {}
        }
        let method = self.method();
        let several = self.theme == Theme::SeveralMethods;
        match self.dice.below(100) {
            0..30 => self.send(method, who),
            30..54 => self.verify(method, who),
            // What sessions do was shown by one method.
            54..72 if several => self.verify(method, who),
            54..90 => self.present(who),
            // To the user's own address: what another one means for several methods hangs on what is known of it.
            90..94 if several => Move::Update { who, to: who, by: who, method },
            90..94 => Move::Update {
                who,
                to: self.person(),
                by: if self.dice.below(4) == 0 { self.person() } else { who },
                method,
            },
            94..96 => Move::Storm { who, method },
            96..99 => Move::Malformed(self.dice.below(MALFORMED.len())),
            _ => Move::Keys,
        }
    }

    fn person(&mut self) -> usize {
        self.dice.below(self.theme.people())
    }

    /// One of the methods; where there is one, it is no matter of chance.
    fn method(&mut self) -> DeliveryMethod {
        match self.methods {
            [] => DeliveryMethod::Sms,
            [only] => *only,
            several => self.pick(several),
        }
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.dice.below(list.len())]
    }

    fn send(&mut self, method: DeliveryMethod, who: usize) -> Move {
        use OperationId as O;
        let operation = self.pick(&[O::SIGNUP_IN, O::SIGNUP_IN, O::SIGNUP_IN, O::SIGNIN, O::SIGNUP]);
        let options = match operation {
            O::SIGNUP_IN => self.pick(&[
                Options::None,
                Options::None,
                Options::None,
                Options::Claims,
                Options::Revoke,
                Options::StepUp,
            ]),
            _ => Options::None,
        };
        let dashes = self.dice.below(8) == 0;
        // A user who is named by another kind of address is one who signs in: what else that means no page says.
        let foreign = self.theme == Theme::SeveralMethods
            && self.methods.first().map(|it| it.is_mail()) != Some(method.is_mail());
        let operation = if foreign { O::SIGNIN } else { operation };
        Move::Send { operation: operation.by(method), who, options, dashes: dashes && !foreign }
    }

    fn verify(&mut self, method: DeliveryMethod, who: usize) -> Move {
        // Now and then a code of another method is given back.
        let came = if self.methods.len() > 1 && self.dice.below(4) == 0 { self.method() } else { method };
        let guess = match self.dice.below(20) {
            0..8 => Guess::Code { of: who, age: 0, how: None, came },
            8..12 => Guess::Code { of: who, age: 1 + self.dice.below(2), how: None, came },
            12..16 => Guess::Code { of: self.person(), age: 0, how: None, came },
            16 => {
                let how = self.pick(&[How::Prefix, How::Changed, How::Longer]);
                Guess::Code { of: who, age: 0, how: Some(how), came }
            }
            17 | 18 if self.theme == Theme::ManagedUsers => {
                Guess::Generated { of: who, age: self.dice.below(2) }
            }
            _ => Guess::Wrong,
        };
        Move::Verify { who, guess, with_session: self.dice.below(6) == 0, method }
    }

    fn present(&mut self, who: usize) -> Move {
        use OperationId as O;
        let operation = self.pick(&[
            O::Refresh,
            O::Refresh,
            O::Me,
            O::Me,
            O::Logout,
            O::Logoutall,
            O::TryRefresh,
            O::Validate,
        ]);
        // The newest token most of the time, so that one that was logged out is tried again.
        Move::Present { operation, who, age: self.pick(&[0, 0, 0, 1, 1, 2]) }
    }

    fn manage(&mut self, who: usize) -> Move {
        use OperationId as O;
        let operation = self.pick(&[
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
        ]);
        Move::Manage { operation, who, disabled: self.dice.below(2) == 0 }
    }
}
