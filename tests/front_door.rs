//! The trials as tests of somebody's crate: `cargo test` in one process, nextest in one for each trial. Both must say
//! what `run` says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

mod serve;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};
use serve::{Desk, Ended, KEY, PROJECT, Server};

/// Whoever is called with this variable is the crate's own test binary.
const CRATE: &str = "FRONT_DOOR_OF_A_CRATE";
const SPENT: &str = "scenario::verification::a-code-opens-one-session";
const OTHERS: &str = "scenario::verification::a-code-does-not-verify-another-user";

fn main() -> ExitCode {
    if std::env::var_os(CRATE).is_some() {
        return otp_conformance::app::test_main();
    }
    let tests: [(&str, fn()); 8] = [
        (
            "known_deviations_are_excused_and_mended_ones_told",
            known_deviations_are_excused_and_mended_ones_told,
        ),
        ("what_the_doctor_finds_is_told_by_every_trial", what_the_doctor_finds_is_told_by_every_trial),
        ("no_test_user_stays", no_test_user_stays),
        ("processes_of_a_run_say_what_one_process_says", processes_of_a_run_say_what_one_process_says),
        ("processes_of_a_run_share_the_target_s_limit", processes_of_a_run_share_the_target_s_limit),
        ("a_profile_without_snapshots_records_them", a_profile_without_snapshots_records_them),
        ("recordings_of_processes_make_one_verdict", recordings_of_processes_make_one_verdict),
        ("listing_sends_nothing", listing_sends_nothing),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).into()).exit_code()
}

/// A crate whose tests are the trials.
struct Crate {
    desk: Desk,
    profile: String,
}

impl Crate {
    fn against(server: &Server, more: &str) -> Crate {
        Crate::at(&server.url, more)
    }

    fn at(url: &str, more: &str) -> Crate {
        let desk = Desk::new();
        let text = format!("target = \"{url}\"\nproject-id = \"{PROJECT}\"\nseed = 7\n{more}\n");
        let profile = desk.put("staging.toml", &text);
        Crate { desk, profile }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("OTP_") || name.starts_with("NEXTEST"))
        {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.desk.root())
            .env_remove("CI")
            .env(CRATE, "1")
            .env("CARGO_MANIFEST_DIR", self.desk.root())
            .env("XDG_STATE_HOME", self.desk.path("state"))
            .env("TMPDIR", self.desk.root())
            .env("OTP_PROFILE", &self.profile)
            .env("OTP_MANAGEMENT_KEY", KEY);
        command
    }

    fn test(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// As nextest calls it: a process for one trial, which knows of the run.
    fn nextest(&self, trial: &str) -> Command {
        let mut command = self.command(&["--exact", trial, "--nocapture"]);
        command.env("NEXTEST", "1").env("NEXTEST_RUN_ID", "5a0a5cf4-4a1c-4b1f-8f0e-000000000000");
        command
    }
}

/// Each trial's line.
fn results(ended: &Ended) -> BTreeMap<String, String> {
    let line = |line: &str| {
        let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
        Some((name.trim().to_owned(), result.trim().to_owned()))
    };
    ended.out.lines().filter_map(line).collect()
}

fn known_deviations_are_excused_and_mended_ones_told() {
    let server = Server::start(&["--fault", "never-consumed"]);
    let known = |desk: &Desk, kind: &str| {
        desk.put(
            "known.toml",
            &format!("[[deviation]]\nid = \"{SPENT}\"\nrequirement = \"OTP-046\"\nkind = \"{kind}\"\nreason = \"ticket 7\"\n"),
        )
    };
    let of = |server: &Server| Crate::against(server, "codes = \"emulator\"\ndeviations = \"known.toml\"");
    let broken = of(&server);
    known(&broken.desk, "flaky");
    broken.test(&["--exact", SPENT]).with(0);
    known(&broken.desk, "bug");
    broken.test(&["--exact", SPENT]).with(0);
    broken.desk.put("known.toml", "");
    assert!(broken.test(&["--exact", SPENT]).with(101).out.contains("OTP-046"));

    let right = Server::start(&[]);
    let mended = of(&right);
    known(&mended.desk, "bug");
    let told = mended.test(&["--exact", SPENT]).with(101);
    assert!(told.out.contains("is mended: remove the entry"), "{}", told.out);
}

fn what_the_doctor_finds_is_told_by_every_trial() {
    let server = Server::start(&[]);
    let theirs = Crate::against(&server, "codes = \"test-user\"");
    let ended: Ended =
        theirs.command(&["--exact", SPENT]).env("OTP_MANAGEMENT_KEY", "wrong").output().unwrap().into();
    assert!(ended.with(101).out.contains("check OTP_MANAGEMENT_KEY"));

    // The second process of a run believes the first, though its own key is right.
    let ended: Ended = theirs.nextest(SPENT).env("OTP_MANAGEMENT_KEY", "wrong").output().unwrap().into();
    assert!(ended.with(101).out.contains("check OTP_MANAGEMENT_KEY"));
    let ended: Ended = theirs.nextest(OTHERS).output().unwrap().into();
    assert!(ended.with(101).out.contains("check OTP_MANAGEMENT_KEY"));
}

fn no_test_user_stays() {
    let server = Server::start(&["--test-user-limit", "2"]);
    let theirs = Crate::against(&server, "codes = \"test-user\"\n[limits]\ntest-users = 2");
    theirs.test(&["scenario::verification", "--skip", "snapshot::"]).with(0);
    assert_eq!((server.test_users(), theirs.desk.journals()), (0, 0));
    // All at once: the plan has room for the users of one trial.
    let running = [SPENT, OTHERS, SPENT, OTHERS]
        .map(|trial| theirs.nextest(trial).stdout(std::process::Stdio::piped()).spawn().unwrap());
    for child in running {
        Ended::from(child.wait_with_output().unwrap()).with(0);
    }
    assert_eq!((server.test_users(), theirs.desk.journals()), (0, 0));
}

