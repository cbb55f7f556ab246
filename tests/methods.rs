//! Codes by e-mail: what an SMS user gets, an e-mail user gets too, and the other way round nothing changes.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use otp_conformance::app::{Flags, Harness, RunSettings, head};
use otp_conformance::contract::{DeliveryMethod, Level, RequirementId};
use otp_conformance::emulator::{Emulator, Fault, Settings, Variant};
use otp_conformance::trial::{Outcome, Trial};

async fn harness(methods: &str, fault: Option<&str>, patterns: &[&str]) -> Harness {
    let flags = Flags {
        seed: Some("7".into()),
        strict: true,
        methods: Some(methods.into()),
        faults: fault.iter().map(|fault| (*fault).to_owned()).collect(),
        ..Flags::default()
    };
    let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    Harness::prepare(RunSettings::with(&flags, &|_| None).unwrap(), &patterns).await.unwrap()
}

/// The requirements that the chosen trials convict a fault of.
async fn convicted(fault: &str, patterns: &[&str]) -> BTreeSet<RequirementId> {
    found("email", fault, patterns).await.into_iter().map(|(id, _)| id).collect()
}

/// The requirements that the chosen trials by these methods convict a fault of, and how much each weighs.
async fn found(methods: &str, fault: &str, patterns: &[&str]) -> BTreeSet<(RequirementId, Level)> {
    let harness = harness(methods, Some(fault), patterns).await;
    assert!(!harness.plan.chosen.is_empty(), "{methods} {patterns:?}");
    let mut found = BTreeSet::new();
    for trial in harness.plan.trials() {
        let report = trial.run(harness.ground.clone()).await;
        found.extend(report.findings.iter().map(|finding| (finding.requirement, finding.level)));
    }
    found
}

