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

/// What a signature says, one thing each: a member by itself, where an answer has several that are wrong.
///
/// Which members are wrong together is often a matter of what was asked for, so several are no bug of their own.
pub(crate) fn parts(signature: &str) -> impl Iterator<Item = String> + '_ {
    let members = signature.strip_prefix(MEMBER);
    let each = members.into_iter().flat_map(|members| members.split(" /")).enumerate();
    let each = each.map(|(at, member)| format!("{MEMBER}{}{member}", if at == 0 { "" } else { "/" }));
    each.chain(members.is_none().then(|| signature.to_owned()))
}

/// Before the pointers of members.
pub(crate) const MEMBER: &str = "member ";

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
        parts => format!("{MEMBER}{}", parts.join("/")),
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
    fn several_members_are_so_many_parts() {
        let all = |signature: &str| parts(signature).collect::<Vec<_>>();
        assert_eq!(all("member /user/name /user/a b"), ["member /user/name", "member /user/a b"]);
        assert_eq!(all("member /user"), ["member /user"]);
        assert_eq!(all("400 E011003"), ["400 E011003"]);
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
