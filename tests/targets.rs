//! The binary against a server in a second process: profiles, code sources, test users, deviations, evidence.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

mod serve;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::LazyLock;

use otp_conformance::drive::{NumberPool, Numbers, Reach};
use serde_json::Value;
use serve::{Desk, Ended, KEY, PROJECT, Server};

const VERIFY_BY_MAIL: &str = "scenario::verification::email::a-code-opens-one-session";
const VERIFY: &str = "scenario::verification::a-code-opens-one-session";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn count(desk: &Desk, outcome: &str) -> u64 {
    json(&desk.read("sum.json"))["counts"][outcome].as_u64().unwrap()
}

// ---- code sources --------------------------------------------------------------------------------------------

#[test]
fn each_code_source_shows_codes_and_doctor_agrees() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let gateway = format!("sms-gateway=127.0.0.1:{port}");
    // A server with a gateway refuses sends while nobody listens there.
    let (plain, posting) =
        (Server::start(&[]), Server::start(&["--sms-gateway", &format!("http://127.0.0.1:{port}/sms")]));
    for codes in ["emulator", "test-user", &gateway, "http:{target}/emulator/otp/{loginId}#/code"] {
        let (server, desk) = (if codes == gateway { &posting } else { &plain }, Desk::new());
        let target = ["--target", &server.url, "--project-id", PROJECT, "--codes", codes];
        let seen = desk.run(&[&["doctor"], &target[..]].concat()).with(0);
        assert!(seen.out.contains("doctor: verify        ok"), "{}", seen.out);
        desk.against(server, &["--codes", codes, VERIFY, "--json", "sum.json"]).with(0);
        assert!(count(&desk, "pass") >= 1, "{codes}");
        assert_eq!(server.test_users(), 0);
        assert_eq!(desk.journals(), 0);
    }
}

#[test]
fn overlapping_sends_are_watched_where_only_the_newest_code_shows() {
    let (right, wrong) = (Server::start(&[]), Server::start(&["--fault", "overlapping-sends-both-live"]));
    let desk = Desk::new();
    let codes =
        ["--codes", "http:{target}/emulator/otp/{loginId}#/code", "--methods", "sms", "--json", "sum.json"];
    // A server that answers before anybody can look shows one of the codes: that is no doubt, and nobody's fault.
    desk.against(&right, &[&codes[..], &["race::send::", "race::overlap::"]].concat()).with(0);
    assert_eq!((count(&desk, "fail"), count(&desk, "inconclusive")), (0, 0));
    let ended = desk.against(&wrong, &[&codes[..], &["one-of-two-codes-lives"]].concat()).with(1);
    assert!(ended.out.contains("OTP-108"), "{}", ended.out);
}

#[test]
fn a_debug_endpoint_is_asked_for_whom_the_code_is() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    // The code goes to another number than the one the login ID is.
    let update = "scenario::update::an-update-can-add-a-login-id";
    // Also where the request that asks for it overlaps another one.
    let beside = "race::overlap::update-phone-sms-with-me";
    let codes = "http:{target}/emulator/otp/{loginId}#/code";
    desk.against(&server, &["--codes", codes, "--methods", "sms", update, beside, "--json", "sum.json"])
        .with(0);
    assert_eq!(count(&desk, "pass"), 2);
    // A code that was there before a refused request was not sent by it.
    let (number, path) = ("+12025550199", "/v1/auth/otp/signup-in/sms");
    assert_eq!(server.ask("POST", path, PROJECT, &format!("{{\"loginId\":\"{number}\"}}")).0, 200);
    std::fs::create_dir(desk.path("suites")).unwrap();
    let suite = "title = \"t\"\n[[scenario]]\nname = \"refused\"\nproves = [\"OTP-032\"]\nsteps = [\n  { call = \"signin-sms\", with = { loginId = \"+12025550199x\", phone = \"$ada\" }, expect = \"refused\" },\n]\n";
    desk.put("suites/t.toml", suite);
    let ended = desk
        .against(&server, &["--codes", codes, "--methods", "sms", "--suites", "suites", "scenario::t::"])
        .with(0);
    assert!(ended.out.contains("1 pass"), "{}", ended.out);
}

#[test]
fn without_codes_what_needs_them_is_named() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let ended = desk.against(&server, &["--codes", "none", VERIFY]).with(4);
    assert!(ended.out.contains("no code source shows delivered codes"), "{}", ended.out);
}

