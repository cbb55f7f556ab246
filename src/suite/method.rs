//! One scenario for all delivery methods: it is written for SMS, and played by another with that one's words in it.

use serde_json::Value;

use super::{AnswerPart, Call, Expect, Field, How, Open, Reference, Scenario, Step, StepAction, Template};
use crate::contract::{DeliveryMethod, RequirementId};

/// Rounds of a race by another method than SMS: what is found by chance is found by SMS, where rounds are many.
const ROUNDS: u32 = 8;

impl Scenario {
    /// The method by which its codes are delivered; SMS, where it says none.
    pub fn method(&self) -> DeliveryMethod {
        self.calls().find_map(|call| call.operation.method()).unwrap_or(DeliveryMethod::Sms)
    }

    /// Every method that one of its calls is about.
    pub(crate) fn methods(&self) -> impl Iterator<Item = DeliveryMethod> {
        self.calls().filter_map(|call| call.operation.method())
    }

    /// The same scenario by another method; `None` where it is about none, or about something that only numbers have.
    /// `own` says which requirement is that method's.
    pub(crate) fn by_method(
        &self,
        method: DeliveryMethod,
        own: &dyn Fn(RequirementId) -> RequirementId,
    ) -> Option<Scenario> {
        let written = |call: &Call| call.operation.method();
        let for_sms = self.calls().filter_map(written).all(|other| other == DeliveryMethod::Sms);
        let numbers = method.is_mail() && self.calls().any(is_of_numbers);
        let lasting = self.calls().any(is_of_the_project);
        if !for_sms || !self.calls().any(|call| written(call).is_some()) || numbers || lasting {
            return None;
        }
        let scenario = Scenario {
            proves: self.proves.iter().map(|id| own(*id)).collect(),
            rounds: self.rounds.min(ROUNDS),
            steps: self.steps.iter().map(|step| by(step, method, own)).collect(),
            ..self.clone()
        };
        super::check::finish(scenario).ok()
    }
}

/// Whether a call is about the project's own login ID, which one method has.
fn is_of_the_project(call: &Call) -> bool {
    call.references().iter().any(|it| matches!(it, Reference::Static | Reference::StaticLogin))
}

/// Whether a call spells a number as only numbers can be spelled.
fn is_of_numbers(call: &Call) -> bool {
    let spelled = |reference: &&Reference| match reference {
        Reference::Person { field: Field::Phone, how: Some(how), .. } => {
            matches!(how, How::Dashes | How::Spaces | How::Brackets | How::Dots)
        }
        _ => false,
    };
    call.references().iter().any(spelled)
}

fn by(step: &Step, method: DeliveryMethod, own: &dyn Fn(RequirementId) -> RequirementId) -> Step {
    let action = match &step.action {
        StepAction::Call(call) => StepAction::Call(called(call, method, own)),
        StepAction::Together(calls) => {
            StepAction::Together(calls.iter().map(|call| called(call, method, own)).collect())
        }
        StepAction::Wait(wait) => StepAction::Wait(*wait),
    };
    Step { action, ..step.clone() }
}

fn called(call: &Call, method: DeliveryMethod, own: &dyn Fn(RequirementId) -> RequirementId) -> Call {
    Call {
        operation: call.operation.by(method),
        with: call.with.as_ref().map(|body| reworded(body, method)),
        expect: call.expect.iter().filter_map(|expect| expected(expect, method, own)).collect(),
        ..call.clone()
    }
}

/// A body with the members of the method in place of those of SMS.
fn reworded(body: &Template, method: DeliveryMethod) -> Template {
    let member = |(name, value): &(String, Template)| {
        let value = match (name.as_str(), value) {
            ("deliveryMethod", Template::Literal(named)) if named == DeliveryMethod::Sms.name() => {
                Template::Literal(method.name().into())
            }
            (_, value) => reworded(value, method),
        };
        (word(name, method).to_owned(), value)
    };
    match body {
        Template::Members(members) => Template::Members(members.iter().map(member).collect()),
        other => other.clone(),
    }
}

