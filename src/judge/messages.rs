//! Messages go to the user who asked, and to no other.

use std::collections::HashMap;

use super::depends::Dependence;
use super::{Check, InconclusiveReason, Judgement, finding};
use crate::contract::{Contract, DeliveryMethod, OperationId, RequirementId, req};
use crate::exchange::{
    Capture, Delivery, Exchange, Fact, History, Matcher, Placeholder, Response, SecretKind,
};
use crate::model::{Asked, may_be_to};

/// Deliveries.
pub(super) struct Messages;

impl Check for Messages {
    fn name(&self) -> &'static str {
        "messages"
    }

    fn about(&self) -> &'static str {
        "a message goes to the number of the user who asked, and holds the code"
    }

    fn covers(&self) -> &'static [RequirementId] {
        &[req::MESSAGE_GOES_TO_OWN_PHONE, req::CODE_GOES_BY_THE_METHOD_ASKED_FOR]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        let asked = Asked::new(contract, history);
        if history.assumptions.capture == Capture::EachMessage && history.deliveries().next().is_some() {
            judgement.examine(&[req::MESSAGE_GOES_TO_OWN_PHONE]);
        }
        let newest: HashMap<&str, &Delivery> = history.deliveries().map(|d| (d.to.as_str(), d)).collect();
        for delivery in history.deliveries() {
            let one_too_many = newest[delivery.to.as_str()] == delivery && asked.has_surplus(&delivery.to);
            if !asked.names(&delivery.to) || one_too_many {
                let seen = format!("{} went to {}", delivery.code, delivery.to);
                let expected = "messages only to people who asked for one";
                let near: Vec<usize> = history
                    .exchanges()
                    .filter(|e| e.call <= delivery.at)
                    .map(|e| e.id)
                    .max()
                    .into_iter()
                    .collect();
                let id = broken(contract, history, delivery);
                judgement.findings.push(finding(contract, self.name(), id, expected, seen, &near));
            }
            if let Some((asked, came)) = by_another_method(history, delivery) {
                let near: Vec<usize> = delivery.sent_by.into_iter().collect();
                let seen = format!("{} came by {came}", delivery.code);
                let expected = format!("a code by {asked}");
                let id = req::CODE_GOES_BY_THE_METHOD_ASKED_FOR;
                judgement.findings.push(finding(contract, self.name(), id, expected, seen, &near));
            }
            if delivery.others > 0 {
                let near: Vec<usize> = delivery.sent_by.into_iter().collect();
                let seen = format!("{} went to {} and {} more", delivery.code, delivery.to, delivery.others);
                let expected = "one recipient, the user who asked";
                let id = req::MESSAGE_GOES_TO_OWN_PHONE;
                judgement.findings.push(finding(contract, self.name(), id, expected, seen, &near));
            }
            if let Some(text) = &delivery.text
                && !text.contains(&delivery.code)
            {
                let near: Vec<usize> = delivery.sent_by.into_iter().collect();
                let expected = format!("a text with {}", delivery.code);
                judgement.findings.push(finding(
                    contract,
                    self.name(),
                    req::MESSAGE_GOES_TO_OWN_PHONE,
                    expected,
                    text.clone(),
                    &near,
                ));
            }
        }
        silence(contract, history, &mut judgement);
        judgement
    }
}

/// The method that a send asked for, and the other one by which its message came to the same number. Which messenger an
/// instant message goes by no page says.
fn by_another_method(history: &History, delivery: &Delivery) -> Option<(DeliveryMethod, DeliveryMethod)> {
    let send = history.exchange(delivery.sent_by?)?;
    let (asked, came) = (send.operation?.method()?, delivery.method?);
    let messenger = |method| matches!(method, DeliveryMethod::Im | DeliveryMethod::Whatsapp);
    let alike = asked == came || (messenger(asked) && messenger(came));
    (!alike && asked.is_mail() == came.is_mail()).then_some((asked, came))
}

/// What a message breaks that was not asked for: the method, where the newest send before it asked for another.
fn broken(contract: &Contract, history: &History, delivery: &Delivery) -> RequirementId {
    let kind = Placeholder::parse(&delivery.to).map(|name| name.kind);
    let sends = history.exchanges().filter(|exchange| exchange.call <= delivery.at);
    let methods = sends.filter_map(|exchange| {
        exchange.operation.filter(|id| contract.operation(*id).issues_code).and_then(OperationId::method)
    });
    let asked = methods.last().map(DeliveryMethod::is_mail);
    match asked.is_some_and(|mailed| mailed != (kind == Some(SecretKind::Email))) {
        true => req::CODE_GOES_BY_THE_METHOD_ASKED_FOR,
        false => req::MESSAGE_GOES_TO_OWN_PHONE,
    }
}

/// Whether a send names its user by a login ID of ours. Where a server takes an odd spelling, nothing says to which
/// number it sends.
fn is_addressed(exchange: &Exchange) -> bool {
    let login_id = exchange.request.body.str_at("/loginId").and_then(Placeholder::parse);
    login_id.is_some_and(|name| name.kind.is_person())
}

