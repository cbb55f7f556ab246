//! A target that is not well, a run that is cut off, and the test users that either leaves behind.

use std::process::Child;

use super::*;

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

/// A run of all scenarios with test users, which says what it does.
fn with_test_users(server: &Server, desk: &Desk) -> Child {
    let target = ["run", "--target", &server.url, "--project-id", PROJECT];
    let mut command = desk.command(&target);
    command.args(["--codes", "test-user", "--verbose", "scenario::"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_run_cut_off_anywhere_leaves_no_test_user_after_the_next() {
    let (server, desk) = (Server::start(&[]), Desk::new());
    let mut left = 0;
    for cut in [0, 2, 4, 6, 9] {
        let mut run = with_test_users(&server, &desk);
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
    let mut run = with_test_users(&server, &desk);
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
