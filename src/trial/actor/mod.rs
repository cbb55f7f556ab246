//! Takes the steps of a scenario: fills their blanks, sends, and takes over what the answers and messages give.

mod messages;
mod repeat;
mod request;
mod watch;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

pub(super) use messages::login_id;
use repeat::reaches_limit;
pub(super) use repeat::{UNTIL_REFUSED, times};
use serde_json::Value;
pub(super) use watch::beside;

use super::people::{People, Unavailable};
use super::test_users::RequiredTestUsers;
use super::{Patience, Rest, TrialContext, names};
use crate::contract::{DeliveryMethod, OperationId};
use crate::drive::{Noted, Session};
use crate::exchange::{Assumptions, Capture, Seen};
use crate::suite::{Call, NameForm, Repeat, Scenario, Step, StepAction, Wait};

/// How much longer than a lifetime we wait: the model allows five seconds for queues and clocks.
const PAST: Duration = Duration::from_secs(10);

/// Takes the steps of one round, for all its users.
pub(in crate::trial) struct StepExecutor<'a> {
    pub(in crate::trial) session: &'a Arc<Session>,
    /// How codes are delivered.
    pub(in crate::trial) method: DeliveryMethod,
    /// Whether the run is about that method: a scenario without codes has users whom it asks for none.
    pub(in crate::trial) sends: bool,
    people: People,
    /// Whether the target made a user of a plain login ID.
    pub(in crate::trial) took_plain: bool,
    pub(in crate::trial) assumptions: &'a Assumptions,
    patience: &'a Patience,
    rest: &'a Rest,
    /// The newest exchange.
    pub(in crate::trial) newest: usize,
    /// A call that may go either way went the way after which nothing is left to show.
    pub(in crate::trial) stopped: bool,
    /// Whether a source that shows only the newest code gets time to show it.
    pub(in crate::trial) unhurried: bool,
    /// Whether a wait for the rest of the run is waited.
    pub(in crate::trial) lingers: bool,
    /// Which of overlapping calls starts first, by position.
    pub(in crate::trial) first: usize,
    /// Whether the steps are over, and what is still promised is asked for.
    pub(in crate::trial) in_epilogue: bool,
    /// How often the step was taken before.
    repeats: u32,
    /// People to whom a message may be on its way that was not waited for, or not long enough.
    owed: BTreeSet<String>,
    /// People whose codes are generated.
    test_users: BTreeSet<String>,
    /// Those of them who have not been created yet.
    waiting: BTreeSet<String>,
}