#[test]
fn a_source_that_never_delivers_ends_the_run_with_what_to_do() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let text = format!(
        "target = \"{}\"\nproject-id = \"{PROJECT}\"\ncodes = \"command:true\"\nmessage-timeout = 0\n",
        server.url
    );
    let profile = desk.put("p.toml", &text);
    let ended = desk.run(&["run", "--profile", &profile, VERIFY]).with(3);
    assert!(ended.out.contains("no message came") && ended.out.contains("check `codes`"), "{}", ended.out);
}

#[test]
fn a_gateway_port_in_use_is_a_usage_error() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let codes = format!("sms-gateway={}", held.local_addr().unwrap());
    let ended = Desk::new().against(&Server::start(&[]), &["--codes", &codes]).with(2);
    assert!(ended.err.contains("cannot listen on") && ended.err.contains("name another"), "{}", ended.err);
}

#[test]
fn a_trial_that_does_not_come_to_its_wait_does_not_end_the_run() {
    let desk = Desk::new();
    let call = "{ call = \"verify-sms\", with = { loginId = \"$ada\", code = \"123456\" }, or-stop = true }";
    let suite = format!(
        "title = \"own\"\n[[scenario]]\nname = \"stops\"\nproves = [\"OTP-046\"]\nsteps = [{call}, {{ wait = \"rest-of-run\" }}, {call}]\n[[scenario]]\nname = \"other\"\nproves = [\"OTP-046\"]\nsteps = [{call}]\n"
    );
    std::fs::create_dir(desk.root().join("own")).unwrap();
    desk.put("own/suite.toml", &suite);
    // Which of the two is seen first, that it has ended or that none waits, is left to chance.
    for _ in 0..8 {
        desk.run(&["run", "--suites", "own", "--methods", "sms", "--json", "sum.json", "scenario::suite"]);
        assert_eq!(count(&desk, "pass"), 2);
    }
}

#[test]
fn mail_goes_from_the_emulator_to_the_listener_and_opens_a_session() {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (by_smtp, address) in [(true, free()), (false, free())] {
        let (flag, to, codes) = match by_smtp {
            true => ("--smtp", address.to_string(), format!("smtp={address}")),
            false => {
                ("--email-gateway", format!("http://{address}/mail"), format!("email-gateway={address}"))
            }
        };
        let (server, desk) = (Server::start(&[flag, &to]), Desk::new());
        let target = ["--target", &server.url, "--project-id", PROJECT, "--codes", &codes];
        let seen = desk.run(&[&["doctor"], &target[..]].concat()).with(0);
        assert!(seen.out.contains("setting: methods          email"), "{}", seen.out);
        let trials =
            ["scenario::verification::email::", "scenario::messages::email::", "scenario::update::email::"];
        let ended = desk
            .against(&server, &[&["--codes", &codes, "--json", "sum.json"], &trials[..]].concat())
            .with(0);
        assert!(count(&desk, "pass") >= 8, "{}", ended.out);
        let summary = json(&desk.read("sum.json"));
        assert_eq!((&summary["counts"]["inconclusive"], &summary["counts"]["fail"]), (&0.into(), &0.into()));
        // A method that the listener cannot show is named once.
        assert_eq!(ended.out.matches("sms is unsupported").count(), 1, "{}", ended.out);
    }
    // A mail server that is not there takes nothing, and the send is refused.
    let (server, desk) = (Server::start(&["--smtp", &free().to_string()]), Desk::new());
    let ended = desk.against(&server, &["--codes", "emulator", "--methods", "email", VERIFY_BY_MAIL]);
    assert!(
        ended.out.contains("signup-in/email was answered 400 E010009") && !ended.out.contains("OTP-179"),
        "{}",
        ended.out
    );
}

// ---- profiles ------------------------------------------------------------------------------------------------

