//! Known deviations: excused until they no longer fail.

use super::*;

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
