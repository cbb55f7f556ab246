//! Takes the steps of a scenario: fills their blanks, sends, and takes over what the answers and messages give.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::people::{People, Unavailable};
use super::seed::Dice;
use super::test_users::RequiredTestUsers;
use super::{Patience, Rest, TrialContext, number_pool};
use crate::contract::{Bearer, BearerForm, Body, Case, DeliveryMethod, OperationId};
use crate::drive::code::Message;
use crate::drive::{Noted, Session, Wire};
use crate::exchange::{Assumptions, Capture};
use crate::suite::{Call, RawText, Reference, Repeat, Scenario, Step, StepAction, Template, Wait};

/// How much longer than a lifetime we wait: the model allows five seconds for queues and clocks.
const PAST: Duration = Duration::from_secs(10);

/// How long a debug endpoint may go on showing the code before the newest: it reads from a copy.
const SHOWS_LATE: Duration = Duration::from_millis(300);

/// Takes the steps of one round, for all its users.
pub(super) struct StepExecutor<'a> {
    pub(super) session: &'a Arc<Session>,
    /// How codes are delivered.
    pub(super) method: DeliveryMethod,
    people: People,
    pub(super) assumptions: &'a Assumptions,
    patience: &'a Patience,
    rest: &'a Rest,
    /// The newest exchange.
    pub(super) newest: usize,
    /// For choices that no scenario makes.
    pub(super) dice: Dice,
    /// A call that may go either way went the way after which nothing is left to show.
    pub(super) stopped: bool,
    /// Whether a source that shows only the newest code gets time to show it.
    pub(super) unhurried: bool,
    /// People to whom a message may be on its way that was not waited for, or not long enough.
    owed: BTreeSet<String>,
    /// People whose codes are generated.
    test_users: BTreeSet<String>,
    /// Those of them who have not been created yet.
    waiting: BTreeSet<String>,
}