#[test]
fn a_profile_says_where_what_and_how_and_a_typo_is_named() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/targets/local-emulator.toml"));
    let profile = desk.put("local.toml", &shipped.unwrap().replace("http://127.0.0.1:4600", &server.url));
    let run =
        desk.run(&["run", "--profile", &profile, "scenario::verification", "--json", "sum.json"]).with(0);
    assert!(run.out.contains("profile local-emulator"), "{}", run.out);
    assert!(count(&desk, "pass") >= 3);
    let seen = desk.run(&["doctor", "--profile", &profile]).with(0);
    assert!(seen.out.contains(&format!("{} (profile)", server.url)), "{}", seen.out);

    let typo = desk.put("typo.toml", "name = \"x\"\ntraget = \"http://x\"\n");
    let ended = desk.run(&["run", "--profile", &typo]).with(2);
    assert!(ended.err.contains("typo.toml:2: unknown field `traget`"), "{}", ended.err);
    desk.run(&["run", "--profile", "nowhere.toml"]).with(2);
    desk.run(&["run", "--requirements", "1999-01", VERIFY]).with(2);
}

#[test]
fn a_requirement_can_be_relaxed_and_raised() {
    let desk = Desk::new();
    desk.run(&["run", "--fault", "never-consumed", VERIFY]).with(1);
    let relaxed = desk.put("relaxed.toml", "[levels]\nOTP-046 = \"SHOULD\"\n");
    desk.run(&["run", "--profile", &relaxed, "--fault", "never-consumed", VERIFY]).with(0);
}

#[test]
fn the_target_s_limit_is_kept() {
    let (server, desk) = (Server::start(&["--rate-limit", "20/1"]), Desk::new());
    let text = format!(
        "target = \"{}\"\nproject-id = \"{PROJECT}\"\ncodes = \"emulator\"\n[rate]\nall = {{ requests = 10, window = 1 }}\n",
        server.url
    );
    let profile = desk.put("p.toml", &text);
    let trials = ["newcomers", "a-user", "dashes"].map(|name| format!("scenario::identity::{name}"));
    let flags = ["run", "--profile", &profile, "--methods", "sms", "--json", "sum.json"];
    desk.run(&[&flags[..], &trials.each_ref().map(String::as_str)].concat()).with(0);
    assert_eq!(count(&desk, "inconclusive"), 0);
    let sent = json(&desk.read("sum.json"))["requests"].as_u64();
    assert!(sent.is_some_and(|sent| sent > 40), "too few to meet the limit: {sent:?}");
}

/// Scenarios that show nothing unless somebody is new.
const NEWCOMERS: [&str; 3] = [
    "scenario::identity::a-sign-in-of-an-unknown-number-is-refused",
    "scenario::identity::newcomers-and-returners-use-the-same-door",
    "scenario::invalidation::a-sign-up-voids-the-code-of-a-sign-up",
];

/// Makes the numbers kept for newcomers known to a server, as runs before this one would have.
fn used_up(server: &Server, one_in: usize) {
    let numbers = Numbers::new(1);
    let all = (0..6000).map(|_| numbers.of(NumberPool::Fresh, Reach::Here));
    for number in all.step_by(one_in) {
        let body = format!("{{\"loginId\":\"{number}\",\"phone\":\"{number}\"}}");
        assert_eq!(server.ask("POST", "/v1/mgmt/user/create", &format!("{PROJECT}:{KEY}"), &body).0, 200);
    }
}

#[test]
fn runs_against_a_server_that_remembers_choose_people_it_does_not_know() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    used_up(&server, 2);
    for seed in ["1", "2", "3"] {
        let known = ["--codes", "emulator", "--json", "sum.json", "--seed", seed];
        desk.against(&server, &[&NEWCOMERS[..], &known].concat()).with(0);
        assert_eq!(count(&desk, "pass"), 3);
    }
}

#[test]
fn when_nobody_new_is_left_the_run_says_what_to_do() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    used_up(&server, 1);
    let ended = desk.against(&server, &["--codes", "emulator", "-v", NEWCOMERS[0]]).with(3);
    assert!(ended.out.contains("delete the users of earlier runs"), "{}", ended.out);
}

