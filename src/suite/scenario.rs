//! A suite as plain data.

use std::time::Duration;

use super::{Expect, NameForm, Reference, Template};
use crate::contract::{OperationId, RequirementId};
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

/// What a target must offer for a scenario to be run on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Delivered codes become visible.
    Codes,
    /// Each message becomes visible, not only the newest.
    EachMessage,
    /// The code of each of several overlapping sends becomes visible, if only for a moment.
    EachCode,
    /// The text of messages becomes visible.
    MessageText,
    /// The target's clock can be moved, or waiting is allowed.
    Clock,
    /// A management key is known.
    Management,
    /// The lifetime of a code is known.
    CodeTtl,
    /// The attempt limit is known.
    MaxAttempts,
    /// The resend limit and its window are known.
    ResendLimit,
    /// The number of test users the plan allows is known.
    TestUserLimit,
    /// The target belongs to this run alone.
    Dedicated,
    /// A static test code is configured.
    StaticCode,
    /// An auth management key is known.
    AuthManagement,
}

impl Need {
    /// Every need, its word in a suite file, and what is missing without it.
    pub const ALL: [(Need, &'static str, &'static str); 13] = [
        (Need::Codes, "codes", "no code source shows delivered codes"),
        (Need::EachMessage, "each-message", "the code source shows only the newest message"),
        (Need::EachCode, "each-code", "the code source cannot be asked while codes are being sent"),
        (Need::MessageText, "message-text", "the code source shows no message texts"),
        (Need::Clock, "clock", "the target's clock cannot be moved"),
        (Need::Management, "management", "no management key is given"),
        (Need::CodeTtl, "code-ttl", "the profile does not say how long a code lives"),
        (
            Need::MaxAttempts,
            "max-attempts",
            "the profile does not say how many wrong guesses a code survives",
        ),
        (Need::ResendLimit, "resend-limit", "the profile does not say how many messages a recipient may get"),
        (
            Need::TestUserLimit,
            "test-user-limit",
            "the profile does not say how many test users the plan allows",
        ),
        (Need::Dedicated, "dedicated", "the profile does not say that the project is ours alone"),
        (Need::StaticCode, "static-code", "the profile names no static test code"),
        (Need::AuthManagement, "auth-management", "no auth management key is given"),
    ];

    /// The word in a suite file.
    pub fn word(self) -> &'static str {
        Need::ALL.iter().find(|(need, ..)| *need == self).map_or("", |(_, word, _)| word)
    }

    /// What is missing on a target that does not have it.
    pub fn lack(self) -> &'static str {
        Need::ALL.iter().find(|(need, ..)| *need == self).map_or("", |(_, _, lack)| lack)
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

/// How often a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// A number of times.
    Times(u32),
    /// As often as the target's attempt limit says.
    MaxAttempts,
    /// As often as messages may be sent to one recipient.
    ResendLimit,
    /// As many times as the plan allows test users.
    TestUserLimit,
    /// Until it is refused: so a limit is found that no profile gives. Where it never is, the scenario is over.
    UntilRefused,
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

/// One request with blanks.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation.
    pub operation: OperationId,
    /// The JSON body, if there is one.
    pub with: Option<Template>,
    /// A body that is not JSON, in place of `with`.
    pub raw: Option<RawBody>,
    /// The `Authorization` header; `None` is what the contract asks for, with the newest token of the person the
    /// step speaks of; an empty text sends none.
    pub bearer: Option<Template>,
    /// Another method than the contract's.
    pub method: Option<String>,
    /// Query parameters.
    pub query: Vec<(String, Template)>,
    /// Further headers; one name may come several times.
    pub headers: Vec<(String, Template)>,
    /// The body goes out in chunks, without a length.
    pub chunked: bool,
    /// The person whose token is presented and whose message is awaited, if the body does not say.
    pub by: Option<String>,
    /// The person whom the message goes to, where the body does not say.
    pub to: Option<String>,
    /// The name the answer is saved under.
    pub save: Option<String>,
    /// The scenario is over where this call is refused: a right server may do either.
    pub or_stop: bool,
    /// How many of it are made at the same moment, where it is made together with others.
    pub copies: Repeat,
    /// What must be seen.
    pub expect: Vec<Expect>,
    /// Its place.
    pub place: Place,
}

