//! Runs the steps of a scenario against a target, and leaves a history.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::enrol::Roll;
use super::people::{People, Unavailable};
use super::{Cost, Ground};
use crate::contract::{Bearer, BearerForm, Body, Case, OperationId};
use crate::drive::{Noted, Session, Wire};
use crate::exchange::{Assumptions, Capture};
use crate::judge::Doubt;
use crate::suite::{Action, Call, RawText, Reference, Repeat, Scenario, Template, Wait};

/// How much longer than a lifetime we wait: the model allows five seconds for queues and clocks.
const PAST: Duration = Duration::from_secs(10);

/// What a scenario sends, at most.
pub(super) fn cost(scenario: &Scenario, issues_code: &dyn Fn(OperationId) -> bool) -> Cost {
    let mut cost = Cost::default();
    for step in &scenario.steps {
        let times = match step.repeat {
            Repeat::Times(times) => u64::from(times),
            // Limits are known when a target is; these are the usual ones.
            Repeat::MaxAttempts => 5,
            Repeat::ResendLimit => 10,
            Repeat::TestUserLimit => 100,
        };
        let calls: &[Call] = match &step.action {
            Action::Call(call) => std::slice::from_ref(call),
            Action::Together(calls) => calls,
            Action::Wait(_) => &[],
        };
        cost.requests += times * calls.len() as u64;
        cost.sends += times * calls.iter().filter(|call| issues_code(call.operation)).count() as u64;
    }
    Cost {
        requests: cost.requests * u64::from(scenario.rounds),
        sends: cost.sends * u64::from(scenario.rounds),
    }
}

/// The steps, a line each, as their author would read them aloud.
pub(super) fn describe(scenario: &Scenario) -> String {
    let mut text = scenario.note.as_ref().map(|note| format!("  note    {note}\n")).unwrap_or_default();
    for (at, step) in scenario.steps.iter().enumerate() {
        let line = match &step.action {
            Action::Call(call) => describe_call(call),
            Action::Together(calls) => calls.iter().map(describe_call).collect::<Vec<_>>().join(" | "),
            Action::Wait(wait) => format!("wait {wait:?}"),
        };
        let repeat = match step.repeat {
            Repeat::Times(1) => String::new(),
            Repeat::Times(times) => format!(", {times} times"),
            other => format!(", {other:?} times"),
        };
        text.push_str(&format!("  step {:<2} {line}{repeat}\n", at + 1));
    }
    text
}

fn describe_call(call: &Call) -> String {
    let who = call.person().map(|name| format!(" for {name}")).unwrap_or_default();
    let seen = call.expect.iter().find_map(|expect| expect.seen);
    let expect = seen.map(|seen| format!(": {seen:?}").to_lowercase()).unwrap_or_default();
    format!("{}{who}{expect}", call.operation)
}

/// Runs one round. What kept a step from being taken is returned as a doubt; the history is the session's.
pub(super) async fn round(
    session: &Arc<Session>,
    scenario: &Scenario,
    ground: &Ground,
    seed: u64,
) -> Option<Doubt> {
    let (assumptions, patience) = (&ground.assumptions, ground.patience);
    let issues_code = |id| ground.contract.operation(id).issues_code;
    let enrolled = match assumptions.capture {
        Capture::Generated => Roll::of(scenario, &issues_code).unwrap_or_default().people,
        _ => BTreeSet::new(),
    };
    let waiting = enrolled.clone();
    let mut actor = Actor {
        session,
        people: People::new(seed),
        assumptions,
        patience,
        test_users: enrolled,
        waiting,
        stopped: false,
    };
    for step in &scenario.steps {
        for _ in 0..times(step.repeat, assumptions) {
            let taken = match &step.action {
                Action::Call(call) => actor.call(call).await,
                Action::Together(calls) => actor.together(calls).await,
                Action::Wait(wait) => actor.wait(*wait).await,
            };
            if actor.stopped {
                actor.drain().await;
                return None;
            }
            if let Err(Unavailable(what)) = taken {
                actor.drain().await;
                return Some(Doubt::NotShown { place: step.place.clone(), what });
            }
        }
    }
    actor.drain().await;
    None
}