#[test]
fn a_run_lists_what_differs_from_the_accepted_transcripts() {
    let (right, other) = (Server::start(&[]), Server::start(&["--variant", "extra-members"]));
    let desk = Desk::new();
    let profile = |server: &Server, more: &str| {
        let text =
            format!("target = \"{}\"\nproject-id = \"{PROJECT}\"\ncodes = \"emulator\"\n{more}", server.url);
        desk.put("ours.toml", &text)
    };
    let run = |more: &[&str]| {
        desk.run(&[&["run", "--profile", "ours.toml", "--json", "sum.json", VERIFY], more].concat())
    };
    let transcripts = || {
        let drift = json(&desk.read("sum.json"))["drift"].clone();
        let about =
            |entry: &&Value| entry["where"].as_str().is_some_and(|at| at == format!("snapshot::{VERIFY}"));
        drift.as_array().unwrap().iter().filter(about).count()
    };
    profile(&right, "");
    assert!(!run(&[]).with(0).err.contains("recorded"), "a profile that names no set leaves no files");
    assert!(!desk.path("snapshots").exists());

    profile(&right, "snapshots = \"staging\"\n");
    assert!(run(&[]).with(0).err.contains("recorded in snapshots/staging"));
    assert_eq!((run(&["--strict"]).with(0).err.contains("recorded"), transcripts()), (false, 0));

    profile(&other, "snapshots = \"staging\"\n");
    run(&[]).with(0);
    assert_eq!(transcripts(), 1);
    let new = format!("snapshots/staging/{}.snap.new", VERIFY.replace("::", "__"));
    assert!(desk.read(&new).contains("< 200"));
    run(&["--strict"]).with(1);
}

#[test]
fn init_writes_what_can_be_used_and_overwrites_nothing() {
    let desk = Desk::new();
    desk.run(&["init"]).with(0);
    let plan = desk.run(&["run", "--profile", "targets/local-emulator.toml", "--dry-run"]).with(0);
    assert!(plan.out.contains("http://127.0.0.1:4600"), "{}", plan.out);
    assert!(desk.read(".github/workflows/otp-conformance.yml").contains("targets/local-emulator.toml"));
    let profile = desk.read("targets/local-emulator.toml");
    let schema = profile.lines().next().unwrap().strip_prefix("#:schema ./").unwrap();
    assert_eq!(desk.read(&format!("targets/{schema}")), include_str!("../schema/profile.json"));
    let client = Desk::new();
    let told = client.run(&["init", "client"]).with(0).out;
    assert!(told.ends_with("next: otp-conformance proxy -- YOUR-TESTS\n"), "{told}");
    let workflow = client.read(".github/workflows/otp-conformance.yml");
    assert!(workflow.contains("otp-conformance proxy\n") && workflow.contains("-- npm test\n"), "{workflow}");
    assert!(desk.run(&["init"]).with(2).err.contains("nothing was written"));
}

// ---- a target that is not well -------------------------------------------------------------------------------

#[test]
fn a_wrong_key_ends_the_run_before_the_first_trial() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let arguments = ["run", "--target", &server.url, "--project-id", PROJECT, "--codes", "test-user"];
    let ended: Ended = desk.command(&arguments).env("OTP_MANAGEMENT_KEY", "wrong").output().unwrap().into();
    assert!(ended.with(3).out.contains("check OTP_MANAGEMENT_KEY"));
    let ended = desk.command(&arguments).env_remove("OTP_MANAGEMENT_KEY").output().unwrap();
    assert!(Ended::from(ended).with(3).out.contains("set OTP_MANAGEMENT_KEY"));
    let wrong = ["run", "--target", &server.url, "--project-id", "P2wrong", "--codes", "emulator"];
    let ended = desk.command(&wrong).env_remove("OTP_MANAGEMENT_KEY").output().unwrap();
    let told = Ended::from(ended).with(3).out;
    assert!(told.contains("the project ID is refused") && told.contains("auth management key"), "{told}");
}

#[test]
fn a_target_that_dies_ends_the_run_with_what_was_learned() {
    let (mut server, desk) = (Server::start(&[]), Desk::new());
    let arguments = [
        "run",
        "--target",
        &server.url,
        "--project-id",
        PROJECT,
        "--codes",
        "emulator",
        "--jobs",
        "1",
        "--verbose",
        "--json",
        "sum.json",
        "scenario::",
    ];
    let mut run = desk.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(run.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("... ok"))).unwrap().unwrap();
    server.end();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(run.wait().unwrap().code(), Some(3), "{rest:#?}");
    assert!(count(&desk, "pass") >= 1);
    assert!(rest.iter().any(|line| line.contains("stopped answering")), "{rest:#?}");
}

// ---- test users ----------------------------------------------------------------------------------------------

