//! Moves written down as a scenario, with a record of the codes and tokens that a right server has given.
//!
//! The record only says what can be referred to. Where a server decides otherwise a step has nothing to refer to and
//! is left out when it is played; what is right is the model's to say.

use std::time::Duration;

use serde_json::json;

use super::Sequence;
use super::moves::{Guess, MAILED, MALFORMED, Move, Options, PEOPLE, Pass};
use crate::contract::{DeliveryMethod, OperationId};
use crate::exchange::Place;
use crate::suite::{Call, RawBody, RawText, Repeat, Scenario, Step, StepAction, Template, Wait};

/// Wrong guesses after which no more logins are counted on.
const PATIENT: u32 = 3;

/// What a user has been sent and given, as far as can be known beforehand.
#[derive(Clone, Copy, Debug, Default)]
struct Believed {
    /// Codes that came to the user's own address, and to the mail address that was added.
    codes: [usize; 2],
    generated: usize,
    tokens: usize,
    /// The newest code has neither been used nor guessed at too often.
    live: bool,
    guesses: u32,
}

/// The scenario of these moves, each call in the words of its method.
pub(super) fn write(sequence: Sequence, moves: &[Move]) -> Scenario {
    let mut writer = Writer { people: [Believed::default(); 3], method: sequence.first() };
    let place = Place { file: sequence.name(), line: 0 };
    let steps = moves.iter().enumerate().map(|(at, next)| {
        let place = Place { line: at + 1, ..place.clone() };
        let repeat = if matches!(next, Move::Storm { .. }) { Repeat::MaxAttempts } else { Repeat::Times(1) };
        Step { action: writer.action(next, &place), repeat, place }
    });
    let steps = steps.collect();
    let added = sequence.methods().any(|method| writer.is_added(method));
    Scenario {
        name: format!("found by a sequence of {}", sequence.about()),
        group: None,
        proves: sequence.proves(),
        note: None,
        found_by: Some(sequence.name()),
        exclusive: sequence.is_exclusive(),
        needs: Vec::new(),
        names: None,
        by_mail: if added { MAILED.map(str::to_owned).to_vec() } else { Vec::new() },
        rounds: 1,
        steps,
        place,
    }
}

struct Writer {
    people: [Believed; 3],
    /// The method that users begin with, and whose addresses are their login IDs.
    method: DeliveryMethod,
}

impl Writer {
    fn action(&mut self, next: &Move, place: &Place) -> StepAction {
        let call = match next {
            Move::Send { operation, who, options, dashes } => {
                self.send(*operation, *who, *options, *dashes, place)
            }
            Move::Update { who, to, by, method } => self.update(*who, *to, *by, *method, place),
            Move::Verify { who, guess, with_session, method } => {
                self.verify(*who, *guess, *with_session, *method, place)
            }
            Move::Storm { who, method } => {
                self.people[*who].guesses = PATIENT;
                self.verify(*who, Guess::Wrong, false, *method, place)
            }
            Move::Present { operation, who, age } => self.present(*operation, *who, *age, place),
            Move::Manage { operation, who, disabled } => self.manage(*operation, *who, *disabled, place),
            Move::Malformed(at) => malformed(*at, self.method, place),
            Move::Keys => Call::bare(OperationId::Keys, place.clone()),
            Move::Wait(pass) => {
                // Two waits of the middle kind are one of the longest.
                self.people.iter_mut().for_each(|believed| believed.live &= *pass == Pass::Moment);
                return StepAction::Wait(match pass {
                    Pass::Moment => Wait::For(Duration::from_secs(37)),
                    Pass::MostOfCodeTtl => Wait::MostOfCodeTtl,
                    Pass::CodeTtl => Wait::CodeTtl,
                });
            }
        };
        StepAction::Call(call)
    }

    /// Whether codes by this method go to an address that was added to the user's own.
    fn is_added(&self, method: DeliveryMethod) -> bool {
        method.is_mail() != self.method.is_mail()
    }

