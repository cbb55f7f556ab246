//! What a finding shows, as a key: the operation that answered, and a short text without random or secret parts.
//!
//! Known deviations are listed by requirement, operation and signature, so equal bugs must have equal signatures in
//! every run, and different bugs different ones.

use super::Finding;
use crate::exchange::{Answer, Exchange, History, Response};

/// The signature of an answer whose body is no JSON, whatever its status.
pub(super) const NO_JSON: &str = "no JSON body";
/// A longer error code is no code but a text, which may hold anything.
const LONGEST_CODE: usize = 24;

impl Finding {
    /// Takes operation and signature from the last exchange of the finding, where the check has not set them.
    pub(crate) fn identify(&mut self, history: &History) {
        let Some(exchange) = self.exchanges.last().and_then(|id| history.exchange(*id)) else { return };
        self.operation = self.operation.or(exchange.operation);
        if self.signature.is_empty() {
            self.signature = of(exchange);
        }
    }
}

/// `200`, `400 E011003`, `no answer`.
fn of(exchange: &Exchange) -> String {
    match &exchange.answer {
        Answer::Response(response) => of_response(response),
        Answer::Lost(_) => "no answer".to_owned(),
    }
}

fn of_response(response: &Response) -> String {
    match response.error_code() {
        Some(code) if is_code(code) => format!("{} {code}", response.status),
        Some(_) => format!("{} with an odd code", response.status),
        None => response.status.to_string(),
    }
}

fn is_code(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.len() <= LONGEST_CODE && text.chars().all(fits)
}

/// `member /user/loginIds/*`: the place in a body, whatever the position in a list.
pub(super) fn member(pointer: &str) -> String {
    let part = |part: &str| match part.parse::<usize>() {
        Ok(_) => "*".to_owned(),
        Err(_) => part.to_owned(),
    };
    let parts: Vec<String> = pointer.split('/').map(part).collect();
    match parts.as_slice() {
        [] | [_] => "the body".to_owned(),
        parts => format!("member {}", parts.join("/")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::Payload;

    fn answer(status: u16, body: serde_json::Value) -> String {
        of_response(&Response { status, headers: Vec::new(), body: Payload::Json(body) })
    }

    #[test]
    fn a_signature_holds_status_and_error_code_and_nothing_random() {
        assert_eq!(answer(200, json!({"a": 1})), "200");
        assert_eq!(answer(400, json!({"errorCode": "E011003", "requestId": "7f3a"})), "400 E011003");
        assert_eq!(answer(400, json!({"errorCode": "trace 7f3a of <phone:A>"})), "400 with an odd code");
    }

    #[test]
    fn a_place_in_a_list_is_any_place() {
        assert_eq!(member("/user/loginIds/3"), "member /user/loginIds/*");
        assert_eq!(member(""), "the body");
    }
}
