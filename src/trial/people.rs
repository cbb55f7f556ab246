//! The people of a trial: numbers and names, and what they were sent and given so far.

use std::collections::HashMap;

use serde_json::Value;

use super::change::change;
use super::names::Names;
use super::number_pool;
use super::seed::Dice;
use crate::contract::DeliveryMethod;
use crate::drive::{ControlError, KeyRing, Noted, NumberPool, Session};
use crate::exchange::{Placeholder, SecretKind};
use crate::suite::{Field, How, NameForm, Reference, Scenario, folded};

/// A user who signs in.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    /// Where codes go to: a number in international form, or an e-mail address.
    pub(super) number: String,
    /// Login ID that is no number, once a step asked for it.
    name: Option<String>,
    /// How that is written.
    form: NameForm,
    /// Whether the target took it.
    is_known: bool,
    /// Codes delivered, in order.
    pub(super) codes: Vec<String>,
    /// Codes that the management API generated, in order.
    pub(super) generated: Vec<String>,
    /// Refresh tokens received, in order.
    pub(super) refresh: Vec<String>,
    /// Session tokens received, in order.
    pub(super) session: Vec<String>,
    /// User ID of the newest login.
    pub(super) user: Option<String>,
}

impl Person {
    fn name(&mut self, session: &Session) -> String {
        let made_up = || {
            let name = self.form.of(&session.target().numbers.name());
            session.learn(|vault| {
                let known = vault.name(&self.number).and_then(Placeholder::parse);
                let label = known.map(|known| known.label.to_owned()).unwrap_or_default();
                vault.learn_as(SecretKind::Name, &label, &name);
                for folded in folded(&name) {
                    vault.learn_as(SecretKind::Name, &label, &folded);
                }
            });
            name
        };
        self.name.get_or_insert_with(made_up).clone()
    }
}

/// All people of a trial, and the answers that were saved.
pub(super) struct People {
    people: HashMap<String, Person>,
    part: NumberPool,
    method: DeliveryMethod,
    by_mail: Vec<String>,
    names: Names,
    saved: HashMap<String, Value>,
    dice: Dice,
    pub(super) keys: std::sync::Arc<KeyRing>,
}

/// A value a step needs that is not there: the case cannot go on, and has shown nothing.
pub(super) enum Unavailable {
    /// It did not come.
    Missing(String),
    /// What this target uses cannot be changed so: a code of letters is no number.
    Inapplicable(String),
    /// The target refused the first request with a login ID that is written so, in these words.
    Name(NameForm, String),
}

impl From<ControlError> for Unavailable {
    fn from(why: ControlError) -> Unavailable {
        Unavailable::Missing(why.to_string())
    }
}

impl People {
    /// Before the first user of a scenario. Where login IDs are to be plain, the target refused another one.
    pub(super) fn new(seed: u64, scenario: &Scenario, plain: bool) -> People {
        People {
            people: HashMap::new(),
            part: number_pool::part(scenario),
            method: scenario.method(),
            by_mail: scenario.by_mail.clone(),
            names: Names::of(seed, scenario, plain),
            saved: HashMap::new(),
            dice: Dice::new(seed),
            keys: Default::default(),
        }
    }

    /// The person of that name in the suite file; appears with a fresh number at first mention.
    pub(super) fn person(&mut self, session: &Session, name: &str) -> &mut Person {
        let mailed = self.by_mail.iter().any(|other| other == name);
        let method = if mailed { DeliveryMethod::Email } else { self.method };
        let met = self.people.len();
        self.people.entry(name.to_owned()).or_insert_with(|| {
            let number = match method.is_mail() {
                false => session.number(self.part),
                true => session.target().numbers.address(),
            };
            session.learn(|vault| {
                vault.learn_person(SecretKind::of_address(&number), &number);
            });
            let form = self.names.form(name, met, method.is_mail());
            Person { number, form, ..Person::default() }
        })
    }

    /// Whether the person of that name was mentioned.
    pub(super) fn has(&self, name: &str) -> bool {
        self.people.contains_key(name)
    }

    /// The name of the person who has this number or login ID.
    pub(super) fn named(&self, login_id: &str) -> Option<String> {
        let has = |person: &Person| person.number == login_id || person.name.as_deref() == Some(login_id);
        self.people.iter().find(|(_, person)| has(person)).map(|(name, _)| name.clone())
    }

    /// The login ID of each person who has one beside the number, by its stand-in. Other texts stand for the same login ID,
    /// and only this one was sent.
    pub(super) fn login_ids(&self, session: &Session) -> HashMap<String, String> {
        let own = self.people.values().filter_map(|person| person.name.clone());
        let mut login_ids = HashMap::new();
        session.learn(|vault| {
            login_ids.extend(own.filter_map(|name| Some((vault.name(&name)?.to_owned(), name))));
        });
        login_ids
    }

    /// How a person's login ID is written, where the target has not taken it yet; it has, from now on, if so.
    pub(super) fn tries_name(&mut self, session: &Session, name: &str, taken: bool) -> Option<NameForm> {
        let person = self.person(session, name);
        let new = !person.is_known;
        person.is_known |= taken;
        Some(person.form).filter(|_| new)
    }

    /// The person of that name appears anew at the next mention, with another number.
    pub(super) fn forget(&mut self, name: &str) {
        self.people.remove(name);
    }

