//! A suite as plain data.

use std::time::Duration;

use super::{Call, NameForm, Need, Repeat};
use crate::contract::RequirementId;
use crate::exchange::Place;

/// One suite file.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file's stem: `invalidation`.
    pub name: String,
    /// What the file is about, in a sentence.
    pub title: String,
    /// Its scenarios, in file order.
    pub scenarios: Vec<Scenario>,
}

/// Steps, and what must be seen.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows, as a sentence without a full stop: `a code opens one session`.
    pub name: String,
    /// The part of the trial's name before that of the sentence; `None` is the suite's name.
    pub group: Option<String>,
    /// The requirements it gives evidence for, the main one first.
    pub proves: Vec<RequirementId>,
    /// Why it is the way it is.
    pub note: Option<String>,
    /// The trial that found it, where a machine wrote it down: it is judged by what it breaks, and expects nothing.
    pub found_by: Option<String>,
    /// Touches state that all users of the target share.
    pub exclusive: bool,
    /// What the target must offer; what follows from the steps is added by the loader.
    pub needs: Vec<Need>,
    /// The people whose address is an e-mail address, where the others' is a number.
    pub by_mail: Vec<String>,
    /// How the login IDs of its people are written, where that is what it is about.
    pub names: Option<NameForm>,
    /// How often it is run, each time with new people; races need many rounds.
    pub rounds: u32,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Its place.
    pub place: Place,
}

impl Scenario {
    /// The last part of the trial's name: the sentence in kebab-case, without apostrophes.
    pub fn slug(&self) -> String {
        let name = self.name.replace(['\'', '’'], "");
        let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-").to_lowercase()
    }

    /// Whether calls overlap in it.
    pub fn is_race(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.action, StepAction::Together(_)))
    }

    /// Whether it waits for the other trials of its run.
    pub fn lingers(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.action, StepAction::Wait(Wait::RestOfRun)))
    }

    /// Every call, also those made together.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.steps.iter().flat_map(|step| match &step.action {
            StepAction::Call(call) => std::slice::from_ref(call),
            StepAction::Together(calls) => calls.as_slice(),
            StepAction::Wait(_) => &[],
        })
    }
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done.
    pub action: StepAction,
    /// How often, from 1, one after another.
    pub repeat: Repeat,
    /// Its place.
    pub place: Place,
}

impl Step {
    /// Whether it only asks what the contract leaves open, so that nothing is lost without it.
    pub fn only_asks(&self) -> bool {
        matches!(&self.action, StepAction::Call(call)
            if !call.expect.is_empty() && call.expect.iter().all(|expect| expect.asks.is_some()))
    }
}

/// What a step does.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every step is a call")]
pub enum StepAction {
    /// Calls one operation.
    Call(Call),
    /// Calls several at the same moment.
    Together(Vec<Call>),
    /// Lets time pass at the target.
    Wait(Wait),
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// So long.
    For(Duration),
    /// Until a code sent now has expired.
    CodeTtl,
    /// For more than half of a code's lifetime: once leaves it alive, twice does not.
    MostOfCodeTtl,
    /// Until the resend window is over.
    ResendWindow,
    /// Until the other trials of the run have ended, in real time: not at all, where there are none.
    RestOfRun,
}