fn times(repeat: Repeat, assumptions: &Assumptions) -> u32 {
    match repeat {
        Repeat::Times(times) => times,
        Repeat::MaxAttempts => assumptions.max_attempts.unwrap_or(1),
        Repeat::ResendLimit => assumptions.resend_limit.unwrap_or(1),
        Repeat::TestUserLimit => assumptions.test_user_limit.unwrap_or(1),
    }
}

struct Actor<'a> {
    session: &'a Arc<Session>,
    people: People,
    assumptions: &'a Assumptions,
    patience: Duration,
    /// A call that may go either way went the way after which nothing is left to show.
    stopped: bool,
    /// People whose codes are generated.
    test_users: BTreeSet<String>,
    /// Those of them who have not been created yet.
    waiting: BTreeSet<String>,
}

impl Actor<'_> {
    async fn call(&mut self, call: &Call) -> Result<(), Unavailable> {
        let wire = self.wire(call).await.inspect_err(|_| self.stopped |= call.or_stop)?;
        let sent = self.session.send(&wire, Some(call.operation)).await;
        let noted = sent.map_err(|blocked| Unavailable(format!("not sent: {blocked}")))?;
        self.stopped |= call.or_stop && !noted.accepted();
        self.note(call, &noted);
        if self.issues_code(call) {
            self.collect(call, &noted, Some(noted.id)).await?;
        }
        self.expect(call, noted.id)
    }

    /// All calls at the same moment; their messages cannot be told apart by time, and are not.
    async fn together(&mut self, calls: &[Call]) -> Result<(), Unavailable> {
        let barrier = Arc::new(tokio::sync::Barrier::new(calls.len()));
        let mut flying = JoinSet::new();
        for (index, call) in calls.iter().enumerate() {
            let (wire, session, barrier) = (self.wire(call).await?, self.session.clone(), barrier.clone());
            let operation = call.operation;
            flying.spawn(async move {
                barrier.wait().await;
                (index, session.send(&wire, Some(operation)).await)
            });
        }
        let mut landed: Vec<Option<Noted>> = vec![None; calls.len()];
        while let Some(joined) = flying.join_next().await {
            let (index, sent) = super::run::landed(joined).map_err(Unavailable)?;
            landed[index] = Some(sent.map_err(|blocked| Unavailable(format!("not sent: {blocked}")))?);
        }
        let pairs = || calls.iter().zip(&landed).filter_map(|(call, noted)| Some((call, noted.as_ref()?)));
        for (call, noted) in pairs() {
            self.note(call, noted);
        }
        for (call, noted) in pairs() {
            if self.issues_code(call) {
                self.collect(call, noted, None).await?;
            }
        }
        for (call, noted) in pairs() {
            self.expect(call, noted.id)?;
        }
        Ok(())
    }

    async fn wait(&mut self, wait: Wait) -> Result<(), Unavailable> {
        let unknown = || Unavailable("the profile does not say how long".into());
        let by = match wait {
            Wait::For(duration) => duration,
            Wait::CodeTtl => Duration::from_secs(self.assumptions.code_ttl_s.ok_or_else(unknown)?) + PAST,
            Wait::MostOfCodeTtl => {
                Duration::from_secs(self.assumptions.code_ttl_s.ok_or_else(unknown)?).mul_f64(0.6)
            }
            Wait::ResendWindow => {
                Duration::from_secs(self.assumptions.resend_window_s.ok_or_else(unknown)?) + PAST
            }
        };
        self.session.advance(by).await.map_err(Unavailable)
    }

    fn issues_code(&self, call: &Call) -> bool {
        self.session.target().contract().operation(call.operation).issues_code
    }

    // ---- before ----------------------------------------------------------------------------------------------

    async fn wire(&mut self, call: &Call) -> Result<Wire, Unavailable> {
        self.enrol(call).await?;
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
                    RawText::Text(template) => text(self.fill(template)?).into_bytes(),
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
        let wire = self.session.target().wire(&case, call.method.as_deref());
        Ok(Wire { chunked: call.chunked, ..wire })
    }

    /// Creates the test users that a call speaks of, before it speaks of them.
    async fn enrol(&mut self, call: &Call) -> Result<(), Unavailable> {
        let named = call.references().into_iter().filter_map(|reference| match reference {
            Reference::Person { name, .. } => Some(name.as_str()),
            _ => None,
        });
        for name in named.chain(call.by.as_deref()) {
            if self.waiting.remove(name) {
                let number = self.people.person(self.session, name).number.clone();
                let body = json!({ "loginId": number, "phone": number, "verifiedPhone": true });
                self.manage(OperationId::CreateTestUser, body).await?;
            }
        }
        Ok(())
    }

    /// A management call of ours, which must be accepted.
    async fn manage(&mut self, operation: OperationId, body: Value) -> Result<Noted, Unavailable> {
        let target = self.session.target();
        let key = target.management_key.as_deref().unwrap_or_default();
        let case = Case::new(operation, Bearer::of(&[&target.project_id, key])).with_json(body);
        let sent = self.session.send(&target.wire(&case, None), Some(operation)).await;
        let noted = sent.map_err(|blocked| Unavailable(format!("not sent: {blocked}")))?;
        let answer =
            noted.answer.response().map(|r| format!("{} {}", r.status, r.error_code().unwrap_or_default()));
        match noted.accepted() {
            true => Ok(noted),
            false => Err(Unavailable(format!(
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
            let name =
                call.person().ok_or_else(|| Unavailable("the step names nobody; add by = \"…\"".into()))?;
            let person = self.people.person(self.session, name);
            list(person).last().cloned().ok_or_else(|| Unavailable(format!("{name} has no {what} token")))
        };
        Ok(match target.contract().operation(call.operation).bearer {
            BearerForm::Project | BearerForm::None => Bearer::of(&[project]),
            BearerForm::Refresh => Bearer::of(&[project, &token(|person| &person.refresh, "refresh")?]),
            BearerForm::Session => Bearer::of(&[project, &token(|person| &person.session, "session")?]),
            BearerForm::Management => {
                let key = target
                    .management_key
                    .as_deref()
                    .ok_or_else(|| Unavailable("there is no management key".into()))?;
                Bearer::of(&[project, key])
            }
        })
    }

    // ---- after -----------------------------------------------------------------------------------------------

    fn note(&mut self, call: &Call, noted: &Noted) {
        if let Some(name) = &call.save {
            self.people.save(name, noted.body().json().unwrap_or(&Value::Null));
        }
        if let Some(name) = call.person().filter(|_| noted.accepted()) {
            self.people.note(self.session, name, noted, call.operation == OperationId::GenerateOtp);
        }
    }

    /// Takes in the messages that a send caused: waits for one where it was accepted, looks once where it was not.
    async fn collect(
        &mut self,
        call: &Call,
        noted: &Noted,
        sent_by: Option<usize>,
    ) -> Result<(), Unavailable> {
        let capture = self.session.target().codes.capture();
        if let Some(name) = call.person().filter(|name| noted.accepted() && self.test_users.contains(*name)) {
            let number = self.people.person(self.session, name).number.clone();
            let body = json!({ "loginId": number, "deliveryMethod": "sms" });
            let generated = self.manage(OperationId::GenerateOtp, body).await?;
            let code = generated.body().str_at("/code").map(str::to_owned);
            self.people.person(self.session, name).codes.extend(code);
            return Ok(());
        }
        let Some(name) =
            call.recipient().filter(|_| matches!(capture, Capture::EachMessage | Capture::LatestOnly))
        else {
            return Ok(());
        };
        let person = self.people.person(self.session, name).clone();
        let patience = if noted.accepted() { self.patience } else { Duration::ZERO };
        let found = self.session.messages(&person.number, &person.number, sent_by, patience).await;
        let found = found.map_err(|error| Unavailable(error.to_string()))?;
        let person = self.people.person(self.session, name);
        person.codes.extend(found.into_iter().map(|message| message.code));
        Ok(())
    }

    fn expect(&mut self, call: &Call, exchange: usize) -> Result<(), Unavailable> {
        for expect in &call.expect {
            let (people, session) = (&mut self.people, self.session);
            let expected = expect.fill(exchange, &mut |reference| people.resolve(session, reference))?;
            self.session.expect(expected);
        }
        Ok(())
    }

    /// Looks once more for messages that nobody waited for: some may have gone to the wrong person.
    async fn drain(&mut self) {
        if self.session.target().codes.capture() != Capture::EachMessage {
            return;
        }
        let session = self.session;
        let last = |number: String| async move {
            // A source that fails now takes nothing away from what was seen.
            let _ = session.messages(&number, &number, None, Duration::ZERO).await;
        };
        futures_util::future::join_all(self.people.everybody().map(|person| last(person.number.clone())))
            .await;
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