#[test]
fn a_run_cut_off_anywhere_leaves_no_test_user_after_the_next() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let arguments = [
        "run",
        "--target",
        &server.url,
        "--project-id",
        PROJECT,
        "--codes",
        "test-user",
        "--verbose",
        "scenario::",
    ];
    let mut left = 0;
    for cut in [0, 2, 4, 6, 9] {
        let mut run = desk.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(run.stdout.take().unwrap()).lines();
        // The point differs with the line: in the doctor's examination, and in many steps of many trials.
        assert!(lines.take(1 + cut * cut / 2).count() > 0);
        // The first trials are played one at a time, and between two of them the target has no test user.
        while cut > 0 && server.test_users() == 0 && run.try_wait().unwrap().is_none() {}
        run.kill().unwrap();
        run.wait().unwrap();
        left += server.test_users();
        desk.against(&server, &["--codes", "test-user", VERIFY]).with(0);
        assert_eq!((server.test_users(), desk.journals()), (0, 0));
    }
    assert!(left > 0, "no run was cut off while it had test users");
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_cleans_up_after_itself() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let arguments = [
        "run",
        "--target",
        &server.url,
        "--project-id",
        PROJECT,
        "--codes",
        "test-user",
        "--verbose",
        "scenario::",
    ];
    let mut run = desk.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(run.stdout.take().unwrap()).lines();
    // Hundreds of trials come after it.
    lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("... ok"))).unwrap().unwrap();
    let pid = run.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(run.wait().unwrap().code(), Some(3), "{rest:#?}");
    assert!(rest.iter().any(|line| line.contains("interrupted")), "{rest:#?}");
    // A creation that was on its way may yet be carried out: that user is in the journal, and the next run's to delete.
    assert!(server.test_users() == 0 || desk.journals() > 0);
    desk.against(&server, &["--codes", "test-user", VERIFY]).with(0);
    assert_eq!((server.test_users(), desk.journals()), (0, 0));
}

#[test]
fn a_full_plan_is_named_and_nobody_else_s_user_is_touched() {
    let (server, desk) = (Server::start(&["--test-user-limit", "1"]), Desk::new());
    let body = "{\"loginId\":\"+12025550199\",\"phone\":\"+12025550199\"}";
    let (status, answer) = server.ask("POST", "/v1/mgmt/user/create/test", &format!("{PROJECT}:{KEY}"), body);
    assert_eq!(status, 200, "{answer}");
    let text = format!(
        "target = \"{}\"\nproject-id = \"{PROJECT}\"\ncodes = \"test-user\"\n[limits]\ntest-users = 1\n",
        server.url
    );
    let profile = desk.put("p.toml", &text);
    let ended = desk.run(&["run", "--profile", &profile]).with(3);
    assert!(ended.out.contains("all 1 test users of the plan exist, and none is ours"), "{}", ended.out);
    assert_eq!(server.test_users(), 1);
}

#[test]
fn a_trial_that_needs_more_test_users_than_the_plan_has_is_unsupported() {
    let (server, desk) = (Server::start(&["--test-user-limit", "1"]), Desk::new());
    let text = format!(
        "target = \"{}\"\nproject-id = \"{PROJECT}\"\ncodes = \"test-user\"\n[limits]\ntest-users = 1\n",
        server.url
    );
    let profile = desk.put("p.toml", &text);
    let ended = desk.run(&["run", "--profile", &profile, "scenario::", "--json", "sum.json", "-v"]).with(0);
    assert!(ended.out.contains("needs 2 test users, and the plan allows 1"), "{}", ended.out);
    assert!(count(&desk, "pass") > 3);
    assert_eq!((count(&desk, "inconclusive"), server.test_users()), (0, 0));
}

// ---- known deviations ----------------------------------------------------------------------------------------

#[test]
fn a_known_deviation_is_excused_until_it_no_longer_fails() {
    let desk = Desk::new();
    let broken = ["run", "--fault", "never-consumed", VERIFY, "--record", "broken.ndjson"];
    let failing = desk.run(&broken).with(1);
    assert!(!failing.out.contains("baseline add"), "{}", failing.out);
    let told = desk.run(&["report", "broken.ndjson", "-v"]).with(0).out;
    assert!(told.contains("baseline add OTP-046 verify-sms 200 --reason"), "{told}");
    desk.run(&["baseline", "add", "--from", "broken.ndjson", "--reason", "ticket 7"]).with(0);
    assert!(desk.run(&["baseline", "explain"]).with(0).out.contains("ticket 7"));

    let known = ["--deviations", "deviations.toml"];
    let excused = desk
        .run(
            &[&broken[..5], &known, &["--json", "sum.json"]]
                .concat()
                .into_iter()
                .filter(|a| *a != "--record")
                .collect::<Vec<_>>(),
        )
        .with(0);
    assert!(excused.out.contains("ticket 7"), "{}", excused.out);
    assert!(count(&desk, "expected-fail") >= 1);

    let mended = ["run", VERIFY, "--deviations", "deviations.toml", "--record", "mended.ndjson"];
    assert!(desk.run(&mended).with(5).out.contains("its case, run again, passes"));
    assert!(desk.run(&["baseline", "prune", "mended.ndjson"]).with(0).out.contains("- OTP-046"));
    desk.run(&["run", VERIFY, "--deviations", "deviations.toml"]).with(0);
}

