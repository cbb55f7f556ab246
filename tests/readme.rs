//! The commands a stranger needs, taken from the README as they stand there, against a server in another process that
//! allows so many requests and no more.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

mod serve;

use std::process::Command;

use serve::{Desk, Ended, Server};

/// The block that begins with `init`, a command each, without what is said beside it.
fn commands() -> Vec<Vec<String>> {
    let readme = include_str!("../README.md");
    let start = readme.find("\notp-conformance init ").unwrap();
    let block = readme[start..].split("```").next().unwrap();
    let words = |line: &str| {
        let quoted = line.split('#').next().unwrap().split('"').enumerate();
        let parts = quoted.flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        parts.skip(1).collect()
    };
    block.trim().lines().map(words).collect()
}

fn run(desk: &Desk, arguments: &[String]) -> Ended {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command: Command = desk.command(&arguments);
    Ended::from(command.env("OTP_SEED", "7").output().unwrap())
}

/// A hundred requests a minute, with a second for the minute: the server refuses what comes beyond, and the profile
/// says so.
#[test]
fn a_stranger_gets_from_the_first_look_to_a_green_gate() {
    let server = Server::start(&["--rate-limit", "100/1", "--fault", "never-consumed"]);
    let desk = Desk::new();
    let commands = commands();
    let names: Vec<&str> = commands.iter().map(|command| command[0].as_str()).collect();
    assert_eq!(names, ["init", "doctor", "run", "baseline", "run", "compare", "report"]);

    run(&desk, &commands[0]).with(0);
    let profile = "targets/local-emulator.toml";
    let text = desk.read(profile).replace("http://127.0.0.1:4600", &server.url);
    // Numbers of its own stand before the tables.
    let text = text.replace("dedicated = true", "dedicated = true\nmax-requests = 300");
    desk.put(profile, &format!("{text}\n[rate]\nall = {{ requests = 100, window = 1 }}\n"));

    let seen = run(&desk, &commands[1]).with(0);
    assert!(seen.out.contains("verify        ok") && seen.out.contains("provable here"), "{}", seen.out);
    let broken = run(&desk, &commands[2]).with(1);
    assert!(broken.out.contains("OTP-046 MUST") && !broken.out.contains("inconclusive"), "{}", broken.out);
    run(&desk, &commands[3]).with(0);
    let excused = run(&desk, &commands[4]).with(0);
    assert!(excused.out.contains("ticket 7"), "{}", excused.out);
    assert!(run(&desk, &commands[5]).with(0).out.contains("no difference"));
    run(&desk, &commands[6]).with(0);
    assert!(desk.read("after.html").contains("OTP-046"));
    assert_eq!((server.test_users(), desk.journals()), (0, 0));
}