/// What is expected by this method; `None` where that is nothing more.
fn expected(
    expect: &Expect,
    method: DeliveryMethod,
    own: &dyn Fn(RequirementId) -> RequirementId,
) -> Option<Expect> {
    let part = |(part, open): &(AnswerPart, Open)| match part {
        AnswerPart::Body(at) => Some((AnswerPart::Body(pointer(at, method)), open.clone())),
        AnswerPart::Session(at) | AnswerPart::Refresh(at) if at == "/amr" => {
            Some((part.clone(), named(open, method)?))
        }
        _ => Some((part.clone(), open.clone())),
    };
    let parts: Vec<_> = expect.parts.iter().filter_map(part).collect();
    let emptied = parts.is_empty() && !expect.parts.is_empty();
    let bare = expect.seen.is_none() && expect.status.is_empty() && expect.error.is_empty();
    (!(emptied && bare)).then(|| Expect { parts, proves: expect.proves.map(own), ..expect.clone() })
}

fn pointer(at: &str, method: DeliveryMethod) -> String {
    at.split('/').map(|part| word(part, method)).collect::<Vec<_>>().join("/")
}

/// The member that says for this method what one says for SMS.
fn word(name: &str, method: DeliveryMethod) -> &str {
    let sms = DeliveryMethod::Sms;
    let pairs = [
        (sms.recipient(), method.recipient()),
        (sms.masked(), method.masked()),
        (sms.verified(), method.verified()),
    ];
    pairs.into_iter().find(|(own, _)| *own == name).map_or(name, |(_, other)| other)
}

/// A matcher of `amr`, with the method's name in place of that of SMS; `None` where no page says what that name is.
fn named(open: &Open, method: DeliveryMethod) -> Option<Open> {
    let name = |template: &Template| match template {
        Template::Literal(Value::String(text)) if text == DeliveryMethod::Sms.name() => {
            Some(Template::Literal(method.amr()?.into()))
        }
        other => Some(other.clone()),
    };
    Some(match open {
        Open::Has(inner) => Open::Has(name(inner)?),
        Open::Lacks(inner) => Open::Lacks(name(inner)?),
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    fn by_email(steps: &str) -> Option<Scenario> {
        by(steps, DeliveryMethod::Email)
    }

    fn by(steps: &str, method: DeliveryMethod) -> Option<Scenario> {
        let text =
            format!("title = \"t\"\n[[scenario]]\nname = \"s\"\nproves = [\"OTP-040\"]\nsteps = [{steps}]\n");
        let suite = suite::parse_suite("t.toml", &text).unwrap();
        let own = |id: RequirementId| RequirementId::new(id.number() + 100);
        suite.scenarios[0].by_method(method, &own)
    }

    #[test]
    fn a_scenario_for_sms_is_one_for_e_mail() {
        let scenario = by_email(
            r#"{ call = "signup-sms", with = { loginId = "$ada.name", phone = "$ada", user = { phone = "$ada" } } },
               { call = "verify-sms", with = { loginId = "$ada.name", code = "$ada.code" },
                 expect = { body = { "/user/verifiedPhone" = true }, proves = "OTP-040" } }"#,
        )
        .unwrap();
        let calls: Vec<&Call> = scenario.calls().collect();
        assert_eq!(calls[0].operation.as_str(), "signup-email");
        let body = calls[0].with.as_ref().unwrap();
        assert!(body.member("email").is_some() && body.member("phone").is_none(), "{body:?}");
        assert!(body.member("user").unwrap().member("email").is_some());
        assert_eq!(calls[1].expect[0].parts[0].0, AnswerPart::Body("/user/verifiedEmail".into()));
        assert_eq!(calls[1].expect[0].proves, Some(RequirementId::new(140)));
        assert_eq!((scenario.proves[0].number(), scenario.method()), (140, DeliveryMethod::Email));
    }

    #[test]
    fn what_is_about_no_method_or_about_numbers_is_not() {
        assert!(by_email(r#"{ call = "me", by = "ada", expect = "refused" }"#).is_none());
        let dashed = r#"{ call = "signup-in-sms", with = { loginId = "$ada|dashes" }, expect = "accepted" }"#;
        assert!(by_email(dashed).is_none() && by(dashed, DeliveryMethod::Voice).is_some());
    }

    #[test]
    fn what_amr_calls_a_method_is_not_expected_where_no_page_says_so() {
        let login = r#"{ call = "verify-sms", with = { loginId = "$ada", code = "$ada.code" },
                 expect = { session = { "/amr" = { has = "sms" }, "/drn" = "DS" } } }"#;
        let parts = |method| by(login, method).unwrap().calls().next().unwrap().expect[0].parts.len();
        assert_eq!((parts(DeliveryMethod::Email), parts(DeliveryMethod::Voice)), (2, 1));
    }
}
