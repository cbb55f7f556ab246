use serde_json::json;

use super::*;
use crate::exchange::Request;

#[test]
fn a_number_that_happens_to_be_a_code_stays_a_number() {
    let mut vault = Pseudonyms::default();
    vault.learn_person(SecretKind::Phone, "+12025550100");
    vault.learn_code("+12025550100", "604800");
    let answer = |body: Value| {
        Answer::Response(Response { status: 200, body: Payload::Json(body), ..Response::default() })
    };
    let asked = Request { body: Payload::Json(json!({ "code": 604_800 })), ..Request::default() };
    let body = json!({ "cookieMaxAge": 604_800, "cookieExpiration": 1_700_604_800_u64 });
    let mut exchange = Exchange {
        id: 1,
        operation: None,
        request: asked,
        answer: answer(body),
        call: 0,
        ret: 1,
        facts: Vec::new(),
    };
    hide_exchange(&mut exchange, &vault);
    let veiled = json!({ "cookieMaxAge": 111_111, "cookieExpiration": 1_700_604_800_u64 });
    assert_eq!(exchange.answer, answer(veiled));
    assert_eq!(exchange.request.body, Payload::Json(json!({ "code": "<code:A1|number>" })));
}
