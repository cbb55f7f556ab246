//! Code sources: each shows codes, and one that does not says what to do.

use super::*;

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
