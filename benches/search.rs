//! How long the judge takes: a long history of many users, and many overlapping calls of one.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use otp_conformance::contract::{Contract, OperationId};
use otp_conformance::exchange::{
    Answer, Assumptions, Capture, Delivery, Event, Exchange, History, Payload, Request, Response,
};
use otp_conformance::{judge, model};
use serde_json::{Value, json};

fn exchange(id: usize, operation: OperationId, body: Value, status: u16, call: u64, ret: u64) -> Event {
    let answer = match status {
        200 if operation == OperationId::VerifySms => json!({ "sessionJwt": "x", "user": { "userId": "" } }),
        200 => json!({ "maskedPhone": "<masked:1>" }),
        _ => json!({ "errorCode": "E061102", "errorDescription": "wrong code" }),
    };
    Event::Exchange(Box::new(Exchange {
        id,
        operation: Some(operation),
        request: Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![
                ("authorization".into(), "Bearer <project>".into()),
                ("content-type".into(), "application/json".into()),
            ],
            body: Payload::Json(body),
        },
        answer: Answer::Response(Response { status, headers: Vec::new(), body: Payload::Json(answer) }),
        call,
        ret,
        facts: Vec::new(),
    }))
}

fn assumptions() -> Assumptions {
    Assumptions {
        capture: Capture::EachMessage,
        fresh_numbers: true,
        max_attempts: Some(100),
        resend_limit: Some(1_000),
        resend_window_s: Some(1),
        ..Assumptions::default()
    }
}

/// Each user sends, guesses wrong, and logs in, in rounds; users take turns. Every call of one user is `stretch`
/// microseconds long, so that calls of different users overlap.
fn many_users(users: usize, operations: usize, stretch: u64) -> History {
    let mut events = Vec::new();
    for id in 1..=operations {
        let (who, round) = ((id - 1) % users, (id - 1) / users);
        let name = format!("<phone:{who}>");
        let code = format!("<code:{who}.{}>", round / 4);
        let call = id as u64 * 10;
        let verify = |code: String| json!({ "loginId": name, "code": code });
        events.push(match round % 4 {
            0 => {
                exchange(id, OperationId::SignupInSms, json!({ "loginId": name }), 200, call, call + stretch)
            }
            1 => exchange(
                id,
                OperationId::VerifySms,
                verify(format!("<guess:{id}>")),
                401,
                call,
                call + stretch,
            ),
            2 => exchange(id, OperationId::VerifySms, verify(code.clone()), 200, call, call + stretch),
            _ => exchange(id, OperationId::VerifySms, verify(code.clone()), 401, call, call + stretch),
        });
        if round % 4 == 0 {
            let at = call + stretch;
            events.push(Event::Delivery(Delivery {
                to: name,
                code,
                text: None,
                others: 0,
                method: None,
                sent_by: Some(id),
                at,
            }));
        }
    }
    History { assumptions: assumptions(), events, ..History::default() }
}

/// So many calls of one user, all at once: sends, and verifies of which at most one can be right. With `wrong` two of
/// one code are, and every order has to be tried.
fn at_once(calls: usize, wrong: bool) -> History {
    let mut events = Vec::new();
    let body = json!({ "loginId": "<phone:A>" });
    for id in 1..=calls / 2 {
        events.push(exchange(id, OperationId::SignupInSms, body.clone(), 200, id as u64, 1_000));
        let (to, code) = ("<phone:A>".to_owned(), format!("<code:A{id}>"));
        events.push(Event::Delivery(Delivery {
            to,
            code,
            text: None,
            others: 0,
            method: None,
            sent_by: None,
            at: 900,
        }));
    }
    for id in calls / 2 + 1..=calls {
        let right = id == calls || (wrong && id == calls - 1);
        let body = json!({ "loginId": "<phone:A>", "code": "<code:A1>" });
        let status = if right { 200 } else { 401 };
        events.push(exchange(id, OperationId::VerifySms, body, status, 901 + id as u64, 2_000));
    }
    History { assumptions: assumptions(), events, ..History::default() }
}

fn search(criterion: &mut Criterion) {
    let Ok(contract) = Contract::embedded() else { return };
    let long = many_users(1_000, 10_000, 5_000);
    assert!(model::explain(&contract, &long).blame.is_empty());
    criterion.bench_function("explain 10,000 calls of 1,000 users", |bench| {
        bench.iter(|| model::explain(&contract, black_box(&long)));
    });
    criterion.bench_function("judge 10,000 calls of 1,000 users", |bench| {
        bench.iter(|| judge::judge(&contract, black_box(&long)));
    });
    for (name, wrong) in [("right", false), ("wrong", true)] {
        let race = at_once(16, wrong);
        criterion.bench_function(&format!("explain 16 calls of one user at once, {name}"), |bench| {
            bench.iter(|| model::explain(&contract, black_box(&race)));
        });
    }
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = search }
criterion_main!(benches);