    /// The name under which a user's address of this method is known.
    fn address(&self, who: usize, method: DeliveryMethod) -> &'static str {
        if self.is_added(method) { MAILED[who] } else { PEOPLE[who] }
    }

    fn send(
        &mut self,
        operation: OperationId,
        who: usize,
        options: Options,
        dashes: bool,
        place: &Place,
    ) -> Call {
        let method = operation.method().unwrap_or(self.method);
        // Mail addresses have no dashes to leave out.
        let dashes = if dashes && !self.method.is_mail() { "|dashes" } else { "" };
        let mut body = json!({ "loginId": format!("${}{dashes}", PEOPLE[who]) });
        match options {
            Options::None => {}
            Options::Claims => body["loginOptions"] = claims(),
            Options::Revoke => body["loginOptions"] = json!({ "revokeOtherSessions": true }),
            Options::StepUp => body["loginOptions"] = json!({ "stepup": true }),
        }
        let bearer = (options == Options::StepUp).then(|| self.token(who, 0)).flatten();
        let refused = match operation.template() {
            OperationId::SIGNUP => self.people[who].tokens > 0,
            OperationId::SIGNIN => self.people[who].tokens == 0,
            _ => false,
        };
        if !refused {
            self.sent(who, method);
        }
        let to = self.is_added(method).then(|| self.address(who, method).to_owned());
        Call { bearer, to, ..with(operation, &body, place) }
    }

    fn sent(&mut self, to: usize, method: DeliveryMethod) {
        let added = usize::from(self.is_added(method));
        let believed = &mut self.people[to];
        believed.codes[added] += 1;
        *believed = Believed { live: true, guesses: 0, ..*believed };
    }

    fn update(&mut self, who: usize, to: usize, by: usize, method: DeliveryMethod, place: &Place) -> Call {
        let mut body = json!({ "loginId": format!("${}", PEOPLE[who]) });
        body[method.recipient()] = format!("${}", self.address(to, method)).into();
        let bearer = self.token(by, 0);
        if bearer.is_some() && by == who {
            self.people[to].codes[usize::from(self.is_added(method))] += 1;
        }
        let operation = OperationId::UPDATE.by(method);
        Call { bearer, by: Some(PEOPLE[who].into()), ..with(operation, &body, place) }
    }

    fn verify(
        &mut self,
        who: usize,
        guess: Guess,
        with_session: bool,
        method: DeliveryMethod,
        place: &Place,
    ) -> Call {
        let nth = |count: usize, age: usize| count.checked_sub(age).filter(|nth| *nth > 0);
        let known = |of: usize| self.people[of];
        let (code, right) = match guess {
            Guess::Code { of, age, how, came } => {
                match nth(known(of).codes[usize::from(self.is_added(came))], age) {
                    Some(nth) => {
                        let how = how.map(|how| format!("|{}", how.word())).unwrap_or_default();
                        let right =
                            of == who && age == 0 && how.is_empty() && known(who).live && came == method;
                        (format!("${}.code.{nth}{how}", self.address(of, came)), right)
                    }
                    None => ("$wrong".into(), false),
                }
            }
            Guess::Generated { of, age } => match nth(known(of).generated, age) {
                Some(nth) => (format!("${}.generated.{nth}", PEOPLE[of]), of == who),
                None => ("$wrong".into(), false),
            },
            Guess::Wrong => ("$wrong".into(), false),
        };
        let bearer = with_session.then(|| self.token(who, 0)).flatten();
        let believed = &mut self.people[who];
        if right {
            *believed = Believed { tokens: believed.tokens + 1, live: false, guesses: 0, ..*believed };
        } else {
            believed.guesses += 1;
            believed.live &= believed.guesses < PATIENT;
        }
        let body = json!({ "loginId": format!("${}", PEOPLE[who]), "code": code });
        Call { bearer, ..with(OperationId::VERIFY.by(method), &body, place) }
    }

    fn present(&mut self, operation: OperationId, who: usize, age: usize, place: &Place) -> Call {
        let bearer = match operation {
            OperationId::Validate => self.nth_token(who, age, "session"),
            _ => self.token(who, age),
        };
        // A user without a token presents none, and is refused.
        let bearer = bearer.unwrap_or_else(|| text("Bearer ${project}"));
        let by = Some(PEOPLE[who].to_owned());
        Call { bearer: Some(bearer), by, ..Call::bare(operation, place.clone()) }
    }

    fn manage(&mut self, operation: OperationId, who: usize, disabled: bool, place: &Place) -> Call {
        let id = format!("${}", PEOPLE[who]);
        let body = match operation {
            OperationId::LoadUser => {
                let query = vec![("loginId".to_owned(), text(&id))];
                return Call { query, ..Call::bare(operation, place.clone()) };
            }
            OperationId::CreateTestUser | OperationId::CreateUser => {
                let mut body = json!({ "loginId": id });
                body[self.method.recipient()] = id.into();
                body
            }
            OperationId::GenerateOtp => json!({ "loginId": id, "deliveryMethod": self.method.name() }),
            OperationId::UpdateUserStatus => {
                json!({ "loginId": id, "status": if disabled { "disabled" } else { "enabled" } })
            }
            _ => json!({ "loginId": id }),
        };
        let believed = &mut self.people[who];
        match operation {
            // The one who was made as a test user.
            OperationId::GenerateOtp if who == 0 => believed.generated += 1,
            OperationId::DeleteUser => believed.live = false,
            _ => {}
        }
        with(operation, &body, place)
    }

    /// A bearer with a refresh token: so many before the newest, or the first one.
    fn token(&self, who: usize, age: usize) -> Option<Template> {
        self.nth_token(who, age, "refresh")
    }

    fn nth_token(&self, who: usize, age: usize, kind: &str) -> Option<Template> {
        let tokens = self.people[who].tokens;
        let nth = tokens.checked_sub(age).filter(|nth| *nth > 0).or((tokens > 0).then_some(1))?;
        Some(text(&format!("Bearer ${{project}}:${{{}.{kind}.{nth}}}", PEOPLE[who])))
    }
}

/// Claims of every kind that is documented; servers that ask whether there is a value lose the empty ones.
fn claims() -> serde_json::Value {
    json!({ "customClaims": { "plan": "gold", "trial": false, "seats": 0, "note": "" } })
}

fn malformed(at: usize, method: DeliveryMethod, place: &Place) -> Call {
    let (operation, body) = MALFORMED[at];
    let operation = operation.by(method);
    let raw = RawBody { text: RawText::Text(text(body)), content_type: "application/json".into() };
    // A refresh needs no body, so that a broken one is all that is wrong with it.
    let bearer = (operation == OperationId::Refresh).then(|| text("Bearer ${project}"));
    Call { raw: Some(raw), bearer, by: Some(PEOPLE[0].into()), ..Call::bare(operation, place.clone()) }
}

fn with(operation: OperationId, body: &serde_json::Value, place: &Place) -> Call {
    let body = Template::parse(body).unwrap_or_else(|_| Template::Literal(body.clone()));
    Call { with: Some(body), ..Call::bare(operation, place.clone()) }
}

fn text(template: &str) -> Template {
    Template::parse_text(template).unwrap_or_else(|_| Template::Literal(template.into()))
}
