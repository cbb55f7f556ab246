//! Histories made by hand: the usual, the rare, and the overlapping.

use otp_conformance::contract::OperationId;
use otp_conformance::exchange::{
    Answer, ClockMove, Delivery, Encoding, Event, Exchange, Fact, History, Loss, Payload, Request, Response,
    Signature, TokenFact,
};
use serde_json::{Value, json};

/// Sign-up, message, verify, a minute later the same verify again.
pub(crate) fn history() -> History {
    let code = json!({ "loginId": "<phone:A>", "code": "<code:A1>" });
    let send = json!({ "loginId": "<phone:A>" });
    let exchange = |exchange| Event::Exchange(Box::new(exchange));
    let mut first = call(2, OperationId::VerifySms, &code, 200, &session("<session:1>"));
    first.facts = vec![token("<session:1>")];
    let mut again = call(3, OperationId::VerifySms, &code, 200, &session("<session:2>"));
    again.facts = vec![token("<session:2>")];
    History {
        events: vec![
            exchange(call(1, OperationId::SignupInSms, &send, 200, &json!({ "maskedPhone": "<masked:1>" }))),
            Event::Delivery(Delivery {
                to: "<phone:A>".into(),
                code: "<code:A1>".into(),
                text: None,
                others: 0,
                method: None,
                sent_by: Some(1),
                at: 1_200,
            }),
            exchange(first),
            Event::Clock(ClockMove { by: 60_000_000, at: 5_000 }),
            exchange(again),
        ],
        ..History::default()
    }
}

/// What is rarely seen: odd requests, headers and facts, moments in every type, an answer that never came.
pub(crate) fn odd() -> History {
    let times = json!({ "z": 1, "exp": 1.5, "iat": null, "rexp": "", "createdTime": "2026-11-20",
                        "items": [{ "nextRefreshSeconds": 30 }], "error": "exp 5" });
    let mut load = call(1, OperationId::LoadUser, &json!({}), 429, &times);
    load.request = Request {
        method: "GET".into(),
        path: "/v1/mgmt/user?loginId=<phone:A>".into(),
        ..Request::default()
    };
    if let Answer::Response(response) = &mut load.answer {
        let headers = [
            ("retry-after", "17"),
            ("allow", "POST"),
            (
                "set-cookie",
                "DSR=<refresh:1>; Max-Age=2419199; Expires=Fri, 18 Dec 2026 09:30:00 GMT; HttpOnly",
            ),
            ("x-request-id", "8f14e45f"),
        ];
        response.headers = headers.map(|(name, value)| (name.into(), value.into())).into();
    }
    let shown = |disguise| Fact::Shown { secret: "<code:A1>".into(), place: "header etag".into(), disguise };
    let mask = |full, filler| Fact::Mask { name: "<masked:1>".into(), full, filler };
    load.facts =
        vec![shown(Encoding::Plain), shown(Encoding::Reversed), mask(true, true), mask(false, false)];
    load.facts.push(mask(false, true));
    load.facts.push(Fact::Token(TokenFact {
        token: "<token:1>".into(),
        place: "cookie DS".into(),
        header: Value::Null,
        claims: Value::Null,
        signature: Signature::UnknownKey,
    }));
    let mut lost = call(2, OperationId::VerifySms, &json!({}), 200, &json!({}));
    lost.operation = None;
    lost.request.body = Payload::Other { bytes: 4096, text: "{\"loginId\":".into() };
    lost.request.headers[1].1 = "text/plain".into();
    lost.answer = Answer::Lost(Loss::TimedOut);
    History {
        events: vec![
            Event::Exchange(Box::new(load)),
            Event::Delivery(Delivery {
                to: "<phone:A>".into(),
                code: "<code:A1>".into(),
                text: Some("Your code is <code:A1>".into()),
                others: 0,
                method: None,
                sent_by: None,
                at: 15_000,
            }),
            Event::Clock(ClockMove { by: 1_500_000, at: 16_000 }),
            Event::Exchange(Box::new(lost)),
        ],
        ..History::default()
    }
}

/// Two sends at once, one of them never answered, and three messages of which two are theirs.
pub(crate) fn overlapping_sends() -> History {
    let send = json!({ "loginId": "<phone:A>" });
    let mut first = call(1, OperationId::SignupInSms, &send, 200, &json!({}));
    (first.call, first.ret) = (1_000, 4_000);
    let mut second = call(2, OperationId::SignupInSms, &send, 200, &json!({}));
    (second.call, second.ret, second.answer) = (2_000, 9_000, Answer::Lost(Loss::Dropped));
    let message = |code: &str, sent_by, at| {
        let code = code.to_owned();
        Event::Delivery(Delivery {
            to: "<phone:A>".into(),
            code,
            text: None,
            others: 0,
            method: None,
            sent_by,
            at,
        })
    };
    History {
        events: vec![
            Event::Exchange(Box::new(first)),
            Event::Exchange(Box::new(second)),
            message("<code:A1>", None, 3_000),
            message("<code:A2>", Some(1), 3_500),
            message("<code:B1>", Some(7), 3_600),
            message("<code:A3>", Some(2), 9_500),
        ],
        ..History::default()
    }
}

pub(crate) fn call(id: usize, operation: OperationId, body: &Value, status: u16, answer: &Value) -> Exchange {
    let path = match operation {
        OperationId::VerifySms => "/v1/auth/otp/verify/sms",
        _ => "/v1/auth/otp/signup-in/sms",
    };
    let headers = [("authorization", "Bearer <project>"), ("content-type", "application/json")];
    Exchange {
        id,
        operation: Some(operation),
        request: Request {
            method: "POST".into(),
            path: path.into(),
            headers: headers.map(|(name, value)| (name.into(), value.into())).into(),
            body: Payload::Json(body.clone()),
        },
        answer: Answer::Response(Response {
            status,
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("date".into(), "Fri, 20 Nov 2026 09:30:00 GMT".into()),
            ],
            body: Payload::Json(answer.clone()),
        }),
        call: id as u64 * 10_000,
        ret: id as u64 * 10_000 + 700,
        facts: vec![],
    }
}

fn session(token: &str) -> Value {
    json!({
        "sessionJwt": token,
        "refreshJwt": "<refresh:1>",
        "cookieMaxAge": 2419199,
        "cookieExpiration": 1790000000,
        "user": { "userId": "<user:1>", "loginIds": ["<phone:A>"], "createdTime": 1787590000 },
        "firstSeen": true
    })
}

fn token(name: &str) -> Fact {
    Fact::Token(TokenFact {
        token: name.into(),
        place: "/sessionJwt".into(),
        header: json!({ "alg": "RS256", "kid": "K1" }),
        claims: json!({ "sub": "<user:1>", "iss": "<project>", "iat": 1787590000, "exp": 1787590600,
                        "rexp": "2026-12-18T09:30:00Z", "amr": ["sms"], "drn": "DS" }),
        signature: Signature::Verified,
    })
}
