//! Runs made by hand: every outcome, every kind of news, and texts that a hostile target could send.

use std::time::Duration;

use otp_conformance::contract::{Level, OperationId, RequirementId};
use otp_conformance::exchange::{
    Answer, ClockMove, Delivery, Disguise, Event, Exchange, Fact, History, Loss, Payload, Place, Request,
    Response, Signature, TokenFact,
};
use otp_conformance::judge::{Doubt, Drift, Finding, Policy};
use otp_conformance::report::{RunReport, Sentence, Sentences, Setting, Stale, Untested};
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::{Value, json};

pub(crate) fn id(number: u16) -> RequirementId {
    RequirementId::new(number)
}

pub(crate) fn place(file: &str, line: usize) -> Place {
    Place { file: file.into(), line }
}

pub(crate) fn sentences() -> Sentences {
    let quote = |(number, line, sentence): (u16, usize, &str)| {
        (id(number), Sentence { sentence: sentence.into(), place: place("schema/requirements.toml", line) })
    };
    [
        (23, 195, "A successful initiation names the masked phone number."),
        (46, 371, "A code opens at most one session."),
        (58, 467, "A generated code of a test user survives an initiation."),
        (107, 902, "Of several overlapping verifies with one code at most one succeeds."),
    ]
    .into_iter()
    .map(quote)
    .collect()
}

/// A run in which nothing happened yet.
pub(crate) fn run() -> RunReport {
    RunReport {
        target: "http://127.0.0.1:4600".into(),
        profile: "embedded".into(),
        seed: 7,
        strict: false,
        requirements: "2026-11".into(),
        version: "0.1.0".into(),
        started: "2026-11-20T09:30:00Z".parse().unwrap(),
        duration: Duration::from_millis(1400),
        requests: 812,
        sends: 240,
        trials: vec![],
        planned: 0,
        not_planned: vec![],
        untested: vec![],
        stale: vec![],
        budget_spent: false,
        unreachable: None,
        coverage: None,
        settings: vec![],
    }
}

pub(crate) fn trial(name: &str, outcome: Outcome) -> TrialReport {
    TrialReport {
        name: name.into(),
        proves: vec![id(46)],
        outcome,
        findings: vec![],
        warnings: vec![],
        doubts: vec![],
        reason: None,
        drift: vec![],
        observed: vec![],
        seed: 11,
        requests: 6,
        sends: 2,
        first_request: None,
        duration: Duration::from_millis(12),
        place: Some(place("suites/verify.toml", 12)),
        histories: vec![],
    }
}

pub(crate) fn finding(number: u16, level: Level, expected: &str, seen: &str) -> Finding {
    Finding {
        requirement: id(number),
        level,
        expected: expected.into(),
        seen: seen.into(),
        exchanges: vec![],
        check: "model".into(),
        place: place("suites/verify.toml", 17),
    }
}

/// A run with one of everything.
pub(crate) fn full() -> RunReport {
    let because =
        |name, outcome, reason: &str| TrialReport { reason: Some(reason.into()), ..trial(name, outcome) };
    let trials = vec![
        trial("scenario::verify::a-right-code-opens-a-session", Outcome::Pass),
        sequential(),
        race(),
        warned(),
        TrialReport {
            findings: vec![finding(114, Level::Must, "200 to <refresh:2>", "401 E064001")],
            ..because(
                "scenario::sessions::logout-leaves-other-sessions-alive",
                Outcome::ExpectedFail,
                "known bug, deviations.toml:4: one session per user",
            )
        },
        because(
            "scenario::errors::unknown-user",
            Outcome::UnexpectedPass,
            "deviations.toml:11 lists it as a bug",
        ),
        because(
            "race::sign-up::one-user",
            Outcome::Flaky,
            "deviations.toml:18: the store is eventually consistent",
        ),
        because("scenario::limits::resend", Outcome::Unsupported, "the target's clock cannot be moved"),
        because("scenario::limits::expiry", Outcome::Unsupported, "the target's clock cannot be moved"),
        because("scenario::test-users::plan-limit", Outcome::Unsupported, "no management key is given"),
        TrialReport {
            doubts: vec![Doubt::NoMessage { exchange: 2 }, Doubt::Lost { exchange: 4, loss: Loss::TimedOut }],
            ..trial("sequence::one-user", Outcome::Inconclusive)
        },
        because("shape::verify-sms::valid", Outcome::HarnessError, "panicked at src/model/verify.rs:40"),
    ];
    RunReport {
        planned: trials.len() + 1,
        trials,
        not_planned: vec![id(47), id(49)],
        untested: vec![
            Untested { requirement: id(58), reason: "needs a second test user".into(), held: false },
            Untested { requirement: id(107), reason: "the run was cut short".into(), held: true },
        ],
        stale: vec![Stale {
            what: "`scenario::gone::*` matches no trial".into(),
            place: Some(place("deviations.toml", 25)),
        }],
        coverage: Some((210, 212)),
        settings: vec![Setting::new("fault", "forgets-spent-codes")],
        ..run()
    }
}