#[tokio::test]
async fn every_method_has_the_trials_of_sms_under_its_own_name() {
    let (sms, both, email) = (
        harness("sms", None, &[]).await,
        harness("sms,email", None, &[]).await,
        harness("email", None, &[]).await,
    );
    let names = |harness: &Harness| harness.plan.trials().map(|it| it.name.clone()).collect::<BTreeSet<_>>();
    let default = RunSettings::with(&Flags::default(), &|_| None).unwrap().methods.value;
    assert_eq!(default, DeliveryMethod::usual(), "the others are tested where they are named");
    assert!(names(&sms).iter().all(|name| !name.contains("email")));
    let together: BTreeSet<String> = names(&sms).union(&names(&email)).cloned().collect();
    // What is about two methods at once is played where both are.
    let (mixed, one): (BTreeSet<String>, BTreeSet<String>) =
        names(&both).into_iter().partition(|name| !together.contains(name));
    let of_two =
        |name: &&String| name.starts_with("scenario::methods::") || *name == "sequence::email::beside-sms";
    assert!(one == together && mixed.len() >= 8 && mixed.iter().all(|name| of_two(&name)), "{mixed:?}");
    let written = |trial: &&Trial| trial.name.starts_with("scenario::invalidation::");
    let own = |trial: &Trial| trial.name.replace("::invalidation::", "::invalidation::email::");
    let lacking: Vec<String> =
        sms.plan.trials().filter(written).map(own).filter(|name| !names(&email).contains(name)).collect();
    // An address has no spelling with dashes.
    assert_eq!(lacking, ["scenario::invalidation::email::a-send-in-another-spelling-voids-the-first-code"]);
    for spanned in [
        "scenario::flaws::email::verify-sms",
        "scenario::flaws::email::update-phone-sms",
        "scenario::caps::email::messages-through-every-door",
        "scenario::caps::email::guesses-at-the-codes-of-every-door",
        "race::overlap::email::login-with-login",
    ] {
        assert!(names(&email).contains(spanned), "{spanned}");
    }
    // What is no more than a login by e-mail before it is shown by SMS.
    assert!(!names(&email).contains("scenario::flaws::email::refresh"));
    // What is about no method is there whatever the run is about; its users have numbers.
    let other = |trial: &&Trial| trial.method() != DeliveryMethod::Email;
    let without: Vec<&str> = email.plan.trials().filter(other).map(|trial| trial.name.as_str()).collect();
    let of_methods = |name: &&&str| {
        ["signup", "signin", "verify", "sms", "invalidation"].iter().any(|word| name.contains(word))
    };
    assert!(without.contains(&"scenario::authorization::the-keys-are-public"), "{without:?}");
    assert_eq!(without.iter().find(of_methods), None);
    let cost = |harness: &Harness| harness.plan.cost().requests;
    assert!(cost(&both) * 10 <= cost(&sms) * 18, "{} for both, {} for SMS", cost(&both), cost(&sms));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_without_bugs_is_acquitted_by_every_method() {
    acquitted("email", &["scenario::", "property::", "race::overlap::email::login-with-"]).await;
    acquitted("voice", &["scenario::", "::signup-voice::", "::update-phone-voice::"]).await;
    acquitted("im", &["scenario::verification::", "scenario::options::"]).await;
    acquitted("whatsapp", &["scenario::identity::", "scenario::update::"]).await;
    acquitted("sms,voice", &["scenario::methods::"]).await;
}

async fn acquitted(methods: &str, patterns: &[&str]) {
    let harness = harness(methods, None, patterns).await;
    assert!(!harness.plan.chosen.is_empty(), "{methods}");
    for trial in harness.plan.trials() {
        let report = trial.run(harness.ground.clone()).await;
        assert_eq!(
            report.outcome,
            Outcome::Pass,
            "{methods}, {}: {:?} {:?}",
            trial.name,
            report.findings,
            report.doubts
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reading_of_what_methods_mean_for_each_other_is_acquitted() {
    let mut met = tokio::task::JoinSet::new();
    for variant in Variant::ALL.iter().filter(|variant| variant.is_of_methods()) {
        met.spawn(async move {
            let flags =
                Flags { seed: Some("7".into()), variants: vec![variant.to_string()], ..Flags::default() };
            let settings = RunSettings::with(&flags, &|_| None).unwrap();
            // What one channel does otherwise is no matter between channels.
            let patterns: &[&str] = match variant.name().starts_with("mail-") {
                true => &["scenario::verification::email::", "scenario::identity::email::"],
                false => &["scenario::methods::", "::beside-sms", "::a-name-stays-as-it-was-written"],
            };
            let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            let harness = Harness::prepare(settings, &patterns).await.unwrap();
            assert!(harness.plan.chosen.len() >= 8);
            for trial in harness.plan.trials() {
                let report = trial.run(harness.ground.clone()).await;
                let said = (&report.findings, &report.doubts);
                assert_eq!(report.outcome, Outcome::Pass, "{variant}, {}: {said:?}", trial.name);
                // How an address is masked is warned of at most.
                let warned = report.warnings.iter().find(|it| it.requirement.to_string() != "OTP-154");
                assert!(warned.is_none(), "{variant}, {}: {warned:?}", trial.name);
            }
        });
    }
    assert!(met.join_all().await.len() >= 33);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_is_convicted_of_the_methods_own_requirement() {
    for (fault, pattern, due) in [
        ("mask-is-null", "a-phone-number-and-two-headers", "OTP-153"),
        ("mask-is-missing", "a-phone-number-and-two-headers", "OTP-154"),
        ("mask-is-the-number", "a-phone-number-and-two-headers", "OTP-155"),
        ("phone-is-never-verified", "scenario::identity::email::", "OTP-157"),
        ("method-is-otp", "scenario::verification::email::a-code-opens-one-session", "OTP-170"),
        ("stored-phone-ignored", "a-name-reaches-the-phone-on-file", "OTP-147"),
        ("message-lacks-the-code", "scenario::messages::email::", "OTP-179"),
        ("update-applies-at-send", "scenario::update::email::", "OTP-184"),
        ("update-of-others-allowed", "scenario::update::email::", "OTP-185"),
        ("update-needs-no-token", "scenario::update::email::", "OTP-186"),
        ("last-two-codes-valid", "scenario::invalidation::email::resend-voids-the-first-code", "OTP-054"),
        ("never-consumed", "scenario::verification::email::a-code-opens-one-session", "OTP-046"),
        ("sign-in-creates-users", "scenario::identity::email::", "OTP-033"),
        ("sign-up-of-registered-passes", "scenario::identity::email::", "OTP-031"),
        ("verify-needs-no-bearer", "scenario::flaws::email::verify-sms", "OTP-014"),
        ("update-needs-no-token", "scenario::flaws::email::update-phone-sms", "OTP-186"),
        ("updates-are-not-capped", "scenario::caps::email::messages-through-every-door", "OTP-052"),
        ("no-attempt-limit", "scenario::caps::email::guesses-at-the-codes-of-every-door", "OTP-049"),
    ] {
        let found = convicted(fault, &[pattern]).await;
        assert!(found.contains(&due.parse().unwrap()), "{fault}: {due} is not among {found:?}");
        let sms = ["OTP-001", "OTP-022", "OTP-023", "OTP-024", "OTP-040", "OTP-071", "OTP-113"];
        assert!(found.iter().all(|id| !sms.contains(&&*id.to_string())), "{fault}: {found:?} speaks of SMS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_weighs_what_the_method_has_a_page_for() {
    for (fault, pattern, due) in [
        ("never-consumed", "scenario::verification::M::a-code-opens-one-session", "OTP-046"),
        ("last-two-codes-valid", "scenario::invalidation::M::resend-voids-the-first-code", "OTP-054"),
        ("update-applies-at-send", "scenario::update::M::", "OTP-104"),
    ] {
        for (method, level) in [("voice", Level::Must), ("im", Level::Should), ("whatsapp", Level::Should)] {
            let found = found(method, fault, &[&pattern.replace('M', method)]).await;
            let due = (due.parse().unwrap(), level);
            assert!(found.contains(&due), "{method}, {fault}: {due:?} is not among {found:?}");
            assert!(found.iter().all(|(_, of)| *of <= level), "{method}, {fault}: {found:?}");
        }
    }
}

#[test]
fn a_method_that_is_none_is_named_with_the_nearest_word() {
    let wrong = |methods: &str, codes: Option<&str>| {
        let flags = Flags {
            methods: Some(methods.into()),
            codes: codes.map(str::to_owned),
            target: codes.map(|_| "http://127.0.0.1:9".to_owned()),
            ..Flags::default()
        };
        RunSettings::with(&flags, &|_| None).unwrap_err().to_string()
    };
    assert!(wrong("sms,emial", None).contains("`emial` is no delivery method; did you mean email?"));
    assert!(wrong("whatsap", None).contains("did you mean whatsapp?"));
    assert!(wrong("voise", None).contains("did you mean voice?"));
    assert!(wrong("", None).contains("no method is named"));
    assert!(wrong("email", Some("sms-gateway")).contains("shows no messages by e-mail"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, "name = \"x\"\nmethods = [\"sms\", \"emial\"]\n").unwrap();
    let flags = Flags { profile: Some(path), ..Flags::default() };
    let why = RunSettings::with(&flags, &|_| None).unwrap_err().to_string();
    assert!(
        why.contains("x.toml:2: ") && why.contains("`emial` is no delivery method; did you mean email?"),
        "{why}"
    );
}

/// What a default run makes of a target before its first trial.
async fn looked_at(target: &str, codes: &str) -> Harness {
    let flags = Flags {
        target: Some(target.into()),
        project_id: Some("P2embedded".into()),
        codes: Some(codes.into()),
        ..Flags::default()
    };
    Harness::prepare(RunSettings::with(&flags, &|_| None).unwrap(), &[]).await.unwrap()
}

/// A server that knows what a login by SMS is, and answers everything else alike.
async fn only_sms(by_email: u16, otherwise: u16, send: &'static str) -> String {
    let refused = move |status: u16| {
        let envelope = serde_json::json!({ "errorCode": "E011003", "errorDescription": "no" });
        (StatusCode::from_u16(status).unwrap(), Json(envelope))
    };
    let sms = move || async move { refused(400) };
    let app = Router::new().route("/v1/auth/otp/verify/sms", post(sms));
    let app = app.route("/v1/auth/otp/verify/email", post(move || async move { refused(by_email) }));
    let app = app.route(
        "/v1/auth/otp/signup-in/email",
        post(move || async move {
            let envelope = serde_json::json!({ "errorCode": send, "errorDescription": "no" });
            (StatusCode::BAD_REQUEST, Json(envelope))
        }),
    );
    let app = app.fallback(move || async move { refused(otherwise) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    base
}

#[tokio::test]
async fn a_default_run_is_about_the_methods_that_a_look_shows() {
    let emulator = Emulator::start(Settings::default()).await.unwrap();
    let harness = looked_at(&emulator.url(), "emulator").await;
    assert_eq!(harness.settings.methods.value, DeliveryMethod::usual());
    assert!(harness.lacking.is_empty());
    assert_eq!(harness.target.sent().sends, 1, "one send is asked for, to nobody");
    assert!(harness.plan.trials().any(|trial| trial.method() == DeliveryMethod::Email));
}

#[tokio::test]
async fn a_method_that_a_target_lacks_is_unsupported_and_named_once() {
    for (by_email, otherwise, send, why) in [
        (404, 404, "E011003", "is answered 404"),
        (400, 404, "E011003", ""),
        (400, 404, "E061001", "is not set up here"),
        (403, 404, "E011003", "otherwise than by SMS"),
        (400, 400, "E011003", "a method is that does not exist"),
    ] {
        let harness = looked_at(&only_sms(by_email, otherwise, send).await, "none").await;
        if why.is_empty() {
            assert_eq!(harness.settings.methods.value, DeliveryMethod::usual());
            continue;
        }
        assert_eq!(harness.settings.methods.value, [DeliveryMethod::Sms], "{why}");
        let mut report = head(&harness, jiff::Timestamp::now());
        let named = report.notes.iter().filter(|note| note.starts_with("email is unsupported: ")).count();
        assert_eq!(named, 1, "{:?}", report.notes);
        assert!(
            report.notes[0].contains(why) && report.notes[0].contains("--methods sms,email"),
            "{:?}",
            report.notes
        );
        otp_conformance::app::assign_states(&harness.contract, &mut report);
        let own: Vec<_> =
            harness.contract.requirements().iter().filter(|it| it.method == DeliveryMethod::Email).collect();
        for requirement in own {
            let gap = report.unsupported.iter().find(|gap| gap.requirement == requirement.id);
            assert!(gap.is_some_and(|gap| !gap.fails), "{} is not among the unsupported", requirement.id);
        }
    }
}

#[tokio::test]
async fn a_source_that_shows_text_messages_only_says_what_would_show_mail() {
    let emulator = Emulator::start(Settings::default()).await.unwrap();
    let harness = looked_at(&emulator.url(), "sms-gateway=0").await;
    assert_eq!(harness.settings.methods.value, [DeliveryMethod::Sms]);
    assert!(harness.lacking[0].reason.contains("shows no messages by e-mail"), "{:?}", harness.lacking);
    assert!(harness.lacking[0].remedy.contains("email-gateway=ADDR"), "{:?}", harness.lacking);
}

/// What a bug of one channel's handlers is convicted of by the written trials of that channel alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_bug_of_one_methods_handlers_is_convicted_by_that_method() {
    let own = |fault: &&Fault| !fault.methods().is_empty();
    let mut met = tokio::task::JoinSet::new();
    for fault in Fault::ALL.iter().filter(own) {
        met.spawn(async move {
            let harness = match fault.methods().as_slice() {
                ["voice"] => harness("voice", Some(fault.name()), &["scenario::"]).await,
                _ => {
                    let patterns = ["::email::", "scenario::methods::"];
                    harness("sms,email", Some(fault.name()), &patterns).await
                }
            };
            let broken: BTreeSet<RequirementId> =
                fault.breaks().iter().map(|id| id.parse().unwrap()).collect();
            let proving = |trial: &&Trial| trial.proves.iter().any(|id| broken.contains(id));
            // What every trial of a method looks at is proved by one of several methods.
            let any = !harness.plan.trials().any(|trial| proving(&trial));
            for trial in harness.plan.trials().filter(|trial| any || proving(trial)) {
                let report = trial.run(harness.ground.clone()).await;
                if report.findings.iter().any(|finding| broken.contains(&finding.requirement)) {
                    return None;
                }
            }
            Some(format!("{fault} breaks {broken:?}"))
        });
    }
    let all = met.join_all().await;
    let escaped: Vec<&String> = all.iter().flatten().collect();
    assert!(escaped.is_empty() && all.len() >= 38, "{} faults, escaped: {escaped:#?}", all.len());
}