impl<'a> StepExecutor<'a> {
    /// Before the first step.
    pub(super) fn new(
        session: &'a Arc<Session>,
        scenario: &Scenario,
        ground: &'a TrialContext,
        seed: u64,
    ) -> StepExecutor<'a> {
        let issues_code = |id| ground.contract.operation(id).issues_code;
        let enrolled = match ground.assumptions.capture {
            Capture::Generated => RequiredTestUsers::of(scenario, &issues_code).unwrap_or_default().people,
            _ => BTreeSet::new(),
        };
        StepExecutor {
            session,
            method: scenario.method(),
            people: People::new(seed, number_pool::part(scenario), scenario.method()),
            dice: Dice::new(seed),
            newest: 0,
            assumptions: &ground.assumptions,
            patience: &ground.patience,
            rest: &ground.rest,
            waiting: enrolled.clone(),
            test_users: enrolled,
            owed: BTreeSet::new(),
            stopped: false,
            unhurried: false,
        }
    }

    /// Takes a step as often as it says, unless nothing is left to show.
    pub(super) async fn take(&mut self, step: &Step) -> Result<(), Unavailable> {
        for turn in 1..=times(step.repeat, self.assumptions) {
            match &step.action {
                StepAction::Call(call) => {
                    let accepted = self.call(call).await?;
                    if step.repeat == Repeat::UntilRefused {
                        if !accepted {
                            break;
                        }
                        self.stopped |= turn == UNTIL_REFUSED;
                    }
                }
                StepAction::Together(calls) => self.together(calls).await?,
                StepAction::Wait(wait) => self.wait(*wait).await?,
            }
            if self.stopped {
                break;
            }
        }
        Ok(())
    }

    /// Makes a call, and says whether it was accepted.
    pub(super) async fn call(&mut self, call: &Call) -> Result<bool, Unavailable> {
        let wire = self.wire(call).await.inspect_err(|_| self.stopped |= call.or_stop)?;
        let sent = self.session.send(&wire, Some(call.operation)).await;
        let noted = sent.map_err(|blocked| Unavailable::Missing(format!("not sent: {blocked}")))?;
        self.stopped |= call.or_stop && !noted.accepted();
        self.note(call, &noted);
        if self.issues_code(call) {
            self.collect(call, &wire, &noted).await?;
        }
        self.expect(call, noted.id)?;
        Ok(noted.accepted())
    }

    /// The name of the person who has this number or login ID.
    pub(super) fn named(&self, login_id: &str) -> Option<String> {
        self.people.named(login_id)
    }

    /// How many codes were delivered to this person.
    pub(super) fn codes_of(&mut self, name: &str) -> usize {
        self.people.person(self.session, name).codes.len()
    }

    /// The code delivered last to this person.
    pub(super) fn newest_code(&mut self, name: &str) -> Option<String> {
        self.people.person(self.session, name).codes.last().cloned()
    }

    /// Lets a moment pass that no scenario asks for: on the target's clock, or on everybody's.
    pub(super) async fn pause(&mut self, length: Duration) -> Result<(), Unavailable> {
        if self.session.target().has_clock() {
            return self.session.advance(length).await.map_err(Unavailable::Missing);
        }
        tokio::time::sleep(length).await;
        Ok(())
    }

    async fn wait(&mut self, wait: Wait) -> Result<(), Unavailable> {
        let unknown = || Unavailable::Missing("the profile does not say how long".into());
        let by = match wait {
            Wait::RestOfRun => {
                self.rest.pass().await;
                return Ok(());
            }
            Wait::For(duration) => duration,
            Wait::CodeTtl => Duration::from_secs(self.assumptions.code_ttl_s.ok_or_else(unknown)?) + PAST,
            Wait::MostOfCodeTtl => {
                Duration::from_secs(self.assumptions.code_ttl_s.ok_or_else(unknown)?).mul_f64(0.6)
            }
            Wait::ResendWindow => {
                Duration::from_secs(self.assumptions.resend_window_s.ok_or_else(unknown)?) + PAST
            }
        };
        self.session.advance(by).await.map_err(Unavailable::Missing)
    }

    pub(super) fn issues_code(&self, call: &Call) -> bool {
        self.session.target().contract().operation(call.operation).issues_code
    }

    // ---- before ----------------------------------------------------------------------------------------------

    pub(super) async fn wire(&mut self, call: &Call) -> Result<Wire, Unavailable> {
        self.test_users(call).await?;
        if call.references().iter().any(|r| matches!(r, crate::suite::Reference::Person { how: Some(_), .. }))
        {
            self.people.keys = self.session.target().keys(None).await;
        }
        let bearer = self.bearer(call)?;
        let mut case = Case::new(call.operation, bearer);
        case.body = match (&call.with, &call.raw) {
            (Some(template), _) => Body::Json(self.fill(template)?),
            (None, Some(raw)) => Body::Bytes {
                content_type: Some(raw.content_type.clone()).filter(|kind| !kind.is_empty()),
                bytes: match &raw.text {
                    RawText::Text(template) => text(self.fill(template)?).into(),
                    RawText::Bytes(bytes) => bytes.clone(),
                },
            },
            (None, None) => Body::None,
        };
        for (name, template) in &call.query {
            case.query.push((name.clone(), text(self.fill(template)?)));
        }
        for (name, template) in &call.headers {
            case.headers.push((name.to_lowercase(), text(self.fill(template)?)));
        }
        let wire = self.session.target().wire(case, call.method.as_deref());
        self.session.prepare(&wire, Some(call.operation)).await;
        Ok(Wire { chunked: call.chunked, ..wire })
    }

    /// Creates the test users that a call speaks of, before it speaks of them.
    async fn test_users(&mut self, call: &Call) -> Result<(), Unavailable> {
        let named = call.references().into_iter().filter_map(|reference| match reference {
            Reference::Person { name, .. } => Some(name.as_str()),
            _ => None,
        });
        for name in named.chain(call.by.as_deref()) {
            if self.waiting.remove(name) {
                self.create(name).await?;
            }
        }
        Ok(())
    }

    /// Creates a test user; where the number has a user already, one with another number.
    async fn create(&mut self, name: &str) -> Result<(), Unavailable> {
        for choice in 1.. {
            let number = self.people.person(self.session, name).number.clone();
            let (recipient, verified) = (self.method.recipient(), self.method.verified());
            let body = json!({ "loginId": number, recipient: number, verified: true });
            match self.manage(OperationId::CreateTestUser, body).await {
                Err(why) if choice == number_pool::MAX_ATTEMPTS => return Err(why),
                Err(_) => self.people.forget(name),
                Ok(_) => break,
            }
        }
        Ok(())
    }

    /// A management call of ours, which must be accepted.
    async fn manage(&mut self, operation: OperationId, body: Value) -> Result<Noted, Unavailable> {
        let target = self.session.target();
        let key = target.management_key.as_deref().unwrap_or_default();
        let case = Case::new(operation, Bearer::of(&[&target.project_id, key])).with_json(body);
        let sent = self.session.send(&target.wire(case, None), Some(operation)).await;
        let noted = sent.map_err(|blocked| Unavailable::Missing(format!("not sent: {blocked}")))?;
        let answer =
            noted.answer.response().map(|r| format!("{} {}", r.status, r.error_code().unwrap_or_default()));
        match noted.accepted() {
            true => Ok(noted),
            false => Err(Unavailable::Missing(format!(
                "{operation} was answered {}",
                answer.unwrap_or("not at all".into())
            ))),
        }
    }

    fn fill(&mut self, template: &Template) -> Result<Value, Unavailable> {
        let (people, session) = (&mut self.people, self.session);
        template.fill(&mut |reference| people.resolve(session, reference))
    }

    /// The bearer of the step, or the one the contract asks for, with the newest token of the person.
    fn bearer(&mut self, call: &Call) -> Result<Bearer, Unavailable> {
        if let Some(template) = &call.bearer {
            let value = text(self.fill(template)?);
            return Ok(if value.is_empty() { Bearer::Missing } else { Bearer::Header(value) });
        }
        let target = self.session.target().clone();
        let project = target.project_id.as_str();
        let mut token = |list: fn(&super::people::Person) -> &Vec<String>, what: &str| {
            let name = call
                .person()
                .ok_or_else(|| Unavailable::Missing("the step names no user; add by = \"…\"".into()))?;
            let person = self.people.person(self.session, name);
            list(person)
                .last()
                .cloned()
                .ok_or_else(|| Unavailable::Missing(format!("{name} has no {what} token")))
        };
        Ok(match target.contract().operation(call.operation).bearer {
            BearerForm::Project | BearerForm::None => Bearer::of(&[project]),
            BearerForm::Refresh => Bearer::of(&[project, &token(|person| &person.refresh, "refresh")?]),
            BearerForm::Session => Bearer::of(&[project, &token(|person| &person.session, "session")?]),
            BearerForm::Management => {
                let key = target
                    .management_key
                    .as_deref()
                    .ok_or_else(|| Unavailable::Missing("there is no management key".into()))?;
                Bearer::of(&[project, key])
            }
        })
    }

    // ---- after -----------------------------------------------------------------------------------------------

    pub(super) fn note(&mut self, call: &Call, noted: &Noted) {
        self.newest = self.newest.max(noted.id);
        if let Some(name) = &call.save {
            self.people.save(name, noted.body().json().unwrap_or(&Value::Null));
        }
        if let Some(name) = call.person().filter(|_| noted.accepted()) {
            self.people.note(self.session, name, noted, call.operation == OperationId::GenerateOtp);
        }
    }

    /// Takes in the messages that a send caused: waits for one where it was accepted, looks once where it was not.
    async fn collect(&mut self, call: &Call, wire: &Wire, noted: &Noted) -> Result<(), Unavailable> {
        if let Some(name) = call.person().filter(|name| noted.accepted() && self.test_users.contains(*name)) {
            let number = self.people.person(self.session, name).number.clone();
            let body = json!({ "loginId": number, "deliveryMethod": self.method.name() });
            let generated = self.manage(OperationId::GenerateOtp, body).await?;
            let code = generated.body().str_at("/code").map(str::to_owned);
            self.people.person(self.session, name).codes.extend(code);
            return Ok(());
        }
        match call.recipient() {
            Some(name) => self.gather(name, login_id(wire), &[noted]).await,
            None => Ok(()),
        }
    }

    /// Takes in the messages to a user that these sends have caused: waits until one for each that was accepted has
    /// come or patience is over, and looks at least once. The login ID is what the request named its person by, where
    /// that is not the number.
    pub(super) async fn gather(
        &mut self,
        name: &str,
        login_id: Option<String>,
        sends: &[&Noted],
    ) -> Result<(), Unavailable> {
        let awaited = sends.iter().filter(|noted| noted.accepted()).count();
        // A message that comes late is not this one's.
        let sent_by = match sends {
            [only] if !self.owed.contains(name) => Some(only.id),
            _ => None,
        };
        // What was lost may have been heard.
        if sends.iter().any(|noted| noted.is_open()) {
            self.owed.insert(name.to_owned());
        }
        let capture = self.session.target().codes.capture();
        match capture {
            Capture::EachMessage => {}
            // Where only the newest code shows, one that was not asked for is rather an older one.
            Capture::LatestOnly if awaited > 0 => {
                if self.unhurried {
                    tokio::time::sleep(SHOWS_LATE).await;
                }
            }
            _ => return Ok(()),
        }
        let (number, started) = (self.people.person(self.session, name).number.clone(), Instant::now());
        let login_id = login_id.unwrap_or_else(|| number.clone());
        let mut come = 0;
        loop {
            let patience = if awaited > 0 { self.patience.now() } else { Duration::ZERO };
            let found = self.messages(&number, &login_id, sent_by, started, patience).await?;
            come += found.len();
            let over = found.is_empty() || come >= awaited;
            let person = self.people.person(self.session, name);
            person.codes.extend(found.into_iter().map(|message| message.code));
            if over {
                if come < awaited {
                    self.patience.lose();
                    if let ([only], true) = (sends, sent_by.is_some()) {
                        self.session.silent(only.id);
                    }
                    self.owed.insert(name.to_owned());
                }
                return Ok(());
            }
        }
    }

    /// The next messages to a number, waited for until patience is over. One that is there at the first look was not
    /// waited for, however long a busy machine took to answer.
    async fn messages(
        &self,
        number: &str,
        login_id: &str,
        sent_by: Option<usize>,
        started: Instant,
        patience: Duration,
    ) -> Result<Vec<Message>, Unavailable> {
        let look = |left| async move {
            let found = self.session.messages(number, login_id, sent_by, left).await;
            found.map_err(|error| Unavailable::Missing(error.to_string()))
        };
        let mut found = look(Duration::ZERO).await?;
        let left = patience.saturating_sub(started.elapsed());
        if found.is_empty() && !left.is_zero() {
            found = look(left).await?;
            if !found.is_empty() {
                self.patience.find(started.elapsed());
            }
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, call: &Call, exchange: usize) -> Result<(), Unavailable> {
        for expect in &call.expect {
            let (people, session) = (&mut self.people, self.session);
            let expected = expect.fill(exchange, &mut |reference| people.resolve(session, reference))?;
            self.session.expect(expected);
        }
        Ok(())
    }

    /// Looks once more for messages that were not waited for: some may have gone to the wrong person.
    pub(super) async fn drain(&mut self) {
        for name in std::mem::take(&mut self.owed) {
            let number = self.people.person(self.session, &name).number.clone();
            self.session.retire(&number);
        }
        if self.session.target().codes.capture() != Capture::EachMessage {
            return;
        }
        let session = self.session;
        let last = |number: String| async move {
            // A source that fails now takes nothing away from what was seen.
            let _ = session.messages(&number, &number, None, Duration::ZERO).await;
        };
        let numbers = self.people.everybody().map(|person| last(person.number.clone()));
        futures_util::future::join_all(numbers).await;
    }
}

/// What a request names its person by. A number is in international form there, however it was written.
pub(super) fn login_id(wire: &Wire) -> Option<String> {
    let text = wire.json.as_ref()?.get("loginId")?.as_str()?;
    let digits = text.chars().filter(char::is_ascii_digit);
    Some(if text.starts_with('+') { std::iter::once('+').chain(digits).collect() } else { text.to_owned() })
}

/// How often something is asked that is asked until it is refused.
pub(super) const UNTIL_REFUSED: u32 = 12;

/// How often that is at a target of which this is known.
pub(super) fn times(repeat: Repeat, assumptions: &Assumptions) -> u32 {
    let limit = match repeat {
        Repeat::Times(times) => return times,
        Repeat::MaxAttempts => assumptions.max_attempts,
        Repeat::ResendLimit => assumptions.resend_limit,
        Repeat::TestUserLimit => assumptions.test_user_limit,
        Repeat::UntilRefused => Some(UNTIL_REFUSED),
    };
    limit.unwrap_or(1)
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