#[test]
fn an_entry_that_expired_or_speaks_of_nothing_makes_the_run_red() {
    let desk = Desk::new();
    let entry = |id: &str, expires: &str| {
        format!(
            "[[deviation]]\nid = \"{id}\"\nrequirement = \"OTP-046\"\nkind = \"flaky\"\nreason = \"r\"\n{expires}\n"
        )
    };
    for (text, what) in [
        (entry(VERIFY, "expires = 2020-01-01"), "expired on 2020-01-01"),
        (entry("scenario::nowhere::**", ""), "there is no such trial"),
    ] {
        desk.put("d.toml", &text);
        let ended = desk.run(&["run", VERIFY, "--deviations", "d.toml"]).with(5);
        assert!(ended.out.contains(what), "{}", ended.out);
        desk.run(&["baseline", "prune", "--deviations", "d.toml"]).with(0);
        assert!(!desk.read("d.toml").contains("[[deviation]]"));
    }
    desk.put("d.toml", "[[deviation]]\nid = \"a*\"\n");
    desk.run(&["run", VERIFY, "--deviations", "d.toml"]).with(2);
}

// ---- evidence ------------------------------------------------------------------------------------------------

/// What a run against a broken server left: four tests read it, and it is made once.
static RECORDED: LazyLock<[(&str, String); 4]> = LazyLock::new(|| {
    let desk = Desk::new();
    let files =
        ["--record", "run.ndjson", "--json", "sum.json", "--junit", "run.xml", "--markdown", "run.md"];
    let arguments = ["run", "--fault", "never-consumed", "--seed", "7", "scenario::verification"];
    desk.run(&[&arguments[..], &files].concat()).with(1);
    ["run.ndjson", "sum.json", "run.xml", "run.md"].map(|name| (name, desk.read(name)))
});

fn recorded(desk: &Desk) {
    for (name, text) in RECORDED.iter() {
        desk.put(name, text);
    }
}