/// Accepted sends whose message did not come. The first one to a number has no limit that could explain it; a later one
/// may be one too many, which the documents let a server accept and not send. A message that came after its time was
/// late, and did come.
fn silence(contract: &Contract, history: &History, judgement: &mut Judgement) {
    let unwanted = |id: usize| {
        let absent = Some(Matcher::Present(false));
        history.expected.iter().any(|expected| expected.exchange == id && expected.message == absent)
    };
    let silent = |exchange: &&Exchange| {
        exchange.facts.contains(&Fact::Silent) && !unwanted(exchange.id) && is_addressed(exchange)
    };
    let others_heard =
        history.assumptions.capture == Capture::EachMessage && history.deliveries().next().is_some();
    for exchange in history.exchanges().filter(silent) {
        let (late, open) = late_messages(contract, history, exchange);
        if late >= open {
            continue;
        }
        let depends = Dependence::new(history);
        let of_user = |other: &Exchange| other.id <= exchange.id && depends.connects(other.id, exchange.id);
        if history.exchanges().filter(|other| of_user(other)).any(is_about_test_user) {
            continue;
        }
        let earlier = |other: &Exchange| other.id < exchange.id && depends.connects(other.id, exchange.id);
        if late == 0 && others_heard && !history.exchanges().any(earlier) {
            let expected = "a message with the code to the number of the user who asked";
            let seen = "accepted, and no message came; the messages of other users did";
            judgement.findings.push(finding(
                contract,
                "messages",
                req::MESSAGE_GOES_TO_OWN_PHONE,
                expected,
                seen,
                &[exchange.id],
            ));
        } else {
            judgement.doubts.push(InconclusiveReason::NoMessage { exchange: exchange.id });
        }
    }
}

/// Whether an exchange shows that its user is a test user: nothing says that those are sent messages.
/// Source: docs: Test Users.
fn is_about_test_user(exchange: &Exchange) -> bool {
    let body = &exchange.request.body;
    let is_static = body.str_at("/loginId") == Some("<name:static>");
    let marked = body.json().is_some_and(|body| body["test"] == true);
    is_static || marked || exchange.operation == Some(OperationId::CreateTestUser)
}

/// How many messages to the number of a silent send came later, which no exchange certainly caused, and how many accepted
/// sends to that number have no message of their own.
fn late_messages(contract: &Contract, history: &History, silent: &Exchange) -> (usize, usize) {
    let late: Vec<&Delivery> = history
        .deliveries()
        .filter(|delivery| delivery.sent_by.is_none() && delivery.at >= silent.call)
        .filter(|delivery| may_be_to(silent, &delivery.to))
        .collect();
    let Some(first) = late.first() else { return (0, 1) };
    let has_own = |exchange: &Exchange| history.deliveries().any(|d| d.sent_by == Some(exchange.id));
    let open = history.exchanges().filter(|exchange| {
        let sends = exchange.operation.is_some_and(|id| contract.operation(id).issues_code);
        let accepted = exchange.answer.response().is_some_and(Response::is_success);
        sends && accepted && may_be_to(exchange, &first.to) && !has_own(exchange)
    });
    (late.len(), open.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Answer, Event, Payload, Request};

    /// What is found of a mail, or a text, that an accepted sign-in by e-mail was followed by.
    fn broken_by(to: &str, others: usize) -> Vec<RequirementId> {
        of(OperationId::SigninEmail, to, others, None)
    }

    fn of(
        operation: OperationId,
        to: &str,
        others: usize,
        method: Option<DeliveryMethod>,
    ) -> Vec<RequirementId> {
        let who = if operation.method().unwrap().is_mail() { "<email:A>" } else { "<phone:A>" };
        let body = Payload::Json(serde_json::json!({ "loginId": who }));
        let request = Request { body, ..Request::default() };
        let answer = Answer::Response(Response { status: 200, ..Response::default() });
        let operation = Some(operation);
        let exchange = Exchange { id: 1, operation, request, answer, call: 0, ret: 1, facts: Vec::new() };
        let (to, code) = (to.to_owned(), "<code:A1>".to_owned());
        let delivery = Delivery { to, code, text: None, others, method, sent_by: Some(1), at: 2 };
        let events = vec![Event::Exchange(Box::new(exchange)), Event::Delivery(delivery)];
        let history = History { events, ..History::default() };
        let judgement = Messages.judge(&Contract::embedded().unwrap(), &history);
        judgement.findings.iter().map(|finding| finding.requirement).collect()
    }

    #[test]
    fn a_message_has_one_recipient_and_goes_by_the_method_that_was_asked_for() {
        assert_eq!(broken_by("<email:A>", 0), []);
        assert_eq!(broken_by("<email:A>", 1), [req::MESSAGE_GOES_TO_OWN_PHONE]);
        assert_eq!(broken_by("<email:B>", 0), [req::MESSAGE_GOES_TO_OWN_PHONE]);
        assert_eq!(broken_by("<phone:B>", 0), [req::CODE_GOES_BY_THE_METHOD_ASKED_FOR]);
    }

    #[test]
    fn a_call_is_no_text_message_where_the_source_tells_them_apart() {
        use DeliveryMethod::{Im, Sms, Voice, Whatsapp};
        let by = |operation, method| of(operation, "<phone:A>", 0, method);
        let other = [req::CODE_GOES_BY_THE_METHOD_ASKED_FOR];
        assert_eq!(by(OperationId::SigninVoice, Some(Sms)), other);
        assert_eq!(by(OperationId::SIGNIN, Some(Whatsapp)), other);
        for (operation, method) in [
            (OperationId::SigninVoice, Some(Voice)),
            (OperationId::SigninVoice, None),
            (OperationId::SigninIm, Some(Whatsapp)),
            (OperationId::SigninWhatsapp, Some(Im)),
        ] {
            assert_eq!(by(operation, method), [], "{operation} {method:?}");
        }
    }
}