    /// Everybody mentioned so far.
    pub(super) fn everybody(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// Keeps an answer under a name.
    pub(super) fn save(&mut self, name: &str, body: &Value) {
        self.saved.insert(name.to_owned(), body.clone());
    }

    /// Takes over what an answer gave to a person.
    pub(super) fn note(&mut self, session: &Session, name: &str, noted: &Noted, generated: bool) {
        let person = self.person(session, name);
        let body = noted.body();
        if let Some(response) = noted.answer.response() {
            person.session.extend(response.session_token().map(str::to_owned));
            person.refresh.extend(response.refresh_token().map(str::to_owned));
        }
        if let Some(user) = body.str_at("/user/userId").filter(|user| !user.is_empty()) {
            person.user = Some(user.to_owned());
        }
        if generated {
            person.generated.extend(body.str_at("/code").map(str::to_owned));
        }
    }

    /// The value of a reference.
    pub(super) fn resolve(&mut self, session: &Session, reference: &Reference) -> Result<Value, Unavailable> {
        match reference {
            Reference::Null => Ok(Value::Null),
            Reference::Project(how) => self.changed(session, &session.target().project_id, *how),
            Reference::Management(how) => {
                let key = session.target().management_key.as_deref();
                let key = key.ok_or_else(|| Unavailable::Missing("there is no management key".into()))?;
                self.changed(session, key, *how)
            }
            Reference::AuthManagement => {
                let key = session.target().auth_management_key.clone();
                key.map(Value::from)
                    .ok_or_else(|| Unavailable::Missing("there is no auth management key".into()))
            }
            Reference::Static | Reference::StaticLogin => {
                let known = session.target().static_code.clone();
                let known =
                    known.ok_or_else(|| Unavailable::Missing("there is no static test code".into()))?;
                Ok(if *reference == Reference::Static { known.code } else { known.login_id }.into())
            }
            Reference::Unknown => {
                let name = session.target().numbers.name();
                session.learn(|vault| {
                    vault.learn_person(SecretKind::Name, &name);
                });
                Ok(name.into())
            }
            Reference::Wrong => Ok(self.wrong_code().into()),
            Reference::Text(length, symbol) => Ok(symbol.to_string().repeat(*length).into()),
            Reference::Saved { name, pointer } => {
                let value = self.saved.get(name).and_then(|body| body.pointer(pointer)).cloned();
                value.ok_or_else(|| {
                    Unavailable::Missing(format!("the answer saved as {name} has no {pointer}"))
                })
            }
            Reference::Person { name, field, how } => self.of_person(session, name, *field, *how),
        }
    }

    fn of_person(
        &mut self,
        session: &Session,
        name: &str,
        field: Field,
        how: Option<How>,
    ) -> Result<Value, Unavailable> {
        let person = self.person(session, name);
        let nth = |list: &[String], n: Option<usize>| match n {
            Some(n) => list.get(n - 1).cloned(),
            None => list.last().cloned(),
        };
        let (value, what) = match field {
            Field::Phone => (Some(person.number.clone()), "number"),
            Field::Name => (Some(person.name(session)), "name"),
            Field::UserId => (person.user.clone(), "user ID"),
            Field::Code(n) => (nth(&person.codes, n), "delivered code"),
            Field::Generated(n) => (nth(&person.generated, n), "generated code"),
            Field::Refresh(n) => (nth(&person.refresh, n), "refresh token"),
            Field::Session(n) => (nth(&person.session, n), "session token"),
        };
        let value = value.ok_or_else(|| Unavailable::Missing(format!("{name} has no such {what}")))?;
        if how.is_none() {
            return Ok(value.into());
        }
        session.learn(|vault| {
            // Codes and tokens are named when they are first seen; a change of one needs the name now.
            if vault.name(&value).is_none() && matches!(field, Field::Code(_) | Field::Generated(_)) {
                let number = self.people[name].number.clone();
                vault.learn_code(&number, &value);
            }
            if vault.name(&value).is_none() {
                let kind = if matches!(field, Field::Session(_)) {
                    SecretKind::Session
                } else {
                    SecretKind::Refresh
                };
                vault.learn(kind, &value);
            }
        });
        self.changed(session, &value, how)
    }

    /// A known value, changed in this way; the tie between the two is kept.
    fn changed(&self, session: &Session, value: &str, how: Option<How>) -> Result<Value, Unavailable> {
        let Some(how) = how else { return Ok(value.into()) };
        let changed =
            change(value, how, &self.keys).map_err(|error| Unavailable::Inapplicable(error.to_string()))?;
        if matches!(changed, Value::String(_) | Value::Number(_)) {
            let text = changed.as_str().map_or_else(|| changed.to_string(), str::to_owned);
            session.learn(|vault| vault.learn_derived(&text, value, how.word()));
        }
        Ok(changed)
    }

    /// A code of the usual form that no user of this trial was sent.
    fn wrong_code(&mut self) -> String {
        let codes = self.people.values().flat_map(|person| person.codes.iter().chain(&person.generated));
        let known: Vec<&String> = codes.collect();
        let like = known.first().map_or("000000", |code| code.as_str()).to_owned();
        // Which symbols there are beside digits is not known: those of the codes that were seen are some.
        let mut symbols: Vec<char> =
            known.iter().flat_map(|code| code.chars()).filter(|c| c.is_alphanumeric()).collect();
        symbols.sort_unstable();
        symbols.dedup();
        if symbols.len() < 3 || symbols.iter().all(char::is_ascii_digit) {
            symbols = ('0'..='9').collect();
        }
        loop {
            let other =
                |c: char| if c.is_alphanumeric() { symbols[self.dice.below(symbols.len())] } else { c };
            let code: String = like.chars().map(other).collect();
            let known = self
                .people
                .values()
                .any(|person| person.codes.contains(&code) || person.generated.contains(&code));
            if !known {
                return code;
            }
        }
    }
}
