//! Runs made by hand: every outcome, every kind of news, and texts that a hostile target could send.

use std::time::Duration;

use crate::histories::{call, history};
use otp_conformance::contract::{Level, OperationId, RequirementId};
use otp_conformance::exchange::{Answer, Event, History, Loss, Payload, Place};
use otp_conformance::judge::{Drift, Finding, InconclusiveReason, Policy};
use otp_conformance::report::{Gap, Held, RunReport, Sentence, Sentences, Setting, Stale};
use otp_conformance::trial::{Outcome, TrialReport};
use serde_json::json;

/// A requirement that no contract has: a search for a real one does not end here.
pub(crate) fn id(number: u16) -> RequirementId {
    RequirementId::new(number)
}

pub(crate) fn place(file: &str, line: usize) -> Place {
    Place { file: file.into(), line }
}

pub(crate) fn sentences() -> Sentences {
    let quote = |(number, line, sentence): (u16, usize, &str)| {
        let quoted = Sentence {
            sentence: sentence.into(),
            level: Level::Must,
            area: "verification".into(),
            source: "docs: OTP / Verify".into(),
            place: place("schema/requirements.toml", line),
        };
        (id(number), quoted)
    };
    [
        (923, 195, "A successful initiation names the masked phone number."),
        (946, 371, "A code opens at most one session."),
        (958, 467, "A generated code of a test user survives an initiation."),
        (907, 902, "Of several overlapping verifies with one code at most one succeeds."),
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
        polls: 0,
        trials: vec![],
        planned: 0,
        held: vec![],
        untested: vec![],
        unsupported: vec![],
        not_planned: vec![],
        stale: vec![],
        replays: vec![],
        all: 0,
        shard: None,
        notes: Vec::new(),
        incomplete: None,
        budget_spent: false,
        unreachable: None,
        interrupted: false,
        stay: 0,
        coverage: None,
        lags: Default::default(),
        settings: vec![],
        clients: None,
    }
}

pub(crate) fn trial(name: &str, outcome: Outcome) -> TrialReport {
    TrialReport {
        seed: 11,
        requests: 6,
        sends: 2,
        duration: Duration::from_millis(12),
        place: Some(place("suites/verify.toml", 12)),
        ..TrialReport::blank(name, vec![id(946)], outcome)
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
        operation: None,
        signature: "200".into(),
        history: None,
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
            excused: vec![finding(914, Level::Must, "200 to <refresh:2>", "401 E064001")],
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
            doubts: vec![
                InconclusiveReason::NoMessage { exchange: 2 },
                InconclusiveReason::Lost { exchange: 4, loss: Loss::TimedOut },
            ],
            ..trial("sequence::one-user", Outcome::Inconclusive)
        },
        because("property::verify-sms::valid", Outcome::HarnessError, "panicked at src/model/verify.rs:40"),
    ];
    RunReport {
        planned: trials.len() + 1,
        trials,
        held: vec![Held {
            requirement: id(941),
            by: vec!["scenario::verify::a-right-code-opens-a-session".into()],
            trials: 1,
        }],
        unsupported: vec![Gap {
            requirement: id(998),
            reason: "the target's clock cannot be moved".into(),
            remedy: Some("clock = { url = \"{target}/…\" }".into()),
            fails: false,
        }],
        not_planned: vec![id(947), id(949)],
        untested: vec![
            Gap {
                requirement: id(958),
                reason: "needs a second test user".into(),
                remedy: Some("[limits] test-users = N".into()),
                fails: false,
            },
            Gap { requirement: id(908), reason: "the run was cut short".into(), remedy: None, fails: true },
        ],
        stale: vec![Stale {
            what: "`scenario::gone::*` matches no trial".into(),
            place: Some(place("deviations.toml", 25)),
        }],
        coverage: Some((210, 212)),
        settings: vec![Setting::new("fault", "forgets-spent-codes")],
        clients: None,
        ..run()
    }
}

/// A broken SHOULD, a MAY that is not kept, and drift.
fn warned() -> TrialReport {
    TrialReport {
        warnings: vec![
            finding(923, Level::Should, "a maskedPhone in the answer", "{}"),
            finding(990, Level::May, "no 429 below 100 requests in 60 seconds", "429 after 20"),
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
    let mut found =
        finding(946, Level::Must, "a refusal of <code:A1>, which is spent", "200 and <session:2>");
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
    let mut found = finding(907, Level::Must, "one 200 at most", "200 and 200, overlapping by 4.2 ms");
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

/// What a target could send to take over a terminal, a page or a log.
pub(crate) const HOSTILE: &str = "a,b: </script><script>alert(1)</script>\u{1b}[2J\u{7}\u{202e}\n::error::x\r\n| `a` | ]]> \u{0} %0A @all [x](javascript:1)";

/// A run in which every text is hostile, and some are very long.
pub(crate) fn hostile() -> RunReport {
    let long = HOSTILE.repeat(500);
    let mut found = finding(946, Level::Must, HOSTILE, &long);
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
        doubts: vec![InconclusiveReason::Missing { what: HOSTILE.into() }],
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
        untested: vec![Gap {
            requirement: id(901),
            reason: HOSTILE.into(),
            remedy: Some(HOSTILE.into()),
            fails: true,
        }],
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
