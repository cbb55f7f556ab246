//! Profiles: what they say holds, and what a run remembers of a target.

use super::*;

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
    assert_eq!(desk.read(&format!("targets/{schema}")), include_str!("../../schema/profile.json"));
    let client = Desk::new();
    let told = client.run(&["init", "client"]).with(0).out;
    assert!(told.ends_with("next: otp-conformance proxy -- YOUR-TESTS\n"), "{told}");
    let workflow = client.read(".github/workflows/otp-conformance.yml");
    assert!(workflow.contains("otp-conformance proxy\n") && workflow.contains("-- npm test\n"), "{workflow}");
    assert!(desk.run(&["init"]).with(2).err.contains("nothing was written"));
}