impl Call {
    /// A call with nothing but its operation.
    pub fn bare(operation: OperationId, place: Place) -> Call {
        Call {
            operation,
            with: None,
            raw: None,
            bearer: None,
            method: None,
            query: Vec::new(),
            headers: Vec::new(),
            chunked: false,
            by: None,
            to: None,
            save: None,
            or_stop: false,
            copies: Repeat::Times(1),
            expect: Vec::new(),
            place,
        }
    }

    /// Every reference of the request, in order.
    pub fn references(&self) -> Vec<&Reference> {
        let raw = self.raw.iter().filter_map(|raw| match &raw.text {
            RawText::Text(template) => Some(template),
            RawText::Bytes(_) => None,
        });
        let templates = self.with.iter().chain(raw).chain(&self.bearer);
        let more = self.query.iter().chain(&self.headers).map(|(_, template)| template);
        templates.chain(more).flat_map(Template::references).collect()
    }

    /// The person the call speaks of: `by`, or the first one in its body or query.
    pub fn person(&self) -> Option<&str> {
        let named = self.references().into_iter().find_map(person_in);
        self.by.as_deref().or(named)
    }

    /// The person whom a message goes to: the owner of the body's number, else of its login ID, else the person the
    /// call speaks of. Bytes name no user of the trial.
    pub fn recipient(&self) -> Option<&str> {
        let named = |member| self.with.as_ref().and_then(|body| body.member(member)).and_then(first_person);
        match self.raw.as_ref().map(|raw| &raw.text) {
            _ if self.to.is_some() => self.to.as_deref(),
            Some(RawText::Bytes(_)) => None,
            Some(RawText::Text(text)) => first_person(text).or_else(|| self.person()),
            None => named("phone")
                .or_else(|| named("email"))
                .or_else(|| named("loginId"))
                .or_else(|| self.person()),
        }
    }
}

fn first_person(template: &Template) -> Option<&str> {
    template.references().into_iter().find_map(person_in)
}

fn person_in(reference: &Reference) -> Option<&str> {
    match reference {
        Reference::Person { name, .. } => Some(name.as_str()),
        _ => None,
    }
}

/// A body that is not JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct RawBody {
    /// What is sent.
    pub text: RawText,
    /// Its content type; empty sends none.
    pub content_type: String,
}

/// The bytes of a body that is not JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum RawText {
    /// Text, perhaps with references.
    Text(Template),
    /// Bytes that need not be text; `raw-base64` in a suite file.
    Bytes(bytes::Bytes),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_goes_to_whom_the_body_names() {
        let place = Place { file: "x".into(), line: 1 };
        let call = Call { by: Some("eve".into()), ..Call::bare(OperationId::SIGNUP_IN, place) };
        let raw = |text| Some(RawBody { text, content_type: "application/json".into() });
        let text = |text: &str| raw(RawText::Text(Template::parse(&json!(text)).unwrap()));
        let with = |body| Some(Template::parse(&body).unwrap());
        let recipient = |call: &Call| call.recipient().map(str::to_owned);
        let bodies = [
            (Call { with: with(json!({ "loginId": "$ada" })), ..call.clone() }, Some("ada")),
            (Call { with: with(json!({ "loginId": "$ada", "phone": "$bob" })), ..call.clone() }, Some("bob")),
            (Call { with: with(json!({ "x": 1 })), ..call.clone() }, Some("eve")),
            (Call { raw: text("{\"loginId\":\"${cyd|dashes}\",}"), ..call.clone() }, Some("cyd")),
            (Call { raw: text("{\"loginId\":"), ..call.clone() }, Some("eve")),
            (Call { raw: raw(RawText::Bytes(bytes::Bytes::from_static(b"{"))), ..call }, None),
        ];
        for (call, named) in bodies {
            assert_eq!(recipient(&call).as_deref(), named, "{call:?}");
        }
    }
}
