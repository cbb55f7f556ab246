//! Our unit of planning: something that makes a history and has it judged.
//!
//! Scenarios, properties, sequences and races differ in how they make histories; what happens to a history is the
//! same for all, and is here.

mod actor;
mod caps;
mod case;
mod change;
mod clothes;
mod confirm;
mod context;
mod cost;
mod doubts;
mod epilogue;
mod error;
mod evidence;
mod flaws;
mod forger;
mod key;
mod kind;
mod lag;
mod lags;
mod linger;
mod names;
mod number_pool;
mod outcome;
mod overlap;
mod patience;
mod pem;
mod people;
mod property;
mod race;
mod reduce;
mod rest;
pub mod round;
mod rounds;
mod run;
mod scenario;
mod seed;
mod sequence;
mod small;
mod test_users;
mod turns;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::contract::{Contract, DeliveryMethod, RequirementId};
use crate::drive::Target;
use crate::exchange::Place;
use crate::suite::{Need, Scenario, Step, StepAction};

pub use caps::caps;
pub use context::{Confirmed, Excused, TargetLease, TargetProvider, TrialContext};
pub use doubts::of_rounds;
pub use error::{NOT_RUN, TrialError};
pub use flaws::flaws;
pub(crate) use forger::{KEY as FORGER, sign as forge};
pub use kind::{TrialKind, current_name, former_name};
pub use lags::Lags;
pub use linger::lingering;
pub use outcome::{Outcome, TrialReport};
pub use overlap::overlaps;
pub use patience::Patience;
pub use property::{BodyClass, Property};
pub use rest::Rest;
pub use seed::derive_seed;
pub use sequence::{Sequence, Theme};
pub use test_users::TestUserSlots;

/// What a trial will send, at most, if all goes well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Requests.
    pub requests: u64,
    /// Requests that ask for a message.
    pub sends: u64,
}

/// A trial that sends more messages than this needs a clock of its own.
const MANY: u64 = 1024;

/// Something that can be planned, run and reported by itself.
#[derive(Clone, Debug)]
pub struct Trial {
    /// `scenario::verification::a-code-opens-one-session`; stable between releases.
    pub name: String,
    /// The requirements it gives evidence for, the main one first.
    pub proves: Vec<RequirementId>,
    /// What it will send.
    pub cost: Cost,
    /// What of it its steps send: a run of few requests leaves out what is asked after them.
    pub steps: Cost,
    /// It touches state that all users of a target share, and must have the target to itself.
    pub exclusive: bool,
    /// What the target must offer.
    pub needs: Vec<Need>,
    /// Where it is defined.
    pub place: Option<Place>,
    /// How it makes histories.
    pub maker: Maker,
}

/// How a trial makes histories.
#[derive(Clone, Debug)]
pub enum Maker {
    /// By the steps of a scenario.
    Scenario(Arc<Scenario>),
    /// By bodies drawn from a schema.
    Property(Property),
    /// By random sequences of calls.
    Sequence(Sequence),
}

impl Trial {
    /// The trial of a scenario of the suite of that name: `race::…` where calls overlap in it, else `scenario::…`.
    pub fn scenario(
        suite: &str,
        scenario: Scenario,
        issues_code: &dyn Fn(crate::contract::OperationId) -> bool,
    ) -> Trial {
        let kind = if scenario.is_race() { TrialKind::Race } else { TrialKind::Scenario };
        let group = scenario.group.as_deref().unwrap_or(suite);
        Trial {
            name: match scenario.method() {
                DeliveryMethod::Sms => format!("{}::{group}::{}", kind.word(), scenario.slug()),
                method => format!("{}::{group}::{method}::{}", kind.word(), scenario.slug()),
            },
            proves: scenario.proves.clone(),
            cost: scenario::cost(&scenario, issues_code, true),
            steps: scenario::cost(&scenario, issues_code, false),
            exclusive: scenario.exclusive,
            needs: scenario.needs.clone(),
            place: Some(scenario.place.clone()),
            maker: Maker::Scenario(Arc::new(scenario)),
        }
    }

    /// Whether it is a pair of calls on one user.
    pub(crate) fn is_a_pair(&self) -> bool {
        matches!(&self.maker, Maker::Scenario(inner) if inner.group.as_deref() == Some(overlap::GROUP))
    }