fn processes_of_a_run_say_what_one_process_says() {
    let server = Server::start(&["--fault", "never-consumed"]);
    let theirs = Crate::against(&server, "codes = \"emulator\"");
    let all = results(&theirs.test(&["scenario::verification::a-", "--skip", "snapshot::"]).with(101));
    assert!(all.len() > 5 && all.values().any(|result| result == "FAILED"), "{all:?}");
    for (trial, result) in &all {
        let one = Ended::from(theirs.nextest(trial).output().unwrap());
        // nextest skips what is listed as ignored, and a list has no room for why.
        let told = if result.starts_with("ignored (") { "ignored" } else { result };
        assert_eq!(results(&one).get(trial).map(String::as_str), Some(told), "{}", one.out);
        assert!(one.out.contains("OTP_SEED=7"), "{}", one.out);
    }
    // Without a seed that of the run, the same in every process.
    let seed = || {
        let ended: Ended =
            theirs.nextest(OTHERS).env("OTP_PROFILE", "").env("OTP_SEED", "").output().unwrap().into();
        ended.out.lines().find_map(|line| Some(line.split_once("OTP_SEED=")?.1.to_owned())).unwrap()
    };
    assert_eq!(seed(), seed());
}

fn processes_of_a_run_share_the_target_s_limit() {
    let server = Server::start(&["--rate-limit", "12/1"]);
    let theirs = Crate::against(&server, "codes = \"emulator\"\n[rate]\nall = { requests = 12, window = 1 }");
    let running = [SPENT, OTHERS, SPENT, OTHERS]
        .map(|trial| theirs.nextest(trial).stdout(std::process::Stdio::piped()).spawn().unwrap());
    for child in running {
        Ended::from(child.wait_with_output().unwrap()).with(0);
    }
}

fn a_profile_without_snapshots_records_them() {
    let (right, other) = (Server::start(&[]), Server::start(&["--variant", "extra-members"]));
    let theirs = Crate::against(&right, "codes = \"emulator\"\nsnapshots = \"ours\"");
    let snapshots = [SPENT, OTHERS].map(|trial| format!("snapshot::{trial}"));
    let folder = theirs.desk.path("snapshots/ours");
    let files = || std::fs::read_dir(&folder).map_or(0, |files| files.count());
    // Each in a process of its own, and they are one run: the second does not miss what the first could not record.
    for snapshot in &snapshots {
        let ended: Ended = theirs.nextest(snapshot).output().unwrap().into();
        assert!(ended.with(0).out.contains("1 transcripts recorded"));
    }
    assert_eq!(files(), 2);
    let again = theirs.test(&["--exact", &snapshots[0]]).with(0);
    assert!(!again.out.contains("recorded"), "{}", again.out);

    let changed = Crate::against(&other, "codes = \"emulator\"\nsnapshots = \"ours\"");
    std::fs::rename(theirs.desk.path("snapshots"), changed.desk.path("snapshots")).unwrap();
    let ended = changed.test(&["--exact", &snapshots[0]]).with(101);
    assert!(ended.out.contains("cargo insta review"), "{}", ended.out);
    let news = std::fs::read_dir(changed.desk.path("snapshots/ours")).unwrap();
    assert!(news.flatten().any(|file| file.path().extension().is_some_and(|end| end == "new")));
}

fn recordings_of_processes_make_one_verdict() {
    let server = Server::start(&["--fault", "never-consumed"]);
    let theirs = Crate::against(&server, "codes = \"emulator\"");
    let folder = theirs.desk.path("kept");
    let run = |test: &str| theirs.nextest(test).env("OTP_RECORDINGS", &folder).output().unwrap();
    run(SPENT);
    run(OTHERS);
    // A look at a snapshot is no second recording of its trial.
    let before = std::fs::read_dir(&folder).unwrap().count();
    run("snapshot::scenario::verification::a-spent-code-stays-spent");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), before);
    let files = || -> Vec<String> {
        let files = std::fs::read_dir(&folder).unwrap().flatten();
        files.map(|file| file.path().to_str().unwrap().to_owned()).collect()
    };
    let judge = |more: &[&str]| {
        let files = files();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        theirs.desk.run(&[&["judge"][..], more, &files].concat())
    };
    assert!(judge(&[]).with(1).out.contains("OTP-046 MUST"));
    // Nothing more was run, and a verdict of the whole plan says so.
    let part = judge(&["--whole"]).with(1);
    assert!(part.out.contains("missing       no recording holds"), "{}", part.out);
    // What nextest skips is recorded too, and says why.
    assert!(files().iter().all(|file| file.ends_with(".ndjson")), "{:?}", files());
    assert!(files().len() > 2, "{:?}", files());
}

fn listing_sends_nothing() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", target.local_addr().unwrap());
    let theirs = Crate::at(&url, "codes = \"emulator\"");
    let listed = theirs.test(&["--list", "--format", "terse"]).with(0);
    assert!(listed.out.contains(&format!("{SPENT}: test")), "{}", listed.out);
    assert!(listed.out.contains(&format!("snapshot::{SPENT}: test")), "{}", listed.out);
    target.set_nonblocking(true).unwrap();
    assert!(target.accept().is_err(), "somebody called");
}