impl<'a> StepExecutor<'a> {
    /// Before the first step.
    pub(in crate::trial) fn new(
        session: &'a Arc<Session>,
        scenario: &Scenario,
        ground: &'a TrialContext,
        seed: u64,
        plain_names: bool,
    ) -> StepExecutor<'a> {
        let issues_code = |id| ground.contract.operation(id).issues_code;
        let enrolled = match ground.assumptions.capture {
            Capture::Generated => RequiredTestUsers::of(scenario, &issues_code).unwrap_or_default().people,
            _ => BTreeSet::new(),
        };
        StepExecutor {
            session,
            method: scenario.method(),
            sends: ground.methods.contains(&scenario.method()),
            people: People::new(seed, scenario, plain_names),
            took_plain: false,
            newest: 0,
            assumptions: &ground.assumptions,
            patience: &ground.patience,
            rest: &ground.rest,
            waiting: enrolled.clone(),
            test_users: enrolled,
            owed: BTreeSet::new(),
            stopped: false,
            unhurried: false,
            lingers: true,
            first: 0,
            in_epilogue: false,
            repeats: 0,
        }
    }

    /// Takes a step as often as it says, unless nothing is left to show.
    pub(in crate::trial) async fn take(&mut self, step: &Step) -> Result<(), Unavailable> {
        for turn in 1..=times(step.repeat, self.assumptions) {
            self.repeats = if reaches_limit(step.repeat) { turn - 1 } else { 0 };
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
        self.repeats = 0;
        Ok(())
    }

    /// Makes a call, and says whether it was accepted.
    pub(in crate::trial) async fn call(&mut self, call: &Call) -> Result<bool, Unavailable> {
        let wire = self.wire(call).await.inspect_err(|_| self.stopped |= call.or_stop)?;
        let sent = self.session.send(&wire, Some(call.operation)).await;
        let noted = sent.map_err(|blocked| Unavailable::Missing(format!("not sent: {blocked}")))?;
        self.stopped |= call.or_stop && !noted.accepted();
        self.note(call, &noted);
        self.note_name(call, &noted)?;
        if self.issues_code(call) {
            self.collect(call, &wire, &noted).await?;
        }
        self.expect(call, noted.id)?;
        Ok(noted.accepted())
    }

    /// Takes over that a login ID was taken. One that is refused at once may be one that this target has not.
    fn note_name(&mut self, call: &Call, noted: &Noted) -> Result<(), Unavailable> {
        let (Some(name), Some(answer)) = (names::named(call), noted.answer.response()) else { return Ok(()) };
        let Some(form) = self.people.tries_name(self.session, name, noted.accepted()) else { return Ok(()) };
        self.took_plain |= form == NameForm::Plain && noted.accepted() && names::founds(call);
        let taken = answer.error_code() == Some("E062107");
        if form == NameForm::Plain
            || !names::founds(call)
            || !answer.is_refusal()
            || answer.says_not_now()
            || taken
        {
            return Ok(());
        }
        let refused = format!("{} {}", answer.status, answer.error_code().unwrap_or_default());
        Err(Unavailable::Name(form, refused.trim_end().to_owned()))
    }

    /// The login IDs that are no numbers, by their stand-ins.
    pub(in crate::trial) fn login_ids(&self) -> HashMap<String, String> {
        self.people.login_ids(self.session)
    }

    /// The name of the person who has this number or login ID.
    pub(in crate::trial) fn named(&self, login_id: &str) -> Option<String> {
        self.people.named(login_id)
    }

    /// How many codes were delivered to this person.
    pub(in crate::trial) fn codes_of(&mut self, name: &str) -> usize {
        self.people.person(self.session, name).codes.len()
    }

    /// The code delivered last to this person.
    pub(in crate::trial) fn newest_code(&mut self, name: &str) -> Option<String> {
        self.people.person(self.session, name).codes.last().cloned()
    }

    /// Lets a moment pass that no scenario asks for: on the target's clock, or on everybody's.
    pub(in crate::trial) async fn pause(&mut self, length: Duration) -> Result<(), Unavailable> {
        if self.session.target().has_clock() {
            return self.session.advance(length).await.map_err(Unavailable::from);
        }
        tokio::time::sleep(length).await;
        Ok(())
    }

    async fn wait(&mut self, wait: Wait) -> Result<(), Unavailable> {
        let unknown = || Unavailable::Missing("the profile does not say how long".into());
        let by = match wait {
            Wait::RestOfRun => {
                if self.lingers {
                    self.rest.pass().await;
                }
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
        self.session.advance(by).await.map_err(Unavailable::from)
    }

    pub(in crate::trial) fn issues_code(&self, call: &Call) -> bool {
        self.session.target().contract().operation(call.operation).issues_code
    }

    pub(in crate::trial) fn note(&mut self, call: &Call, noted: &Noted) {
        self.newest = self.newest.max(noted.id);
        if let Some(name) = &call.save {
            self.people.save(name, noted.body().json().unwrap_or(&Value::Null));
        }
        if let Some(name) = call.person().filter(|_| noted.accepted()) {
            self.people.note(self.session, name, noted, call.operation == OperationId::GenerateOtp);
        }
    }

    pub(in crate::trial) fn expect(&mut self, call: &Call, exchange: usize) -> Result<(), Unavailable> {
        // What may end a case is evidence where it does; elsewhere the steps that follow are.
        let goes_on = call.or_stop && !self.stopped;
        for expect in call.expect.iter().filter(|expect| !goes_on || expect.seen != Some(Seen::Refused)) {
            let (people, session) = (&mut self.people, self.session);
            let expected = expect.fill(exchange, &mut |reference| people.resolve(session, reference))?;
            self.session.expect(expected);
        }
        Ok(())
    }
}