    /// How many calls overlap in it, a call and its copies counted once.
    pub(crate) fn calls_at_once(&self) -> u64 {
        match &self.maker {
            Maker::Scenario(inner) => race::width(inner, |_| 1),
            Maker::Property(_) | Maker::Sequence(_) => 0,
        }
    }

    /// How many cases it plays at once on this target.
    pub(crate) fn cases_at_once(&self, target: &Target) -> usize {
        match &self.maker {
            Maker::Scenario(inner) => rounds::at_once(inner, target),
            Maker::Property(inner) => inner.cases_at_once(target),
            Maker::Sequence(inner) => inner.cases_at_once(target),
        }
    }

    /// The same scenario by another method, where it is about what a method does: logging in by another one to meet what
    /// all have in common shows nothing more.
    pub fn by_method(&self, method: DeliveryMethod, contract: &Contract) -> Option<Trial> {
        let Maker::Scenario(scenario) = &self.maker else { return None };
        let about_a_method = |step: &Step| match &step.action {
            StepAction::Call(call) => call.bearer.is_some() && call.operation.method().is_some(),
            StepAction::Together(calls) => calls.iter().any(|call| call.operation.method().is_some()),
            StepAction::Wait(_) => false,
        };
        let group = scenario.group.as_deref().or_else(|| self.name.split("::").nth(1))?;
        let spans = group == "caps" || scenario.steps.iter().any(about_a_method);
        let own = scenario.by_method(method, &|id| contract.own(method, id)).filter(|_| spans)?;
        Some(Trial::scenario(group, own, &|id| contract.operation(id).issues_code))
    }

    /// The trial of a property.
    pub fn property(property: Property) -> Trial {
        let management = crate::suite::is_management(property.operation);
        let (name, cost) = (property.name(), property.cost());
        Trial {
            name,
            proves: property.proves(),
            // Users made and deleted at random are no neighbours for anybody, and who sends so much lets time pass.
            exclusive: management || cost.sends > MANY,
            cost,
            steps: cost,
            needs: if management { vec![Need::Management, Need::Dedicated] } else { property.needs() },
            place: Some(Place { file: format!("schema/requests/{}.json", property.operation), line: 1 }),
            maker: Maker::Property(property),
        }
    }

    /// What kind of trial it is.
    pub fn kind(&self) -> TrialKind {
        match &self.maker {
            Maker::Scenario(scenario) if scenario.is_race() => TrialKind::Race,
            Maker::Scenario(_) => TrialKind::Scenario,
            Maker::Property(_) => TrialKind::Property,
            Maker::Sequence(_) => TrialKind::Sequence,
        }
    }

    /// Whether it waits for the others of its run to end.
    pub fn lingers(&self) -> bool {
        matches!(&self.maker, Maker::Scenario(scenario) if scenario.lingers())
    }

    /// What it does, for people: the steps of a scenario.
    pub fn describe(&self) -> String {
        match &self.maker {
            Maker::Scenario(scenario) => scenario::describe(scenario),
            Maker::Property(property) => property.describe(),
            Maker::Sequence(sequence) => sequence.describe(),
        }
    }

    /// The method by which its codes are delivered.
    pub fn method(&self) -> DeliveryMethod {
        match &self.maker {
            Maker::Scenario(scenario) => scenario.method(),
            Maker::Property(property) => property.method,
            Maker::Sequence(sequence) => sequence.method,
        }
    }

    /// Keyword × class pairs of the contract that its bodies exercise.
    pub fn pairs(&self) -> BTreeSet<String> {
        match &self.maker {
            Maker::Scenario(_) | Maker::Sequence(_) => BTreeSet::new(),
            Maker::Property(property) => property.pairs(),
        }
    }

    /// Whether two runs against the same server leave the same transcript, so that it can be kept as a snapshot.
    pub fn has_steady_transcript(&self) -> bool {
        match &self.maker {
            Maker::Scenario(scenario) => {
                // By another method the same is seen in other words.
                scenario.rounds == 1 && !scenario.is_race() && scenario.method() == DeliveryMethod::Sms
            }
            Maker::Property(_) | Maker::Sequence(_) => false,
        }
    }
}