#[test]
fn every_line_of_a_recording_is_as_published() {
    let desk = Desk::new();
    recorded(&desk);
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/evidence.json")).unwrap();
    let schema = jsonschema::validator_for(&json(&schema)).unwrap();
    let text = desk.read("run.ndjson");
    let events: Vec<String> = text
        .lines()
        .map(|line| {
            let line = json(line);
            let errors: Vec<String> = schema.iter_errors(&line).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{line}: {errors:?}");
            line["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!((events[0].as_str(), events[events.len() - 1].as_str()), ("run", "end"));
    for event in ["trial-started", "history", "exchange", "delivery", "expected", "finding", "trial-ended"] {
        assert!(events.iter().any(|seen| seen == event), "no {event}");
    }
}

#[test]
fn every_report_can_be_written_from_a_recording() {
    let desk = Desk::new();
    recorded(&desk);
    let files = [
        "--json",
        "again.json",
        "--junit",
        "again.xml",
        "--markdown",
        "again.md",
        "--har",
        "again.har",
        "--html",
        "again.html",
    ];
    desk.run(&[&["report", "run.ndjson"], &files[..]].concat()).with(0);
    assert_eq!(desk.read("again.json"), desk.read("sum.json"));
    assert_eq!(desk.read("again.xml"), desk.read("run.xml"));
    assert_eq!(desk.read("again.md"), desk.read("run.md"));
    assert!(json(&desk.read("again.har"))["log"]["entries"].as_array().unwrap().len() > 3);
}

#[test]
fn recorded_evidence_is_judged_again() {
    let desk = Desk::new();
    recorded(&desk);
    desk.run(&["judge", "run.ndjson", "--json", "again.json"]).with(1);
    let (first, again) = (json(&desk.read("sum.json")), json(&desk.read("again.json")));
    assert_eq!(first["violated"], again["violated"]);
    assert_eq!(first["counts"], again["counts"]);

    let text = desk.read("run.ndjson");
    let cut = text.len() * 2 / 3;
    desk.put("cut.ndjson", &text[..cut]);
    assert!(desk.run(&["report", "cut.ndjson"]).with(0).out.contains("mid-run"));
    desk.put("changed.ndjson", &text.replacen("\"status\":200", "\"status\":201", 1));
    assert!(desk.run(&["judge", "changed.ndjson"]).with(2).err.contains("was changed"));
    desk.put("other.ndjson", "{\"a\":1}\n");
    assert!(desk.run(&["judge", "other.ndjson"]).with(2).err.contains("other.ndjson:1"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_before_anything_is_sent() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let ended = desk.against(&server, &["--codes", "test-user", "--record", "/dev/full", VERIFY]).with(2);
    assert!(ended.err.contains("/dev/full") && ended.err.contains("make room"), "{}", ended.err);
    assert_eq!(server.test_users(), 0);
    desk.run(&["run", VERIFY, "--junit", "no/such/folder/x.xml"]).with(2);
}

#[test]
fn a_stored_case_still_fails_or_is_fixed() {
    let desk = Desk::new();
    let case = "title = \"kept\"\n[[scenario]]\nname = \"spent\"\nproves = [\"OTP-046\"]\nsteps = [\n  { call = \"signup-in-sms\", with = { loginId = \"$ada\" }, expect = \"accepted\" },\n  { call = \"verify-sms\", with = { loginId = \"$ada\", code = \"$ada.code\" }, expect = \"accepted\" },\n  { call = \"verify-sms\", with = { loginId = \"$ada\", code = \"$ada.code\" }, expect = \"refused\" },\n]\n";
    desk.put("case.toml", case);
    assert!(
        desk.run(&["replay", "case.toml", "--fault", "never-consumed"]).with(1).out.contains("still fails")
    );
    assert!(desk.run(&["replay", "case.toml"]).with(0).out.contains("case.toml: fixed"));
}

// ---- compare -------------------------------------------------------------------------------------------------

#[test]
fn equal_targets_compare_empty_and_a_fault_is_named() {
    let (one, other, desk) = (Server::start(&[]), Server::start(&[]), Desk::new());
    let pair = |seed: &str, most: &str, against: &Server| {
        let flags = ["compare", "--target", &one.url, "--against", &against.url, "--project-id", PROJECT];
        desk.run(
            &[&flags[..], &["--codes", "emulator", "--max-requests", most, "--cases", "4", "--seed", seed]]
                .concat(),
        )
    };
    for seed in ["1", "2", "3", "4"] {
        assert!(pair(seed, "40", &other).with(0).out.ends_with("no difference\n"));
    }
    let faulty = Server::start(&["--fault", "mask-is-a-number"]);
    let ended = pair("1", "400", &faulty).with(1);
    assert!(ended.out.contains("OTP-022  A kept, B broken"), "{}", ended.out);
}

#[test]
fn recordings_compare_too() {
    let desk = Desk::new();
    recorded(&desk);
    desk.run(&["run", "--seed", "7", "scenario::verification", "--record", "right.ndjson"]).with(0);
    desk.run(&["compare", "right.ndjson", "right.ndjson"]).with(0);
    let told = desk.run(&["compare", "right.ndjson", "run.ndjson", "--format", "json"]).with(1);
    let requirements = json(&told.out)["requirements"].clone();
    assert_eq!(requirements[0]["what"], "OTP-046");
    let table = desk.run(&["compare", "right.ndjson", "run.ndjson", "--format", "markdown"]).with(1);
    assert!(table.out.contains("| OTP-046 | kept | broken |"), "{}", table.out);
    desk.run(&["compare", "right.ndjson"]).with(2);
    assert!(desk.root().exists());
}

#[test]
fn what_makes_no_sense_of_a_code_of_letters_is_not_asked() {
    let desk = Desk::new();
    let trial = "scenario::verification::whether-a-code-may-be-written-otherwise-is-open";
    let ended = desk.run(&["run", "--variant", "alphanumeric-codes", "--seed", "1", "-v", trial]).with(0);
    assert!(
        ended.out.contains("a code between spaces") && !ended.out.contains("a code as a number"),
        "{}",
        ended.out
    );
}