/// A broken SHOULD, a MAY that is not kept, and drift.
fn warned() -> TrialReport {
    TrialReport {
        warnings: vec![
            finding(23, Level::Should, "a maskedPhone in the answer", "{}"),
            finding(90, Level::May, "no 429 below 100 requests in 60 seconds", "429 after 20"),
        ],
        first_request: Some(90),
        drift: vec![Drift {
            at: "signup-in-sms 200 body".into(),
            what: "new member verificationAttempts".into(),
        }],
        observed: vec![Policy { question: "wrong member type".into(), answer: "refused 400 E011003".into() }],
        ..trial("scenario::shape::masked-phone", Outcome::Pass)
    }
}

/// A code that is accepted twice, one call after the other.
pub(crate) fn sequential() -> TrialReport {
    let mut found = finding(46, Level::Must, "a refusal of <code:A1>, which is spent", "200 and <session:2>");
    found.exchanges = vec![2, 3];
    TrialReport {
        findings: vec![found],
        first_request: Some(17),
        histories: vec![history()],
        ..trial("scenario::verify::a-code-opens-one-session", Outcome::Fail)
    }
}

/// A code that is accepted twice at once.
pub(crate) fn race() -> TrialReport {
    let mut found = finding(107, Level::Must, "one 200 at most", "200 and 200, overlapping by 4.2 ms");
    found.exchanges = vec![2, 3];
    found.place = place("suites/races.toml", 8);
    let mut history = history();
    let times = [(0, 900), (2_000, 8_200), (4_000, 9_900)];
    let mut times = times.into_iter();
    for event in &mut history.events {
        if let Event::Exchange(exchange) = event {
            (exchange.call, exchange.ret) = times.next().unwrap();
        }
    }
    history.events.retain(|event| !matches!(event, Event::Clock(_)));
    TrialReport {
        findings: vec![found],
        first_request: Some(44),
        histories: vec![history],
        ..trial("race::verify::one-winner", Outcome::Fail)
    }
}

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
        vec![shown(Disguise::Plain), shown(Disguise::Reversed), mask(true, true), mask(false, false)];
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
        Event::Delivery(Delivery { to: "<phone:A>".into(), code, text: None, sent_by, at })
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

/// What a target could send to take over a terminal, a page or a log.
pub(crate) const HOSTILE: &str = "a,b: </script><script>alert(1)</script>\u{1b}[2J\u{7}\u{202e}\n::error::x\r\n| `a` | ]]> \u{0} %0A @all [x](javascript:1)";

/// A run in which every text is hostile, and some are very long.
pub(crate) fn hostile() -> RunReport {
    let long = HOSTILE.repeat(2_000);
    let mut found = finding(46, Level::Must, HOSTILE, &long);
    found.check = HOSTILE.into();
    found.place = place(HOSTILE, 1);
    found.exchanges = vec![1, 2];
    let mut first =
        call(1, OperationId::VerifySms, &json!({ HOSTILE: HOSTILE }), 200, &json!({ HOSTILE: long }));
    let mut second = first.clone();
    second.id = 2;
    (second.operation, second.request.path) = (None, HOSTILE.into());
    second.request.body = Payload::Other { bytes: 9, text: HOSTILE.into() };
    first.request.headers.push(("content-type".into(), HOSTILE.into()));
    second.request.headers =
        vec![("authorization".into(), HOSTILE.into()), ("content-type".into(), HOSTILE.into())];
    if let Answer::Response(response) = &mut second.answer {
        response.headers = vec![("set-cookie".into(), HOSTILE.into()), ("allow".into(), HOSTILE.into())];
    }
    let events = vec![Event::Exchange(Box::new(first)), Event::Exchange(Box::new(second))];
    let bad = |outcome| TrialReport {
        findings: vec![found.clone()],
        warnings: vec![Finding { level: Level::Should, ..found.clone() }],
        doubts: vec![Doubt::Missing { what: HOSTILE.into() }],
        reason: Some(HOSTILE.into()),
        drift: vec![Drift { at: HOSTILE.into(), what: long.clone() }],
        observed: vec![Policy { question: HOSTILE.into(), answer: HOSTILE.into() }],
        place: Some(place(HOSTILE, 3)),
        histories: vec![History { events: events.clone(), ..History::default() }],
        ..trial(&format!("{HOSTILE}::{}", outcome as usize), outcome)
    };
    RunReport {
        target: HOSTILE.into(),
        profile: HOSTILE.into(),
        requirements: HOSTILE.into(),
        version: HOSTILE.into(),
        trials: Outcome::ALL.map(bad).into(),
        untested: vec![Untested { requirement: id(1), reason: HOSTILE.into(), held: true }],
        stale: vec![Stale { what: HOSTILE.into(), place: Some(place(HOSTILE, 2)) }],
        unreachable: Some(HOSTILE.into()),
        settings: vec![Setting {
            flag: "--fault".into(),
            variable: "OTP_FAULT".into(),
            value: HOSTILE.into(),
        }],
        ..run()
    }
}
