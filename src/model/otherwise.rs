//! The answers that a call might have got instead: what they would have been blamed for, the real one was examined for.

use serde_json::{Value, json};

use super::call::{CallOutcome, ModelCall};
use crate::exchange::Fact;

/// A code that no document knows.
const OTHER_ERROR: &str = "E999999";

/// The call with other answers, each different in one thing.
pub(super) fn other_answers(call: &ModelCall) -> Vec<ModelCall> {
    match &call.outcome {
        CallOutcome::Accepted => {
            let mut others = vec![refused(call, "E061102")];
            if call.user_id().is_some() {
                others.push(with_user(call, "<user:0>"));
            }
            if let Some(first) = call.body.get("firstSeen").and_then(Value::as_bool) {
                let mut other = call.clone();
                other.body["firstSeen"] = json!(!first);
                others.push(other);
            }
            if call.token("DS").is_some() {
                others.extend(claims().into_iter().filter_map(|change| with_claims(call, change)));
            }
            others
        }
        CallOutcome::Refused { .. } => vec![
            ModelCall {
                outcome: CallOutcome::Accepted,
                body: Value::Null,
                facts: Vec::new(),
                ..call.clone()
            },
            refused(call, OTHER_ERROR),
        ],
        CallOutcome::Limited | CallOutcome::Broken { .. } | CallOutcome::Lost => Vec::new(),
    }
}

fn refused(call: &ModelCall, error: &str) -> ModelCall {
    let outcome = CallOutcome::Refused { error: Some(error.to_owned()) };
    ModelCall { outcome, body: Value::Null, facts: Vec::new(), ..call.clone() }
}

fn with_user(call: &ModelCall, id: &str) -> ModelCall {
    let mut other = call.clone();
    match other.body.pointer_mut("/user/userId") {
        Some(known) => *known = json!(id),
        None => other.body["userId"] = json!(id),
    }
    other
}

type Change = fn(&mut Value);

/// Changes of a session token's claims: the client's own gone, one more, another rank, another factor.
fn claims() -> [Change; 4] {
    [
        |claims| claims["nsec"] = json!({}),
        |claims| claims["nsec"]["nobodyAskedForThis"] = json!(true),
        |claims| claims["su"] = json!(claims["su"] != json!(true)),
        |claims| claims["amr"] = json!(["sms", "mfa"]),
    ]
}

fn with_claims(call: &ModelCall, change: Change) -> Option<ModelCall> {
    let mut other = call.clone();
    for fact in &mut other.facts {
        if let Fact::Token(token) = fact
            && token.claims["drn"] == "DS"
        {
            let claims = token.claims.as_object()?.get("nsec");
            if claims.is_some_and(|nsec| !nsec.is_object()) {
                return None;
            }
            change(&mut token.claims);
        }
    }
    Some(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;

    #[test]
    fn a_refusal_might_have_been_an_acceptance_or_another_refusal() {
        let call = ModelCall {
            presented: None,
            method: None,
            exchange: 1,
            call: 0,
            ret: Some(1),
            action: Action::Unread,
            outcome: CallOutcome::Refused { error: None },
            plain: true,
            spelling: None,
            body: Value::Null,
            facts: Vec::new(),
        };
        let others = other_answers(&call);
        assert_eq!(others.len(), 2);
        assert!(others.iter().any(|other| other.outcome == CallOutcome::Accepted));
        assert!(other_answers(&ModelCall { outcome: CallOutcome::Lost, ..call }).is_empty());
    }
}
